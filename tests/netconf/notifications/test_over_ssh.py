"""Notifications over SSH: among replies, to clients that take nothing, after a kill."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from lxml import etree

from netconf_server.markup import BASE, DATASTORES, NOTIFICATION, SUBSCRIBED, YANG_PUSH
from netconf_server.provider import Json, Notification
from netconf_server.server import NetconfServer
from netconf_server.settings import Limits
from tests.netconf.notifications.bench import DEPOT, EVENTS, SCHEMA, DepotProvider
from tests.netconf.protocol.running import settings_in
from tests.netconf.transport.dam import Dam
from tests.netconf.transport.process import YANG_DIRECTORY, Standalone
from tests.netconf.transport.raw_ssh import RawClient, logged_in

SUBSCRIBE = f'<create-subscription xmlns="{NOTIFICATION}"/>'
OPENED = f"{{{DEPOT}}}gate-opened"
START = f"{{{EVENTS}}}netconf-session-start"


@asynccontextmanager
async def serving(directory: Path, provider: DepotProvider) -> AsyncIterator[int]:
    """Serve a depot on loopback."""
    limits = Limits(max_queued_notifications=50, max_queued_notification_bytes=1 << 20)
    settings = settings_in(directory, limits=limits)
    server = NetconfServer(SCHEMA, provider, settings)
    await server.start()
    try:
        yield server.port
    finally:
        await server.stop()


def emit(provider: DepotProvider, gate: str) -> None:
    """Let the provider tell of a gate."""
    data: dict[str, Json] = {"example-depot:gate-opened": {"gate": gate}}
    for sink in provider.sinks:
        sink(Notification(event_time=datetime.now(UTC), data=data))


async def next_opened(client: RawClient) -> str | None:
    """Return the gate of the next gate-opened, past other events."""
    while (message := await client.receive()).find(OPENED) is None:
        assert message.tag == f"{{{NOTIFICATION}}}notification"
    return message.findtext(f"{OPENED}/{{{DEPOT}}}gate")


class TestAmongReplies:
    def test_notifications_and_replies_come_whole_and_each_in_order(self, tmp_path: Path) -> None:
        async def scenario() -> tuple[list[str | None], list[str | None]]:
            provider = DepotProvider()
            gates: list[str | None] = []
            replies: list[str | None] = []
            async with serving(tmp_path, provider) as port, logged_in(port) as connection:
                client = await RawClient.greeted(connection)
                await client.ask(SUBSCRIBE)
                for number in range(40):
                    emit(provider, str(number))
                    get = "<get-config><source><running/></source></get-config>"
                    client.send(f'<rpc message-id="{number}" xmlns="{BASE}">{get}</rpc>'.encode())
                while len(gates) + len(replies) < 80:
                    message = await client.receive()
                    if message.tag == f"{{{BASE}}}rpc-reply":
                        replies.append(message.get("message-id"))
                    elif message.find(OPENED) is not None:
                        gates.append(message.findtext(f"{OPENED}/{{{DEPOT}}}gate"))
                return gates, replies

        expected = [str(number) for number in range(40)]
        assert asyncio.run(scenario()) == (expected, expected)

    def test_an_idle_client_is_sent_what_happens(self, tmp_path: Path) -> None:
        async def scenario() -> list[str | None]:
            provider = DepotProvider()
            async with serving(tmp_path, provider) as port, logged_in(port) as connection:
                client = await RawClient.greeted(connection)
                await client.ask(SUBSCRIBE)
                found = []
                for gate in ("north", "south"):
                    emit(provider, gate)
                    found.append(await next_opened(client))
                return found

        assert asyncio.run(scenario()) == ["north", "south"]

    def test_a_periodic_subscription_is_served_by_the_clock(self, tmp_path: Path) -> None:
        establish = (
            f'<establish-subscription xmlns="{SUBSCRIBED}" xmlns:yp="{YANG_PUSH}">'
            f'<yp:datastore xmlns:ds="{DATASTORES}">ds:operational</yp:datastore>'
            f'<yp:datastore-subtree-filter><depot xmlns="{DEPOT}"/></yp:datastore-subtree-filter>'
            "<yp:periodic><yp:period>10</yp:period></yp:periodic></establish-subscription>"
        )

        async def scenario() -> list[str | None]:
            provider = DepotProvider(trips={1: {"driver": "ann"}})
            async with serving(tmp_path, provider) as port, logged_in(port) as connection:
                client = await RawClient.greeted(connection)
                await client.ask(establish)
                updates = [await client.receive() for _ in range(3)]
                return [update.findtext(f".//{{{DEPOT}}}driver") for update in updates]

        assert asyncio.run(scenario()) == ["ann", "ann", "ann"]


class TestSlowReaders:
    def test_a_client_that_takes_nothing_loses_its_session_and_the_others_go_on(
        self, tmp_path: Path
    ) -> None:
        async def scenario() -> None:
            provider = DepotProvider()
            async with serving(tmp_path, provider) as port:
                dam = Dam(port)
                async with (
                    dam.listening() as dam_port,
                    logged_in(dam_port) as slow_connection,
                    logged_in(port) as connection,
                ):
                    slow = await RawClient.greeted(slow_connection)
                    await slow.ask(SUBSCRIBE)
                    client = await RawClient.greeted(connection)
                    await client.ask(SUBSCRIBE)
                    dam.close()
                    while not await self._is_dropped(provider, client):
                        pass
                    slow_connection.abort()

        asyncio.run(scenario())

    @staticmethod
    async def _is_dropped(provider: DepotProvider, client: RawClient) -> bool:
        """Let an event of 64 KiB happen; tell whether another session has ended before it came."""
        emit(provider, "x" * 65536)
        while True:
            content = (await client.receive())[1]
            if content.tag == f"{{{EVENTS}}}netconf-session-end":
                assert content.findtext(f"{{{EVENTS}}}termination-reason") == "dropped"
                return True
            if content.tag == OPENED:
                return False


class TestAfterAKill:
    def test_what_happened_before_is_replayed_with_its_time(self, tmp_path: Path) -> None:
        arguments = ("--yang", YANG_DIRECTORY, "--module", "shop", "--data-dir", tmp_path / "data")
        begin = datetime.now(UTC).isoformat()
        with Standalone(tmp_path, *arguments) as server:
            with server.connect() as session:
                session.create_subscription()
                with server.connect():
                    before = session.take_notification(timeout=30).notification_ele
            server.end(signal.SIGKILL)
        with Standalone(tmp_path, *arguments) as server, server.connect() as session:
            session.create_subscription(start_time=begin)
            replayed = [session.take_notification(timeout=30).notification_ele for _ in range(2)]
        assert [message[1].tag for message in replayed] == [START, START]
        assert etree.tostring(replayed[1]) == etree.tostring(before)
