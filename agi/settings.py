"""Typed settings of one deployment.

They come, strongest first, from the environment (``SIP_PORT=5070``), from ``secrets.toml`` and from
``settings.toml`` in the deployment's home folder (``COLLECTCALL_HOME``; a checkout's ``var/`` by
default). A bad one stops the start with an error that names the setting and the mend.
"""

from __future__ import annotations

import os
import tomllib
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any, Final

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

LOOPBACK: Final = "127.0.0.1"
"""AMI, FastAGI, HTTP and Redis are never served further out, whatever `bind` is."""
_LAST_PORT: Final = 65535
# HOME and LANGUAGE mean something else in every shell.
_NOT_FROM_ENVIRONMENT = {"home", "language"}


class SettingsError(Exception):
    """A setting is missing or wrong; the text names it and says what to do."""


class Settings(BaseSettings):
    """Every setting, with its unit as the last word of its name."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True)

    home: Path
    """The deployment's folder: settings, secrets, rendered Asterisk configuration, logs, data."""

    bind: str = LOOPBACK
    sip_port: int = Field(default=5060, ge=1, le=_LAST_PORT)
    rtp_start_port: int = Field(default=10000, ge=1024, le=65000)
    rtp_ports: int = Field(default=2000, ge=20, le=50000)
    ami_port: int = Field(default=5038, ge=1, le=_LAST_PORT)
    agi_port: int = Field(default=4573, ge=1, le=_LAST_PORT)
    http_port: int = Field(default=8080, ge=1, le=_LAST_PORT)
    redis_port: int = Field(default=6380, ge=1, le=_LAST_PORT)

    ami_user: str = "collectcall"
    ami_secret: str = Field(min_length=16)
    agi_token: str = Field(min_length=16)
    redis_secret: str = Field(min_length=16)

    language: str = "ru"
    """Of subscribers who chose none, and of a sentence that their own language can't say."""
    node: str = "cc"
    """Asterisk's systemname: the first part of every call id, so that ids differ between nodes."""

    ring_timeout_s: int = Field(default=30, ge=1, le=180)
    prompt_guard_s: int = Field(default=90, ge=5, le=600)
    """The longest a consent prompt may hold the called party's leg, whatever the service does."""
    offer_guard_s: int = Field(default=4, ge=1, le=30)
    """The longest the caller's leg waits for the offer before it is told "unavailable"."""
    key_wait_ms: int = Field(default=5000, ge=100, le=60000)
    """How long a key is waited for after each reading of the consent prompt or of a menu."""
    menu_guard_s: int = Field(default=300, ge=5, le=3600)
    """The longest that a voice menu may hold the caller's leg, whatever is pressed."""
    quota_units: int = Field(default=1, ge=1, le=40)
    """How many charging units are reserved at a time: what a conversation lives on in an outage."""
    reservation_validity_s: int = Field(default=60, ge=1, le=86_400)
    """How long after the end of what it pays for a reservation lasts while Asterisk is silent."""
    renew_lead_ms: int = Field(default=15_000, ge=500)
    """How long before the paid unit ends the next is reserved; at most half a unit is used."""
    warn_lead_ms: int = Field(default=10_000, ge=0)
    """How long before the end of the money the payer is warned; at most a third of a unit."""

    data_dirs: tuple[Path, ...] = ()
    """Folders laid over the shipped operator, tariff and notice files; the last one wins."""

    @field_validator("bind")
    @classmethod
    def _an_address(cls, bind: str) -> str:
        IPv4Address(bind)  # its error says what is expected
        return bind

    @model_validator(mode="after")
    def _voice_has_ports(self) -> Settings:
        last = self.rtp_start_port + self.rtp_ports - 1
        if last > _LAST_PORT:
            raise ValueError(
                f"rtp_start_port, rtp_ports: the last port would be {last}, "
                f"and there is none above {_LAST_PORT}"
            )
        return self

    @property
    def redis_url(self) -> str:
        return f"redis://:{self.redis_secret}@{LOOPBACK}:{self.redis_port}/0"

    @property
    def asterisk_etc(self) -> Path:
        return self.home / "asterisk" / "etc"

    @property
    def sip_accounts_db(self) -> Path:
        """The sqlite3 file that Asterisk reads SIP accounts from."""
        return self.home / "asterisk" / "sip-accounts.sqlite3"

    @property
    def sounds(self) -> Path:
        """Where Asterisk plays recordings from: ``<language>/collect/<prompt>.wav``."""
        return self.home / "asterisk" / "data" / "sounds"

    @property
    def cel_file(self) -> Path:
        """Asterisk's own record of channel events, read for what ended while nobody listened."""
        return self.home / "asterisk" / "log" / "cel-custom" / "collect.csv"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        # What load() read from the files is passed as init arguments; the environment is above it.
        given = {k: v for k, v in env_settings().items() if k not in _NOT_FROM_ENVIRONMENT}
        return InitSettingsSource(settings_cls, given), init_settings


def default_home() -> Path:
    """``COLLECTCALL_HOME``, or ``var`` in the checkout that this package was installed from."""
    named = os.environ.get("COLLECTCALL_HOME")
    return Path(named) if named else Path(__file__).resolve().parent.parent / "var"


def load(home: Path | None = None) -> Settings:
    """Read the settings of the deployment at `home`.

    Raises:
        SettingsError: a file is missing or no TOML, or a setting is missing, unknown or out of
            range.
    """
    home = (home or default_home()).absolute()
    values: dict[str, Any] = {}
    for name in ("settings.toml", "secrets.toml"):
        values |= _read_toml(home / name)
    unknown = values.keys() - (Settings.model_fields.keys() - {"home"})
    if unknown:
        raise SettingsError(
            f"settings of {home} are wrong: there is no setting {', '.join(sorted(unknown))}. "
            "Correct settings.toml there; agi/settings.py lists all."
        )
    values["home"] = home
    try:
        return Settings(**values)
    except ValidationError as error:
        raise SettingsError(
            f"settings of {home} are wrong: {'; '.join(map(_fault, error.errors()))}. "
            "Correct settings.toml there, or the environment variable of that name."
        ) from None


def _fault(error: ErrorDetails) -> str:
    """A setting and what is wrong with it; of several settings together the text names them."""
    text = error["msg"].removeprefix("Value error, ")
    return ": ".join([".".join(map(str, error["loc"])), text]) if error["loc"] else text


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingsError(f"{path} is missing: no lab was set up here. Run `make up`.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: {error}. Correct that line.") from None
    except PermissionError:
        raise SettingsError(f"{path} can't be read by this user: run as its owner.") from None
    except OSError as error:
        raise SettingsError(
            f"{path} can't be read: {error.strerror}. COLLECTCALL_HOME names the lab's folder."
        ) from None
