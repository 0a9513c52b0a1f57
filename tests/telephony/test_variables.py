"""The dialplan and the service use the same names."""

from __future__ import annotations

import re
from pathlib import Path

from agi.catalogue import load
from agi.telephony import dialplan, variables

CONF = Path(__file__).parents[2] / "asterisk-conf"


def test_every_variable_of_the_dialplan_is_named_once_and_none_is_left_over() -> None:
    files = [CONF / "extensions.conf", *CONF.glob("extensions.d/*.conf")]
    data = load()
    generated = dialplan.render(data.operators.values(), data.services)
    text = "\n".join([*(file.read_text() for file in files), generated])
    named = [value for value in vars(variables).values() if str(value).startswith("CC_")]
    assert len(set(named)) == len(named)
    assert set(re.findall(r"\bCC_[A-Z_]+", text)) == set(named)
