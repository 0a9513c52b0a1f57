"""``collectcall check-config``: are the settings, the data files and the recordings in order?"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import click

from agi import catalogue as catalogue_files
from agi.catalogue import Catalogue
from agi.cli.locations import load_settings
from agi.cli.output import Row, json_option, show_row
from agi.domain import speech
from agi.domain.dispositions import Disposition
from agi.domain.errors import CollectError
from agi.domain.operators import OperatorRule
from agi.domain.tariff import Tariff
from agi.settings import Settings

_NEVER_TOLD = (Disposition.ANSWERED, Disposition.ABANDONED)
_STANDING = (
    speech.CONNECTING,
    speech.CALL_DECLINED,
    speech.NO_KEY,
    speech.WRONG_KEY,
    speech.SERVICE_ERROR,
    speech.WARNING,
    speech.FUNDS_RAN_OUT,
)


class MissingRecording(CollectError):
    """Something that the service says was not recorded."""


@click.command("check-config")
@json_option
def check_config(as_json: bool) -> None:
    """Check the settings, the data files and the recordings, without starting anything."""
    settings = load_settings()
    catalogue = catalogue_files.load(settings.data_dirs)
    prompts = spoken(catalogue)
    sounds = settings.home / "asterisk" / "data" / "sounds" / settings.language
    _check_recordings(sounds / "collect", prompts)
    show_row(_summary(settings, catalogue, prompts), as_json)


def spoken(catalogue: Catalogue) -> set[str]:
    """The ids of every prompt that a call by this catalogue can play, besides numbers' words."""
    told = (speech.told(reason) for reason in Disposition if reason not in _NEVER_TOLD)
    prompts = {*told, *_STANDING}
    for tariff in catalogue.tariffs:
        prompts.update(_consent_prompts(tariff, catalogue.operator(tariff.operator)))
    return prompts


def _consent_prompts(tariff: Tariff, rule: OperatorRule) -> Iterator[str]:
    if rule.collect is None:
        return
    supplements = {0, *tariff.called_zone_supplements_minor.values()}
    for row, supplement in product(tariff.rules, supplements):
        price_minor = row.price_minor + supplement
        yield from speech.consent_prompt(
            "0123456789", price_minor, tariff.currency, rule.collect.keys
        )


def _check_recordings(folder: Path, prompts: set[str]) -> None:
    if not folder.is_dir():
        raise MissingRecording(f"{folder} is missing: `make up` sets it up.")
    missing = sorted(prompt for prompt in prompts if not (folder / f"{prompt}.wav").is_file())
    if missing:
        raise MissingRecording(f"{folder} lacks {', '.join(f'{name}.wav' for name in missing)}.")


def _summary(settings: Settings, catalogue: Catalogue, prompts: set[str]) -> Row:
    rules = catalogue.operators.values()
    return {
        "home": str(settings.home),
        "data_dirs": [str(folder) for folder in settings.data_dirs],
        "operators": sorted(catalogue.operators),
        "collect_operators": sorted(rule.id for rule in rules if rule.collect),
        "access_codes": sorted(
            access.code for rule in rules if rule.collect for access in rule.collect.access_codes
        ),
        "tariffs": sorted(f"{tariff.operator} {tariff.version}" for tariff in catalogue.tariffs),
        "notices": sorted(catalogue.notices),
        "prompts": len(prompts),
    }
