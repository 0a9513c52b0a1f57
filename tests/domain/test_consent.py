"""What each key, and silence, leads to in the consent dialogue."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agi.domain.consent import Answer, Dialogue, Reading
from agi.domain.operators import ConsentKeys

MTS = ConsentKeys(accept="1", decline="0", price="2")
BARRING = ConsentKeys(accept="1", decline="0", bar="9")
ONE_KEY = ConsentKeys(accept="1")


@pytest.mark.parametrize(
    ("keys", "pressed", "said"),
    [
        (MTS, ["1"], [Answer.ACCEPTED]),
        (MTS, ["0"], [Answer.DECLINED]),
        (MTS, ["2", "1"], [Reading.PRICE, Answer.ACCEPTED]),
        (MTS, ["2", "0"], [Reading.PRICE, Answer.DECLINED]),
        (MTS, ["7", "1"], [Reading.WRONG_KEY, Answer.ACCEPTED]),
        (MTS, ["*", "#", "1"], [Reading.WRONG_KEY, Reading.WRONG_KEY, Answer.ACCEPTED]),
        (MTS, [None, "1"], [Reading.WHOLE, Answer.ACCEPTED]),
        (MTS, [None, None, "1"], [Reading.WHOLE, Reading.WHOLE, Answer.ACCEPTED]),
        (MTS, [None, None, None], [Reading.WHOLE, Reading.WHOLE, Answer.NO_INPUT]),
        (MTS, ["2", "2", "2"], [Reading.PRICE, Reading.PRICE, Answer.NO_INPUT]),
        (MTS, ["5", None, "9"], [Reading.WRONG_KEY, Reading.WHOLE, Answer.NO_INPUT]),
        (BARRING, ["9"], [Answer.BARRED]),
        (BARRING, ["7", "9"], [Reading.WRONG_KEY, Answer.BARRED]),
        (ONE_KEY, ["9", "1"], [Reading.WRONG_KEY, Answer.ACCEPTED]),
        (ONE_KEY, ["0", "1"], [Reading.WRONG_KEY, Answer.ACCEPTED]),
        (ONE_KEY, ["2", None, None], [Reading.WRONG_KEY, Reading.WHOLE, Answer.NO_INPUT]),
        (ONE_KEY, ["", "1"], [Reading.WRONG_KEY, Answer.ACCEPTED]),
    ],
)
def test_the_dialogue(
    keys: ConsentKeys, pressed: list[str | None], said: list[Reading | Answer]
) -> None:
    dialogue = Dialogue.begin(keys, 2)
    heard = []
    for key in pressed:
        dialogue, outcome = dialogue.next(key)
        heard.append(outcome)
    assert heard == said


def test_without_repeats_silence_ends_it_at_once() -> None:
    assert Dialogue.begin(MTS, 0).next(None)[1] is Answer.NO_INPUT


@settings(deadline=None)
@given(
    st.lists(st.sampled_from([None, *"0123456789*#"]), min_size=6, max_size=20), st.integers(0, 5)
)
def test_it_always_ends_and_only_the_accepting_key_agrees(
    pressed: list[str | None], repeats: int
) -> None:
    dialogue = Dialogue.begin(MTS, repeats)
    for count, key in enumerate(pressed, 1):
        dialogue, outcome = dialogue.next(key)
        if isinstance(outcome, Answer):
            assert (outcome is Answer.ACCEPTED) == (key == "1")
            assert (outcome is Answer.DECLINED) == (key == "0")
            return
        assert count <= repeats
    raise AssertionError("the dialogue goes on")
