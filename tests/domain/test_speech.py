"""The order of prompts, and the grammar of numbers and money in each language."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from agi import catalogue
from agi.domain import speech
from agi.domain.answers import Amount, Answer, Count, PhoneNumber
from agi.domain.dispositions import Disposition
from agi.domain.operators import ConsentKeys
from agi.domain.speech import Language, Unsayable, Voices

LANGUAGES = catalogue.load().languages
ALL_KEYS = ConsentKeys(accept="1", decline="0", price="2")


def words(language: str, prompts: speech.Prompts) -> str:
    """The prompts in words; a comma only says that more follows."""
    spoken = LANGUAGES[language]
    texts = (spoken.texts.get(prompt, "-") for prompt in prompts)
    return " ".join(text.rstrip(",.").replace("\u0301", "") for text in texts)


@pytest.mark.parametrize(
    ("amount_minor", "currency", "said"),
    [
        (0, "RUB", "ноль рублей"),
        (100, "RUB", "один рубль"),
        (200, "RUB", "два рубля"),
        (300, "RUB", "три рубля"),
        (400, "RUB", "четыре рубля"),
        (500, "RUB", "пять рублей"),
        (890, "RUB", "восемь рублей девяносто копеек"),
        (1000, "RUB", "десять рублей"),
        (1100, "RUB", "одиннадцать рублей"),
        (1200, "RUB", "двенадцать рублей"),
        (1390, "RUB", "тринадцать рублей девяносто копеек"),
        (1400, "RUB", "четырнадцать рублей"),
        (2000, "RUB", "двадцать рублей"),
        (2100, "RUB", "двадцать один рубль"),
        (2200, "RUB", "двадцать два рубля"),
        (2500, "RUB", "двадцать пять рублей"),
        (8500, "RUB", "восемьдесят пять рублей"),
        (10000, "RUB", "сто рублей"),
        (10100, "RUB", "сто один рубль"),
        (11100, "RUB", "сто одиннадцать рублей"),
        (11200, "RUB", "сто двенадцать рублей"),
        (34200, "RUB", "триста сорок два рубля"),
        (100000, "RUB", "одна тысяча рублей"),
        (200100, "RUB", "две тысячи один рубль"),
        (500000, "RUB", "пять тысяч рублей"),
        (1100000, "RUB", "одиннадцать тысяч рублей"),
        (2100000, "RUB", "двадцать одна тысяча рублей"),
        (100000000, "RUB", "один миллион рублей"),
        (200000000, "RUB", "два миллиона рублей"),
        (500000200, "RUB", "пять миллионов два рубля"),
        (
            123456789,
            "RUB",
            "один миллион двести тридцать четыре тысячи пятьсот шестьдесят семь рублей "
            "восемьдесят девять копеек",
        ),
        (99999999900, "RUB", "девятьсот девяносто девять миллионов девятьсот девяносто девять "
         "тысяч девятьсот девяносто девять рублей"),
        (1, "RUB", "одна копейка"),
        (2, "RUB", "две копейки"),
        (5, "RUB", "пять копеек"),
        (11, "RUB", "одиннадцать копеек"),
        (12, "RUB", "двенадцать копеек"),
        (21, "RUB", "двадцать одна копейка"),
        (22, "RUB", "двадцать две копейки"),
        (272, "RUB", "два рубля семьдесят две копейки"),
        (-300, "RUB", "минус три рубля"),
        (-1, "RUB", "минус одна копейка"),
        (-350, "RUB", "минус три рубля пятьдесят копеек"),
        (1300, "KZT", "тринадцать тенге"),
        (2100, "KZT", "двадцать один тенге"),
        (1301, "KZT", "тринадцать тенге один тиын"),
        (2, "KZT", "два тиына"),
        (50, "KZT", "пятьдесят тиынов"),
    ],
)  # fmt: skip
def test_money_in_russian(amount_minor: int, currency: str, said: str) -> None:
    assert words("ru", speech.money(LANGUAGES["ru"], amount_minor, currency)) == said


@pytest.mark.parametrize(
    ("amount_minor", "currency", "said"),
    [
        (0, "RUB", "zero roubles"),
        (100, "RUB", "one rouble"),
        (390, "RUB", "three roubles ninety kopecks"),
        (1101, "RUB", "eleven roubles one kopeck"),
        (2100, "RUB", "twenty one roubles"),
        (-34205, "RUB", "minus three hundred forty two roubles five kopecks"),
        (100100000, "RUB", "one million one thousand roubles"),
        (1300, "KZT", "thirteen tenge"),
        (101, "KZT", "one tenge one tiyn"),
    ],
)
def test_money_in_english(amount_minor: int, currency: str, said: str) -> None:
    assert words("en", speech.money(LANGUAGES["en"], amount_minor, currency)) == said


@pytest.mark.parametrize(
    ("amount_minor", "currency", "said"),
    [
        (0, "KZT", "нөл теңге"),
        (100, "KZT", "бір теңге"),
        (1300, "KZT", "он үш теңге"),
        (2550, "KZT", "жиырма бес теңге елу тиын"),
        (-50000, "KZT", "минус бес жүз теңге"),
        (123400000, "KZT", "бір миллион екі жүз отыз төрт мың теңге"),
        (890, "RUB", "сегіз рубль тоқсан копейка"),
    ],
)
def test_money_in_kazakh_has_no_plural(amount_minor: int, currency: str, said: str) -> None:
    assert words("kk", speech.money(LANGUAGES["kk"], amount_minor, currency)) == said


@pytest.mark.parametrize(
    ("language", "number", "said"),
    [
        ("ru", 1, "одна минута"),
        ("ru", 2, "две минуты"),
        ("ru", 5, "пять минут"),
        ("ru", 11, "одиннадцать минут"),
        ("ru", 21, "двадцать одна минута"),
        ("ru", 102, "сто две минуты"),
        ("en", 1, "one minute"),
        ("en", 2, "two minutes"),
        ("en", 121, "one hundred twenty one minutes"),
        ("kk", 1, "бір минут"),
        ("kk", 15, "он бес минут"),
    ],
)
def test_minutes(language: str, number: int, said: str) -> None:
    assert words(language, speech.counted(LANGUAGES[language], number, "minute")) == said


@pytest.mark.parametrize(
    ("amount_minor", "currency", "why"),
    [
        (100_000_000_000, "RUB", "at most 999999999"),
        (-100_000_000_000, "RUB", "at most 999999999"),
        (100, "USD", "no words for USD"),
    ],
)
def test_money_that_cannot_be_said(amount_minor: int, currency: str, why: str) -> None:
    with pytest.raises(Unsayable, match=why):
        speech.money(LANGUAGES["ru"], amount_minor, currency)


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("9161234567", "916 123 45 67"),
        ("9000070050", "900 007 00 50"),
        ("12345678", "123 456 78"),
    ],
)
def test_a_telephone_number_is_said_digit_by_digit_in_groups(number: str, said: str) -> None:
    prompts = speech.phone_number(LANGUAGES["ru"], number)
    assert "".join(" " if prompt == speech.PAUSE else prompt[2:] for prompt in prompts) == said


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "ru",
            "Звонок за ваш счёт - девять один шесть - один два три - четыре пять - "
            "шесть семь - цена минуты восемь рублей девяносто копеек - "
            "Принять нажмите один отказ ноль повтор два",
        ),
        (
            "en",
            "Call at your expense from - nine one six - one two three - four five - six seven - "
            "price per minute eight roubles ninety kopecks - "
            "Accept, press one decline zero repeat two",
        ),
        (
            "kk",
            "Есебіңізден қоңырау - тоғыз бір алты - бір екі үш - төрт бес - алты жеті - "
            "Минутына сегіз рубль тоқсан копейка - "
            "Қабылдау бірді басыңыз бас тарту нөлді қайталау екіні",
        ),
    ],
)
def test_the_consent_prompt(language: str, said: str) -> None:
    prompts = speech.consent_prompt(LANGUAGES[language], "9161234567", 890, "RUB", ALL_KEYS)
    assert words(language, prompts) == said


@pytest.mark.parametrize(
    ("keys", "menu"),
    [
        (ALL_KEYS, "Принять нажмите один отказ ноль повтор два"),
        (
            ConsentKeys(accept="1"),
            "Принять нажмите один Чтобы отказаться, положите трубку",
        ),
        (
            ConsentKeys(accept="*", decline="#"),
            "Принять нажмите звёздочку отказ решётку",
        ),
    ],
)
def test_the_prompts_offer_the_keys_of_the_operator(keys: ConsentKeys, menu: str) -> None:
    prompts = speech.price_prompt(LANGUAGES["ru"], 300, "RUB", keys)
    assert words("ru", prompts) == f"цена минуты три рубля - {menu}"


def test_a_time_to_talk() -> None:
    prompts = speech.talk_time_prompt(LANGUAGES["ru"], 2)
    assert words("ru", prompts) == "Время разговора две минуты"


BALANCE = Answer("balance", True, {"amount": Amount(-350, "RUB")})
ADDED = Answer("white-added", True, {"number": PhoneNumber("9161234567")})
LISTS = Answer("lists-are", True, {"white": Count(3, "entry"), "black": Count(0, "entry")})


@pytest.mark.parametrize(
    ("language", "answer", "said"),
    [
        ("ru", BALANCE, "На вашем счёте минус три рубля пятьдесят копеек"),
        (
            "ru",
            ADDED,
            "Номер девять один шесть - один два три - четыре пять - шесть семь "
            "добавлен в белый список",
        ),
        (
            "ru",
            LISTS,
            "Личные списки включены. В белом три номера в чёрном ноль номеров",
        ),
    ],
)
def test_an_answer_is_said(language: str, answer: Answer, said: str) -> None:
    assert words(language, speech.answer_prompt(LANGUAGES[language], answer)) == said


@pytest.mark.parametrize(
    ("language", "answer", "text"),
    [
        ("ru", BALANCE, "На вашем счёте -3.50 RUB."),
        ("ru", ADDED, "Номер +79161234567 добавлен в белый список."),
        ("ru", LISTS, "Личные списки включены. В белом 3 номера, в чёрном 0 номеров."),
        ("ru", Answer("unknown-number", False), "Такого номера нет. Проверьте номер и наберите "
         "снова."),
        ("en", LISTS, "Your personal lists are on. On the white one 3 numbers, on the black one "
         "0 numbers."),
        ("kk", ADDED, "Нөмір +79161234567 ақ тізімге қосылды."),
    ],
)  # fmt: skip
def test_an_answer_is_written_with_figures(language: str, answer: Answer, text: str) -> None:
    assert speech.answer_text(LANGUAGES[language], answer) == text


def test_an_answer_that_spells_codes_is_written_with_the_codes() -> None:
    text = speech.answer_text(LANGUAGES["ru"], Answer("about-05050", True))
    assert text.startswith("Наберите 05050 и номер.")
    assert text.endswith("*155*0#.")


def test_what_is_written_instead_of_nothing_is_a_fault() -> None:
    russian = LANGUAGES["ru"].model_dump() | {"written": {"nothing": "Ничего."}}
    with pytest.raises(ValidationError, match=r"written\.nothing"):
        Language.model_validate(russian)


def test_the_caller_is_told_by_disposition() -> None:
    assert speech.told(Disposition.NO_INPUT) == "told-no-input"


def voices(**lacking: set[str]) -> Voices:
    recorded = {
        code: dict.fromkeys(language.prompts - lacking.get(code, set()), 0.5)
        for code, language in LANGUAGES.items()
    }
    return Voices(LANGUAGES, recorded, "ru")


def number(language: Language) -> speech.Prompts:
    return speech.phone_number(language, "7071234567")


def test_a_sentence_is_in_the_listeners_language() -> None:
    assert voices().sentence("kk", number).language == "kk"


def test_a_sentence_that_lacks_one_recording_falls_back_as_a_whole() -> None:
    kazakh = voices(kk={"d-3"})
    assert kazakh.sentence("kk", number).language == "ru"
    assert kazakh.sentence("kk", lambda _: (speech.NO_KEY,)).language == "kk"
    price = kazakh.sentence("kk", lambda one: speech.price_prompt(one, 100, "KZT", ALL_KEYS))
    assert price.language == "kk"


def test_the_fallback_is_composed_by_its_own_grammar() -> None:
    sentence = voices(kk={"kzt-other"}).sentence(
        "kk", lambda language: speech.money(language, 300, "RUB")
    )
    assert words("kk", sentence.prompts) == "үш рубль"
    sentence = voices(kk={"rub-other"}).sentence(
        "kk", lambda language: speech.money(language, 300, "RUB")
    )
    assert words("ru", sentence.prompts) == "три рубля"


def test_an_unknown_language_falls_back() -> None:
    assert voices().sentence("xx", number).language == "ru"


def test_a_sentence_takes_the_time_of_its_recordings() -> None:
    sentence = speech.Sentence("kk", ("d-1", "d-2", "d-3"))
    assert voices().length_s(sentence) == pytest.approx(3 * (0.5 + 0.01))
    assert voices(kk={"d-3"}).length_s(sentence) == pytest.approx(2 * 0.5 + 3 * 0.01)
