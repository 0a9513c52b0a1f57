"""From `asterisk-conf/` and the settings to the folder that one Asterisk reads.

A placeholder is ``@{name}``; the names are the settings' and the folders' of `Layout`. Everything
written is readable by its owner alone, as some of it holds secrets.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
from collections.abc import Sequence
from pathlib import Path

from agi import catalogue
from agi.settings import Settings
from agi.subscribers.sip_accounts import SipAccounts
from agi.telephony import dialplan
from lab import tools
from lab.steps import SetupError

CONFIGURATION = Path(__file__).resolve().parent.parent / "asterisk-conf"
_SOUNDS = CONFIGURATION / "sounds"
_PLACEHOLDER = re.compile(r"@\{(\w*)\}")


def asterisk_files(settings: Settings, run_dir: Path) -> None:
    """Write the whole of Asterisk's configuration anew and lay out its data folder.

    Raises:
        SetupError: a placeholder has no value; the text names file and line.
    """
    values = _values(settings, run_dir)
    settings.cel_file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in ("log_dir", "spool_dir", "db_dir", "data_dir", "cache_dir"):
        private_folder(Path(values[name]))
    private_folder(settings.cel_file.parent)  # Asterisk makes the file, but not its folder
    etc = settings.asterisk_etc
    shutil.rmtree(etc, ignore_errors=True)
    for source in sorted(CONFIGURATION.rglob("*")):
        if source.is_file() and _SOUNDS not in source.parents:
            write_private(etc / source.relative_to(CONFIGURATION), _filled(source, values))
    _write_generated(settings)
    SipAccounts(settings.sip_accounts_db, settings.bind).create()
    _lay_out_data(Path(values["data_dir"]))


def private_folder(path: Path) -> None:
    """A folder that nobody else can enter; one that another user put in its place is refused."""
    path.mkdir(parents=True, exist_ok=True)
    if path.is_symlink() or path.stat().st_uid != os.getuid():
        raise SetupError(f"{path} belongs to somebody else: remove it.")
    path.chmod(0o700)


def write_private(path: Path, text: str, mode: int = 0o600) -> None:
    """Write a file that only its owner can read, at no moment anybody else."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=mode)
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)


def _filled(source: Path, values: dict[str, str]) -> str:
    lines = source.read_text(encoding="utf-8").splitlines(keepends=True)
    for number, line in enumerate(lines, 1):
        for name in _PLACEHOLDER.findall(line):
            if name not in values:
                raise SetupError(
                    f"{source}:{number}: no value for @{{{name}}}; "
                    f"there are {', '.join(sorted(values))}."
                )
    return _PLACEHOLDER.sub(lambda match: values[match[1]], "".join(lines))


def _values(settings: Settings, run_dir: Path) -> dict[str, str]:
    home = settings.home / "asterisk"
    return {name: str(getattr(settings, name)) for name in Settings.model_fields} | {
        "rtp_end_port": str(settings.rtp_start_port + settings.rtp_ports - 1),
        "sip_accounts_db": str(settings.sip_accounts_db),
        "etc_dir": str(settings.asterisk_etc),
        "run_dir": str(run_dir),
        "log_dir": str(home / "log"),
        "spool_dir": str(home / "spool"),
        "db_dir": str(home / "db"),
        "data_dir": str(home / "data"),
        "cache_dir": str(home / "cache"),
        "agi_dir": str(home / "agi"),
        "sounds_dir": str(home / "data" / "sounds"),
        "modules_dir": str(tools.asterisk().modules),
    }


def _write_generated(settings: Settings) -> None:
    data = catalogue.load(settings.data_dirs)
    generated = dialplan.render(data.operators.values(), data.services)
    write_private(settings.asterisk_etc / dialplan.FILE, generated)


def _lay_out_data(data: Path) -> None:
    """Asterisk's own documentation and the project's voices, as links."""
    (data / "keys").mkdir(parents=True, exist_ok=True, mode=0o700)
    (data / "sounds").mkdir(exist_ok=True)
    _link(data / "documentation", tools.asterisk().share / "documentation")
    for voice in _SOUNDS.glob("*/"):
        _link(data / "sounds" / voice.name, voice)


def _link(link: Path, target: Path) -> None:
    link.unlink(missing_ok=True)
    link.symlink_to(target)


def redis_file(settings: Settings) -> str:
    """Redis for money: on loopback, behind a password, every write on the disk when answered."""
    return f"""\
bind 127.0.0.1
port {settings.redis_port}
requirepass {settings.redis_secret}
dir {json.dumps(str(settings.home / "redis"))}
daemonize no
appendonly yes
appendfsync always
save ""
# What is in memory is never thrown away to make room.
maxmemory-policy noeviction
# The title would be written over the environment, which tells whose process this is.
set-proc-title no
"""


def console_script(asterisk: Sequence[str]) -> str:
    """A script that runs Asterisk's console, or one command of it."""
    remote = f"exec {shlex.join(asterisk)}"
    return f"""\
#!/bin/sh
# asterisk-cli            the console
# asterisk-cli COMMAND    one command; -rx COMMAND does the same
case "${{1-}}" in
    "") {remote} -r ;;
    -*) {remote} "$@" ;;
    *) {remote} -rx "$*" ;;
esac
"""
