"""A session over a byte stream: when it reads, when it waits, how it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import repeat
from unittest import mock

import pytest
from lxml import etree

from netconf_server.datastores.datastore import DatastoreName
from netconf_server.markup import BASE, new_element
from netconf_server.notifications.outbox import Message
from netconf_server.protocol.framing import PIECE_BYTES, FrameDecoder
from netconf_server.protocol.session import Session
from netconf_server.transport.connection import READ_BYTES, serve_session
from tests.netconf.protocol.fakes import TOY, Bench, hello

HELLO = hello("urn:ietf:params:netconf:base:1.0") + b"]]>]]>"
GET = f'<rpc message-id="1" xmlns="{BASE}"><get/></rpc>]]>]]>'.encode()
CLOSE = f'<rpc message-id="2" xmlns="{BASE}"><close-session/></rpc>]]>]]>'.encode()
PATIENCE_S = 60


class ScriptedStream:
    """Gives the portions in turn, then the end; takes what is written while it is open."""

    def __init__(self, *portions: bytes) -> None:
        self._portions = list(portions)
        self.written: list[bytes] = []
        self.is_open = asyncio.Event()
        self.is_open.set()
        self.write_waits = asyncio.Event()

    async def read(self, max_bytes: int) -> bytes:
        return self._portions.pop(0) if self._portions else b""

    async def write(self, data: bytes) -> None:
        if not self.is_open.is_set():
            self.write_waits.set()
            await self.is_open.wait()
        self.written.append(data)

    def messages(self) -> list[bytes]:
        decoder = FrameDecoder(100_000_000)
        decoder.feed(b"".join(self.written))
        found = []
        while (message := decoder.next_message()) is not None:
            found.append(message)
        return found


class LeavingStream(ScriptedStream):
    """A peer that goes away after the first message, without a word."""

    async def write(self, data: bytes) -> None:
        if self.written:
            raise BrokenPipeError
        await super().write(data)


class SilentStream(ScriptedStream):
    """A peer that never says anything."""

    async def read(self, max_bytes: int) -> bytes:
        await asyncio.Event().wait()
        return b""


class BrokenStream(ScriptedStream):
    """A peer that goes away in the middle."""

    async def read(self, max_bytes: int) -> bytes:
        raise ConnectionResetError


def test_replies_follow_the_hello_in_order() -> None:
    async def scenario() -> list[bytes]:
        stream = ScriptedStream(HELLO + GET, CLOSE)
        await serve_session(Bench().connect().session, stream, PATIENCE_S)
        return stream.messages()

    greeting, *replies = asyncio.run(scenario())
    assert etree.fromstring(greeting).tag == f"{{{BASE}}}hello"
    assert [etree.fromstring(reply).get("message-id") for reply in replies] == ["1", "2"]


def test_no_request_is_carried_out_while_the_reply_before_it_is_not_taken() -> None:
    async def scenario() -> tuple[int, int]:
        client = Bench().connect()
        stream = ScriptedStream(HELLO, GET * 10)
        stream.is_open.clear()
        task = asyncio.create_task(serve_session(client.session, stream, PATIENCE_S))
        await stream.write_waits.wait()
        while_waiting = client.record.counters.in_rpcs
        stream.is_open.set()
        await task
        return while_waiting, client.record.counters.in_rpcs

    assert asyncio.run(scenario()) == (0, 10)


def test_a_reply_that_has_nothing_to_send_yet_ends_with_its_client() -> None:
    async def scenario() -> None:
        bench = Bench()
        bench.datastores.contents[DatastoreName.RUNNING] = {}
        with mock.patch.object(bench.datastores, "read", lambda *_: repeat(b"")):
            await serve_session(bench.connect().session, LeavingStream(HELLO + GET), PATIENCE_S)
        assert len(bench.management.sessions) == 0

    asyncio.run(asyncio.wait_for(scenario(), PATIENCE_S))


class TurnCountingStream(SilentStream):
    """Notes in which turn of the event loop each message is written; reading may wait."""

    def __init__(self, *portions: bytes) -> None:
        super().__init__(*portions)
        self.turn = 0
        self.turns_of_writing: list[int] = []

    async def read(self, max_bytes: int) -> bytes:
        return self._portions.pop(0) if self._portions else await super().read(max_bytes)

    async def write(self, data: bytes) -> None:
        self.turns_of_writing.append(self.turn)

    async def count(self, writes: int) -> None:
        """Count turns until there have been so many writes."""
        while len(self.turns_of_writing) < writes:
            self.turn += 1
            await asyncio.sleep(0)


class TestOthersHaveTheirTurn:
    async def turns(self, session: Session, stream: TurnCountingStream, writes: int) -> list[int]:
        task = asyncio.create_task(serve_session(session, stream, PATIENCE_S))
        await stream.count(writes)
        task.cancel()
        return stream.turns_of_writing[1:]  # without that of the hello

    def test_between_replies_to_requests_that_came_together(self) -> None:
        async def scenario() -> list[int]:
            stream = TurnCountingStream(HELLO, GET * 5)
            return await self.turns(Bench().connect().session, stream, 6)

        turns = asyncio.run(scenario())
        assert turns == sorted(set(turns))

    def test_between_requests_that_fill_what_is_read_at_a_time(self) -> None:
        async def scenario() -> list[int]:
            portion = GET.rjust(READ_BYTES)
            stream = TurnCountingStream(HELLO, *[portion] * 5)
            return await self.turns(Bench().connect().session, stream, 6)

        turns = asyncio.run(scenario())
        assert turns == sorted(set(turns))

    def test_between_notifications(self) -> None:
        async def scenario() -> list[int]:
            client = Bench().connect()
            client.greet("urn:ietf:params:netconf:base:1.0")
            for _ in range(5):
                client.record.outbox.post(Message(lambda: iter((b"<notification/>",))))
            return await self.turns(client.session, TurnCountingStream(), 6)

        turns = asyncio.run(scenario())
        assert turns == sorted(set(turns))

    def test_between_the_pieces_of_a_reply(self) -> None:
        async def scenario() -> list[int]:
            bench = Bench()
            bench.datastores.contents[DatastoreName.RUNNING] = {}
            content = repeat(b"x" * PIECE_BYTES, 4)
            with mock.patch.object(bench.datastores, "read", lambda *_: content):
                stream = TurnCountingStream(HELLO + GET)
                return await self.turns(bench.connect().session, stream, 6)

        turns = asyncio.run(scenario())
        assert turns == sorted(set(turns))


@pytest.mark.parametrize("elements", [10, 5000])
def test_a_reply_is_the_same_whether_it_is_rendered_here_or_in_a_thread(elements: int) -> None:
    async def scenario() -> bytes:
        bench = Bench()
        top = new_element("top", TOY)
        for number in range(elements):
            etree.SubElement(top, f"{{{TOY}}}x").text = f"{number} <&> é"
        bench.datastores.contents[DatastoreName.RUNNING] = {"top": top}
        stream = ScriptedStream(HELLO, GET)
        await serve_session(bench.connect().session, stream, PATIENCE_S)
        return stream.messages()[1]

    reply = etree.fromstring(asyncio.run(scenario()))
    assert [element.text for element in reply.iter(f"{{{TOY}}}x")] == [
        f"{number} <&> é" for number in range(elements)
    ]


@pytest.mark.parametrize("make", [lambda: ScriptedStream(HELLO), BrokenStream, SilentStream])
def test_a_session_that_is_lost_has_ended_afterwards(
    make: Callable[[], ScriptedStream],
) -> None:
    async def scenario() -> Bench:
        bench = Bench()
        client = bench.connect()
        bench.management.lock(client.record.session_id, DatastoreName.RUNNING)
        await serve_session(client.session, make(), hello_timeout_s=0)
        return bench

    bench = asyncio.run(scenario())
    assert bench.management.locks.get(DatastoreName.RUNNING) is None
    assert bench.management.sessions.totals.dropped_sessions == 1


def test_a_client_that_has_greeted_may_be_silent() -> None:
    async def scenario() -> list[bytes]:
        class SlowStream(ScriptedStream):
            async def read(self, max_bytes: int) -> bytes:
                for _ in range(20):
                    await asyncio.sleep(0)
                return await super().read(max_bytes)

        client = Bench().connect()
        client.greet("urn:ietf:params:netconf:base:1.0")
        stream = SlowStream(CLOSE)
        await serve_session(client.session, stream, hello_timeout_s=0)
        return stream.messages()

    assert len(asyncio.run(scenario())) == 2
