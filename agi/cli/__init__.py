"""The command line. A command's module is loaded when it is called, so that each starts fast."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

from agi.domain.errors import CollectError

_COMMANDS = {
    "env": "agi.cli.env:env",
    "status": "agi.cli.status:status",
    "subscriber": "agi.cli.subscribers:subscriber",
    "lists": "agi.cli.lists:lists",
    "limits": "agi.cli.limits:limits",
    "operators": "agi.cli.operators:operators",
    "tariffs": "agi.cli.tariffs:tariffs",
    "credit": "agi.cli.accounts:credit",
    "correct": "agi.cli.accounts:correct",
    "refund": "agi.cli.accounts:refund",
    "account": "agi.cli.accounts:account",
    "ledger": "agi.cli.accounts:ledger",
    "cdrs": "agi.cli.records:cdrs",
    "messages": "agi.cli.records:messages",
    "calls": "agi.cli.records:calls",
    "dial": "agi.cli.dial:dial",
    "explain": "agi.cli.explain:explain",
    "audit": "agi.cli.audit:audit",
    "check-config": "agi.cli.check_config:check_config",
    "serve": "agi.cli.serve:serve",
}


class _Commands(click.Group):
    """The commands of `_COMMANDS`, in that order; an error of a person's is told in one line."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module, _, name = _COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except CollectError as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Collect calls: subscribers, money, calls and messages of one deployment.

    The deployment is the folder COLLECTCALL_HOME, or var/ in the checkout.
    """
