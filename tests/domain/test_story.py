"""A call's story: every event can be told, and what was charged is told with it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from agi.domain import events, story
from agi.domain.call import Phase, Step, advance, refuse
from agi.domain.commands import Settle
from agi.domain.dispositions import Disposition
from agi.domain.events import ReleaseCause
from agi.domain.terms import Terms
from tests.domain.calls import RULES, in_phase, offered

NOW_MS = 1_700_000_000_000
EVENTS: tuple[events.Event, ...] = (
    events.ConsentAsked("PJSIP/9110000002-00000001"),
    events.KeyPressed("2"),
    events.CallerBarred(list_full=True),
    events.PromptEnded(Disposition.DECLINED, "0"),
    events.ConsentGiven(NOW_MS, "1", 900),
    events.CallerHungUp(),
    events.FundsRefused(1),
    events.TalkStarted(1, NOW_MS),
    events.StillTalking(1),
    events.LimitMoved(2),
    events.TalkEnded(1),
)


def through_redis(facts: story.Facts) -> story.Facts:
    """As it comes back from where it was stored."""
    stored: story.Facts = json.loads(json.dumps(facts))
    return stored


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_every_event_is_a_sentence(event: events.Event) -> None:
    said = story.tell(through_redis(story.facts(event, Step(offered()))))
    assert said
    assert "{" not in said


def test_consent_is_told_with_its_reservation_and_its_key() -> None:
    event = events.ConsentGiven(NOW_MS, "1", 900)
    said = story.tell(
        through_redis(story.facts(event, advance(in_phase(Phase.ASKING), event, RULES)))
    )
    assert "pressed 1" in said
    assert "unit 1 reserved" in said


def test_the_end_is_told_with_all_that_was_charged() -> None:
    call = replace(in_phase(Phase.TALKING), reserved_units=2, limit_units=2)
    mono_ms = (call.talk_started_mono_ms or 0) + 61_000
    event = events.CallEnded(mono_ms, NOW_MS, Disposition.ANSWERED, ReleaseCause.CALLED_PARTY)
    said = story.tell(through_redis(story.facts(event, advance(call, event, RULES))))
    for part in ("called_party", "answered", "61 s", "1 units debited at the end", "6.00 charged"):
        assert part in said


def test_an_offer_names_the_checks_the_price_and_the_rule() -> None:
    said = story.tell(through_redis(story.offered(offered(), "9110000002", None)))
    for part in ("dialled 08809110000002", "money for a unit", "3.00 RUB", "tariff", "offered"):
        assert part in said


@pytest.mark.parametrize(
    ("reason", "passed"),
    [
        (Disposition.OTHER_CODE, "none"),
        (Disposition.BAD_NUMBER, "own operator's code"),
        (Disposition.BARRED, "same operator, not opted out"),
        (Disposition.NO_FUNDS, "not barred, entitled, within the limits"),
    ],
)
def test_a_refusal_names_what_was_passed_before_it(reason: Disposition, passed: str) -> None:
    step = refuse(offered(), reason, RULES, NOW_MS)
    said = story.tell(through_redis(story.offered(step.call, "9110000002", reason)))
    assert f"{passed};" in said
    assert said.endswith(f"refused: {reason}")


def test_a_refusal_names_the_limit_that_is_reached() -> None:
    told = story.offered(offered(), "9110000002", Disposition.LIMIT, "requests-a-day")
    assert story.tell(through_redis(told)).endswith("refused: limit (requests-a-day)")


@pytest.mark.parametrize(
    ("terms", "told_at_the_offer", "told_of_the_consent"),
    [
        (Terms.ASKED, "dialled 08809110000002; passed", "pressed 1"),
        (Terms.WHITE_LISTED, "white list", "white list"),
        (Terms.ORDINARY, "an ordinary call", "the caller pays"),
    ],
)
def test_the_terms_are_told(terms: Terms, told_at_the_offer: str, told_of_the_consent: str) -> None:
    call = replace(in_phase(Phase.ASKING), terms=terms)
    event = events.ConsentGiven(NOW_MS, "1", 900)
    assert told_at_the_offer in story.tell(through_redis(story.offered(call, "9110000002", None)))
    said = story.tell(through_redis(story.facts(event, advance(call, event, RULES))))
    assert told_of_the_consent in said


def test_a_line_from_before_there_were_terms_is_of_a_call_that_was_asked() -> None:
    told = dict(through_redis(story.offered(offered(), "9110000002", None)))
    del told["terms"], told["limit"]
    assert story.tell(told).endswith("offered")


def test_a_notice_is_told_or_the_limit_that_it_is_beyond() -> None:
    event = events.CallEnded(900, NOW_MS, Disposition.BUSY, ReleaseCause.CALLED_PARTY)
    step = advance(offered(), event, RULES)
    assert isinstance(step.charge, Settle)
    assert "-call-me stored" in story.tell(through_redis(story.facts(event, step)))
    left_out = replace(step.charge, notice=None, withheld_by="messages-a-day")
    told = story.facts(event, replace(step, charge=left_out))
    assert "no notice: the limit messages-a-day" in story.tell(through_redis(told))
