"""Asterisk's own record: lines as Asterisk 22.10 writes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from agi.telephony import cel
from agi.telephony.cel import DarkCall, EndOfCall, ends_since, find_call
from agi.telephony.end_report import EndReport

CALL = "cc-1795306933.11"
B_LEG = "cc-1795306933.12"
BRIDGE = '{""bridge_id"":""82f7"",""bridge_technology"":""simple_bridge""}'
HANGUP = '{""hangupcause"":16,""hangupsource"":"""",""dialstatus"":""ANSWER""}'
REPORT = EndReport("answered", "called_party", "9110000001", "0880", "9110000002", "ANSWER", "16")
REPORT_TEXT = "answered|called_party|9110000001|0880|9110000002|ANSWER|16"


def line(
    event: str,
    time: str,
    uniqueid: str = CALL,
    *,
    user_event: str = "",
    call_id: str = CALL,
    channel: str = "PJSIP/9110000001-00000001",
    extra: str = "",
) -> str:
    fields = [event, f"17953069{time}", user_event, uniqueid, call_id, channel, extra]
    return ",".join(f'"{field}"' for field in fields) + "\n"


def ended(text: str = REPORT_TEXT, call_id: str = CALL) -> str:
    extra = f'{{""extra"":""{text}""}}'
    return line("USER_DEFINED", "35.572724", user_event="COLLECT_END", call_id=call_id, extra=extra)


TALKED = [
    line("BRIDGE_ENTER", "33.822453", B_LEG, extra=BRIDGE),
    line("BRIDGE_ENTER", "33.922530", extra=BRIDGE),
    line("BRIDGE_EXIT", "35.572152", B_LEG, extra=BRIDGE),
    line("BRIDGE_EXIT", "35.572268", extra=BRIDGE),
    ended(),
    line("HANGUP", "35.572849", extra=HANGUP),
    line("CHAN_END", "35.672849"),
    line("CHAN_END", "35.772849", B_LEG),
    line("LINKEDID_END", "35.773027"),
]
TALK = DarkCall(1795306933922, 1795306935572, 1795306935672, REPORT)


@pytest.fixture
def record(tmp_path: Path) -> Path:
    return tmp_path / "collect.csv"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        pytest.param(TALKED, TALK, id="a conversation"),
        pytest.param(
            TALKED[:2], DarkCall(1795306933922, None, None, None), id="a conversation that goes on"
        ),
        pytest.param(TALKED[:1], DarkCall(None, None, None, None), id="one leg in a bridge"),
        pytest.param(
            [TALKED[0], TALKED[2], *TALKED[4:7]],
            DarkCall(None, None, 1795306935672, REPORT),
            id="one leg came and went",
        ),
        pytest.param(
            [ended("|||0880|123||0"), TALKED[6]],
            DarkCall(None, None, 1795306935672, EndReport("", "", "", "0880", "123", "", "0")),
            id="nobody was rung",
        ),
        pytest.param([ended("odd")], DarkCall(None, None, None, None), id="an unknown report"),
        pytest.param(
            [*TALKED, line("BRIDGE_ENTER", "30.000000", "cc-9.9", channel="Local/s@x-1;2")],
            TALK,
            id="a whisper into the call",
        ),
        pytest.param([line("CHAN_END", "35.1", "cc-1.1", call_id="cc-1.1")], None, id="another"),
        pytest.param(
            [line("CHAN_END", "35.1", f"{CALL}1", call_id=f"{CALL}1")], None, id="longer id"
        ),
        pytest.param([], None, id="nothing"),
    ],
)
def test_a_call_is_read(record: Path, lines: list[str], expected: DarkCall | None) -> None:
    record.write_text("".join(lines))
    assert find_call(record, CALL) == expected


def test_conversations_are_those_that_have_an_end(record: Path) -> None:
    going_on = [text.replace(CALL, "cc-9.9").replace(B_LEG, "cc-9.10") for text in TALKED[:2]]
    not_bridged = ended("|||0880|123||0", call_id="cc-8.8")
    record.write_text("".join([*TALKED, *going_on, not_bridged]))
    assert cel.conversations(record) == {CALL: 1650}


def test_there_may_be_no_file_yet(record: Path) -> None:
    assert cel.conversations(record) == {}
    assert find_call(record, CALL) is None
    assert ends_since(record, 500) == ([], 0)


@pytest.mark.parametrize("cut", range(1, len(TALKED[-1]) + 1))
def test_a_line_that_is_being_written_does_not_count(record: Path, cut: int) -> None:
    record.write_text("".join(TALKED)[:-cut])
    assert find_call(record, CALL) == TALK


@pytest.mark.parametrize(
    "left", ["\n", '"USER_DEF', '"A","1', "\0\0\n", "ÿ\n", '"CHAN_END","179.5",\n']
)
def test_what_a_crash_left_spoils_one_line_at_most(record: Path, left: str) -> None:
    record.write_text(f"{left}{TALKED[-1]}{''.join(TALKED)}")
    assert find_call(record, CALL) == TALK


@pytest.mark.parametrize("chunk_bytes", [1, 100, 1_000, 10_000_000])
def test_it_is_read_backwards_no_further_than_the_call(
    record: Path, monkeypatch: pytest.MonkeyPatch, chunk_bytes: int
) -> None:
    monkeypatch.setattr(cel, "_CHUNK_BYTES", chunk_bytes)
    old = "".join(f'"CHAN_END","1795300000.{n:06}","","o","o","PJSIP/x",""\n' for n in range(500))
    new = "".join(f'"CHAN_END","1795306999.{n:06}","","n","n","PJSIP/x",""\n' for n in range(500))
    record.write_text(old + "".join(TALKED) + new)
    assert find_call(record, CALL) == TALK
    if chunk_bytes == 1_000:
        assert len(cel._lines_since(record, 1795306900)) < 1500


def test_ends_are_read_on_from_a_position(record: Path) -> None:
    whole = "".join(TALKED)
    record.write_text(whole + ended()[:30])
    ends, position = ends_since(record, 0)
    assert ends == [EndOfCall(CALL, 1795306935572, REPORT)]
    assert position == len(whole)
    assert ends_since(record, position) == ([], position)
    record.write_text(whole + ended(call_id="cc-2.2"))
    ends, position = ends_since(record, position)
    assert [end.call_id for end in ends] == ["cc-2.2"]
    record.write_text(ended(call_id="cc-3.3"))
    assert [end.call_id for end in ends_since(record, position)[0]] == ["cc-3.3"], "rotated"
