"""Who hears what, and when: calls on a real Asterisk between phones that record."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from agi import catalogue
from agi.domain import speech
from agi.domain.dispositions import Disposition
from lab import ports, scenario_files
from lab.instance import Instance
from lab.recorder import PCMA, RATE_HZ, Sound
from lab.scenario_world import world_of
from tests.call.hearing import (
    SILENCE_DBFS,
    Found,
    find,
    level_dbfs,
    recording,
    tone_dbfs,
    tone_starts_s,
)
from tests.call.sound_call import CALLED_HERTZ, CALLER_HERTZ, Heard, Plan, SoundCall, at_s

pytestmark = [pytest.mark.call, pytest.mark.xdist_group("sound")]

LAB_DATA = Path(__file__).resolve().parents[2] / "lab" / "data"
UNIT_S = 6.0
PAID_S = 2 * UNIT_S
WARN_LEAD_S = UNIT_S / 3
PRICE_MINOR = 300
SAME = 0.85
"""The correlation of a recording that is heard with nothing else beside it: above 0.99, less where
a busy machine leaves gaps. It is at most 0.77 for any other recording."""
TONE_DBFS = -15.3
"""The level of what the phones send."""

PLANS = {
    "whole": Plan("sound", "7.00", key_after_s=None),
    "forward": Plan("fast", "3.00", key_after_s=2.5, forward=True),
    "busy": Plan("fast", "3.00", called=scenario_files.FOLDER / "busy" / "callee.xml"),
    "pcma": Plan("fast", "3.00", formats=f"{PCMA} 101", payload_type=PCMA),
    "ordinary": Plan("sound", "3.50", ordinary=True),
    "opus": Plan("fast", "3.00", formats="111 0 101"),
}


@dataclass(frozen=True)
class Played:
    """All calls, and the instance that they were made on, which still runs."""

    heard: dict[str, Heard]
    lab: Instance


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    home = tmp_path_factory.mktemp("sound")
    _write_tariff(home / "data" / "tariffs")
    (home / "settings.toml").write_text(f'data_dirs = ["{LAB_DATA}", "{home / "data"}"]\n')
    with (
        ports.block_of_its_own() as own_ports,
        Instance.create(home, own_ports | {"key_wait_ms": 3000}) as lab,
    ):
        yield Played(asyncio.run(_play(lab, home / "calls")), lab)


def _write_tariff(folder: Path) -> None:
    """The prices of mts-ru by units that leave time for the warning."""
    fast = (LAB_DATA / "tariffs" / "mts-ru-fast.toml").read_text()
    assert "unit_ms = 2000" in fast
    folder.mkdir(parents=True)
    text = fast.replace("unit_ms = 2000", f"unit_ms = {UNIT_S * 1000:.0f}")
    (folder / "mts-ru-sound.toml").write_text(text.replace('fast"', 'sound"'))


async def _play(lab: Instance, logs: Path) -> dict[str, Heard]:
    async with world_of(lab.settings) as world:
        calls = {name: SoundCall(world, plan, logs / name) for name, plan in PLANS.items()}
        tasks = {}
        # The one that looks for its port among Asterisk's goes first.
        for name in sorted(calls, key=lambda name: not PLANS[name].forward):
            tasks[name] = asyncio.create_task(calls[name].play())
            if PLANS[name].forward:
                await asyncio.wait_for(calls[name].under_way.wait(), 30)
        heard = await asyncio.gather(*tasks.values())
    return dict(zip(tasks, heard, strict=True))


@pytest.fixture
def whole(played: Played) -> Heard:
    """The call with the whole prompt, talked until the money ended."""
    return played.heard["whole"]


def conversation(call: Heard, sound: Sound) -> Sound:
    return sound.between(call.bridged_at_s, call.cut_at_s)


def next_piece(sound: Sound, prompt: str, since_s: float) -> Found:
    """A prompt that follows what ended at `since_s`: the first where it is said twice.

    A busy machine takes its time between two of them; the first wait is shorter than any prompt.
    """
    length_s = len(recording(prompt)) / RATE_HZ
    for wait_s in (0.25, 1, 3):
        found = find(sound.between(since_s - 0.05, since_s + length_s + wait_s), prompt)
        if found.score > SAME:
            break
    return found


def test_the_called_party_hears_the_prompt_piece_by_piece(whole: Heard) -> None:
    collect = catalogue.load().operator("mts-ru").collect
    assert collect
    russian = catalogue.load().languages["ru"]
    terms = (whole.calling_number, PRICE_MINOR, "RUB", collect.keys.first_named)
    prompts = [p for p in speech.consent_prompt(russian, *terms) if p not in russian.pauses]
    since_s = at_s(whole.called_lines, "ACK")
    for prompt in prompts:
        found = next_piece(whole.called, prompt, since_s)
        assert found.score > SAME, prompt
        assert found.level_dbfs == pytest.approx(-20, abs=3.5), prompt
        since_s = found.end_s
    assert since_s < whole.pressed_at_s
    after = whole.called.between(since_s + 0.02, whole.pressed_at_s)
    assert level_dbfs(after) == SILENCE_DBFS


@pytest.mark.parametrize("name", ["whole", "forward", "pcma"])
def test_the_caller_hears_nothing_before_the_key(name: str, played: Played) -> None:
    call = played.heard[name]
    assert call.pressed_at_s <= call.bridged_at_s
    assert level_dbfs(call.caller.between(0, call.pressed_at_s)) == SILENCE_DBFS


def test_a_caller_who_sends_sound_unasked_is_not_heard_before_the_key(played: Played) -> None:
    call = played.heard["forward"]
    asked_at_s = at_s(call.called_lines, "ACK")
    assert level_dbfs(call.called.between(0, asked_at_s)) == SILENCE_DBFS
    # Nothing but the prompt: a tone beside it would not leave them so much alike.
    first = find(call.called.between(asked_at_s, call.pressed_at_s), "incoming-call")
    assert first.score > SAME


@pytest.mark.parametrize("name", ["whole", "pcma"])
def test_both_hear_each_other_within_a_second_of_the_key(name: str, played: Played) -> None:
    call = played.heard[name]
    assert call.bridged_at_s - call.pressed_at_s < 2
    for sound, hertz in ((call.caller, CALLED_HERTZ), (call.called, CALLER_HERTZ)):
        starts_s = tone_starts_s(conversation(call, sound), hertz, TONE_DBFS - 3)
        assert starts_s
        assert starts_s - call.bridged_at_s < 1
        during = sound.between(call.bridged_at_s + 1, call.bridged_at_s + 1.8)
        assert tone_dbfs(during, hertz) == pytest.approx(TONE_DBFS, abs=1.5)


def test_the_payer_alone_is_warned_in_time(whole: Heard) -> None:
    due_s = whole.bridged_at_s + PAID_S - WARN_LEAD_S
    end_s = whole.cut_at_s
    warning = find(whole.called.between(due_s - 0.5, end_s), speech.WARNING, under_tones=True)
    assert warning.score > 0.7
    assert 0 < warning.at_s - due_s < 1
    assert warning.end_s < end_s
    same = find(conversation(whole, whole.caller), speech.WARNING, under_tones=True)
    assert same.score < 0.4


def test_an_ordinary_call_is_asked_nothing_and_its_caller_alone_is_warned(played: Played) -> None:
    call = played.heard["ordinary"]
    assert tone_starts_s(call.called.between(0, call.cut_at_s), CALLER_HERTZ, TONE_DBFS - 3)
    for sound, hears in ((call.caller, True), (call.called, False)):
        found = find(conversation(call, sound), speech.WARNING, under_tones=True)
        assert (found.score > 0.7, found.score > 0.4) == (hears, hears)
    before = call.called.between(0, call.bridged_at_s)
    assert level_dbfs(before) == SILENCE_DBFS
    assert -0.1 < call.cut_at_s - call.bridged_at_s - UNIT_S < 1


def test_the_conversation_goes_on_beneath_the_warning(whole: Heard) -> None:
    start_s, end_s = whole.bridged_at_s + 1, whole.cut_at_s - 0.2
    starts_s = [start_s + 0.2 * part for part in range(int((end_s - start_s) / 0.2))]
    for sound, hertz in ((whole.caller, CALLED_HERTZ), (whole.called, CALLER_HERTZ)):
        levels = [tone_dbfs(sound.between(at, at + 0.2), hertz) for at in starts_s]
        heard = sum(level > TONE_DBFS - 3 for level in levels)
        assert heard > 0.9 * len(levels)  # a busy machine leaves gaps


def test_the_conversation_ends_with_the_paid_time(whole: Heard) -> None:
    # Both times are the phones': a busy machine hands a phone its message late.
    assert -0.1 < whole.cut_at_s - whole.bridged_at_s - PAID_S < 1
    after = whole.caller.between(whole.cut_at_s + 0.3, whole.cut_at_s + 6)
    # The voice that tells why has a little of that tone itself.
    assert tone_dbfs(after, CALLED_HERTZ) < TONE_DBFS - 15
    assert whole.cdr.minutes == 2


def test_the_caller_then_hears_why_and_is_released(whole: Heard) -> None:
    released_at_s = at_s(whole.caller_lines, "BYE")
    assert released_at_s - whole.cut_at_s < 6
    told = find(whole.caller.between(whole.cut_at_s - 0.1, released_at_s), speech.FUNDS_RAN_OUT)
    assert told.score > SAME
    assert told.level_dbfs == pytest.approx(-20, abs=3)


def test_a_refusal_is_heard_whole_and_never_answered(played: Played) -> None:
    call = played.heard["busy"]
    statuses = [line.status for line in call.caller_lines if not line.sent]
    assert 183 in statuses
    assert statuses[-1] == 486
    told = find(call.caller, speech.told(Disposition.BUSY))
    assert told.score > SAME
    assert told.level_dbfs == pytest.approx(-20, abs=3)
    assert call.cdr.charged_minor == 0


def test_phones_with_pcma_alone_hear_the_prompt_and_each_other(played: Played) -> None:
    call = played.heard["pcma"]
    assert call.caller_types == call.called_types == {PCMA}
    first = find(call.called.between(0, call.bridged_at_s), "incoming-call")
    assert first.score > 0.9


def test_phones_that_offer_opus_first_are_taken(played: Played) -> None:
    call = played.heard["opus"]
    assert "m=audio 0 " not in call.answer
    assert call.caller_types & {111, 0}
    assert call.called_types & {111, 0}
    assert (call.cdr.disposition, call.cdr.consent) == (Disposition.ANSWERED, True)


def test_no_channel_is_left_behind(played: Played) -> None:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        said = played.lab.asterisk_cli("core show channels count")
        if "0 active channels" in said:
            break
        time.sleep(0.1)
    assert "0 active channels" in said
