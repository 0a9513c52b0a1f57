"""``collectcall status``: is everything up?"""

from __future__ import annotations

import json
import sys
import urllib.error
import urllib.request
from pathlib import Path

import click

from agi.cli.locations import http_url, load_settings
from agi.cli.output import Row, json_option, show_row

COMPONENTS = ("service", "redis", "ami", "asterisk")
OK = "ok"
_PATIENCE_S = 5.0


@click.command()
@json_option
def status(as_json: bool) -> None:
    """Show the state of each part. The exit status is 0 only if all are ok."""
    settings = load_settings()
    row = _health(f"{http_url(settings)}/healthz", settings.home)
    show_row(row, as_json)
    if any(state != OK for state in row.values()):
        click.echo("Not everything is up. Run `make up`.", err=True)
        sys.exit(1)


def _health(url: str, home: Path) -> Row:
    """The state of each component by its name: `OK`, or what is wrong with it."""
    # A proxy of the environment has no business on loopback.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=_PATIENCE_S) as answer:
            body = answer.read()
    except urllib.error.HTTPError as error:
        body = error.read()  # 503: something is down, and the body says what
    except OSError:
        return dict.fromkeys(COMPONENTS, "down")
    return _components(body, home)


def _components(body: bytes, home: Path) -> Row:
    try:
        said = json.loads(body)
    except ValueError:
        said = None
    if not isinstance(said, dict):
        return dict.fromkeys(COMPONENTS, "unknown: /healthz did not answer with JSON")
    if said.get("home") != str(home.resolve()):
        return dict.fromkeys(COMPONENTS, f"down: the port is that of {said.get('home')}")
    return {name: str(said.get(name, "unknown")) for name in COMPONENTS}
