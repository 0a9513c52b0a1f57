"""Every mistake in a data file: it stops the start, and is named by file and key, with the mend."""

from __future__ import annotations

from pathlib import Path

import pytest

from agi import catalogue
from agi.catalogue import CatalogueError
from tests.catalogue.conftest import OPERATOR, TARIFF, WHOLE, Write

OPERATORS = [
    ('id = "test-net"', "id = test-net", "at line 2, column"),
    ('name = "Test"\n', "", "name: Field required"),
    ('name = "Test"', 'nam = "Test"', "nam: there is no such key"),
    ('"1"', '"one"', r"collect\.keys\.accept: "),
    ('accept = "1"', 'accept = "1", bar = "1"', r"collect\.keys: .*give each meaning a key"),
    ("*77*N#", "x", r"collect\.access_codes\[0\]: .*'x' is no code: write digits and \*, N for"),
    ("*77*N#", "*77#", r"collect\.access_codes: .*\*77# has no place for the number: write N"),
    (
        '["*77*N#"]',
        '["*77*N#", "*133*8N#"]',
        r"\*133\*8ZX+# \(offer \*133\*, tele2-kz\) can't be told from "
        r"\*133\*8ZX+# \(offer \*133\*8, test-net\)",
    ),
    ("*77*N#", "N", r"access_codes\[0\]: .*'N' is no code"),
    ("test-net", "mts-ru", "says the same as .*: one file an operator"),
    ("Europe/Moscow", "Moscow", "time_zone: no time zone 'Moscow': write one like Europe/Moscow"),
    ("Europe/Moscow", "../etc/passwd", "time_zone: .*no time zone"),
    ('["world"]', '["mars"]', "zones_abroad: mars is not among roaming_zones"),
    (
        '"call_back"]',
        '"sms"]',
        "limits, requests-a-day: nothing is called sms: there are call_back",
    ),
    ('["collect", "call_back"]', "[]", r"limits\[0\]\.counts: "),
    ("most = 5", "most = -1", r"limits\[0\]\.most: "),
    ("most = 5", 'most = 5\nper = "region"', r"limits\[0\]\.per: .*'caller', 'called' or 'pair'"),
    ("most = 5", 'most = 5\nwindow = "week"', r"limits\[0\]\.window: .*'day' or '24h'"),
]
TARIFFS = [
    ("test-net", "nobody", "operator: no operator 'nobody': there are"),
    ("RUB", "KZT", "currency: KZT, but the operator's accounts are in RUB"),
    ("= 100", "= 0", r"rules\[0\]\.price_minor: Input should be greater than 0"),
    ("= 100", "= -300", r"rules\[0\]\.price_minor: Input should be greater than 0"),
    (
        "= 100",
        "= 99999999930",
        "a unit may cost 1000000000.00, and no more than 999999999.99 can be",
    ),
    ('currency = "RUB"', 'currency = "RUB"\nunit_ms = 86400001', "unit_ms: .*less than or equal"),
    ("= 100", "= 1.5", r"rules\[0\]\.price_minor: Input should be a valid integer"),
    ("= 100", "= nan", r"rules\[0\]\.price_minor: Input should be a valid integer"),
    ("= 100", "= true", r"rules\[0\]\.price_minor: Input should be a valid integer"),
    ("= 100", '= "three"', r"rules\[0\]\.price_minor: Input should be a valid integer"),
    ("= 100", '= "300"', r"rules\[0\]\.price_minor: Input should be a valid integer"),
    ("= 100", "= 1 00", r"test-net\.toml: .*at line 6, column"),
    (", price_minor = 100", "", r"rules\[0\]\.price_minor: Field required"),
    ("= 50 }]", "= 0 }]", r"ordinary_rules\[0\]\.price_minor: Input should be greater than 0"),
    ("{ ru = 50", "{ ru = -1", r"called_zone_supplements_minor\.ru: .*greater than or equal to 0"),
    ("{ ru = 50", "{ ru = 0.5", r"called_zone_supplements_minor\.ru: .*valid integer"),
    ("ru = 50", "ru = 50, mars = 1", "no zone mars: test-net has home, ru"),
    ("ru = 50, ", "", "no price of a collect call .*/home and a called party in .*/ru: add"),
    ("price_minor = 100", "same_region = true, price_minor = 100", "collect call .* there/"),
    ("price_minor = 50", 'calling_zones = ["home"], price_minor = 50', "ordinary call .*/ru and"),
    (
        "price_minor = 100",
        'called_regions = ["omsk"], price_minor = 100',
        "no price of a collect call .* called party in here/home: add a rule",
    ),
    (
        "price_minor = 100",
        'calling_zones = ["moon"], price_minor = 100',
        "no zone moon: test-net has home, ru, world",
    ),
    ("2026-01-01", "2026-13-01", r"test-net\.toml: .*at line 4"),
    ("2026-01-01", '"soon"', "valid_from: "),
    ('version = "1"', 'version = ""', "version: "),
]
NOTICES = [
    ("test-net", "nobody", "operator: no operator 'nobody'"),
    ("test-net", "mts-ru", "says the same as .*: one file of notices an operator"),
    ("{calling}", "{called}", r"call_me\.text: .*only \{calling\}"),
    ("{calling}", "{calling.__class__}", r"call_me\.text: .*only \{calling\}"),
    ("{calling}", "{", r"call_me\.text: .*write \{\{ and \}\} for braces"),
    ("busy", "bussy", r"call_me\.on"),
    ('["test-net"]', '["nobody"]', r"by_code\.call_back\.networks: no operator nobody: there are"),
    ("by_code.call_back", "by_code.call_me", r"by_code\.call_me: the service itself uses this"),
    ("by_code.call_back", "by_code.collect", r"by_code\.collect: the service itself uses this"),
]
SERVICES = [
    ("test-net", "nobody", "operator: no operator 'nobody'"),
    ("test-net", "mts-ru", "says the same as .*: one file of services an operator"),
    ('menu = "main"', 'menu = "mian"', "no menu 'mian': there are main"),
    ('notice = "call_back"', 'notice = "x"', r"no notice 'x': add by_code\.x to the notices"),
    ('access = "*77*"', 'access = "0880"', "access: the operator has no access code 0880N"),
    ('say = "menu-call"', 'say = "menu-x"', "no prompt 'menu-x' in .*: add it to sentences"),
    ('"tell_balance"', '"inform", answer = "x"', "no answer 'x' in .*: add it to answers there"),
    ('does = "send", notice = "call_back"', 'does = "send"', "does = 'send' goes with notice"),
    ('"tell_balance"', '"tell_balance", list = "white"', "'tell_balance' goes with nothing else"),
    ('"tell_balance"', '"list_add", list = "grey"', r"items\[1\]\.list: "),
    ('"tell_balance"', '"opt_out", callers = []', r"items\[1\]\.callers: "),
    ('"tell_balance"', '"sing"', r"items\[1\]\.does: "),
    ('key = "2"', 'key = "1"', r"menus\.main: .*two have one key: give each a key of its own"),
    ('key = "2"', 'key = "A"', r"menus\.main\.items\[1\]\.key: "),
    ("*78*N#", "*79#", r"codes\[1\]: .*code \*79#: write N where the number goes"),
    ("*78#", "*78N#", r"codes\[0\]: .*code \*78N#: remove the N"),
    ("*78#", "*78٣#", r"codes\[0\]\.code: .*is no code"),
    ("*78#", "${EXTEN}", r"codes\[0\]\.code: .*is no code"),
    ("*78*N#", "*77*N#", r"\*77\*Z.* can't be told from \*77\*Z.*: change one of the two codes"),
    (
        "*78*N#",
        "*77*8N#",
        r"\*77\*8ZX+# \(offer \*77\*, test-net\) can't be told from "
        r"\*77\*8ZX+# \(service \*77\*8N#, test-net\)",
    ),
    ("*78#", "112", r"112 \(emergency 112, .*\) can't be told from 112 \(menu 112, test-net"),
    ('"112"', '"1X2"', r"emergency\[0\]: "),
    ('answers_from = "77"', 'answers_from = "+7"', "answers_from: "),
]
MISTAKES = [
    *(("operators", *mistake) for mistake in OPERATORS),
    *(("tariffs", *mistake) for mistake in TARIFFS),
    *(("notices", *mistake) for mistake in NOTICES),
    *(("services", *mistake) for mistake in SERVICES),
]


def refusal(folder: Path) -> str:
    with pytest.raises(CatalogueError) as refused:
        catalogue.load([folder])
    return str(refused.value)


def test_the_files_without_a_mistake_are_taken(write: Write) -> None:
    assert "test-net" in catalogue.load([write(**WHOLE)]).services


@pytest.mark.parametrize(("kind", "old", "new", "fault"), MISTAKES)
def test_a_mistake_is_named_by_file_and_key(
    write: Write, kind: str, old: str, new: str, fault: str
) -> None:
    assert old in WHOLE[kind]
    folder = write(**WHOLE | {kind: WHOLE[kind].replace(old, new)})
    with pytest.raises(CatalogueError, match=fault) as refused:
        catalogue.load([folder])
    if "can't be told from" not in str(refused.value):
        assert f"{kind}/test-net.toml" in str(refused.value)


def test_an_operator_needs_a_tariff_for_every_plan(write: Write) -> None:
    gold = TARIFF.replace('version = "1"', 'version = "1"\nplan = "gold"')
    assert "test-net has collect calls and no tariff without a plan: add" in refusal(
        write(**WHOLE | {"tariffs": gold})
    )


def test_a_code_is_there_once(write: Write) -> None:
    twice = WHOLE["services"].replace(
        "codes = [", 'codes = [\n{ code = "*78#", does = "tell_balance" },'
    )
    assert "codes: *78# is there twice: remove one" in refusal(write(**WHOLE | {"services": twice}))


def test_a_limit_has_a_name_of_its_own(write: Write) -> None:
    again = OPERATOR + OPERATOR[OPERATOR.index("[[limits]]") :]
    assert "limits: two have one name" in refusal(write(**WHOLE | {"operators": again}))


@pytest.mark.parametrize("day", ["2026-01-01", "2026-02-01"])
def test_two_tariffs_that_nothing_tells_apart_are_refused(write: Write, day: str) -> None:
    again = TARIFF.replace("2026-01-01", day)
    complaint = refusal(write({"tariffs/test-net-2.toml": again}, **WHOLE))
    assert "test-net.toml says the same as" in complaint
    assert "test-net-2.toml" in complaint


def test_a_currency_that_can_not_be_spoken_is_refused(write: Write) -> None:
    """Also where there are no collect calls, as the balance is told in it too."""
    euro = OPERATOR.replace("RUB", "EUR")
    folder = write(operators=euro[: euro.index("[collect]")])
    assert "test-net.toml: currency: no words for EUR: there are RUB, KZT" in refusal(folder)


def test_a_file_that_is_no_text_is_named(write: Write) -> None:
    folder = write(operators=OPERATOR)
    (folder / "operators" / "test-net.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(CatalogueError, match=r"test-net\.toml: .*utf-8"):
        catalogue.load([folder])


def test_a_folder_that_would_not_be_read_is_named(write: Write) -> None:
    """`cp -r` of an operator into a folder that is there already makes one folder too many."""
    folder = write({".git/config.toml": "", "README": ""}, **WHOLE)
    catalogue.load([folder])
    (folder / "demo-net" / "operators").mkdir(parents=True)
    assert f"{folder}/demo-net would not be read: move its files to" in refusal(folder)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert "nowhere is no folder: correct data_dirs" in refusal(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("key", "fault"),
    [
        ("n-300", "no words for n-300"),
        ("d-5", "no words for d-5"),
        ("key-star", "no words for key-star"),
        ("minus", "no words for minus"),
        ("warning", "no words for warning"),
        ("told-declined", "no words for told-declined"),
        ("rub", "counted: ru has no counted word 'rub'"),
        ("thousand", "counted: ru has no counted word 'thousand'"),
        ("menu-call", "no prompt 'menu-call' in ru: add it to sentences there"),
    ],
)
def test_a_language_without_a_word_that_is_said_is_refused(
    write: Write, key: str, fault: str
) -> None:
    """A call would come to the word and end."""
    whole = (catalogue.DATA_DIR / "prompts" / "ru.toml").read_text(encoding="utf-8")
    lines = whole.splitlines()
    kept = [line for line in lines if not line.startswith(f"{key} = ")]
    assert len(kept) == len(lines) - 1
    folder = write({"prompts/ru.toml": "\n".join(kept)})
    assert fault in refusal(folder)
