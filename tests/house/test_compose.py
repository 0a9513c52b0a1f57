"""docker-compose.yml and what it names hold together; nothing is built or started here."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from agi.settings import Settings
from lab import scenario_files, settings_files, up

CHECKOUT = Path(__file__).resolve().parents[2]
DOCKERFILE = CHECKOUT / "docker" / "Dockerfile"
COMPOSE: dict[str, Any] = yaml.safe_load(
    (CHECKOUT / "docker-compose.yml").read_text(encoding="utf-8")
)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
BUILT = {name: part["build"] for name, part in SERVICES.items() if "build" in part}
STAYING = [name for name, part in SERVICES.items() if "restart" in part]
HOME = "/var/lib/collect-call"

each_service = pytest.mark.parametrize("name", SERVICES)


def instructions(keyword: str) -> list[str]:
    """The arguments of each such line of the Dockerfile, with continued lines joined."""
    text = DOCKERFILE.read_text(encoding="utf-8").replace("\\\n", " ")
    return re.findall(rf"(?m)^{keyword}\s+(.*)$", text)


STAGES = {stage: base for base, stage in (line.split(" AS ") for line in instructions("FROM"))}
"""What each stage of the Dockerfile stands on."""


def is_pinned(image: str) -> bool:
    _, _, tag = image.partition(":")
    return bool(tag) and tag != "latest"


def test_every_part_is_there() -> None:
    assert {"asterisk", "redis", "service"} <= set(STAYING)
    assert {name for name, part in SERVICES.items() if part.get("profiles") == ["test"]} == {
        "phones"
    }


@pytest.mark.parametrize("name", BUILT)
def test_what_is_built_exists(name: str) -> None:
    build = BUILT[name]
    context = CHECKOUT / build["context"]
    assert context.resolve() == CHECKOUT
    assert context / build["dockerfile"] == DOCKERFILE
    assert DOCKERFILE.is_file()
    assert build["target"] in STAGES


@each_service
def test_images_are_pinned(name: str) -> None:
    assert is_pinned(SERVICES[name]["image"])


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_stands_on_another_or_on_a_pinned_image(stage: str) -> None:
    assert STAGES[stage] in STAGES or is_pinned(STAGES[stage])


def test_the_context_holds_what_is_needed_and_nothing_private() -> None:
    lines = (CHECKOUT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    taken = {rule[1:] for rule in rules if rule.startswith("!")}
    assert all((CHECKOUT / name).exists() for name in taken)
    assert {"agi", "lab", "asterisk-conf", "sipp-scenarios", "requirements.lock"} <= taken
    assert not taken & {"var", ".git", ".venv", ".env"}


@each_service
def test_no_secret_is_written_down(name: str) -> None:
    part = SERVICES[name]
    given = part.get("environment", [])
    names = {str(entry).partition("=")[0] for entry in given}
    secret = {field.upper() for field in Settings.model_fields if re.search("secret|token", field)}
    assert not names & secret
    assert "env_file" not in part


def test_the_dockerfile_takes_no_secret() -> None:
    text = " ".join(instructions("(?:ARG|ENV|RUN)"))
    assert not re.search("secret|token|password", text, re.IGNORECASE)
    assert not instructions("ARG")


def test_settings_from_outside_are_settings_that_are_remembered() -> None:
    given = SERVICES["prepare"]["environment"]
    assert [entry.lower() for entry in given] == list(settings_files.FROM_MAKE)
    assert {entry.lower() for entry in given} <= set(Settings.model_fields)


@each_service
def test_nothing_is_published_beyond_what_bind_opens(name: str) -> None:
    assert SERVICES[name]["network_mode"] == "host"
    assert "ports" not in SERVICES[name]
    assert Settings.model_fields["bind"].default == "127.0.0.1"


@each_service
def test_each_part_is_confined(name: str) -> None:
    part = SERVICES[name]
    user, _, group = part["user"].partition(":")
    assert int(user) > 0
    assert int(group) > 0
    assert part["read_only"] is True
    assert part["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in part["security_opt"]
    assert not part.get("privileged")
    assert part["volumes"] == [f"home:{HOME}"]


def test_every_image_ends_as_the_user_that_owns_the_volume() -> None:
    user = SERVICES["service"]["user"].partition(":")[0]
    stages = DOCKERFILE.read_text(encoding="utf-8").split("\nFROM ")[1:]
    last_user = {
        stage.split(maxsplit=3)[2]: re.findall(r"(?m)^USER (\w+)", stage) for stage in stages
    }
    for build in BUILT.values():
        assert last_user[build["target"]][-1] == "collectcall"
    assert f"useradd --uid {user} " in DOCKERFILE.read_text(encoding="utf-8")
    assert any(HOME in line and "-o collectcall" in line for line in instructions("RUN"))


@pytest.mark.parametrize("name", STAYING)
def test_what_stays_up_says_how_it_is(name: str) -> None:
    check = SERVICES[name]["healthcheck"]
    assert check["test"][0] in ("CMD", "CMD-SHELL")
    assert {"interval", "timeout", "retries"} <= set(check)


@each_service
def test_it_waits_for_parts_that_can_come(name: str) -> None:
    for other, wait in SERVICES[name].get("depends_on", {}).items():
        stays = wait["condition"] == "service_healthy"
        assert stays == (other in STAYING), other


def test_what_the_parts_start_from_is_what_prepare_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLLECTCALL_HOME", str(tmp_path))
    assert up.prepare() == 0
    secrets = (tmp_path / "secrets.toml").read_text(encoding="utf-8")
    assert up.prepare() == 0
    assert (tmp_path / "secrets.toml").read_text(encoding="utf-8") == secrets
    texts = yaml.safe_dump(SERVICES, width=1000) + DOCKERFILE.read_text(encoding="utf-8")
    named = set(re.findall(rf"{HOME}/([\w./-]+)", texts))
    assert {"redis.conf", "asterisk/etc/asterisk.conf", "bin/asterisk-cli"} <= named
    assert all((tmp_path / path).exists() for path in named)
    private = [path for path in tmp_path.rglob("*") if path.is_file() and not path.is_symlink()]
    assert not [path for path in private if path.stat().st_mode & 0o077]


def test_the_phones_play_scenarios_that_there_are() -> None:
    command = yaml.safe_load(instructions("CMD")[-1])
    assert command[:3] == ["python", "-m", "lab.scenario"]
    assert "accepts" in command[3:]
    assert set(command[3:]) <= set(scenario_files.names())
    assert all(scenario_files.load(name).setting.fault is None for name in command[3:])
