"""settings.toml and secrets.toml: made once, changed by name, private."""

import stat
from pathlib import Path

import pytest

from agi import settings as agi_settings
from lab import settings_files


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_secrets_are_made_once_and_only_the_owner_reads_them(tmp_path: Path) -> None:
    settings_files.write(tmp_path, {})
    settings_files.write_secrets(tmp_path)
    first = agi_settings.load(tmp_path)
    settings_files.write_secrets(tmp_path)

    assert agi_settings.load(tmp_path) == first
    assert len({first.ami_secret, first.agi_token, first.redis_secret}) == 3
    assert mode(tmp_path / "secrets.toml") == mode(tmp_path / "settings.toml") == 0o600


def test_a_setting_is_changed_and_every_other_line_stays(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("# mine\nsip_port = 5060  # old\nnode = 'cc'\n")

    settings_files.write(tmp_path, {"sip_port": 5070, "bind": "127.0.0.2"})
    text = (tmp_path / "settings.toml").read_text()
    assert text == "# mine\nsip_port = 5070\nnode = 'cc'\nbind = \"127.0.0.2\"\n"


def test_a_line_is_added_below_a_last_line_without_an_end(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("node = 'cc'")
    settings_files.write(tmp_path, {"sip_port": 5070})
    assert (tmp_path / "settings.toml").read_text() == "node = 'cc'\nsip_port = 5070\n"


def test_what_differs_from_the_file_or_the_default_is_a_change(tmp_path: Path) -> None:
    settings_files.write(tmp_path, {"sip_port": 5070})
    same = {"sip_port": 5070, "http_port": 8080}
    assert settings_files.changed_by(tmp_path, same) == set()
    assert settings_files.changed_by(tmp_path, same | {"http_port": 8081}) == {"http_port"}
    assert settings_files.changed_by(tmp_path, {"sip_port": 5060}) == {"sip_port"}


def test_what_is_given_to_make_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in settings_files.FROM_MAKE:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("SIP_PORT", "5070")
    monkeypatch.setenv("BIND", "0.0.0.0")  # noqa: S104
    assert settings_files.given_to_make() == {"sip_port": 5070, "bind": "0.0.0.0"}  # noqa: S104


def test_a_port_that_is_no_number_is_an_error_with_its_name(tmp_path: Path) -> None:
    settings_files.write(tmp_path, {"sip_port": "fifty"})
    settings_files.write_secrets(tmp_path)
    with pytest.raises(agi_settings.SettingsError, match="sip_port"):
        agi_settings.load(tmp_path)


def test_the_shells_own_home_and_language_are_no_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/elsewhere")
    monkeypatch.setenv("LANGUAGE", "en_US:en")
    settings_files.write(tmp_path, {})
    settings_files.write_secrets(tmp_path)
    settings = agi_settings.load(tmp_path)
    assert (settings.home, settings.language) == (tmp_path, "ru")


@pytest.mark.parametrize("bind", ["foo", "::", "127.0.0.1:5060", ""])
def test_only_an_ipv4_address_can_be_bound_to(tmp_path: Path, bind: str) -> None:
    settings_files.write(tmp_path, {"bind": bind})
    settings_files.write_secrets(tmp_path)
    with pytest.raises(agi_settings.SettingsError, match="bind: "):
        agi_settings.load(tmp_path)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("ring_timout_s = 20", "there is no setting ring_timout_s. Correct settings.toml"),
        ("SIP_PORT = 5070", "there is no setting SIP_PORT. Correct settings.toml"),
        ('home = "/elsewhere"', "there is no setting home. Correct settings.toml"),
        (
            "rtp_start_port = 64000",
            "wrong: rtp_start_port, rtp_ports: the last port would be 65999",
        ),
        ("ring_timeout_s = 0", "wrong: ring_timeout_s: Input should be greater than or equal"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, line: str, complaint: str) -> None:
    (tmp_path / "settings.toml").write_text(line + "\n")
    settings_files.write_secrets(tmp_path)
    with pytest.raises(agi_settings.SettingsError) as refused:
        agi_settings.load(tmp_path)
    assert complaint in str(refused.value)


def test_files_that_are_none_are_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder" / "settings.toml").mkdir(parents=True)
    for home in ("file", "folder"):
        with pytest.raises(agi_settings.SettingsError, match=f"{home}/settings.toml can't be read"):
            agi_settings.load(tmp_path / home)
    (tmp_path / "settings.toml").write_bytes(b"\xff")
    with pytest.raises(agi_settings.SettingsError, match=r"settings\.toml: .*utf-8"):
        agi_settings.load(tmp_path)
