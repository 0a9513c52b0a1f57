"""The voice menus, by phones that press keys: free, and the one leg that is answered unasked."""

from __future__ import annotations

import pytest

from agi import catalogue
from agi.domain import speech
from agi.domain.answers import Amount, Answer, Count, Slot
from agi.domain.dispositions import SIP_STATUSES, Disposition
from agi.domain.services import ListName
from agi.domain.speech import answer_text, told
from agi.subscribers.lists import Lists
from agi.subscribers.profiles import Profiles
from lab.instance import Instance
from tests.call.conftest import MakeLab
from tests.call.handset import Dialled, Handset, Town
from tests.call.service_answers import RUSSIAN, number
from tests.call.test_services_calls import MTS, but, call, charges, the_cdr
from tests.call.together import together

pytestmark = pytest.mark.call

ENTER = "enter-number"
ANSWERED = SIP_STATUSES[Disposition.ANSWERED]
MENUS = catalogue.load().services["mts-ru"].menus


@pytest.fixture(scope="module")
def lab(make_lab: MakeLab) -> Instance:
    """An instance that waits long enough for the keys of a phone on a busy machine."""
    return make_lab(key_wait_ms=1500)


async def press(handset: Handset, code: str, keys: str) -> Dialled:
    """Dial a menu, which is answered, and press keys; it costs nothing."""
    before = await charges(handset)
    dialled = await handset.dial(code, keys)
    assert dialled.status == ANSWERED
    assert await charges(handset) == before
    return dialled


def written(name: str, **slots: Slot) -> list[str]:
    """The one text that tells the answer of that name."""
    return [answer_text(RUSSIAN, Answer(name, done=True, slots=slots))]


@pytest.mark.parametrize("code", ["0880", "0800"])
@together
async def test_a_code_alone_asks_for_ten_digits_and_calls_with_the_tenth(
    town: Town, code: str
) -> None:
    caller, called = await town.person(but(MTS, balance="0")), await town.person(MTS)
    phone = await called.answer("1")
    await press(caller, code, called.number)
    assert caller.heard == [ENTER]
    record = await the_cdr(caller)
    assert (record.disposition, record.access_code) == (Disposition.ANSWERED, code)
    assert await charges(called) == [-300]
    assert phone.from_header().find(caller.number) > 0


@together
async def test_a_star_starts_the_number_over(town: Town) -> None:
    caller, called = await town.person(MTS), await town.person(MTS)
    await called.answer("1")
    await press(caller, "0880", f"916*9*{called.number}")
    assert (await the_cdr(caller)).called == called.number
    assert await charges(called) == [-300]


@pytest.mark.parametrize("keys", ["", "916"], ids=["nothing", "three-digits"])
@together
async def test_silence_is_asked_twice_more_then_ended(town: Town, keys: str) -> None:
    caller = await town.person(MTS)
    dialled = await press(caller, "0880", keys)
    assert caller.heard == [ENTER, ENTER, ENTER, "no-choice"]
    assert dialled.texts == ()
    assert await town.world.cdrs(caller.number) == []


@together
async def test_a_number_that_is_no_good_is_asked_for_again(town: Town) -> None:
    """Its reason is said each time; the third time by text as well."""
    caller = await town.person(MTS)
    dialled = await press(caller, "0880", f"0000000000,,,,{caller.number},,,,9000000000")
    reasons = ["told-bad-number", "told-own-number", "told-unknown-number"]
    assert [prompt for prompt in caller.heard if prompt != ENTER] == reasons
    assert dialled.bodies == written("unknown-number")


@together
async def test_a_number_of_another_operator_is_refused_as_any_call(town: Town) -> None:
    caller, called = await town.person(MTS), await town.person(but(MTS, operator="tele2-kz"))
    await press(caller, "0880", called.number)
    assert caller.heard == [ENTER, told(Disposition.OTHER_OPERATOR)]
    assert (await the_cdr(caller)).disposition is Disposition.OTHER_OPERATOR


@together
async def test_a_hash_ends_a_number_too_early(town: Town) -> None:
    caller, called = await town.person(MTS), await town.person(MTS)
    await called.answer("1")
    await press(caller, "0880", f"91#,{called.number}")
    assert caller.heard == [ENTER, ENTER]
    assert (await the_cdr(caller)).called == called.number


@pytest.mark.parametrize(("code", "menu"), [("*880#", "main"), ("*880*0#", "settings")])
@together
async def test_menu_reads_its_items_with_their_keys(town: Town, code: str, menu: str) -> None:
    """Three times, as nothing is pressed."""
    caller = await town.person(MTS)
    await press(caller, code, "")
    whole = speech.menu_prompt(RUSSIAN, MENUS[menu])
    assert caller.heard == [*whole, *whole, *whole, "no-choice"]


@together
async def test_the_menu_calls_collect(town: Town) -> None:
    caller, called = await town.person(MTS), await town.person(MTS)
    await called.answer("1")
    await press(caller, "*880#", f"1,{called.number}")
    assert (await the_cdr(caller)).disposition is Disposition.ANSWERED


@together
async def test_the_menu_tells_the_balance(town: Town) -> None:
    dialled = await press(await town.person(but(MTS, balance="7.50")), "*880#", "4")
    assert dialled.bodies == written("balance", amount=Amount(750, "RUB"))


@together
async def test_a_key_without_a_meaning_is_named_and_the_menu_read_again(town: Town) -> None:
    caller = await town.person(MTS)
    dialled = await press(caller, "*880#", "9,,4")
    assert "wrong-key" in caller.heard
    assert dialled.bodies[0].startswith("На вашем счёте")


@pytest.mark.parametrize("item", ["1", "2"], ids=["inside", "abroad"])
@together
async def test_mts_opts_out_of_callers_inside_or_abroad_by_the_menu(town: Town, item: str) -> None:
    """Item 3, then 1 for callers inside the country, 2 for those abroad; again switches it back."""
    inside, abroad = await town.person(MTS), await town.person(but(MTS, roaming="world-20"))
    called = await town.person(MTS)
    which = {"1": "inside", "2": "abroad"}[item]
    refused, taken = (inside, abroad) if item == "1" else (abroad, inside)
    out = await press(called, "*880#", f"3,{item}")
    assert out.bodies == written(f"opted-out-{which}")
    assert await call(refused, called) == SIP_STATUSES[Disposition.OPTED_OUT]
    await called.answer("1")
    assert await call(taken, called) == ANSWERED
    back = await press(called, "*880#", f"3,{item}")
    assert back.bodies == written(f"opted-in-{which}")
    await called.answer("1")
    assert await call(refused, called) == ANSWERED


@pytest.mark.parametrize(("name", "add", "remove"), [("white", 1, 2), ("black", 3, 4)])
@together
async def test_the_lists_by_keys(town: Town, name: ListName, add: int, remove: int) -> None:
    """``*880*0#``, its second item: each item of the lists does what its code does."""
    owner, other = await town.person(MTS), await town.person(MTS)
    for item, done, left in ((add, "added", [other.number]), (remove, "removed", [])):
        dialled = await press(owner, "*880*0#", f"2,{item},{other.number}")
        assert dialled.bodies == written(f"{name}-{done}", number=number(other))
        lists = await Lists(town.world.store).of(owner.number)
        assert list(getattr(lists, name)) == left


@together
async def test_what_is_in_the_lists_by_keys(town: Town) -> None:
    owner = await town.person(MTS)
    await Lists(town.world.store).add(owner.number, "black", "9000000000", 10, "r-1")
    dialled = await press(owner, "*880*0#", "2,6")
    state = {"white": Count(0, "entry"), "black": Count(1, "entry")}
    assert dialled.bodies == written("lists-are", **state)


@together
async def test_asking_to_be_white_listed_by_keys(town: Town) -> None:
    asker, owner = await town.person(MTS), await town.person(MTS)
    phone = await owner.listen()
    asked = await press(asker, "*880*0#", f"2,5,{owner.number}")
    assert asked.bodies == written("notice-sent")
    text = await phone.text_comes()
    assert text.body.startswith(f"+7{asker.number} ")


@together
async def test_the_main_menu_leads_to_the_lists_too(town: Town) -> None:
    owner = await town.person(MTS)
    await press(owner, "*880#", "2,6")
    profile = await Profiles(town.world.store).get(owner.number)
    assert profile
    assert profile.lists_on
