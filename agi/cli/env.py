"""``collectcall env``: where everything is, for scripts."""

from __future__ import annotations

import click

from agi.cli.locations import http_url, load_settings, sip_host
from agi.cli.output import json_option, show_row


@click.command()
@json_option
def env(as_json: bool) -> None:
    """Print where everything is, as KEY=value lines. REDIS_URL holds Redis' password."""
    settings = load_settings()
    row = {
        "SIP_HOST": sip_host(settings),
        "SIP_PORT": settings.sip_port,
        "AMI_PORT": settings.ami_port,
        "AGI_PORT": settings.agi_port,
        "HTTP_URL": http_url(settings),
        "REDIS_URL": settings.redis_url,
        "ASTERISK_CLI": str(settings.home / "bin" / "asterisk-cli"),
    }
    if as_json:
        show_row(row, as_json)
    else:
        click.echo("\n".join(f"{key}={value}" for key, value in row.items()))
