"""What `make up` prints last: who can call whom, with which phone, by which code."""

from __future__ import annotations

from itertools import groupby

from tabulate import tabulate

from agi.cli.locations import http_url, sip_host
from agi.domain.money import format_amount
from agi.domain.operators import OperatorRule
from lab.instance import Instance
from lab.samples import Sample

SHORT = "`make help` lists what to do with it; `make down` stops it."


def text(instance: Instance, samples: list[Sample]) -> str:
    """The whole guide."""
    parts = ["\nSample subscribers (the number is the SIP user name):\n"]
    for operator, people in groupby(samples, key=lambda sample: sample.operator):
        parts.append(_table(operator, list(people)))
    return "\n".join([*parts, _phones(instance), _places(instance)])


def _table(operator: OperatorRule, samples: list[Sample]) -> str:
    rows = [
        (
            sample.person.subscriber.number,
            sample.person.password,
            format_amount(sample.person.account.balance_minor),
            sample.shows,
        )
        for sample in samples
    ]
    headers = ("number", "password", operator.currency, "what it is there to show")
    formats = ("", "", ".2f", "")
    table = tabulate(rows, headers, "plain", floatfmt=formats, disable_numparse=[0, 1])
    called = samples[1].person.subscriber.number
    return f"{operator.name} ({operator.id}): dial {_dialled(operator, called)}\n{table}\n"


def _dialled(operator: OperatorRule, called: str) -> str:
    if operator.collect is None:
        return "nothing: it has no collect calls"
    return operator.collect.access_codes[0].dialled(called)


def _phones(instance: Instance) -> str:
    domain = f"{sip_host(instance.settings)}:{instance.settings.sip_port}"
    return f"""\
A softphone, for instance Linphone: "Use a SIP account", user name = number, password as above,
domain = {domain}, transport UDP or TCP. Two accounts, or two phones, are a caller and
a called party; the called party hears who calls and what it costs, and presses 1 to accept."""


def _places(instance: Instance) -> str:
    home = instance.home
    return f"""
Logs         {home / "log"}
Console      {home / "bin/asterisk-cli"}
Health       {http_url(instance.settings)}/healthz
Accounts     .venv/bin/collectcall ledger NUMBER, cdrs, messages --to NUMBER
{SHORT}"""
