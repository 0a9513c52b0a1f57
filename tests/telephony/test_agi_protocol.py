"""The FastAGI core: every split, every kind of reply, garbage, and HANGUP anywhere."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agi.telephony.agi_protocol import (
    MAX_COMMAND_BYTES,
    MAX_MESSAGE_BYTES,
    AgiProtocol,
    Closed,
    Event,
    HangupSeen,
    Request,
)
from agi.telephony.agi_reply import Reply
from agi.telephony.cleaning import UnsafeValueError

HEADER = (
    "agi_network: yes\n"
    "agi_network_script: offer\n"
    "agi_channel: PJSIP/9110000001-00000001\n"
    "agi_calleridname: Анна\n"
    "agi_arg_1: token\n"
    "agi_arg_2: cc-1.2\n"
    "\n"
).encode()
REPLIES = {
    "200 result=1": Reply(200, "1", None, None, "200 result=1"),
    "200 result=0": Reply(200, "0", None, None, "200 result=0"),
    "200 result=1 (a value)": Reply(200, "1", "a value", None, "200 result=1 (a value)"),
    "200 result=1 (a) (b)": Reply(200, "1", "a) (b", None, "200 result=1 (a) (b)"),
    "200 result=1 ()": Reply(200, "1", "", None, "200 result=1 ()"),
    "200 result=-1 endpos=6400": Reply(200, "-1", None, 6400, "200 result=-1 endpos=6400"),
    "200 result=49 endpos=0": Reply(200, "49", None, 0, "200 result=49 endpos=0"),
    "200 result=0 (timeout)": Reply(200, "0", "timeout", None, "200 result=0 (timeout)"),
    "200 result=1 (привет)": Reply(200, "1", "привет", None, "200 result=1 (привет)"),
    "510 Invalid or unknown command": Reply(510, "", None, None, "510 Invalid or unknown command"),
    "511 Command Not Permitted on a dead channel": Reply(
        511, "", None, None, "511 Command Not Permitted on a dead channel"
    ),
    "503 result=-2 Memory allocation failure": Reply(
        503, "-2", None, None, "503 result=-2 Memory allocation failure"
    ),
    "520-Invalid command syntax.\nUsage: SET VARIABLE\n520 End of proper usage.": Reply(
        520,
        "",
        None,
        None,
        "520-Invalid command syntax.\nUsage: SET VARIABLE\n520 End of proper usage.",
    ),
}


def ready() -> AgiProtocol:
    core = AgiProtocol()
    core.receive(HEADER)
    return core


def waiting() -> AgiProtocol:
    core = ready()
    core.command("NOOP")
    return core


def feed(core: AgiProtocol, *parts: bytes) -> list[Event]:
    return [event for part in parts for event in core.receive(part)]


def test_the_header_becomes_a_request() -> None:
    (request,) = AgiProtocol().receive(HEADER)
    assert isinstance(request, Request)
    assert request.args == ("token", "cc-1.2")
    assert request.env["agi_network_script"] == "offer"
    assert request.env["agi_calleridname"] == "Анна"


@pytest.mark.parametrize("cut", range(len(HEADER) + 1))
def test_a_header_split_at_any_byte_is_the_same_header(cut: int) -> None:
    core = AgiProtocol()
    assert feed(core, HEADER[:cut], HEADER[cut:]) == AgiProtocol().receive(HEADER)


@pytest.mark.parametrize(("sent", "reply"), REPLIES.items())
def test_a_reply_split_at_any_byte_is_the_same_reply(sent: str, reply: Reply) -> None:
    data = f"{sent}\n".encode()
    for cut in range(len(data) + 1):
        core = waiting()
        assert feed(core, data[:cut], data[cut:]) == [reply]
        assert core.command("NOOP") == b"NOOP\n", "ready for the next command"


@given(st.lists(st.sampled_from(sorted(REPLIES)), max_size=6), st.data())
def test_any_replies_in_any_pieces_with_hangup_lines_between(
    replies: list[str], data: st.DataObject
) -> None:
    core = ready()
    for sent in replies:
        core.command("NOOP")
        lines = sent.split("\n")
        at = data.draw(st.integers(0, len(lines)))
        stream = "\n".join([*lines[:at], "HANGUP", *lines[at:]]).encode() + b"\n"
        cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=5)))
        edges = [0, *cuts, len(stream)]
        events = feed(core, *(stream[a:b] for a, b in pairwise(edges)))
        assert [event for event in events if event != HangupSeen()] == [REPLIES[sent]]
        assert events.count(HangupSeen()) == 1


@pytest.mark.parametrize("line", range(HEADER.count(b"\n")))
def test_a_hangup_line_inside_the_header_shifts_nothing(line: int) -> None:
    lines = HEADER.splitlines(keepends=True)
    events = AgiProtocol().receive(b"".join([*lines[:line], b"HANGUP\n", *lines[line:]]))
    assert events == [HangupSeen(), *AgiProtocol().receive(HEADER)]


@given(st.binary(max_size=300), st.booleans())
def test_garbage_is_an_error_at_the_most(garbage: bytes, replying: bool) -> None:
    core = waiting() if replying else AgiProtocol()
    events = core.receive(garbage) + core.eof()
    assert sum(isinstance(event, Closed) for event in events) <= 1
    assert core.receive(b"200 result=0\n") == []
    assert core.eof() == []


@pytest.mark.parametrize(
    "forged",
    [
        b"\n",  # an empty header
        b"GET / HTTP/1.1\n",
        b"agi_channel\n",
        b"agi_channel: a\nagi_channel: b\n",
        b"agi_arg_1: token\nagi_channel: after the arguments\n",
        b"agi_arg_2: no first\n",
        b"agi_arg_1: token\nagi_arg_1: again\n",
        b"agi_arg_1: token\nagi_arg_3: a gap\n",
        b"agi_arg_01: odd\n",
    ],
)
def test_a_header_that_asterisk_does_not_send_is_refused(forged: bytes) -> None:
    (closed,) = AgiProtocol().receive(forged)
    assert isinstance(closed, Closed)
    assert closed.error


@pytest.mark.parametrize(
    "answer",
    [
        b"200\n",
        b"200 ok\n",
        b"2OO result=0\n",
        b"hello\n",
        b"200 result=1 (a\n",
        b"\xff\xfe\n",
        b"\n",
    ],
)
def test_what_is_no_reply_ends_the_session(answer: bytes) -> None:
    (closed,) = waiting().receive(answer)
    assert isinstance(closed, Closed)
    assert closed.error


def test_a_reply_nobody_asked_for_ends_the_session() -> None:
    events = waiting().receive(b"200 result=0\n200 result=0\n")
    assert isinstance(events[0], Reply)
    assert isinstance(events[1], Closed)


def test_a_provisional_reply_is_waited_out() -> None:
    assert waiting().receive(b"100 result=0 Trying...\n200 result=0\n") == [REPLIES["200 result=0"]]


@pytest.mark.parametrize("chunk", [1_000, 100_000, 1_000_000])
@pytest.mark.parametrize("filler", [b"x", b"agi_x: y\n", b"HANGUP\n"])
def test_a_megabyte_of_header_is_cut_off(chunk: int, filler: bytes) -> None:
    data = (filler * (1_000_000 // len(filler) + 1))[:1_000_000]
    core = AgiProtocol()
    events = feed(core, *(data[at : at + chunk] for at in range(0, len(data), chunk)))
    assert sum(isinstance(event, Closed) for event in events) == 1
    assert len(core._buffer) == 0


def test_too_much_after_a_command_is_cut_off() -> None:
    (closed,) = waiting().receive(b"520-usage\n" + b"word\n" * MAX_MESSAGE_BYTES)
    assert isinstance(closed, Closed)


def test_the_connection_may_end_at_any_byte() -> None:
    for cut in range(len(HEADER)):
        core = AgiProtocol()
        core.receive(HEADER[:cut])
        (closed,) = core.eof()
        assert isinstance(closed, Closed)
        assert (closed.error is None) == (cut == 0), cut
    assert ready().eof() == [Closed(None)]
    (closed,) = waiting().eof()
    assert isinstance(closed, Closed)
    assert closed.error


@given(st.text())
def test_a_value_is_one_quoted_word_or_refused(value: str) -> None:
    try:
        sent = ready().command("SET VARIABLE", "NAME", value)
    except UnsafeValueError:
        return
    assert sent.endswith(b"\n")
    assert sent.count(b"\n") == 1
    assert b"\r" not in sent
    assert b"\0" not in sent
    assert parse_as_asterisk(sent.decode()) == ["SET", "VARIABLE", "NAME", value]


@pytest.mark.parametrize("value", ["a\nHANGUP", "a\rb", "a\0b", "\x1b", "\ud800"])
def test_a_control_character_is_refused_and_nothing_sent(value: str) -> None:
    core = ready()
    with pytest.raises(UnsafeValueError, match="argument of SET VARIABLE"):
        core.command("SET VARIABLE", "NAME", value)
    assert core.command("NOOP") == b"NOOP\n"


def test_a_line_is_no_longer_than_asterisk_reads() -> None:
    frame = len('SET VARIABLE "A" ""\n')
    assert len(ready().command("SET VARIABLE", "A", "я" * ((MAX_COMMAND_BYTES - frame) // 2)))
    with pytest.raises(UnsafeValueError, match="8191"):
        ready().command("SET VARIABLE", "A", "x" * (MAX_COMMAND_BYTES - frame + 1))


def test_a_second_command_before_the_reply_is_a_mistake_of_ours() -> None:
    with pytest.raises(RuntimeError, match="during a reply"):
        waiting().command("NOOP")


def parse_as_asterisk(line: str) -> list[str]:
    """The words as `parse_args` of Asterisk's res_agi.c makes them."""
    words: list[str] = []
    quoted = escaped = False
    fresh = True
    for letter in line.removesuffix("\n"):
        if letter == '"' and not escaped:
            quoted = not quoted
            if quoted and fresh:
                words.append("")
                fresh = False
        elif letter in " \t" and not quoted and not escaped:
            fresh = True
        elif letter == "\\" and not escaped:
            escaped = True
            continue
        else:
            if fresh:
                words.append("")
                fresh = False
            words[-1] += letter
        escaped = False
    return words
