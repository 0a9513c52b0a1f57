"""The AMI line against a server that misbehaves in the ways that a network and Asterisk can."""

from __future__ import annotations

import asyncio
import base64
import math
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from agi.telephony import ami_connection
from agi.telephony.ami import Ami, AmiError, AmiUncertainError, LiveChannel
from agi.telephony.ami_message import AmiMessage
from agi.telephony.cleaning import UnsafeValueError

Action = dict[str, list[str]]
Handler = Callable[["FakeAsterisk", Action], Awaitable[None]]
BOOTED = b"Event: FullyBooted\r\nStatus: Fully Booted\r\n\r\n"


class FakeAsterisk:
    """Speaks AMI; `handlers` replace its answer to an action."""

    def __init__(self) -> None:
        self.handlers: dict[str, Handler] = {}
        self.actions: list[Action] = []
        self.logins = 0
        self.writer: asyncio.StreamWriter | None = None
        self.server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        assert self.server is not None
        return int(self.server.sockets[0].getsockname()[1])

    def names(self) -> list[str]:
        return [action["Action"][0] for action in self.actions]

    def last(self, name: str) -> Action:
        return [action for action in self.actions if action["Action"] == [name]][-1]

    def send(self, data: bytes) -> None:
        assert self.writer is not None
        self.writer.write(data)

    def answer(self, action: Action, *lines: str) -> None:
        text = "\r\n".join([lines[0], f"ActionID: {action['ActionID'][0]}", *lines[1:], "", ""])
        self.send(text.encode())

    def cut(self) -> None:
        assert self.writer is not None
        self.writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        writer.write(b"Asterisk Call Manager/11.0.0\r\n")
        try:
            while True:
                block = (await reader.readuntil(b"\r\n\r\n")).decode()
                action: Action = {}
                for line in block.strip().split("\r\n"):
                    name, _, value = line.partition(": ")
                    action.setdefault(name, []).append(value)
                self.actions.append(action)
                handler = self.handlers.get(action["Action"][0], accept)
                await handler(self, action)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


async def accept(asterisk: FakeAsterisk, action: Action) -> None:
    asterisk.answer(action, "Response: Success", "Message: done")
    if action["Action"] == ["Login"]:
        asterisk.logins += 1
        asterisk.send(BOOTED)


async def ignore(_asterisk: FakeAsterisk, _action: Action) -> None:
    pass


async def refuse(asterisk: FakeAsterisk, action: Action) -> None:
    asterisk.answer(action, "Response: Error", "Message: No such channel")


async def cut_in_the_middle(asterisk: FakeAsterisk, action: Action) -> None:
    asterisk.send(f"Response: Success\r\nActionID: {action['ActionID'][0]}".encode())
    await asyncio.sleep(0.02)
    asterisk.cut()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(3):
        while not condition():  # noqa: ASYNC110  what is waited for has no event
            await asyncio.sleep(0.005)


@pytest.fixture
async def asterisk(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeAsterisk]:
    for name, seconds in [
        ("_ANSWER_TIMEOUT_S", 0.2),
        ("_PING_INTERVAL_S", 0.1),
        ("_RETRY_S", 0.02),
        ("_RETRY_REFUSED_S", 0.5),
        ("_BOOT_TIMEOUT_S", 0.3),
    ]:
        monkeypatch.setattr(ami_connection, name, seconds)
    fake = FakeAsterisk()
    fake.server = await asyncio.start_server(fake.serve, "127.0.0.1", 0)
    yield fake
    fake.server.close()


@pytest.fixture
async def ami(asterisk: FakeAsterisk) -> AsyncIterator[Ami]:
    line = Ami("127.0.0.1", asterisk.port, "collectcall", "a-secret")
    await line.start()
    await until(lambda: line.connected)
    yield line
    await line.close()


async def test_it_logs_in_and_says_so(ami: Ami, asterisk: FakeAsterisk) -> None:
    assert ami.state == "connected"
    login = asterisk.last("Login")
    assert (login["Username"], login["Secret"]) == (["collectcall"], ["a-secret"])


async def test_an_answer_and_a_refusal(ami: Ami, asterisk: FakeAsterisk) -> None:
    response = await ami.action("CoreStatus")
    assert response.headers.get("Message") == "done"
    asterisk.handlers["Hangup"] = refuse
    with pytest.raises(AmiError, match="Hangup: No such channel") as refused:
        await ami.hangup("PJSIP/x-1", 16)
    assert not isinstance(refused.value, AmiUncertainError)
    assert ami.connected


async def list_channels(fake: FakeAsterisk, action: Action) -> None:
    fake.answer(action, "Response: Success", "EventList: start")
    for bridge_id in ("b-1", ""):
        leg = ("Channel: PJSIP/x-1", "Linkedid: cc-1.1", f"BridgeID: {bridge_id}", "X: y")
        fake.answer(action, "Event: Status", *leg)
    fake.answer(action, "Event: StatusComplete", "EventList: Complete", "ListItems: 2")


async def test_the_events_of_a_list_are_its_answer(ami: Ami, asterisk: FakeAsterisk) -> None:
    asterisk.handlers["Status"] = list_channels
    response = await ami.action("Status")
    assert [event.get("BridgeID") for event in response.events] == ["b-1", ""]


async def test_a_channel_is_found_or_is_not_there(ami: Ami, asterisk: FakeAsterisk) -> None:
    asterisk.handlers["Status"] = list_channels
    assert await ami.find_channel("PJSIP/x-1") == LiveChannel("PJSIP/x-1", "cc-1.1", "b-1")
    asterisk.handlers["Status"] = refuse
    assert await ami.find_channel("PJSIP/x-1") is None
    asterisk.handlers["Status"] = ignore
    with pytest.raises(AmiUncertainError):
        await ami.find_channel("PJSIP/x-1")


@pytest.mark.parametrize("stamp", ["Timestamp: 1700000000.123456", "Timestamp: noon", "X: y"])
async def test_what_time_it_is_for_asterisk(ami: Ami, asterisk: FakeAsterisk, stamp: str) -> None:
    async def pong(fake: FakeAsterisk, action: Action) -> None:
        fake.answer(action, "Response: Success", "Ping: Pong", stamp)

    asterisk.handlers["Ping"] = pong
    if stamp.endswith("123456"):
        assert await ami.wall_ms() == 1_700_000_000_123
    else:
        with pytest.raises(AmiError, match="no time"):
            await ami.wall_ms()


async def test_every_channel(ami: Ami, asterisk: FakeAsterisk) -> None:
    asterisk.handlers["Status"] = list_channels
    bridged, alone = await ami.live_channels()
    assert bridged == LiveChannel("PJSIP/x-1", "cc-1.1", "b-1")
    assert alone.bridge_id is None


async def test_the_verbs_say_what_asterisk_reads(ami: Ami, asterisk: FakeAsterisk) -> None:
    await ami.set_limit("PJSIP/x-1", 59.5)
    limit = asterisk.last("Setvar")
    assert (limit["Variable"], limit["Value"]) == (["TIMEOUT(absolute)"], ["59.500"])
    await ami.send_message("9110000001", "9110000002", "Привет\nвторая", "m-1")
    message = asterisk.last("MessageSend")
    assert base64.b64decode(message["Base64Body"][0]).decode() == "Привет\nвторая"
    assert message["Variable"] == ["X-SMS-Id=m-1"]
    await ami.originate("Local/s@warn", Application="ChanSpy", Data="x", Variable=["A=1", "B=2"])
    call = asterisk.last("Originate")
    assert (call["Async"], call["Variable"]) == (["true"], ["A=1", "B=2"])


async def test_an_originate_that_is_queued_is_answered_at_once(
    ami: Ami, asterisk: FakeAsterisk
) -> None:
    async def queue(fake: FakeAsterisk, action: Action) -> None:
        fake.answer(action, "Response: Success", "Message: Originate successfully queued")

    asterisk.handlers["Originate"] = queue
    await ami.originate("Local/s@warn", Application="ChanSpy")


@pytest.mark.parametrize("seconds", [0, -1, 0.01, math.nan, math.inf])
async def test_a_limit_that_is_none_is_not_sent(
    ami: Ami, asterisk: FakeAsterisk, seconds: float
) -> None:
    with pytest.raises(ValueError, match="limit"):
        await ami.set_limit("PJSIP/x-1", seconds)
    assert "Setvar" not in asterisk.names()


@pytest.mark.parametrize("channel", ["", "/PJSIP.*/"])
async def test_a_pattern_is_no_channel(ami: Ami, asterisk: FakeAsterisk, channel: str) -> None:
    with pytest.raises(ValueError, match="no channel name"):
        await ami.hangup(channel, 16)
    assert "Hangup" not in asterisk.names()


@pytest.mark.parametrize("value", ["a\r\nAction: Logoff", "a\nb", "a\rb", "a\0b"])
async def test_a_line_end_in_a_value_is_refused(
    ami: Ami, asterisk: FakeAsterisk, value: str
) -> None:
    with pytest.raises(UnsafeValueError, match="AMI header Data"):
        await ami.action("Originate", Data=value)
    with pytest.raises(UnsafeValueError, match="AMI header Variable"):
        await ami.action("Originate", Variable=["A=1", value])
    assert "Originate" not in asterisk.names()


async def test_events_reach_every_callback_even_if_one_fails(
    ami: Ami, asterisk: FakeAsterisk
) -> None:
    seen: list[AmiMessage] = []

    def broken(_message: AmiMessage) -> None:
        raise KeyError("a mistake")

    ami.on_event(broken)
    ami.on_event(seen.append)
    asterisk.send(b"Event: UserEvent\r\nCall: 1\r\nTwice: a\r\nTwice: b\r\n\r\n")
    await until(lambda: len(seen) == 1)
    assert (seen[0].get("call"), seen[0].get("Twice"), seen[0].get("No")) == ("1", None, None)
    assert seen[0].all("twice") == ("a", "b")
    assert ami.connected


async def test_a_letter_split_over_two_reads_is_whole(ami: Ami, asterisk: FakeAsterisk) -> None:
    seen: list[AmiMessage] = []
    ami.on_event(seen.append)
    for byte in "Event: UserEvent\r\nName: Ж€😀\r\n\r\n".encode():
        asterisk.send(bytes([byte]))
        await asyncio.sleep(0.001)
    await until(lambda: len(seen) == 1)
    assert seen[0].get("Name") == "Ж€😀"


@pytest.mark.parametrize("handler", [ignore, cut_in_the_middle])
async def test_an_action_without_answer_is_uncertain_and_never_sent_again(
    ami: Ami, asterisk: FakeAsterisk, handler: Handler
) -> None:
    asterisk.handlers["MessageSend"] = handler
    with pytest.raises(AmiUncertainError, match="MessageSend"):
        await ami.send_message("9110000001", "9110000002", "x", "m-1")
    asterisk.cut()
    await until(lambda: asterisk.logins == 2 and ami.connected)
    await ami.action("CoreStatus")
    assert asterisk.names().count("MessageSend") == 1


async def test_after_each_connect_the_callbacks_run(ami: Ami, asterisk: FakeAsterisk) -> None:
    swept: list[bool] = []

    async def sweep() -> None:
        swept.append(ami.connected)
        await ami.action("CoreStatus")
        raise KeyError("a mistake")

    ami.on_connect(sweep)
    for count in (1, 2):
        asterisk.cut()
        await until(lambda count=count: len(swept) == count)  # type: ignore[misc]
    assert swept == [True, True]
    await until(lambda: asterisk.names().count("CoreStatus") == 2)


async def test_a_ping_without_pong_ends_the_link(ami: Ami, asterisk: FakeAsterisk) -> None:
    asterisk.handlers["Ping"] = ignore
    await until(lambda: asterisk.logins == 2)
    del asterisk.handlers["Ping"]
    await until(lambda: ami.connected)
    await asyncio.sleep(0.3)
    assert ami.connected
    assert asterisk.logins <= 3


async def test_without_a_link_an_action_fails_at_once(ami: Ami, asterisk: FakeAsterisk) -> None:
    assert asterisk.server is not None
    asterisk.server.close()
    asterisk.cut()
    await until(lambda: "no connection" in ami.state)
    assert not ami.connected
    with pytest.raises(AmiError, match="not connected"):
        await ami.action("CoreStatus")


async def test_a_wrong_password_is_reported_and_tried_again_slowly(
    asterisk: FakeAsterisk, caplog: pytest.LogCaptureFixture
) -> None:
    asterisk.handlers["Login"] = refuse
    ami = Ami("127.0.0.1", asterisk.port, "collectcall", "wrong")
    await ami.start()
    await until(lambda: "refuses the AMI user collectcall" in ami.state)
    await asyncio.sleep(0.3)
    assert asterisk.names().count("Login") == 1
    assert "ami_secret" in caplog.text
    assert "wrong" not in caplog.text.replace("wrong password", "")
    del asterisk.handlers["Login"]
    await until(lambda: ami.connected)
    await ami.close()


async def test_an_asterisk_that_is_not_booted_is_not_connected(asterisk: FakeAsterisk) -> None:
    async def log_in(fake: FakeAsterisk, action: Action) -> None:
        fake.answer(action, "Response: Success", "Message: Authentication accepted")

    asterisk.handlers["Login"] = log_in
    ami = Ami("127.0.0.1", asterisk.port, "collectcall", "a-secret")
    await ami.start()
    await until(lambda: ami.state == "Asterisk is starting")
    assert not ami.connected
    asterisk.send(BOOTED)
    await until(lambda: ami.connected)
    await ami.close()
    assert ami.state == "closed"
