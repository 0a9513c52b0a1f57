"""The personal lists by codes and by the key that bars a caller, by phones."""

from __future__ import annotations

import pytest

from agi.domain.answers import Count
from agi.domain.dispositions import SIP_STATUSES, Disposition
from agi.domain.services import ListName
from agi.domain.speech import told
from agi.subscribers.lists import Lists
from agi.subscribers.profiles import Profiles
from lab.scenario_files import Party
from tests.call.handset import Handset, Town
from tests.call.service_answers import DONE, REFUSED, dial, number
from tests.call.test_services_calls import BEELINE, MTS, call, charges, the_cdr
from tests.call.together import together

pytestmark = pytest.mark.call

ADD: dict[ListName, str] = {"white": "*880*22*{}#", "black": "*880*26*{}#"}
REMOVE: dict[ListName, str] = {"white": "*880*23*{}#", "black": "*880*27*{}#"}
OTHER: dict[ListName, ListName] = {"white": "black", "black": "white"}
LISTS: list[ListName] = ["white", "black"]
ANSWERED = SIP_STATUSES[Disposition.ANSWERED]


@pytest.mark.parametrize("name", LISTS)
@together
async def test_a_number_is_added_and_removed(town: Town, name: ListName) -> None:
    """What is there, or in the other list, is not added; what is absent is not removed."""
    owner, other = await town.person(MTS), await town.person(MTS)
    add, remove = ADD[name].format(other.number), REMOVE[name].format(other.number)
    await dial(owner, add, DONE, f"{name}-added", number=number(other))
    await dial(owner, add, REFUSED, f"{name}-there", number=number(other))
    elsewhere = ADD[OTHER[name]].format(other.number)
    await dial(owner, elsewhere, REFUSED, f"in-{name}", number=number(other))
    await dial(owner, remove, DONE, f"{name}-removed", number=number(other))
    await dial(owner, remove, REFUSED, f"{name}-absent", number=number(other))
    assert await charges(owner) == []


@pytest.mark.parametrize("name", LISTS)
@together
async def test_a_list_holds_ten_numbers(town: Town, name: ListName) -> None:
    owner, other = await town.person(MTS), await town.person(MTS)
    lists = Lists(town.world.store)
    for digit in range(10):
        await lists.add(owner.number, name, f"900000000{digit}", 10, f"r-{name}-{digit}")
    await dial(owner, ADD[name].format(other.number), REFUSED, f"{name}-full")
    assert other.number not in getattr(await lists.of(owner.number), name)


@together
async def test_a_code_switches_the_lists_on_and_says_what_is_in_them(town: Town) -> None:
    owner = await town.person(MTS)
    empty = {"white": Count(0, "entry"), "black": Count(0, "entry")}
    await dial(owner, "*111*785#", DONE, "lists-are", **empty)
    assert await _lists_on(owner)
    for last in range(3):
        await Lists(town.world.store).add(
            owner.number, "white", f"900000000{last}", 10, f"r-{last}"
        )
    filled = {"white": Count(3, "entry"), "black": Count(0, "entry")}
    await dial(owner, "*111*785#", DONE, "lists-are", **filled)


@together
async def test_the_first_number_switches_the_lists_on_too(town: Town) -> None:
    owner, other = await town.person(MTS), await town.person(MTS)
    assert not await _lists_on(owner)
    await dial(owner, ADD["black"].format(other.number), DONE, "black-added", number=number(other))
    assert await _lists_on(owner)


async def _lists_on(owner: Handset) -> bool:
    profile = await Profiles(owner.town.world.store).get(owner.number)
    return profile is not None and profile.lists_on


@together
async def test_who_is_on_the_white_list_is_connected_without_a_question(town: Town) -> None:
    """The called party hears one sentence, and pays as ever."""
    caller, called = await town.person(MTS), await town.person(MTS)
    code = ADD["white"].format(caller.number)
    await dial(called, code, DONE, "white-added", number=number(caller))
    before = len(called.heard)
    await called.answer("")
    assert await call(caller, called) == ANSWERED
    assert called.heard[before:] == ["at-your-expense"]
    record = await the_cdr(caller)
    assert (record.consent_digits, record.charged_minor) == ("white-list", 300)
    assert await charges(called) == [-300]


@together
async def test_who_is_on_the_black_list_hears_declined(town: Town) -> None:
    """The called party's phone does not ring."""
    caller, called = await town.person(MTS), await town.person(MTS)
    code = ADD["black"].format(caller.number)
    await dial(called, code, DONE, "black-added", number=number(caller))
    phone = await called.listen()
    assert await call(caller, called) == SIP_STATUSES[Disposition.DECLINED]
    assert caller.heard == [told(Disposition.BARRED)]
    assert (await the_cdr(caller)).disposition is Disposition.BARRED
    assert (phone.rang, phone.bodies) == (0, [])


@together
async def test_asking_to_be_put_on_a_white_list(town: Town) -> None:
    """The text names the code that agrees: dialled as it stands it puts the asker on the list."""
    asker, owner = await town.person(MTS), await town.person(MTS)
    phone = await owner.listen()
    await dial(asker, f"*880*41*{owner.number}#", DONE, "notice-sent")
    text = await phone.text_comes()
    code = ADD["white"].format(asker.number)
    assert text.body == f"+7{asker.number} просит внести его в белый список: {code}"
    await phone.end()
    await dial(owner, code, DONE, "white-added", number=number(asker))
    await owner.answer("")
    assert await call(asker, owner) == ANSWERED
    assert owner.heard[-1] == "at-your-expense"


@pytest.mark.parametrize("party", [MTS, BEELINE], ids=lambda party: party.operator)
@together
async def test_the_called_party_bars_a_caller_by_a_key_of_the_prompt(
    town: Town, party: Party
) -> None:
    """The key is named in repeated readings; this call is declined, later ones never ring."""
    caller, called = await town.person(party), await town.person(party)
    phone = await called.answer("5,,,,,,,,,,,,9,,", requests=1)
    assert await call(caller, called) == SIP_STATUSES[Disposition.DECLINED]
    assert (await the_cdr(caller)).disposition is Disposition.DECLINED
    repeated = called.heard[called.heard.index("wrong-key") :]
    assert "to-bar-press" in repeated
    assert "to-bar-press" not in called.heard[: -len(repeated)]
    assert called.heard[-1] == "caller-barred"
    await phone.end()
    later = await called.listen()
    assert await call(caller, called) == SIP_STATUSES[Disposition.BARRED]
    assert caller.heard[-1] == told(Disposition.BARRED)
    assert later.rang == 0


@pytest.mark.parametrize(
    ("party", "bar", "let_in"),
    [(MTS, ADD["black"], REMOVE["black"]), (BEELINE, "*155*0*{}#", "*155*1*{}#")],
    ids=["mts", "beeline"],
)
@together
async def test_a_caller_is_barred_and_let_in_again_by_codes(
    town: Town, party: Party, bar: str, let_in: str
) -> None:
    caller, called = await town.person(party), await town.person(party)
    await dial(called, bar.format(caller.number), DONE, "black-added", number=number(caller))
    assert await call(caller, called) == SIP_STATUSES[Disposition.BARRED]
    await dial(called, let_in.format(caller.number), DONE, "black-removed", number=number(caller))
    await called.answer("1")
    assert await call(caller, called) == ANSWERED
