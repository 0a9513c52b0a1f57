"""A call as Redis keeps it: nothing of it is lost, and only what changed is written."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from agi.charging import call_fields
from agi.domain.call import Call, Phase
from agi.domain.tariff import Price
from agi.domain.terms import Terms

WORD = st.text(max_size=12)
MAYBE_MS = st.none() | st.integers(-(10**13), 10**13)
UNITS = st.integers(0, 1_000)
PRICES = st.builds(Price, st.integers(1, 10**13), WORD, st.integers(200, 10**6), WORD, WORD)
CALLS = st.builds(
    Call,
    call_id=WORD,
    owner=WORD,
    calling=WORD,
    called=st.none() | WORD,
    operator=WORD,
    access_code=st.none() | WORD,
    calling_channel=WORD,
    started_at_ms=st.integers(0, 10**13),
    terms=st.sampled_from(Terms),
    price=st.none() | PRICES,
    phase=st.sampled_from(Phase),
    called_channel=st.none() | WORD,
    consent_at_ms=MAYBE_MS,
    consent_digits=st.none() | st.sampled_from(["1", "0", "*"]),
    reserved_units=UNITS,
    debited_units=UNITS,
    limit_units=UNITS,
    talk_started_mono_ms=MAYBE_MS,
    talk_started_at_ms=MAYBE_MS,
    talk_ended_mono_ms=MAYBE_MS,
    funds_refused_mono_ms=MAYBE_MS,
    warned=st.booleans(),
)


@settings(deadline=None)
@given(CALLS)
def test_a_call_comes_back_as_it_was(call: Call) -> None:
    back = call_fields.from_fields(call_fields.to_fields(call))
    assert back == call
    assert back.terms is call.terms


@settings(deadline=None)
@given(CALLS)
def test_a_call_that_began_before_there_were_terms_was_asked(call: Call) -> None:
    stored = call_fields.to_fields(call)
    del stored["terms"]
    assert call_fields.from_fields(stored) == replace(call, terms=Terms.ASKED)


@settings(deadline=None)
@given(CALLS, CALLS)
def test_the_changes_make_one_call_the_other(before: Call, after: Call) -> None:
    stored: dict[str, str] = call_fields.to_fields(before)
    for name, value in call_fields.changed_fields(before, after).items():
        assert stored.get(name) != value
        if value is None:
            del stored[name]
        else:
            stored[name] = value
    assert call_fields.from_fields(stored) == after


@settings(deadline=None)
@given(CALLS)
def test_nothing_is_written_where_nothing_changed(call: Call) -> None:
    assert call_fields.changed_fields(call, call) == {}
    assert call_fields.changed_fields(None, call) == call_fields.to_fields(call)
