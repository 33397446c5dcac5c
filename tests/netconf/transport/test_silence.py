"""Clients that say nothing: before their hello, and after it."""

from __future__ import annotations

import asyncio

import pytest

from netconf_server.events import ServerEvent, SessionEnded
from netconf_server.markup import BASE
from netconf_server.transport.connection import serve_session
from tests.netconf.protocol.fakes import Bench, Client, hello

HELLO = hello("urn:ietf:params:netconf:base:1.0") + b"]]>]]>"
GET = f'<rpc message-id="1" xmlns="{BASE}"><get/></rpc>]]>]]>'.encode()
SOON_S = 0.001
NEVER_S = 3600


class Silence:
    """A client that sends its portions, then says nothing until it is told to go."""

    def __init__(self, *portions: bytes) -> None:
        self._portions = list(portions)
        self.reads = 0
        self.has_waited = asyncio.Event()
        self.may_go = asyncio.Event()
        self.messages = 0

    async def read(self, max_bytes: int) -> bytes:
        if self._portions:
            return self._portions.pop(0)
        self.reads += 1
        if self.reads > 2:
            self.has_waited.set()
        await self.may_go.wait()
        return b""

    async def write(self, data: bytes) -> None:
        self.messages += data.count(b"]]>]]>")


def ends_of(bench: Bench) -> list[str]:
    """Watch how sessions end."""
    ends: list[str] = []

    def listen(event: ServerEvent) -> None:
        if isinstance(event, SessionEnded):
            ends.append(event.reason)

    bench.management.events.subscribe(listen)
    return ends


def connected() -> tuple[Client, list[str]]:
    bench = Bench()
    return bench.connect(), ends_of(bench)


@pytest.mark.rfc("6470 §2.2")
@pytest.mark.parametrize(
    ("portions", "hello_timeout_s", "idle_timeout_s"),
    [((), SOON_S, NEVER_S), ((HELLO[:20],), SOON_S, NEVER_S), ((HELLO, GET), NEVER_S, SOON_S)],
)
def test_a_client_that_is_silent_for_too_long_is_dropped_for_that_reason(
    portions: tuple[bytes, ...], hello_timeout_s: float, idle_timeout_s: float
) -> None:
    async def scenario() -> list[str]:
        client, ends = connected()
        await serve_session(client.session, Silence(*portions), hello_timeout_s, idle_timeout_s)
        return ends

    assert asyncio.run(scenario()) == ["timeout"]


def test_a_hello_in_small_portions_gets_no_more_time() -> None:
    async def scenario() -> list[str]:
        class Dripping(Silence):
            async def read(self, max_bytes: int) -> bytes:
                await asyncio.sleep(0)
                return b" "

        client, ends = connected()
        await serve_session(client.session, Dripping(), SOON_S, NEVER_S)
        return ends

    assert asyncio.run(scenario()) == ["timeout"]


def test_a_client_with_a_subscription_may_wait_for_ever() -> None:
    async def scenario() -> list[str]:
        client, ends = connected()
        client.record.subscriptions = 1
        stream = Silence(HELLO)
        serving = asyncio.create_task(serve_session(client.session, stream, NEVER_S, SOON_S))
        await stream.has_waited.wait()
        assert ends == []
        stream.may_go.set()
        await serving
        return ends

    assert asyncio.run(scenario()) == ["dropped"]


def test_without_a_time_out_a_client_may_be_silent() -> None:
    async def scenario() -> list[str]:
        client, ends = connected()
        stream = Silence(HELLO)
        serving = asyncio.create_task(serve_session(client.session, stream, NEVER_S))
        done, _ = await asyncio.wait({serving}, timeout=SOON_S)
        assert not done
        stream.may_go.set()
        await serving
        return ends

    assert asyncio.run(scenario()) == ["dropped"]
