"""``collectcall env``, ``status`` and ``check-config``, and a deployment that is not there."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from agi import catalogue
from agi.telephony import dialplan
from tests.cli.conftest import SECRET, Cli, write_home

CHECKOUT = Path(__file__).resolve().parents[2]
VOICES = CHECKOUT / "asterisk-conf" / "sounds"
WELL = {"service": "ok", "redis": "ok", "ami": "ok", "asterisk": "ok"}


@contextmanager
def answering(status: int, body: str) -> Iterator[int]:
    """A server that gives this answer to everything; its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.fixture
def alone(tmp_path: Path) -> Callable[..., Cli]:
    """A deployment with these settings, of which nothing runs."""

    def made(**settings: int) -> Cli:
        write_home(tmp_path, **({"redis_port": 1, "http_port": 1} | settings))
        return Cli(tmp_path)

    return made


def test_env_says_where_everything_is(alone: Callable[..., Cli]) -> None:
    cli = alone(sip_port=5070, redis_port=6390)
    lines = dict(line.split("=", 1) for line in cli.run("env").stdout.splitlines())
    assert lines == {
        "SIP_HOST": "127.0.0.1",
        "SIP_PORT": "5070",
        "AMI_PORT": "5038",
        "AGI_PORT": "4573",
        "HTTP_URL": "http://127.0.0.1:1",
        "REDIS_URL": f"redis://:{SECRET}@127.0.0.1:6390/0",
        "ASTERISK_CLI": str(cli.home / "bin" / "asterisk-cli"),
    }
    assert {key: str(value) for key, value in cli("env").items()} == lines


def says(home: Path, states: dict[str, str]) -> str:
    """What /healthz answers."""
    return json.dumps({"status": "ok", "home": str(home)} | states)


def test_status_of_what_is_well(alone: Callable[..., Cli], tmp_path: Path) -> None:
    with answering(200, says(tmp_path, WELL)) as port:
        cli = alone(http_port=port)
        assert cli("status") == WELL
        assert cli.run("status").stdout.split() == [w for pair in WELL.items() for w in pair]


@pytest.mark.parametrize(
    ("status", "states", "shown"),
    [
        (503, WELL | {"ami": "wrong password"}, WELL | {"ami": "wrong password"}),
        (200, {"service": "ok"}, dict.fromkeys(WELL, "unknown") | {"service": "ok"}),
        (200, WELL | {"home": "/else"}, dict.fromkeys(WELL, "down: the port is that of /else")),
    ],
)
def test_status_of_what_is_not(
    alone: Callable[..., Cli],
    tmp_path: Path,
    status: int,
    states: dict[str, str],
    shown: dict[str, str],
) -> None:
    with answering(status, says(tmp_path, states)) as port:
        result = alone(http_port=port).run("status", "--json")
    assert (result.exit_code, json.loads(result.stdout)) == (1, shown)
    assert "make up" in result.stderr


def test_status_of_another_program(alone: Callable[..., Cli]) -> None:
    with answering(404, "nothing here") as port:
        result = alone(http_port=port).run("status", "--json")
    shown = dict.fromkeys(WELL, "unknown: /healthz did not answer with JSON")
    assert (result.exit_code, json.loads(result.stdout)) == (1, shown)


def test_status_when_nothing_runs(alone: Callable[..., Cli]) -> None:
    result = alone().run("status", "--json")
    assert (result.exit_code, json.loads(result.stdout)) == (1, dict.fromkeys(WELL, "down"))


@pytest.mark.parametrize(
    "arguments",
    [
        ["cdrs"],
        ["account", "9110000001"],
        ["subscriber", "add", "9110000001", "--operator", "mts-ru"],
    ],
)
def test_a_redis_that_is_away_is_named_with_the_mend(
    alone: Callable[..., Cli], arguments: list[str]
) -> None:
    complaint = alone().error(*arguments)
    assert "Redis on 127.0.0.1:1 did not answer" in complaint
    assert "make up" in complaint


def test_a_folder_without_a_deployment_is_named(tmp_path: Path) -> None:
    complaint = Cli(tmp_path).error("env")
    assert "settings.toml is missing" in complaint
    assert "make up" in complaint


def test_a_bad_setting_is_named(alone: Callable[..., Cli]) -> None:
    assert "sip_port: " in alone(sip_port=70_000).error("env")


def write_dialplan(cli: Cli, more: str = "") -> Path:
    """What can be dialled, as `make up` writes it, and something after it."""
    data = catalogue.load()
    path = cli.home / "asterisk" / "etc" / dialplan.FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dialplan.render(data.operators.values(), data.services) + more)
    return path


def test_check_config_of_what_is_well(alone: Callable[..., Cli]) -> None:
    cli = alone()
    shutil.copytree(VOICES, cli.home / "asterisk" / "data" / "sounds")
    write_dialplan(cli)
    found = cli("check-config")
    assert found["collect_operators"] == ["beeline-ru", "mts-ru", "tele2-kz"]
    assert found["access_codes"] == ["*133*N#", "*880*N#", "05050N", "0800N", "0880N"]
    languages = catalogue.load().languages
    assert found["prompts"] == {code: len(one.prompts) for code, one in languages.items()}
    assert "beeline-ru, mts-ru, tele2-kz" in cli.run("check-config").stdout


def test_check_config_names_a_recording_that_is_missing(alone: Callable[..., Cli]) -> None:
    cli = alone()
    sounds = cli.home / "asterisk" / "data" / "sounds"
    assert f"{sounds}/en/collect is missing: `make up`" in cli.error("check-config")
    shutil.copytree(VOICES, sounds)
    (sounds / "kk" / "collect" / "told-busy.wav").unlink()
    assert "collect lacks told-busy.wav" in cli.error("check-config")


def test_check_config_names_a_dialplan_that_is_stale_or_missing(alone: Callable[..., Cli]) -> None:
    cli = alone()
    shutil.copytree(VOICES, cli.home / "asterisk" / "data" / "sounds")
    path = write_dialplan(cli, "exten => 999,1,Hangup()")
    assert f"{path} is not what the operators'" in cli.error("check-config")
    path.unlink()
    assert "`make up` write it anew" in cli.error("check-config")


def test_a_deployment_in_a_language_without_prompts_is_refused(alone: Callable[..., Cli]) -> None:
    cli = alone()
    with (cli.home / "settings.toml").open("a") as settings:
        settings.write('\nlanguage = "tt"')
    complaint = cli.error("check-config")
    assert "no prompts in 'tt': write one of en, kk, ru" in complaint


def test_check_config_names_a_data_file_that_is_wrong(alone: Callable[..., Cli]) -> None:
    cli = alone()
    (cli.home / "more" / "operators").mkdir(parents=True)
    (cli.home / "more" / "operators" / "x.toml").write_text("id = ")
    with (cli.home / "settings.toml").open("a") as settings:
        settings.write(f'\ndata_dirs = ["{cli.home / "more"}"]')
    assert "x.toml: Invalid value (at end of document)" in cli.error("check-config")


def test_check_config_warns_of_an_operator_whose_tariffs_all_begin_later(
    alone: Callable[..., Cli],
) -> None:
    cli = alone()
    shutil.copytree(VOICES, cli.home / "asterisk" / "data" / "sounds")
    write_dialplan(cli)
    shipped = (catalogue.DATA_DIR / "tariffs" / "tele2-kz.toml").read_text(encoding="utf-8")
    later = cli.home / "more" / "tariffs" / "tele2-kz.toml"
    later.parent.mkdir(parents=True)
    later.write_text(shipped.replace("2025-11-04", "2999-01-01"), encoding="utf-8")
    with (cli.home / "settings.toml").open("a") as settings:
        settings.write(f'\ndata_dirs = ["{cli.home / "more"}"]')
    result = cli.run("check-config")
    assert result.exit_code == 0
    assert "warning: operator tele2-kz has no tariff" in result.stderr
    assert "tele2-kz 2999-01-01" in result.stdout


def test_help_names_every_command(alone: Callable[..., Cli]) -> None:
    shown = alone().run("--help").stdout
    for name in ("env", "subscriber", "check-config", "serve"):
        assert f"\n  {name} " in shown
    assert "..." not in shown.partition("Commands:")[2], "a sentence is cut off"
    assert "No such command 'nothing'" in alone().error("nothing", status=2)


def test_a_command_loads_no_more_than_it_needs(alone: Callable[..., Cli]) -> None:
    code = (
        "import sys; from agi.cli import main; main(['env'], standalone_mode=False); "
        "print(sorted({'redis', 'aiohttp', 'panoramisk'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"COLLECTCALL_HOME": str(alone().home)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "[]"
