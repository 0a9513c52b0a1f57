"""``make up``, ``make down`` and ``make status``; and `prepare`, for containers."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager
from pathlib import Path

from agi import settings as agi_settings
from agi.settings import LOOPBACK, Settings
from lab import guide, locks, ports, render, samples, selfcheck, settings_files, supervision
from lab.instance import Instance
from lab.steps import SetupError, note, step

_HEALTH_WAIT_S = 10


def up() -> int:
    """Bring the lab up; find it well and return at once when it runs already."""
    home = agi_settings.default_home()
    render.private_folder(home)
    with _alone(home):
        return _up(home)


def _up(home: Path) -> int:
    instance, given = Instance.create(home), settings_files.given_to_make()
    _warn_of_exposure(instance.settings)
    running = bool(instance.processes())
    changed = settings_files.changed_by(home, given)
    if running and not changed:
        return _check(instance)
    if not running:
        supervision.end(instance.home, wait_s=0)  # what a killed supervisord left has the ports
    # First: what can't be had is not remembered, and stops nothing that runs.
    ports.check(instance.settings, changed if running else None)
    settings_files.write(home, given)
    if running:
        with step("The settings changed: stopping what runs with the old ones"):
            instance.stop()
    try:
        instance.start()
    except BaseException:
        instance.stop()
        raise
    with step("Sample subscribers"):
        people = samples.provide(instance.settings)
    with step("Self-check: one collect call through the running lab"):
        note(selfcheck.run(instance.settings))
    print(guide.text(instance, people))
    return 0


def prepare() -> int:
    """Write what Asterisk, Redis and the service read, and leave it to others to start them."""
    instance = Instance.create(agi_settings.default_home(), settings_files.given_to_make())
    _warn_of_exposure(instance.settings)
    with step(f"Configuration in {instance.home}"):
        instance.write_files()
    return 0


def down() -> int:
    """Stop all that `up` started; money and subscribers stay."""
    home = agi_settings.default_home()
    if not (home / "secrets.toml").exists():
        print(f"Nothing to stop: there is no lab in {home}.")
        return 0
    instance = Instance(agi_settings.load(home))
    with _alone(home), step(f"Stopping the lab in {home}"):
        forced = instance.stop()
    if forced:
        note(f"these did not end by themselves and were killed: {sorted(forced)}")
    return 0


def status() -> int:
    """Print each process and the health; the exit status is 0 when all is well."""
    instance = Instance(agi_settings.load())
    running = instance.processes()
    for name, row in running.items():
        print(f"{name:10} {row['statename']:10} {row['description']}")
    well, health = instance.health()
    for name, state in health.items():
        print(f"{name:10} {state}")
    if not running:
        print("The lab does not run. `make up` starts it.")
    return 0 if running and well else 1


def _alone(home: Path) -> AbstractContextManager[None]:
    """Two at once would start two labs in one folder, or one while it is being stopped."""
    return locks.held(home / "lock", "another `make up` or `make down` of this lab")


def _check(instance: Instance) -> int:
    deadline = time.monotonic() + _HEALTH_WAIT_S
    while not (instance.is_running() and instance.health()[0]):
        if time.monotonic() > deadline:
            raise SetupError(
                f"the lab runs but is not well ({instance.ailing()}). Logs are in "
                f"{instance.home / 'log'}; `make down` and `make up` start it anew."
            )
        time.sleep(0.1)
    print(f"The lab in {instance.home} is running and well. {guide.SHORT}")
    return 0


def _warn_of_exposure(settings: Settings) -> None:
    if settings.bind == LOOPBACK:
        return
    last = settings.rtp_start_port + settings.rtp_ports - 1
    print(
        f"warning: BIND={settings.bind} opens to the network what reaches that address: SIP on "
        f"port {settings.sip_port} (UDP and TCP) and voice on UDP {settings.rtp_start_port}-{last}."
        "\n         Whoever gets there can try passwords, and hear calls, as they are not "
        "encrypted.\n         AMI, AGI, HTTP and Redis stay on 127.0.0.1.",
        flush=True,
    )
