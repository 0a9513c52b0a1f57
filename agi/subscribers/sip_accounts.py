"""The SIP accounts that Asterisk reads: a projection of the subscribers into sqlite3.

Asterisk asks the file at every registration and every call, so an account works as soon as it is
put and nothing is reloaded.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path

from agi.domain.errors import CollectError
from agi.subscribers.profiles import Profiles

_BUSY_S = 5.0
"""How long one writer waits for another; readers are never in the way of either (WAL)."""
_BUSY_STEP_S = 0.01

# The endpoint makes an account complete, so it is written last and removed first.
_PUT = (
    "INSERT OR REPLACE INTO ps_auths (id, username, password) VALUES (:number, :number, :password)",
    "INSERT OR REPLACE INTO ps_aors (id) VALUES (:number)",
    """
    INSERT OR REPLACE INTO ps_endpoints
        (id, auth, aors, callerid, language, media_address, bind_rtp_to_media_address)
    VALUES
        (:number, :number, :number, '<' || :number || '>', :language, :media_address, :media_bound)
    """,
)
_DROP = (
    "DELETE FROM ps_endpoints WHERE id = :number",
    "DELETE FROM ps_aors WHERE id = :number",
    "DELETE FROM ps_auths WHERE id = :number",
)


class SipAccountsError(CollectError):
    """The file of the SIP accounts can't be read or written."""


@dataclass(frozen=True, slots=True)
class SipAccount:
    """One account; its user name is the number."""

    number: str
    password: str
    language: str


class SipAccounts:
    """The file at `path`, made where it is missing; `bind` is the address Asterisk listens on.

    Every method raises SipAccountsError when the file can't be used.
    """

    def __init__(self, path: Path, bind: str) -> None:
        self._path = path
        everywhere = bind in ("0.0.0.0", "::")  # noqa: S104  compared, not bound
        self._media = {
            "media_address": None if everywhere else bind,
            "media_bound": "no" if everywhere else "yes",
        }

    def create(self) -> None:
        """Make the file and its tables, which Asterisk wants to find when it starts."""
        with self._open():
            pass

    def put(self, account: SipAccount) -> None:
        """Add an account or change it; Asterisk knows it when this returns."""
        self.apply([account], stale=())

    def numbers(self) -> set[str]:
        """The numbers of all accounts."""
        with self._open() as db:
            return {number for (number,) in db.execute("SELECT id FROM ps_auths")}

    def apply(self, accounts: Iterable[SipAccount], stale: Collection[str]) -> None:
        """Put `accounts` and remove those of the numbers `stale`, all in one transaction."""
        with self._open() as db, db:
            for statement in _DROP:
                db.executemany(statement, [{"number": number} for number in stale])
            rows = [asdict(account) | self._media for account in accounts]
            for statement in _PUT:
                db.executemany(statement, rows)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            # sqlite gives its journal the mode of the file, which holds passwords.
            self._path.touch(mode=0o600)
            with closing(sqlite3.connect(self._path, timeout=_BUSY_S)) as db:
                _use_wal(db)
                db.executescript(_schema())
                yield db
        except (OSError, sqlite3.Error) as error:
            raise SipAccountsError(
                f"{self._path}: {error}. The file must be this user's, and its disk not full."
            ) from error


async def rebuild(sip_accounts: SipAccounts, profiles: Profiles) -> None:
    """Make the projection say what Redis says.

    The accounts are listed before the subscribers: one that is added meanwhile was in Redis before
    it was in the file, so it is never taken for a stale one. Calls go on while the file is written,
    or waited for.

    Raises:
        SipAccountsError: the file can't be used.
    """
    there = await asyncio.to_thread(sip_accounts.numbers)
    rows = [
        SipAccount(subscriber.number, password, subscriber.language)
        for subscriber, password in await profiles.with_passwords()
    ]
    stale = there - {row.number for row in rows}
    await asyncio.to_thread(sip_accounts.apply, rows, stale)


def _use_wal(db: sqlite3.Connection) -> None:
    """Switch a new file to WAL; sqlite itself waits for other writers everywhere but here."""
    until = time.monotonic() + _BUSY_S
    while True:
        try:
            db.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(_BUSY_STEP_S)


def _schema() -> str:
    return resources.files("agi.subscribers").joinpath("sip_accounts.sql").read_text("utf-8")
