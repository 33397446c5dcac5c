"""The operations of the datastore architecture (RFC 8526) with netconf-client, which has them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from netconf_client.error import RpcError  # type: ignore[import-untyped]

from tests.clients.requests import NMDA, config, depot, edit_data
from tests.clients.served import Client, Served, connect

FILTER = f'<subtree-filter xmlns="{NMDA}">{depot()}</subtree-filter>'


@pytest.fixture
def session(server: Served) -> Iterator[Client]:
    with connect(server.port) as session:
        session.edit_config(config("north"), target="candidate")
        session.commit()
        yield session


@pytest.mark.rfc("8526 §3.1.1")
def test_operational_has_what_is_configured_and_what_is(session: Client) -> None:
    found = session.get_data(filter=FILTER).data_xml
    assert b"<name>north</name>" in found
    assert b"<gates>open</gates>" in found


@pytest.mark.rfc("8526 §3.1.1")
def test_configuration_and_state_can_be_told_apart(session: Client) -> None:
    configured = session.get_data(filter=FILTER, config_filter=True).data_xml
    assert b"<gates>" not in configured
    assert b"north" in configured
    assert b"north" not in session.get_data(filter=FILTER, config_filter=False).data_xml


@pytest.mark.rfc("8342 §5.3.4")
def test_it_says_where_a_value_comes_from(session: Client) -> None:
    found = session.get_data(filter=FILTER, with_origin=True).data_xml
    assert b'origin="or:intended"' in found


@pytest.mark.rfc("8526 §3.1.2")
def test_candidate_is_edited_by_its_name(session: Client) -> None:
    session.dispatch(edit_data("candidate", config("south")))
    session.commit()
    assert b"<name>south</name>" in session.get_data("ds:running").data_xml
    with pytest.raises(RpcError):
        session.dispatch(edit_data("operational", config("west")))
