"""pyNetX: C++ underneath, and the one client that knows :base:1.0 only."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from lxml import etree
from pyNetX import NetconfClient, NetconfConnectionRefusedError

from netconf_server.markup import BASE, MONITORING
from tests.clients.requests import config_of_bus, depot, get_schema, park
from tests.clients.served import Served, connect
from tests.clients.sessions import pynetx_client

Scenario = Callable[[NetconfClient], Awaitable[None]]
NAME = depot("<name>north</name>")


def play(server: Served, scenario: Scenario) -> None:
    """Carry out a scenario in a session."""

    async def in_a_session() -> None:
        client = pynetx_client(server)
        await client.connect_async()
        try:
            await scenario(client)
        finally:
            await client.disconnect_async()

    asyncio.run(in_a_session())


def rpc(operation: str) -> str:
    return f'<rpc message-id="7" xmlns="{BASE}">{operation}</rpc>'


def is_ok(reply: str) -> bool:
    return "<ok/>" in reply


def test_a_wrong_password_is_refused(server: Served) -> None:
    async def log_in() -> None:
        await pynetx_client(server, "wrong").connect_async()

    with pytest.raises(NetconfConnectionRefusedError, match="Authentication failed"):
        asyncio.run(log_in())


@pytest.mark.rfc("6242 §4.3")
def test_configuration_goes_from_candidate_to_running_in_the_old_framing(server: Served) -> None:
    async def scenario(client: NetconfClient) -> None:
        assert is_ok(await client.lock_async("candidate"))
        assert is_ok(await client.edit_config_async("candidate", NAME))
        assert is_ok(await client.validate_async("candidate"))
        assert is_ok(await client.commit_async())
        assert is_ok(await client.unlock_async("candidate"))
        reply = await client.get_config_async("running", depot("<name/>"))
        assert "<name>north</name>" in reply
        assert reply.endswith("]]>]]>")

    play(server, scenario)


def test_one_call_locks_edits_validates_and_commits(server: Served) -> None:
    async def scenario(client: NetconfClient) -> None:
        assert is_ok(await client.locked_edit_config_async("candidate", NAME, do_validate=True))
        assert is_ok(await client.commit_async())
        assert "<name>north</name>" in await client.get_config_async()

    play(server, scenario)


def test_a_subtree_filter_selects(server: Served) -> None:
    async def scenario(client: NetconfClient) -> None:
        reply = await client.get_async(depot("<status/>"))
        assert "<gates>open</gates>" in reply
        assert "netconf-state" not in reply

    play(server, scenario)


def test_what_is_refused_comes_back_as_an_error(server: Served) -> None:
    async def scenario(client: NetconfClient) -> None:
        reply = await client.edit_config_async("candidate", depot(f"<name>{'x' * 21}</name>"))
        assert "<error-tag>invalid-value</error-tag>" in reply
        assert "/example-depot:depot/example-depot:name" in reply

    play(server, scenario)


def test_modules_and_actions_go_through_any_rpc(server: Served) -> None:
    with connect(server.port) as other:
        other.edit_config(config_of_bus("B-7"), target="candidate")
        other.commit()

    async def scenario(client: NetconfClient) -> None:
        reply = await client.send_rpc_async(rpc(get_schema("example-depot", "2026-01-01")))
        text = etree.fromstring(reply.removesuffix("]]>]]>").encode())
        assert "module example-depot {" in (text.findtext(f"{{{MONITORING}}}data") or "")
        assert "bay 5" in await client.send_rpc_async(rpc(park("B-7", "5")))

    play(server, scenario)


def test_fifty_requests_at_once_are_all_answered(server: Served) -> None:
    async def scenario(client: NetconfClient) -> None:
        replies = await asyncio.gather(*(client.get_config_async() for _ in range(50)))
        assert all("<data" in reply for reply in replies)

    play(server, scenario)
