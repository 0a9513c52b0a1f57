"""A taken port is an error that names the port and the setting."""

import socket
from pathlib import Path

import pytest

from agi.settings import Settings
from lab import ports
from lab.instance import Instance
from lab.steps import SetupError

SECRETS = dict.fromkeys(("ami_secret", "agi_token", "redis_secret"), "x" * 16)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("sip_port", socket.SOCK_DGRAM),
        ("sip_port", socket.SOCK_STREAM),
        ("ami_port", socket.SOCK_STREAM),
        ("agi_port", socket.SOCK_STREAM),
        ("http_port", socket.SOCK_STREAM),
        ("redis_port", socket.SOCK_STREAM),
    ],
)
def test_a_taken_port_is_named_with_its_setting(name: str, kind: int) -> None:
    with ports.block_of_its_own() as values:
        settings = Settings(home=Path("/nowhere"), **SECRETS, **values)
        ports.check(settings)
        with socket.socket(socket.AF_INET, kind) as taken:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # over one's own TIME_WAIT
            taken.bind(("127.0.0.1", values[name]))
            if kind == socket.SOCK_STREAM:
                taken.listen()
            with pytest.raises(SetupError, match=rf"port {values[name]} .*\({name}\)") as caught:
                ports.check(settings)
        assert f"make up {name.upper()}=" in str(caught.value)


def test_two_blocks_at_once_differ() -> None:
    with ports.block_of_its_own() as one, ports.block_of_its_own() as other:
        assert not set(one.values()) - {180} & set(other.values()) - {180}


def test_two_settings_of_one_port_are_refused(tmp_path: Path) -> None:
    with ports.block_of_its_own() as values:
        instance = Instance.create(tmp_path, values | {"http_port": values["sip_port"]})
        with pytest.raises(SetupError, match="sip_port and http_port are both"):
            ports.check(instance.settings)


def test_an_address_of_another_machine_is_not_taken_for_a_taken_port(tmp_path: Path) -> None:
    with ports.block_of_its_own() as values:
        instance = Instance.create(tmp_path, values | {"bind": "192.0.2.1"})
        with pytest.raises(SetupError, match="no address of this machine"):
            ports.check(instance.settings)
