"""Bindings and pools as a subscriber to the operational datastore sees them (RFC 8641)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from lxml import etree

from netconf_server.markup import YANG_PUSH
from netconf_server.protocol.session import Session
from netconf_server.schema.schema import Schema
from netconf_server.server import build_management
from netconf_server.settings import ServerSettings
from netconf_server.users.directory import UserDirectory
from nf.engine.notifications import (
    BindingHandedOver,
    BindingRemoved,
    PoolThresholdCrossed,
    RemovalReason,
)
from nf.engine.values import BindingId, PrefixKind
from nf.northbound.schema import ANNOUNCED_FEATURES, MODULE
from nf.provider import PmipProvider
from tests.netconf.manual_time import ManualTime
from tests.netconf.notifications.bench import Client, id_of
from tests.northbound.instances import YANG
from tests.northbound.records import BUS_7, LMAA, MAG1, NOW, FakeDataPlane, busy_engine

NAMESPACE: Final = "urn:pmip6:yang:pmip6"
SCHEMA: Final = Schema([YANG], {MODULE: sorted(ANNOUNCED_FEATURES)})
CACHE: Final = "<binding-cache/>"
POOLS: Final = "<mobile-network-prefix-pool/>"


class Node:
    """A whole function with a server before it, without a transport."""

    def __init__(self, directory: Path) -> None:
        self.time = ManualTime()
        self.engine = busy_engine()
        self.provider = PmipProvider(
            engine=self.engine,
            post=lambda event: None,
            now=lambda: NOW,
            data_plane=FakeDataPlane(),
        )
        settings = ServerSettings(
            host="", data_directory=directory, users=(), host_key=directory / "key"
        )
        self.management = build_management(
            SCHEMA,
            self.provider,
            settings,
            UserDirectory(()),
            now=self.time.now,
            scheduler=self.time,
        )
        self.management.datastores.start()
        self.management.notifications.start(directory, self.provider)
        self.time.advance()

    def stop(self) -> None:
        """End in good order."""
        self.management.notifications.stop()
        self.management.datastores.close()

    def client(self) -> Client:
        """Open a session in which both sides have said hello."""
        record = self.management.open_session("ann", "192.0.2.1", lambda: None)
        client = Client(self, Session(record, self.management, 1_000_000), record)
        client.greet()
        return client


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    """Serve a function that is at work."""
    served = Node(tmp_path)
    yield served
    served.stop()


def subscribed(node: Node, part: str, trigger: str) -> Client:
    """Subscribe to a part of the anchor's state, and take what is pushed at once."""
    client = node.client()
    anchor = f"<local-mobility-anchor>{part}</local-mobility-anchor>"
    selection = f'<pmip6 xmlns="{NAMESPACE}">{anchor}</pmip6>'
    id_of(
        client.establish(
            "<yp:datastore>ds:operational</yp:datastore>"
            f"<yp:datastore-subtree-filter>{selection}</yp:datastore-subtree-filter>"
            f"<yp:{trigger}"
        )
    )
    (first,) = client.contents()
    assert first.tag == f"{{{YANG_PUSH}}}push-update"
    return client


def texts(content: etree._Element, name: str) -> list[str | None]:
    """Return the texts of all leafs with a name."""
    return [leaf.text for leaf in content.iter(f"{{*}}{name}")]


@pytest.mark.rfc("8641 §3.5.2")
def test_a_binding_that_moves_and_one_that_goes_are_told(node: Node) -> None:
    client = subscribed(node, CACHE, "on-change/>")
    binding = BindingId(1)
    node.provider.notify(
        BindingHandedOver(
            binding_id=binding,
            mobile_node_identifier=BUS_7,
            previous_proxy_care_of_address=LMAA,
            proxy_care_of_address=MAG1,
        )
    )
    node.time.advance()
    del node.engine.lma.bindings[binding]
    removed = BindingRemoved(
        binding_id=binding,
        mobile_node_identifier=BUS_7,
        reason=RemovalReason.DEREGISTERED,
    )
    node.provider.notify(removed)
    node.time.advance()
    moved, gone = client.contents()
    entry = "/pmip6:pmip6/local-mobility-anchor/binding-cache/entry=1"
    assert texts(moved, "operation") + texts(gone, "operation") == ["replace", "delete"]
    assert texts(moved, "target") + texts(gone, "target") == [entry, entry]
    assert texts(moved, "proxy-care-of-address") == [str(MAG1)]


def test_the_use_of_a_pool_is_told_when_it_crosses_its_threshold(node: Node) -> None:
    client = subscribed(node, POOLS, "on-change/>")
    crossed = PoolThresholdCrossed(
        pool="mobile", kind=PrefixKind.MOBILE, used=1, size=65_536, is_above=True
    )
    node.provider.notify(crossed)
    node.time.advance()
    (change,) = client.contents()
    pool = "/pmip6:pmip6/local-mobility-anchor/mobile-network-prefix-pool=mobile"
    assert texts(change, "target") == [pool]
    assert texts(change, "used") == ["1"]


@pytest.mark.rfc("8641 §3.7")
@pytest.mark.parametrize(("part", "leaf"), [(CACHE, "binding-id"), (POOLS, "used")])
def test_both_are_pushed_at_intervals(node: Node, part: str, leaf: str) -> None:
    client = subscribed(node, part, "periodic><yp:period>500</yp:period></yp:periodic>")
    node.time.advance(5)
    (update,) = client.contents()
    assert texts(update, leaf) == ["1"]
