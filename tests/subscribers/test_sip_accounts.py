"""The projection that Asterisk reads."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from redis.asyncio import Redis

from agi.domain.subscribers import Subscriber
from agi.store.redis import Store
from agi.subscribers.profiles import Opening, Profiles
from agi.subscribers.sip_accounts import SipAccount, SipAccounts, SipAccountsError, rebuild

ANNA = SipAccount("9110000001", "secret", "ru")
OPENING = Opening(currency="RUB", floor_minor=0, balance_minor=0, at_ms=0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "asterisk" / "sip-accounts.sqlite3"


def _query(path: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as db:
        return db.execute(sql).fetchall()


def _put(path: Path, number: int) -> None:
    SipAccounts(path, "127.0.0.1").put(SipAccount(str(number), "secret", "ru"))


def test_the_file_is_made_with_empty_tables_for_its_owner_alone(path: Path) -> None:
    SipAccounts(path, "127.0.0.1").create()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for table in ("ps_endpoints", "ps_auths", "ps_aors"):
        assert _query(path, f"SELECT * FROM {table}") == []  # noqa: S608


def test_an_account_is_an_endpoint_with_its_own_caller_id(path: Path) -> None:
    SipAccounts(path, "127.0.0.1").put(ANNA)
    columns = "id, auth, aors, callerid, context, trust_id_inbound, media_address"
    assert _query(path, f"SELECT {columns} FROM ps_endpoints") == [  # noqa: S608
        (*[ANNA.number] * 3, f"<{ANNA.number}>", "subscribers", "no", "127.0.0.1")
    ]
    assert _query(path, "SELECT username, password FROM ps_auths") == [(ANNA.number, "secret")]
    assert _query(path, "SELECT id, max_contacts FROM ps_aors") == [(ANNA.number, 1)]


def test_media_is_bound_to_no_address_when_asterisk_listens_on_all(path: Path) -> None:
    SipAccounts(path, "0.0.0.0").put(ANNA)  # noqa: S104
    columns = "media_address, bind_rtp_to_media_address"
    assert _query(path, f"SELECT {columns} FROM ps_endpoints") == [(None, "no")]  # noqa: S608


def test_an_account_that_is_put_again_is_changed(path: Path) -> None:
    accounts = SipAccounts(path, "127.0.0.1")
    accounts.put(ANNA)
    accounts.put(SipAccount(ANNA.number, "another", "ru"))
    assert _query(path, "SELECT password FROM ps_auths") == [("another",)]


def test_a_reader_is_not_held_up_by_a_writer(path: Path) -> None:
    SipAccounts(path, "127.0.0.1").put(ANNA)
    with closing(sqlite3.connect(path, timeout=0)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM ps_endpoints").fetchall()
        _put(path, 9110000002)
        assert len(reader.execute("SELECT * FROM ps_endpoints").fetchall()) == 1
        reader.rollback()
        assert len(reader.execute("SELECT * FROM ps_endpoints").fetchall()) == 2


def test_many_writers_at_once_lose_nothing(path: Path) -> None:
    numbers = range(9110000001, 9110000041)
    with ProcessPoolExecutor(8) as pool:
        list(pool.map(_put, [path] * len(numbers), numbers))
    assert SipAccounts(path, "127.0.0.1").numbers() == set(map(str, numbers))


async def test_rebuilding_says_what_redis_says(path: Path, redis: Redis) -> None:
    profiles = Profiles(Store(redis))
    for number, hidden in (("9110000001", False), ("9110000002", True)):
        subscriber = Subscriber(number, "mts-ru", "moscow", hidden=hidden)
        await profiles.create(subscriber, f"of {number}", OPENING)
    accounts = SipAccounts(path, "127.0.0.1")
    accounts.put(SipAccount("9110000001", "outdated", "ru"))
    accounts.put(SipAccount("9110000009", "nobody's", "ru"))

    await rebuild(accounts, profiles)

    assert _query(path, "SELECT id, password FROM ps_auths ORDER BY id") == [
        ("9110000001", "of 9110000001"),
        ("9110000002", "of 9110000002"),
    ]
    assert len(_query(path, "SELECT * FROM ps_endpoints")) == 2


async def test_the_event_loop_goes_on_while_another_writer_is_waited_for(
    path: Path, redis: Redis
) -> None:
    accounts = SipAccounts(path, "127.0.0.1")
    accounts.put(ANNA)
    with closing(sqlite3.connect(path)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        rebuilding = asyncio.create_task(rebuild(accounts, Profiles(Store(redis))))
        await asyncio.sleep(0.3)
        assert not rebuilding.done()
        writer.rollback()
    await rebuilding
    assert accounts.numbers() == set()


def test_a_file_that_is_no_database_is_named(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("not a database, and long enough to be taken for something that is no header")
    with pytest.raises(SipAccountsError, match=r"sip-accounts\.sqlite3: file is not a database"):
        SipAccounts(path, "127.0.0.1").put(ANNA)
