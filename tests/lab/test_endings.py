"""A command that can't go on says why in a sentence; nobody is shown a traceback."""

from __future__ import annotations

import os
import signal
import time

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from agi.domain.errors import BadAmount
from agi.settings import SettingsError
from lab import endings
from lab.steps import SetupError

REDIS = r"the lab's Redis did not answer"
ENDINGS = [
    (SetupError("no Asterisk"), "error: no Asterisk\n", 1),
    (SettingsError("no port"), "error: no port\n", 1),
    (BadAmount("no amount"), "error: no amount\n", 1),
    (TimeoutError("no record came"), "error: no record came\n", 1),
    (RedisTimeoutError("Timeout reading from 127.0.0.1:6380"), REDIS, 1),
    (RedisConnectionError("Connection refused"), REDIS, 1),
    (PermissionError(13, "Permission denied", "/var/lab"), "/var/lab: Permission denied. Mend", 1),
    (OSError(28, "No space left on device"), "error: No space left on device. Mend", 1),
    (KeyboardInterrupt(), "interrupted\n", 130),
]


@pytest.mark.parametrize(("error", "said", "status"), ENDINGS, ids=lambda one: type(one).__name__)
def test_what_goes_wrong_is_told(
    error: BaseException, said: str, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    def command() -> int:
        raise error

    assert endings.told(command) == status
    told = capsys.readouterr().err
    assert said in told
    assert len(told.splitlines()) == 1


@pytest.mark.parametrize(("returned", "status"), [(None, 0), (0, 0), (2, 2)])
def test_a_command_that_ends_well_keeps_its_status(returned: int | None, status: int) -> None:
    assert endings.told(lambda: returned) == status


def test_a_command_that_is_told_to_end_lets_go_of_what_it_holds(
    capsys: pytest.CaptureFixture[str],
) -> None:
    let_go = []

    def command() -> None:
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(5)
        finally:
            let_go.append("the lab")

    before = signal.getsignal(signal.SIGTERM)
    assert endings.told(command) == 130
    assert let_go
    assert capsys.readouterr().err == "interrupted\n"
    assert signal.getsignal(signal.SIGTERM) is before
