"""A picture of a demo, for the documents: ``make demo | python -m lab.picture > docs/demo.svg``."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from html import escape

_FONT_PX, _LINE_PX, _COLUMN_PX, _MARGIN_PX = 14, 21, 8.4, 22
_LAST_LINE = "The call's record:"
_TIMED = re.compile(r"^ *\d+\.\d\d s  (?=\S)")
_PAPER, _INK, _PALE = "#1b2130", "#dde3ee", "#7d889c"
_COLOURS = (
    (re.compile(r"unit \d+:|\ba notice\b"), "#f0b95c"),
    (re.compile(r"A\b"), "#7fb8ff"),
    (re.compile(r"B\b"), "#8fd6a0"),
)
"""What a line is about by how it starts: money and notices, the caller, the called party."""


def picture(demo: str) -> str:
    """The timeline that `demo`, the output of ``make demo``, tells, as an SVG."""
    lines = "\n".join(_story(demo.splitlines())).strip("\n").splitlines()
    width = round(max(map(len, lines)) * _COLUMN_PX) + 2 * _MARGIN_PX
    height = len(lines) * _LINE_PX + 2 * _MARGIN_PX
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}" font-size="{_FONT_PX}" '
            'font-family="DejaVu Sans Mono, Menlo, Consolas, monospace">',
            f'<rect width="{width}" height="{height}" rx="9" fill="{_PAPER}"/>',
            *_drawn(lines),
            "</svg>\n",
        ]
    )


def _story(rows: Iterable[str]) -> Iterator[str]:
    for row in rows:
        if row.startswith(_LAST_LINE):
            return
        yield row.rstrip()


def _drawn(lines: list[str]) -> Iterator[str]:
    """Each line as its time and its words; one without a time goes on with what was said."""
    colour = _INK
    for number, line in enumerate(lines):
        time = _TIMED.match(line)
        words = line[time.end() :] if time else line
        if time:
            colour = next((hue for start, hue in _COLOURS if start.match(words)), _INK)
            yield _text(number, line[: time.end()], 0, _PALE)
        yield _text(number, words, len(line) - len(words), colour)


def _text(row: int, words: str, column: int, colour: str) -> str:
    """Words at a column. Their length is given, so that they stand right in any font."""
    text = words.strip()
    if not text:
        return ""
    column += len(words) - len(words.lstrip())
    x = _MARGIN_PX + column * _COLUMN_PX
    y = _MARGIN_PX + (row + 0.75) * _LINE_PX
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" textLength="{len(text) * _COLUMN_PX:.1f}" '
        f'fill="{colour}">{escape(text, quote=False)}</text>'
    )


if __name__ == "__main__":
    sys.stdout.write(picture(sys.stdin.read()))
