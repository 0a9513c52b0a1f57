"""The verbs over a channel, against a script of what Asterisk 22.10 answers."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from agi.domain.speech import Sentence
from agi.telephony.agi_protocol import AgiProtocol
from agi.telephony.agi_reply import Reply
from agi.telephony.channel import (
    ALL_KEYS,
    AgiRequest,
    Channel,
    ChannelError,
    ChannelGoneError,
    PromptMissingError,
)

REQUEST = AgiRequest(
    "consent",
    ("cc-1.1",),
    {"agi_channel": "PJSIP/x-1", "agi_uniqueid": "cc-1.1", "agi_language": "kk"},
)


class Script:
    """Answers from a table by the command's line; notes what was asked."""

    def __init__(self, answers: Mapping[str, str]) -> None:
        self.answers = answers
        self.asked: list[str] = []
        self.patience_s: list[float] = []

    async def ask(self, *words: str, timeout_s: float) -> Reply:
        core = AgiProtocol()
        core.receive(b"agi_network: yes\n\n")
        core.command(*words)
        self.asked.append(" ".join(words))
        self.patience_s.append(timeout_s)
        (reply,) = core.receive(self.answers[self.asked[-1]].encode() + b"\n")
        assert isinstance(reply, Reply)
        return reply


def scripted(answers: Mapping[str, str]) -> tuple[Channel, Script]:
    script = Script(answers)
    return Channel(REQUEST, script), script


async def test_variables_are_set_in_the_order_given() -> None:
    phone, script = scripted(
        {"SET VARIABLE B x y": "200 result=1", "SET VARIABLE A ": "200 result=1"}
    )
    await phone.set_variables({"B": "x y", "A": ""})
    assert script.asked == ["SET VARIABLE B x y", "SET VARIABLE A "]


@pytest.mark.parametrize(
    ("answer", "value"),
    [("200 result=1 (я)", "я"), ("200 result=1 ()", ""), ("200 result=0", None)],
)
async def test_a_variable_may_be_absent(answer: str, value: str | None) -> None:
    phone, _ = scripted({"GET VARIABLE A": answer})
    assert await phone.get_variable("A") == value


async def test_prompts_are_played_one_after_another() -> None:
    phone, script = scripted(
        {
            "STREAM FILE collect/a 12": "200 result=0 endpos=800",
            "STREAM FILE collect/b-1 12": "200 result=0 endpos=900",
        }
    )
    assert await phone.play(["a", "b-1"], "12") is None
    assert len(script.asked) == 2


async def test_a_sentence_is_played_in_its_language_and_the_next_one_in_its_own() -> None:
    phone, script = scripted(
        {
            "SET VARIABLE CHANNEL(language) ru": "200 result=1",
            "SET VARIABLE CHANNEL(language) kk": "200 result=1",
            "STREAM FILE collect/a ": "200 result=0 endpos=800",
        }
    )
    for language in ("kk", "ru", "ru", "kk"):
        await phone.say(Sentence(language, ("a",)))
    languages = [line.split()[-1] for line in script.asked if line.startswith("SET")]
    assert languages == ["ru", "kk"]


async def test_a_key_ends_the_playing() -> None:
    phone, script = scripted({f"STREAM FILE collect/a {ALL_KEYS}": "200 result=35 endpos=0"})
    assert await phone.play(["a", "b"], ALL_KEYS) == "#"
    assert len(script.asked) == 1


@pytest.mark.parametrize("answer", ["200 result=-1 endpos=0", "200 result=0 endpos=0"])
async def test_a_missing_prompt_is_named(answer: str) -> None:
    phone, _ = scripted({"STREAM FILE collect/gone ": answer, "WAIT FOR DIGIT 1": "200 result=0"})
    with pytest.raises(PromptMissingError, match="collect/gone"):
        await phone.play(["gone"])


async def test_a_phone_that_hangs_up_as_a_prompt_starts_is_gone() -> None:
    phone, _ = scripted(
        {"STREAM FILE collect/a ": "200 result=-1 endpos=0", "WAIT FOR DIGIT 1": "200 result=-1"}
    )
    with pytest.raises(ChannelGoneError):
        await phone.play(["a"])


@pytest.mark.parametrize("prompt", ["", "/etc/passwd", "../x", "a b", "a&b", "a\n", "a//b"])
async def test_what_is_no_prompt_id_is_not_sent(prompt: str) -> None:
    phone, script = scripted({})
    with pytest.raises(PromptMissingError):
        await phone.play([prompt])
    assert script.asked == []


@pytest.mark.parametrize(("answer", "key"), [("49", "1"), ("42", "*"), ("0", None)])
async def test_any_key_is_returned(answer: str, key: str | None) -> None:
    phone, script = scripted({"WAIT FOR DIGIT 5000": f"200 result={answer}"})
    assert await phone.wait_key(5000) == key
    assert script.patience_s == [15.0]


READ = "EXEC Read PRESSED_KEYS,collect/a&collect/b,3,e,1,0.500"
STATUS, KEYS = "GET VARIABLE READSTATUS", "GET VARIABLE PRESSED_KEYS"


@pytest.mark.parametrize(
    ("pressed", "keys"),
    [
        ("200 result=1 (123)", ("1", "2", "3")),
        ("200 result=1 (*0*)", ("*", "0", "*")),
        ("200 result=1 (12)", ("1", "2", None)),
        ("200 result=1 (#)", ("#", None)),
        ("200 result=1 ()", (None,)),
        ("200 result=0", (None,)),
    ],
)
async def test_keys_are_read_in_one_command(pressed: str, keys: tuple[str | None, ...]) -> None:
    answers = {READ: "200 result=0", STATUS: "200 result=1 (OK)", KEYS: pressed}
    phone, script = scripted(answers)
    assert await phone.read_keys(Sentence("kk", ("a", "b")), 3, 500) == keys
    assert script.asked == [READ, STATUS, KEYS]
    assert script.patience_s[0] == 62.0


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ({READ: "200 result=-1"}, ChannelGoneError),
        ({READ: "200 result=0", STATUS: "200 result=1 (ERROR)"}, PromptMissingError),
    ],
)
async def test_keys_that_cannot_be_read(answers: dict[str, str], error: type[ChannelError]) -> None:
    phone, _ = scripted(answers)
    with pytest.raises(error):
        await phone.read_keys(Sentence("kk", ("a", "b")), 3, 500)


async def test_a_channel_that_is_there() -> None:
    phone, script = scripted({"NOOP": "200 result=0"})
    await phone.see_it_is_there()
    assert script.asked == ["NOOP"]


async def test_a_leg_is_answered() -> None:
    phone, script = scripted({"ANSWER": "200 result=0"})
    await phone.answer()
    assert script.asked == ["ANSWER"]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ("200 result=-1", ChannelGoneError),
        ("511 Command Not Permitted on a dead channel", ChannelGoneError),
        ("510 Invalid or unknown command", ChannelError),
        ("200 result=x", ChannelError),
    ],
)
async def test_a_refusal_is_an_error(answer: str, error: type[ChannelError]) -> None:
    phone, _ = scripted({"WAIT FOR DIGIT 5": answer})
    with pytest.raises(error):
        await phone.wait_key(5)


@pytest.mark.parametrize("answer", ["200 result=-1 endpos=6400", "511 dead"])
async def test_a_hangup_while_playing_is_told(answer: str) -> None:
    phone, _ = scripted({"STREAM FILE collect/a 1": answer})
    with pytest.raises(ChannelGoneError):
        await phone.play(["a"], "1")
