"""The FastAGI server on a real socket: whatever a peer does, the others are served."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import uvloop

from agi.telephony import fastagi
from agi.telephony.channel import Channel, ChannelGoneError, ChannelTimeoutError
from agi.telephony.fastagi import FastAgiServer

TOKEN = "a-token-of-tests"


class Caller:
    """Asterisk's side of one connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def command(self) -> str:
        return (await asyncio.wait_for(self.reader.readline(), 2)).decode()

    async def rest(self) -> bytes:
        """What else comes until the connection is closed."""
        try:
            return await asyncio.wait_for(self.reader.read(), 2)
        except ConnectionError:  # closed with something of ours unread
            return b""

    async def is_closed(self) -> bool:
        return await self.rest() == b""


class Bench:
    """A server with a few routes, and what they met."""

    def __init__(self) -> None:
        self.met: list[BaseException] = []
        self.release = asyncio.Event()
        self.server = FastAgiServer(
            {"hello": self.hello, "broken": self.broken, "slow": self.slow, "ask": self.ask},
            TOKEN,
            max_connections=20,
        )

    async def hello(self, channel: Channel) -> None:
        await channel.set_variable("HELLO", channel.request.args[0])

    async def broken(self, channel: Channel) -> None:
        raise KeyError(channel.request.uniqueid)

    async def slow(self, _channel: Channel) -> None:
        await self.release.wait()

    async def ask(self, channel: Channel) -> None:
        try:
            while True:
                await channel.get_variable("X")
        except BaseException as error:
            self.met.append(error)
            raise

    async def connect(self, data: bytes = b"") -> Caller:
        caller = Caller(*await asyncio.open_connection("127.0.0.1", self.server.port))
        caller.send(data)
        return caller

    async def still_serves(self) -> bool:
        caller = await self.connect(header("hello", TOKEN, "я"))
        served = await caller.command() == 'SET VARIABLE "HELLO" "я"\n'
        caller.send(b"200 result=1\n")
        return served and await caller.is_closed()


def header(route: str, *args: str) -> bytes:
    lines = [f"agi_network_script: {route}", "agi_uniqueid: cc-1.1"]
    lines += [f"agi_arg_{number}: {arg}" for number, arg in enumerate(args, 1)]
    return ("\n".join(lines) + "\n\n").encode()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(2):
        while not condition():  # noqa: ASYNC110  what is waited for has no event
            await asyncio.sleep(0.005)


@pytest.fixture
async def bench(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    monkeypatch.setattr(fastagi, "_HEADER_TIMEOUT_S", 0.2)
    bench = Bench()
    await bench.server.start("127.0.0.1", 0)
    yield bench
    await bench.server.close(grace_s=0.05)


async def connect_and_close(bench: Bench) -> Caller:
    caller = await bench.connect()
    caller.writer.close()
    return caller


async def reset(bench: Bench) -> Caller:
    caller = await bench.connect(header("ask", TOKEN))
    await caller.command()
    caller.writer.transport.abort()
    return caller


async def half_a_header(bench: Bench) -> Caller:
    caller = await bench.connect(header("hello", TOKEN, "x")[:30])
    caller.writer.write_eof()
    return caller


async def half_a_header_and_silence(bench: Bench) -> Caller:
    return await bench.connect(header("hello", TOKEN, "x")[:30])


async def a_byte_at_a_time(bench: Bench) -> Caller:
    caller = await bench.connect()
    while not caller.writer.is_closing():
        caller.send(b"a")
        await asyncio.sleep(0.01)
    return caller


async def silence(bench: Bench) -> Caller:
    return await bench.connect()


async def a_megabyte_of_header(bench: Bench) -> Caller:
    return await bench.connect(b"agi_x: " + b"x" * 1_000_000)


async def a_megabyte_of_header_lines(bench: Bench) -> Caller:
    return await bench.connect(b"".join(b"agi_x%d: y\n" % n for n in range(80_000)))


async def wrong_token(bench: Bench) -> Caller:
    return await bench.connect(header("hello", TOKEN + "x", "x"))


async def no_token(bench: Bench) -> Caller:
    return await bench.connect(header("hello"))


async def unknown_route(bench: Bench) -> Caller:
    return await bench.connect(header("nothing", TOKEN))


async def http(bench: Bench) -> Caller:
    return await bench.connect(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")


async def binary(bench: Bench) -> Caller:
    return await bench.connect(bytes(range(256)) * 10)


async def a_route_that_fails(bench: Bench) -> Caller:
    return await bench.connect(header("broken", TOKEN))


async def hangup_before_the_header(bench: Bench) -> Caller:
    return await bench.connect(b"HANGUP\n" + header("ask", TOKEN))


async def hangup_after_the_header(bench: Bench) -> Caller:
    return await bench.connect(header("ask", TOKEN) + b"HANGUP\n")


async def hangup_instead_of_a_reply(bench: Bench) -> Caller:
    caller = await bench.connect(header("ask", TOKEN))
    await caller.command()
    caller.send(b"HANGUP\n")
    return caller


async def hangup_before_a_reply(bench: Bench) -> Caller:
    caller = await bench.connect(header("ask", TOKEN))
    await caller.command()
    caller.send(b"HANGUP\n200 result=-1\n")
    return caller


async def hangup_after_a_reply(bench: Bench) -> Caller:
    caller = await bench.connect(header("ask", TOKEN))
    await caller.command()
    caller.send(b"200 result=1 (x)\nHANGUP\n")
    return caller


async def hangup_inside_a_usage_text(bench: Bench) -> Caller:
    caller = await bench.connect(header("ask", TOKEN))
    await caller.command()
    caller.send(b"520-usage\nHANGUP\n520 End of proper usage.\n")
    return caller


async def a_reply_that_is_none(bench: Bench) -> Caller:
    caller = await bench.connect(header("ask", TOKEN))
    await caller.command()
    caller.send(b"hello\n")
    return caller


@pytest.mark.parametrize(
    "trouble",
    [
        connect_and_close,
        reset,
        half_a_header,
        half_a_header_and_silence,
        a_byte_at_a_time,
        silence,
        a_megabyte_of_header,
        a_megabyte_of_header_lines,
        wrong_token,
        no_token,
        unknown_route,
        http,
        binary,
        a_route_that_fails,
        hangup_before_the_header,
        hangup_after_the_header,
        hangup_instead_of_a_reply,
        hangup_before_a_reply,
        hangup_after_a_reply,
        hangup_inside_a_usage_text,
        a_reply_that_is_none,
    ],
    ids=lambda trouble: trouble.__name__,
)
@pytest.mark.parametrize(
    "new_loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"]
)
def test_trouble_ends_its_own_connection_and_no_other(
    monkeypatch: pytest.MonkeyPatch,
    new_loop: Callable[[], asyncio.AbstractEventLoop],
    trouble: Callable[[Bench], Awaitable[Caller]],
) -> None:
    async def scenario() -> None:
        bench = Bench()
        await bench.server.start("127.0.0.1", 0)
        caller = await trouble(bench)
        assert await bench.still_serves()
        await until(lambda: bench.server.connections == 0)
        if trouble not in (connect_and_close, reset):
            assert b"SET" not in await caller.rest()
        await bench.server.close()

    monkeypatch.setattr(fastagi, "_HEADER_TIMEOUT_S", 0.2)
    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(scenario())


async def test_a_disconnect_is_told_to_the_route(bench: Bench) -> None:
    caller = await bench.connect(header("ask", TOKEN))
    await caller.command()
    caller.writer.close()
    await until(lambda: bool(bench.met))
    assert isinstance(bench.met[0], ChannelGoneError)


async def test_a_route_that_waits_for_something_else_is_told_at_its_next_command(
    bench: Bench,
) -> None:
    caller = await bench.connect(header("slow", TOKEN))
    await until(lambda: bench.server.connections == 1)
    caller.writer.close()
    await asyncio.sleep(0.05)
    bench.release.set()
    await until(lambda: bench.server.connections == 0)
    assert await bench.still_serves()


async def test_a_route_that_goes_on_for_nobody_is_cancelled(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fastagi, "_FINISH_TIMEOUT_S", 0.05)
    caller = await bench.connect(header("slow", TOKEN))
    await until(lambda: any(c.task for c in bench.server._connections))
    (connection,) = bench.server._connections
    caller.writer.close()
    assert connection.task is not None
    await asyncio.wait({connection.task}, timeout=2)
    assert connection.task.cancelled()


async def test_a_command_without_reply_ends_in_time(bench: Bench) -> None:
    async def impatient(channel: Channel) -> None:
        try:
            await channel._link.ask("NOOP", timeout_s=0.05)
        except ChannelTimeoutError as error:
            bench.met.append(error)
            with pytest.raises(ChannelGoneError):
                await channel.get_variable("X")

    bench.server._routes = {"impatient": impatient}
    caller = await bench.connect(header("impatient", TOKEN))
    assert await caller.command() == "NOOP\n"
    assert await caller.is_closed()
    assert len(bench.met) == 1


async def test_too_many_connections_are_turned_away(bench: Bench) -> None:
    callers = [await bench.connect(header("slow", TOKEN)) for _ in range(20)]
    await until(lambda: bench.server.connections == 20)
    assert await (await bench.connect(header("hello", TOKEN, "x"))).is_closed()
    for caller in callers:
        caller.writer.close()
    bench.release.set()
    await until(lambda: bench.server.connections == 0)
    assert await bench.still_serves()


async def test_closing_lets_a_running_route_end() -> None:
    bench = Bench()
    await bench.server.start("127.0.0.1", 0)
    caller = await bench.connect(header("hello", TOKEN, "x"))
    await caller.command()
    port = bench.server.port
    closing = asyncio.create_task(bench.server.close(grace_s=2))
    await asyncio.sleep(0.05)
    with pytest.raises(ConnectionError):
        await asyncio.open_connection("127.0.0.1", port)
    assert not closing.done()
    caller.send(b"200 result=1\n")
    await asyncio.wait_for(closing, 1)
    assert await caller.is_closed()


async def test_closing_does_not_wait_for_ever() -> None:
    bench = Bench()
    await bench.server.start("127.0.0.1", 0)
    caller = await bench.connect(header("slow", TOKEN))
    await until(lambda: bench.server.connections == 1)
    await bench.server.close(grace_s=0.05)
    assert await caller.is_closed()


async def test_two_workers_share_a_port(bench: Bench) -> None:
    second = FastAgiServer({}, TOKEN)
    await second.start("127.0.0.1", bench.server.port)
    await second.close()
    assert await bench.still_serves()
