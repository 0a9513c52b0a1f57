"""``collectcall dial``: what a phone would hear, see, or be asked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import pytest

from agi import catalogue
from agi.clock import Clock
from agi.domain.limits import COLLECT
from agi.store.redis import Store
from agi.subscribers.usage import Usage
from tests.cli.conftest import Cli

ANNA, BORIS, VERA, NOBODY = "9161110001", "9161110002", "9051110003", "9161119999"


@pytest.fixture
def town(cli: Cli) -> Cli:
    for number, operator, balance in (
        (ANNA, "mts-ru", "12.34"),
        (BORIS, "mts-ru", "100"),
        (VERA, "beeline-ru", "100"),
    ):
        cli("subscriber", "add", number, "--operator", operator, "--balance", balance)
    return cli


@pytest.mark.parametrize(
    ("number", "code", "done", "answer"),
    [
        (ANNA, "*100#", True, "На вашем счёте 12.34 RUB."),
        (f"+7{ANNA}", "*100%23", True, "На вашем счёте 12.34 RUB."),
        (ANNA, f"*880*22*8{BORIS}#", True, f"Номер +7{BORIS} добавлен в белый список."),
        (ANNA, f"*110*{BORIS}#", True, "Сообщение отправлено."),
        (ANNA, f"*110*{ANNA}#", False, "Это ваш собственный номер."),
        (ANNA, "*102#", False, "Этот код действует у другого оператора."),
        (VERA, "0880", False, "Этот код действует у другого оператора."),
        (VERA, "*155*0#", True, "Звонки за ваш счёт запрещены."),
        (
            ANNA,
            "112",
            False,
            "Экстренные вызовы отсюда невозможны. Позвоните с другого телефона.",
        ),
    ],
)
def test_a_service_code(town: Cli, number: str, code: str, done: bool, answer: str) -> None:
    found = town("dial", number, code)
    assert (found["done"], found["answer"]) == (done, answer)


def test_what_was_done_is_done_and_its_answer_goes_to_the_phone(town: Cli) -> None:
    town("dial", ANNA, f"*110*{BORIS}#")
    town("dial", ANNA, f"*880*22*{BORIS}#")
    assert town("lists", ANNA)["white"] == [BORIS]
    assert [row["kind"] for row in town("messages", "--to", BORIS)] == ["call_back"]
    assert [row["kind"] for row in town("messages", "--to", ANNA)] == ["answer", "answer"]


def test_a_menu_is_told_and_not_entered(town: Cli) -> None:
    keys = town("dial", ANNA, "*880#")["keys"]
    assert list(keys) == ["1", "2", "3", "4"]
    assert keys["4"] == "Узнать баланс"
    assert town("dial", ANNA, "0880")["asks"].startswith("Наберите десять цифр")


def offered(town: Cli, number: str, code: str) -> tuple[Any, ...]:
    found = town("dial", number, code)
    names = ("terms", "verdict", "sip_status", "unit_price_minor", "currency", "rule")
    return tuple(found[name] for name in names)


def test_a_call_is_weighed_and_not_made(town: Cli) -> None:
    for _ in range(20):
        found = town("dial", ANNA, f"0880{BORIS}")
        assert (found["verdict"], found["limit"]) == ("rings", None)
    assert offered(town, ANNA, f"0880{BORIS}")[:5] == ("asked", "rings", None, 300, "RUB")
    assert offered(town, ANNA, f"8{BORIS}")[:2] == ("ordinary", "rings")
    assert town("cdrs") == town("calls") == []
    assert all(row["used"] == 0 for row in town("limits", ANNA))


def test_a_call_that_would_be_refused(town: Cli) -> None:
    assert offered(town, ANNA, f"0880{ANNA}")[1:3] == ("own_number", 403)
    assert offered(town, ANNA, f"0880{NOBODY}")[1:3] == ("unknown_number", 404)
    assert offered(town, VERA, f"0880{BORIS}")[1:3] == ("other_code", 403)
    town("dial", BORIS, f"*880*26*{ANNA}#")
    assert offered(town, ANNA, f"0880{BORIS}")[1:3] == ("barred", 603)
    town("dial", BORIS, f"*880*27*{ANNA}#")
    town("dial", BORIS, f"*880*22*{ANNA}#")
    assert offered(town, ANNA, f"0880{BORIS}")[:2] == ("white_listed", "rings")


def test_without_money_the_code_to_call_collect_is_told(cli: Cli) -> None:
    for caller, called, operator, code in (
        (ANNA, BORIS, "mts-ru", "0880, затем номер."),
        ("7071110001", "7071110002", "tele2-kz", "*133*, затем номер, #."),
    ):
        for number in (caller, called):
            cli("subscriber", "add", number, "--operator", operator)
        assert cli("dial", caller, called)["answer"] == (
            f"На вашем счёте не хватает денег. Чтобы позвонить за счёт собеседника, наберите {code}"
        )


def test_a_limit_that_is_reached_refuses_collect_calls_of_whom_it_holds_for(
    town: Cli, in_store: Callable[[Callable[[Store], Awaitable[None]]], None]
) -> None:
    rule = catalogue.load().operator("mts-ru")
    (requests,) = rule.limits_on(COLLECT)

    async def use(store: Store, use_id: str) -> None:
        now_ms = Clock().wall_ms()
        await Usage(store).take([requests], rule, ANNA, BORIS, use_id=use_id, at_ms=now_ms)

    for times in range(requests.most):
        assert offered(town, ANNA, f"0880{BORIS}")[1] == "rings"
        in_store(partial(use, use_id=f"call-{times}"))
    assert town("dial", ANNA, f"0880{BORIS}")["limit"] == "requests-a-day"
    assert offered(town, ANNA, f"0880{BORIS}")[1:3] == ("limit", 403)
    assert offered(town, ANNA, BORIS)[1] == "rings"
    town("subscriber", "add", ANNA, "--operator", "mts-ru", "--replace", "--unlimited")
    assert offered(town, ANNA, f"0880{BORIS}")[1] == "rings"


@pytest.mark.parametrize(
    "code",
    [
        "*999#",
        "0880916111000",
        "088091611100022",
        "0880٩١٦١١١٠٠٠٢",
        f"0880{BORIS}&1",
        f"0880{BORIS}%0D%0AX: y",
        "${EXTEN}",
        "",
    ],
)
def test_what_is_no_code_is_told_with_what_there_is(town: Cli, code: str) -> None:
    complaint = town.error("dial", ANNA, code)
    assert "can't be dialled: a phone hears 'Номер набран неверно" in complaint
    assert "mts-ru has 0880N, 0800N, *880*N#, 0880, 0800, *880#" in complaint
    assert complaint.count("\n") == 1


def test_only_a_subscriber_dials(town: Cli) -> None:
    assert "is no subscriber" in town.error("dial", NOBODY, "*100#")
