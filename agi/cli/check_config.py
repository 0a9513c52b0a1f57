"""``collectcall check-config``: are settings, data files, recordings and dialplan in order?"""

from __future__ import annotations

import click

from agi import catalogue as catalogue_files
from agi import recordings
from agi.catalogue import Catalogue
from agi.cli.locations import load_settings
from agi.cli.output import Row, json_option, show_row
from agi.clock import Clock
from agi.domain.errors import CollectError
from agi.domain.speech import Language
from agi.settings import Settings
from agi.telephony import dialplan


class StaleDialplan(CollectError):
    """What can be dialled is not what the data files say."""


class MissingRecording(CollectError):
    """Something that the service says was not recorded."""


@click.command("check-config")
@json_option
def check_config(as_json: bool) -> None:
    """Check settings, data files, recordings, dialplan. Nothing is started."""
    settings = load_settings()
    catalogue = catalogue_files.load(settings.data_dirs)
    languages = recordings.voices(settings, catalogue).languages
    for code, language in languages.items():
        _check_recordings(settings, code, language)
    _check_dialplan(settings, catalogue)
    for warning in catalogue.warnings(Clock().wall_ms()):
        click.echo(f"warning: {warning}", err=True)
    show_row(_summary(settings, catalogue), as_json)


def _check_recordings(settings: Settings, code: str, language: Language) -> None:
    folder = settings.sounds / code / "collect"
    if not folder.is_dir():
        raise MissingRecording(
            f"{folder} is missing: `make up` sets it up, where asterisk-conf/sounds/{code} holds "
            "the recordings of that language."
        )
    missing = sorted(language.prompts - recordings.found(settings, code).keys())
    if missing:
        raise MissingRecording(f"{folder} lacks {', '.join(f'{name}.wav' for name in missing)}.")


def _check_dialplan(settings: Settings, catalogue: Catalogue) -> None:
    path = settings.asterisk_etc / dialplan.FILE
    wanted = dialplan.render(catalogue.operators.values(), catalogue.services)
    if not path.is_file() or path.read_text(encoding="utf-8") != wanted:
        raise StaleDialplan(
            f"{path} is not what the operators' and services' files make of it: `make down` and "
            "`make up` write it anew."
        )


def _summary(settings: Settings, catalogue: Catalogue) -> Row:
    rules = catalogue.operators.values()
    return {
        "home": str(settings.home),
        "data_dirs": [str(folder) for folder in settings.data_dirs],
        "operators": sorted(catalogue.operators),
        "collect_operators": sorted(rule.id for rule in rules if rule.collect),
        "access_codes": sorted(
            str(access) for rule in rules if rule.collect for access in rule.collect.access_codes
        ),
        "tariffs": sorted(f"{tariff.operator} {tariff.version}" for tariff in catalogue.tariffs),
        "notices": sorted(catalogue.notices),
        "prompts": {code: len(one.prompts) for code, one in sorted(catalogue.languages.items())},
    }
