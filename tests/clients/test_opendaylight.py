"""OpenDaylight's NETCONF connector, against the standalone server with the project's model."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree
from netconf_client.error import RpcError  # type: ignore[import-untyped]

from netconf_server.markup import BASE
from tests.clients.orchestrators import fetch_schemas, keep_alive, write_as_opendaylight
from tests.clients.requests import PMIP6, config_of_node, config_of_profile
from tests.clients.served import Client
from tests.netconf.transport.process import Standalone


@pytest.fixture
def session(standalone: Standalone) -> Iterator[Client]:
    with standalone.connect() as session:
        yield session


def identifiers(session: Client, source: str) -> list[str | None]:
    data: etree._Element = session.get_config(source).data_ele
    return [leaf.text for leaf in data.iter(f"{{{PMIP6}}}identifier")]


@pytest.mark.parametrize(
    "announcement",
    [
        "urn:ietf:params:netconf:capability:candidate:1.0",
        "module=ietf-netconf&revision=2011-06-01",
        "module=ietf-netconf-monitoring&",
        "module=notifications&",
    ],
)
def test_the_hello_has_what_it_insists_on(session: Client, announcement: str) -> None:
    """The last is wanted since :notification is announced."""
    assert any(announcement in each for each in session.session.server_capabilities)


def test_what_it_fetches_is_a_whole_schema(session: Client, tmp_path: Path) -> None:
    names = fetch_schemas(session, tmp_path)
    assert {"pmip6", "pmip6-types", "ietf-inet-types", "ietf-netconf"} <= names
    for path in tmp_path.iterdir():
        checked = subprocess.run(
            ["yanglint", "--disable-searchdir", "--path", tmp_path, path],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert checked.returncode == 0, f"{path.name}: {checked.stderr}"


def test_its_keepalive_is_answered_with_nothing(session: Client) -> None:
    write_as_opendaylight(session, [config_of_profile("buses")])
    data = keep_alive(session)
    assert data.tag == f"{{{BASE}}}data"
    assert len(data) == 0


class TestTransactions:
    def test_several_edits_are_one_commit(self, session: Client) -> None:
        edits = [config_of_node("bus-7", "buses"), config_of_profile("buses")]
        write_as_opendaylight(session, edits)
        assert identifiers(session, "running") == ["bus-7"]

    def test_the_commit_validates_since_nobody_else_does(self, session: Client) -> None:
        with pytest.raises(RpcError, match=r"mobile-node\[identifier='bus-7'\]/policy-profile"):
            write_as_opendaylight(session, [config_of_node("bus-7", "trams")])
        assert identifiers(session, "running") == []
        assert identifiers(session, "candidate") == []

    def test_what_another_left_in_candidate_is_discarded_first(
        self, standalone: Standalone, session: Client
    ) -> None:
        with standalone.connect() as other:
            other.edit_config(config_of_node("left", "behind"), target="candidate")
            write_as_opendaylight(session, [config_of_profile("buses")])
        assert identifiers(session, "running") == []
