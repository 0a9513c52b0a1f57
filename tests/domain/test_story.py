"""A call's story: every event can be told, and what was charged is told with it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from agi.domain import events, offer, story
from agi.domain.call import Phase, Step, advance, refuse
from agi.domain.dispositions import Disposition
from agi.domain.events import ReleaseCause
from tests.domain.calls import RULES, in_phase, offered

NOW_MS = 1_700_000_000_000
EVENTS: tuple[events.Event, ...] = (
    events.ConsentAsked("PJSIP/9110000002-00000001"),
    events.KeyPressed("2"),
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


@pytest.mark.parametrize("reason", offer.CHECKS)
def test_a_refusal_names_what_was_passed_before_it(reason: Disposition) -> None:
    step = refuse(offered(), reason, RULES, NOW_MS)
    said = story.tell(through_redis(story.offered(step.call, "9110000002", reason)))
    assert said.endswith(f"refused: {reason}")
    assert offer.CHECKS[reason] not in offer.passed(reason)
    assert len(offer.passed(reason)) == list(offer.CHECKS).index(reason)
