"""Where the deployment's parts are, as another program on this machine reaches them."""

from __future__ import annotations

import click

from agi import settings as settings_files
from agi.settings import LOOPBACK, Settings, SettingsError


def load_settings() -> Settings:
    """The settings; what is wrong with them is told in one line."""
    try:
        return settings_files.load()
    except SettingsError as error:
        raise click.ClickException(str(error)) from error


def sip_host(settings: Settings) -> str:
    """The address that phones register with; of all addresses, loopback is one."""
    return LOOPBACK if settings.bind == "0.0.0.0" else settings.bind  # noqa: S104  not bound here


def http_url(settings: Settings) -> str:
    return f"http://{LOOPBACK}:{settings.http_port}"
