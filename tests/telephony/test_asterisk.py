"""The configuration and the AMI line on a real Asterisk, without the rest of the service."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Iterator

import pytest

from agi.subscribers.sip_accounts import SipAccount, SipAccounts
from agi.telephony.ami import Ami, AmiError
from agi.telephony.ami_events import PhoneSeen, parse
from agi.telephony.ami_message import AmiMessage
from lab import ports
from lab.instance import Instance
from tests.telephony.sip_probe import Credentials, SipProbe

pytestmark = [pytest.mark.call, pytest.mark.xdist_group("telephony")]

ME, OTHER, UNKNOWN = "9110000001", "9110000002", "9119999999"
MINE = Credentials(ME, "my-password")


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """An Asterisk with two accounts, and nothing else."""
    with ports.block_of_its_own() as values:
        instance = Instance.create(tmp_path_factory.mktemp("lab"), values)
        accounts = SipAccounts(instance.settings.sip_accounts_db, instance.settings.bind)
        accounts.put(SipAccount(ME, MINE.password, "ru"))
        accounts.put(SipAccount(OTHER, "another-password", "ru"))
        try:
            instance.start(["asterisk"])
            yield instance
        finally:
            instance.stop()


@pytest.fixture
def phone(lab: Instance) -> Iterator[SipProbe]:
    probe = SipProbe(lab.settings.sip_port)
    yield probe
    probe.close()


@pytest.fixture
async def ami(lab: Instance) -> AsyncIterator[Ami]:
    settings = lab.settings
    line = Ami("127.0.0.1", settings.ami_port, settings.ami_user, settings.ami_secret)
    connected = asyncio.Event()

    async def connect() -> None:
        connected.set()

    line.on_connect(connect)
    await line.start()
    await asyncio.wait_for(connected.wait(), 10)
    yield line
    await line.close()


def test_asterisk_starts_without_a_complaint(lab: Instance) -> None:
    # The first test of the file, as the others give cause to complain.
    log = (lab.home / "log/asterisk.log").read_text()
    assert "modules will be loaded" in log
    assert re.findall(r".*(?:WARNING|ERROR).*", log) == []


@pytest.mark.parametrize("sender", [OTHER, UNKNOWN, "anonymous", f"{OTHER}%00", ""])
@pytest.mark.parametrize("method", ["INVITE", "MESSAGE", "REGISTER", "OPTIONS"])
def test_nobody_speaks_in_another_ones_name(phone: SipProbe, method: str, sender: str) -> None:
    uri = f"sip:{sender}@127.0.0.1" if sender else "sip:127.0.0.1"
    assert phone.request(method, uri, sender or OTHER, MINE) in (401, 403)


def test_nobody_registers_for_another_one(phone: SipProbe) -> None:
    status = phone.request("REGISTER", f"sip:{ME}@127.0.0.1", OTHER, MINE, "Expires: 60")
    assert status in (403, 404)


def test_a_wrong_password_is_refused(phone: SipProbe) -> None:
    wrong = Credentials(ME, "wrong")
    assert phone.request("REGISTER", f"sip:{ME}@127.0.0.1", ME, wrong, "Expires: 60") == 401


@pytest.mark.parametrize(
    ("method", "header"), [("REFER", "Refer-To: <sip:9@x>"), ("SUBSCRIBE", "Event: presence")]
)
def test_what_the_service_does_not_need_is_refused(
    phone: SipProbe, method: str, header: str
) -> None:
    assert phone.request(method, f"sip:{ME}@127.0.0.1", OTHER, MINE, header) >= 400


async def test_a_registration_is_told_and_a_text_arrives(ami: Ami, phone: SipProbe) -> None:
    registered: asyncio.Future[object] = asyncio.get_running_loop().create_future()

    def note(message: AmiMessage) -> None:
        event = parse(message, "a-token")
        if isinstance(event, PhoneSeen) and not registered.done():
            registered.set_result(event)

    ami.on_event(note)
    uri = f"sip:{ME}@127.0.0.1"
    status = await asyncio.to_thread(phone.request, "REGISTER", uri, ME, MINE, "Expires: 60")
    assert status == 200
    assert await asyncio.wait_for(registered, 5) == PhoneSeen(ME)
    await ami.send_message(ME, OTHER, "Привет,\n«мир»", "m-1")
    text = await asyncio.to_thread(phone.receive)
    assert text.endswith("\r\n\r\nПривет,\n«мир»")
    assert f"From: <sip:{OTHER}@" in text
    assert "\r\nX-SMS-Id: m-1\r\n" in text


async def test_a_text_to_a_phone_that_is_not_there_is_an_error(ami: Ami) -> None:
    with pytest.raises(AmiError):
        await ami.send_message(OTHER, ME, "x", "m-2")


async def test_a_phone_that_does_not_reply_is_given_up_before_the_ring_timeout(
    ami: Ami, phone: SipProbe
) -> None:
    loop = asyncio.get_running_loop()
    uri = f"sip:{ME}@127.0.0.1"
    await asyncio.to_thread(phone.request, "REGISTER", uri, ME, MINE, "Expires: 60")
    began = loop.time()
    await ami.originate(f"PJSIP/{ME}", Application="Wait", Data="1", Timeout="30000")
    while not (await ami.action("Status")).events:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    while (await ami.action("Status")).events:  # noqa: ASYNC110
        await asyncio.sleep(0.1)
    assert 15 < loop.time() - began < 20


async def test_asterisk_tells_its_time(ami: Ami) -> None:
    assert abs(await ami.wall_ms() - time.time() * 1000) < 1_000


async def test_asterisk_itself_keeps_a_limit_of_a_fraction_of_a_second(ami: Ami) -> None:
    loop = asyncio.get_running_loop()
    await ami.originate("Local/s@collect-warning/n", Application="Wait", Data="30")
    while not (events := (await ami.action("Status")).events):  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    channel = events[0].get("Channel") or ""
    await ami.set_limit(channel, 20)
    await ami.set_limit(channel, 0.75)
    set_at = loop.time()
    while await ami.find_channel(channel):  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    assert 0.7 < loop.time() - set_at < 1.5
    with pytest.raises(AmiError, match="No such channel"):
        await ami.hangup(channel, 16)


async def test_a_recording_that_a_language_lacks_is_played_in_the_deployments(
    lab: Instance, ami: Ami
) -> None:
    lab.asterisk_cli("logger add channel said verbose(3)")
    log = lab.home / "asterisk/log/said"
    for language, said_in in (("kk", "kk"), ("xx", "ru")):
        await ami.originate(
            "Local/busy@collect-told/n",
            Application="Wait",
            Data="5",
            Variable=f"CHANNEL(language)={language}",
        )
        playing = rf"Playing 'collect/told-busy\.\w+' \(language '{said_in}'\)"
        async with asyncio.timeout(10):
            while not re.search(playing, log.read_text()):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
    assert "language 'xx'" not in log.read_text()
