"""Calls and notices between real Linphones, as people make and get them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from agi.domain.cdr import Cdr
from agi.domain.dispositions import Disposition
from lab import linphone
from lab.instance import Instance
from lab.scenario_files import Party
from lab.scenario_world import World, until, world_of
from tests.call.hearing import level_dbfs, tone_starts_s
from tests.call.linphone import TONE_DBFS, Linphone, linphone_of

pytestmark = [
    pytest.mark.call,
    pytest.mark.skipif(
        linphone.command() is None,
        reason="there is no linphonec; `make linphone` fetches it, into the user's cache",
    ),
]

CALLER_HERTZ, CALLED_HERTZ = 440, 880
AUDIBLE_DBFS = TONE_DBFS - 3
BALANCE_MINOR = 10000
UNIT_MS = 2000
PROMPT_S = 1.5
"""How much of the prompt the called party listens to before a key is pressed."""
PROMPT_DBFS = -30.0
"""The prompt is louder than that, pauses included."""
NOTICE_S = 3.0
PATIENCE_S = 10.0


@dataclass(frozen=True)
class Stage:
    """Two people with a Linphone each, and what becomes of their call."""

    world: World
    caller: Linphone
    called: Linphone

    async def ask(self, dial: str = "0880{called}") -> None:
        """The called party picks up and listens to the beginning of the prompt."""
        await self.caller.register()
        await self.called.register()
        await self.caller.type(f"call {dial.format(called=self.called.number)}")
        await self.called.expect(f'new incoming call from "{self.caller.number}"')
        await self.called.type("answer")

        async def listened() -> bool | None:
            return self.called.heard().end_s > PROMPT_S or None

        await until(listened, PATIENCE_S, "the called party heard no prompt")

    async def cdr(self) -> Cdr:
        async def found() -> Cdr | None:
            cdrs = await self.world.cdrs(self.caller.number)
            return cdrs[0] if cdrs else None

        return await until(found, PATIENCE_S, "no CDR")

    async def debits_minor(self) -> list[int]:
        charges = await self.world.charges(self.called.number)
        return [-charge.amount_minor for charge in charges]


@pytest.fixture
def operator() -> str:
    return "mts-ru"


@pytest.fixture
def most_calls() -> int:
    """How many calls at once the called party's Linphone takes."""
    return 1


@pytest.fixture
async def stage(
    lab: Instance, tmp_path: Path, operator: str, most_calls: int
) -> AsyncIterator[Stage]:
    parties = {
        "caller": Party(operator=operator),
        "called": Party(operator=operator, plan="fast", balance="100"),
    }
    async with world_of(lab.settings) as world, AsyncExitStack() as phones:

        async def phone(name: str, hertz: int, most_calls: int = 1) -> Linphone:
            person = await world.person(parties[name])
            context = linphone_of(
                person, lab.settings, tmp_path / name, hertz=hertz, most_calls=most_calls
            )
            return await phones.enter_async_context(context)

        caller = await phone("caller", CALLER_HERTZ)
        yield Stage(world, caller, await phone("called", CALLED_HERTZ, most_calls))


async def hears(phone: Linphone, hertz: int) -> float:
    """Wait until the phone hears a tone; since when it does, seconds of its recording."""

    async def starts_s() -> float | None:
        return tone_starts_s(phone.heard(), hertz, AUDIBLE_DBFS)

    return await until(starts_s, PATIENCE_S, f"{phone.number} hears no {hertz} Hz")


@pytest.mark.parametrize(
    ("operator", "dial", "price_minor"),
    [("mts-ru", "0880{called}", 300), ("tele2-kz", "*133*{called}#", 1300)],
)
async def test_accepted(stage: Stage, dial: str, price_minor: int) -> None:
    await stage.ask(dial)
    asked = stage.called.heard()
    assert level_dbfs(asked) > PROMPT_DBFS
    await stage.called.type("1")
    await stage.caller.expect("Media streams established")
    await hears(stage.caller, CALLED_HERTZ)
    assert await hears(stage.called, CALLER_HERTZ) >= asked.end_s
    await stage.caller.type("terminate")
    await stage.called.expect("ended")
    assert tone_starts_s(stage.caller.heard(), CALLER_HERTZ, AUDIBLE_DBFS) is None
    assert tone_starts_s(stage.called.heard(), CALLED_HERTZ, AUDIBLE_DBFS) is None

    cdr = await stage.cdr()
    assert (cdr.disposition, cdr.consent_digits) == (Disposition.ANSWERED, "1")
    assert cdr.release_cause == "calling_party"
    assert cdr.minutes == cdr.talk_ms // UNIT_MS + 1
    assert cdr.charged_minor == cdr.minutes * price_minor
    assert await stage.debits_minor() == [price_minor] * cdr.minutes
    account = await stage.world.account(stage.called.number)
    assert account.available_minor == BALANCE_MINOR - cdr.charged_minor


async def test_declined_by_key(stage: Stage) -> None:
    await stage.ask()
    await stage.called.type("0")
    await stage.called.expect("ended")
    await stage.caller.expect("ended (Call declined)")

    cdr = await stage.cdr()
    assert (cdr.disposition, cdr.consent) == (Disposition.DECLINED, False)
    assert await stage.debits_minor() == []
    for phone, hertz in ((stage.caller, CALLED_HERTZ), (stage.called, CALLER_HERTZ)):
        assert tone_starts_s(phone.heard(), hertz, AUDIBLE_DBFS) is None


@pytest.mark.parametrize("most_calls", [0])
async def test_a_busy_phone_shows_who_called(stage: Stage) -> None:
    await stage.caller.register()
    await stage.called.register()
    await stage.caller.type(f"call 0880{stage.called.number}")
    await stage.caller.expect("early media")
    await stage.called.expect(call_me(stage.caller.number))  # when the caller has heard why
    assert (await stage.cdr()).disposition is Disposition.BUSY


async def test_a_phone_that_comes_back_shows_who_called(stage: Stage) -> None:
    await stage.caller.register()
    await stage.caller.type(f"call 0880{stage.called.number}")
    assert (await stage.cdr()).disposition is Disposition.UNREACHABLE

    async def tried() -> bool | None:
        notices = await stage.world.notices(stage.called.number)
        return any(notice.error for notice in notices) or None

    await until(tried, PATIENCE_S, "no notice waits for the phone")
    await stage.called.register()
    await stage.called.expect(call_me(stage.caller.number), NOTICE_S)


def call_me(number: str) -> str:
    return f"Вам звонил за ваш счёт абонент +7{number}. Перезвоните ему."
