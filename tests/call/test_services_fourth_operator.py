"""An operator that is added by files alone: calls through it, by phones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agi.domain.answers import Amount
from agi.domain.dispositions import SIP_STATUSES, Disposition
from agi.domain.speech import told
from lab import ports
from lab.instance import Instance
from lab.scenario_files import Party
from tests.call.conftest import QUICK
from tests.call.handset import Town
from tests.call.service_answers import DONE, dial
from tests.call.test_services_calls import MTS, but, call, charges, the_cdr
from tests.call.together import together

pytestmark = pytest.mark.call

CHECKOUT = Path(__file__).resolve().parents[2]
EXAMPLE = CHECKOUT / "examples" / "operators" / "demo-net"
DEMO = Party(operator="demo-net", balance="100")
ANSWERED = SIP_STATUSES[Disposition.ANSWERED]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    home = tmp_path_factory.mktemp("lab")
    folders = [str(CHECKOUT / "lab" / "data"), str(EXAMPLE)]
    (home / "settings.toml").write_text(f"data_dirs = {folders}\n")
    with (
        ports.block_of_its_own() as own_ports,
        Instance.create(home, QUICK | own_ports | {"key_wait_ms": 1500}) as instance,
    ):
        yield instance


@pytest.mark.parametrize("code", ["0770{called}", "*770*{called}#"])
@together
async def test_its_codes_its_key_and_its_price(town: Town, code: str) -> None:
    caller, called = await town.person(DEMO), await town.person(but(DEMO, roaming="away"))
    await called.answer("1,5")
    assert await call(caller, called, code) == ANSWERED
    assert "wrong-key" in called.heard
    record = await the_cdr(caller)
    assert (record.consent_digits, record.price_minor_per_minute) == ("5", 150)
    assert await charges(called) == [-150]


@together
async def test_its_menu_calls(town: Town) -> None:
    caller, called = await town.person(DEMO), await town.person(DEMO)
    await called.answer("5")
    assert (await caller.dial("*770#", f"7,{called.number}")).status == ANSWERED
    assert await charges(called) == [-110]


@together
async def test_its_notice_by_code(town: Town) -> None:
    sender, recipient = await town.person(DEMO), await town.person(DEMO)
    phone = await recipient.listen()
    code = f"*771*{recipient.number}#"
    await dial(sender, code, DONE, "notice-sent")
    assert (await phone.text_comes()).body == f"Demo Net: привет от +7{sender.number}."
    await dial(sender, code, SIP_STATUSES[Disposition.LIMIT], "notice-limit")


@together
async def test_its_balance_code(town: Town) -> None:
    await dial(await town.person(DEMO), "*779#", DONE, "balance", amount=Amount(10_000, "RUB"))


@together
async def test_its_limit_and_its_notice_after_a_call_that_was_declined(town: Town) -> None:
    caller, called = await town.person(DEMO), await town.person(DEMO)
    for _ in range(2):
        await called.answer("6")
        assert await call(caller, called, "0770{called}") == SIP_STATUSES[Disposition.DECLINED]
    assert await call(caller, called, "0770{called}") == SIP_STATUSES[Disposition.LIMIT]
    texts = [notice.message.text for notice in await town.world.notices(called.number)]
    assert texts == 2 * [f"Demo Net: +7{caller.number} не дозвонился до вас."]


@together
async def test_its_plan_without_collect_calls(town: Town) -> None:
    caller, called = await town.person(but(DEMO, plan="thrifty")), await town.person(DEMO)
    status = await call(caller, called, "0770{called}")
    assert status == SIP_STATUSES[Disposition.NOT_ENTITLED]


@together
async def test_its_code_is_another_operator_s_to_everybody_else(town: Town) -> None:
    caller, called = await town.person(MTS), await town.person(DEMO)
    assert await call(caller, called, "0770{called}") == SIP_STATUSES[Disposition.OTHER_CODE]
    assert caller.heard == [told(Disposition.OTHER_CODE)]
    assert await call(caller, called, "0880{called}") == SIP_STATUSES[Disposition.OTHER_OPERATOR]


@together
async def test_without_money_its_own_code_is_named(town: Town) -> None:
    caller, called = await town.person(but(DEMO, balance="0")), await town.person(DEMO)
    await call(caller, called, "{called}")
    assert [prompt for prompt in caller.heard if prompt.startswith("d-")] == [
        "d-0", "d-7", "d-7", "d-0"
    ]  # fmt: skip
