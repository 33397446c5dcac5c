"""Notifications (RFC 5277, RFC 6470) as each client receives them: somebody else logs in."""

from __future__ import annotations

import asyncio
import os
import subprocess
from datetime import UTC, datetime

import pytest
from lxml import etree

from tests.clients.requests import BASE_NOTIFICATIONS, NC_NOTIFICATIONS
from tests.clients.served import Client, Served, connect
from tests.clients.sessions import console_command, ncclient_session, pynetx_client

START = f"{{{BASE_NOTIFICATIONS}}}netconf-session-start"
SESSION_ID = f"{{{BASE_NOTIFICATIONS}}}session-id"
SUBTREE = f'<netconf-session-start xmlns="{BASE_NOTIFICATIONS}"/>'


def now() -> str:
    return datetime.now(UTC).isoformat()


def log_in(server: Served) -> str:
    """Open and close somebody else's session; returns its number."""
    with connect(server.port) as session:
        return str(session.session_id)


def take(session: Client) -> etree._Element:
    """Take the next notification, without its time."""
    told = session.take_notification(timeout=30)
    assert told is not None
    content: etree._Element = told.notification_ele[1]
    return content


class TestNcclient:
    @pytest.mark.rfc("6470 §2.2")
    def test_it_is_told_who_logged_in(self, server: Served) -> None:
        with ncclient_session(server) as session:
            session.create_subscription()
            other = log_in(server)
            told = take(session)
        assert told.tag == START
        assert told.findtext(SESSION_ID) == other

    @pytest.mark.rfc("5277 §6")
    def test_requests_go_on_meanwhile(self, server: Served) -> None:
        with ncclient_session(server) as session:
            session.create_subscription()
            log_in(server)
            assert session.get_config("running").data_ele is not None
            assert take(session).tag == START


class TestNetconfClient:
    @pytest.mark.rfc("5277 §3.3")
    def test_what_was_missed_is_replayed_and_the_end_is_told(self, server: Served) -> None:
        begin = now()
        missed = [log_in(server), log_in(server)]
        end = now()
        with connect(server.port) as session:
            wanted = f"<filter>{SUBTREE}</filter>"
            session.create_subscription(start_time=begin, stop_time=end, filter=wanted)
            told = [take(session) for _ in range(4)]
        assert [element.findtext(SESSION_ID) for element in told[:2]] == missed
        assert [element.tag for element in told[2:]] == [
            f"{{{NC_NOTIFICATIONS}}}replayComplete",
            f"{{{NC_NOTIFICATIONS}}}notificationComplete",
        ]


class TestPyNetX:
    @pytest.mark.rfc("6242 §4.3")
    def test_they_come_in_the_old_framing(self, server: Served) -> None:
        async def scenario() -> str:
            client = pynetx_client(server)
            await client.connect_async()
            await client.subscribe_async(filter=SUBTREE)
            log_in(server)
            told = await client.next_notification_async(timeout_ms=30_000)
            client.delete_subscription()
            await client.disconnect_async()
            return told

        told = asyncio.run(scenario())
        assert "<netconf-session-start" in told
        assert told.endswith("]]>]]>")


class TestNetconfConsole:
    def test_they_are_printed_as_they_come(self, server: Served) -> None:
        command = console_command(server, "--create-subscription", "--sleep=60")
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, env=environment
        ) as console:
            assert console.stdout is not None
            try:
                assert any("<ok" in line for line in console.stdout)
                log_in(server)
                assert any("<netconf-session-start" in line for line in console.stdout)
            finally:
                console.kill()
