"""The picture of a demo: an SVG of all that the timeline tells, and of no more."""

from xml.etree import ElementTree

from lab.picture import picture

DEMO = """\
A: 9161110001, 0.00 RUB.

    0.00 s  A, 9161110001, dials
    1.02 s  B hears «один <&>
            два»
   10.35 s  unit 1: -3.00 RUB

The call's record:
    charged_minor            300
"""


def test_a_picture_holds_the_timeline() -> None:
    texts = ElementTree.fromstring(picture(DEMO)).findall("{http://www.w3.org/2000/svg}text")  # noqa: S314
    words = [text.text for text in texts]
    assert words[:3] == ["A: 9161110001, 0.00 RUB.", "0.00 s", "A, 9161110001, dials"]
    assert "B hears «один <&>" in words
    assert words[-1] == "unit 1: -3.00 RUB"
    colours = {text.text: text.get("fill") for text in texts}
    assert len({colours["A, 9161110001, dials"], colours["B hears «один <&>"]}) == 2
