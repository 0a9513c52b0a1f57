"""``collectcall serve``: the service itself."""

from __future__ import annotations

import click

from agi import app
from agi.cli.locations import load_settings


@click.command()
def serve() -> None:
    """Run the service until it is told to stop."""
    app.run(load_settings())
