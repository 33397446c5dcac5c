"""The relay agent in YANG: what is configured, what is refused, and what is told of it."""

from __future__ import annotations

from dataclasses import fields, replace
from ipaddress import IPv6Address
from typing import Any, Final

import pytest

from nf.engine.access_configuration import AccessLink, Dhcpv6Relay
from nf.engine.configuration import MagConfiguration
from nf.engine.effects import OpenRelay
from nf.engine.engine import Engine
from nf.engine.mag.relay.records import RelayLease
from nf.northbound.changes import items_from_changes, object_changes
from nf.northbound.json_values import JsonObject
from nf.northbound.registry import ConfigurationRegistry
from tests.northbound.instances import DictView, check_state, context, merged
from tests.northbound.reading import ROOT, state
from tests.northbound.records import BUS_7, MAG1, MNP, NOW

GATEWAY: Final = f"{ROOT}/mobile-access-gateway"
KEA: Final = IPv6Address("2001:db8:ffff::53")
#: What every test's relay has.
SERVER: Final[JsonObject] = {"server": [str(KEA)]}
LEASE: Final = RelayLease(
    mobile_node_identifier=BUS_7,
    iaid=2**32 - 1,
    client_duid=bytes.fromhex("0003000102000000aa01"),
    server_duid=bytes.fromhex("0001000102"),
    ends_at_ms=NOW.at_ms + 599_001,
)


def gateway(relay: JsonObject | None, **link: Any) -> DictView:  # noqa: ANN401 - JSON of any shape
    """Return a gateway with one access link."""
    leaves = {name.replace("_", "-"): value for name, value in link.items()}
    entry: JsonObject = {"interface": "eth0", "access-technology-type": "ieee-802-3", **leaves}
    data: JsonObject = {"proxy-care-of-address": str(MAG1), "access-link": [entry]}
    if relay is not None:
        data["dhcpv6-relay"] = relay
    return DictView({"pmip6:pmip6": {"mobile-access-gateway": data}})


def configured(view: DictView) -> MagConfiguration:
    (item,) = (
        item
        for item in items_from_changes([ROOT], DictView(), view)
        if isinstance(item, MagConfiguration)
    )
    return item


def link_of(view: DictView) -> AccessLink:
    (link,) = configured(view).access_links
    return link


def errors(view: DictView) -> list[tuple[str, str]]:
    changes = object_changes([ROOT], DictView(), view)
    return [(error.path, error.app_tag) for error in ConfigurationRegistry().check(changes)]


class TestConfiguration:
    def test_without_a_relay_no_link_is_relayed(self) -> None:
        assert configured(gateway(None)).dhcpv6_relay is None
        assert not link_of(gateway(None)).dhcpv6_relay

    def test_of_a_relay_is_that_of_the_engine_by_default(self) -> None:
        assert configured(gateway(SERVER)).dhcpv6_relay == Dhcpv6Relay(servers=(KEA,))
        assert link_of(gateway(SERVER)).dhcpv6_relay
        assert link_of(gateway(SERVER)).dhcpv6_link_address is None

    def test_of_a_relay_carries_every_leaf(self) -> None:
        relay: JsonObject = {
            "server": ["2001:db8:ffff::54", str(KEA)],
            "source-address": "2001:db8:ffff::99",
            "max-attempts": 7,
        }
        view = gateway(relay, dhcpv6_relay=False, dhcpv6_link_address="2001:db8:ffff:1::1")
        assert configured(view).dhcpv6_relay == Dhcpv6Relay(
            servers=(IPv6Address("2001:db8:ffff::54"), KEA),
            source_address=IPv6Address("2001:db8:ffff::99"),
            max_attempts=7,
        )
        assert not link_of(view).dhcpv6_relay
        assert link_of(view).dhcpv6_link_address == IPv6Address("2001:db8:ffff:1::1")

    @pytest.mark.parametrize("address", ["ff05::1:3", "fe80::53", "::1"])
    def test_addresses_must_be_unicast(self, address: str) -> None:
        link = f"{GATEWAY}/access-link[interface='eth0']"
        for view, path in (
            (gateway({"server": [address]}), f"{GATEWAY}/dhcpv6-relay/server[.='{address}']"),
            (
                gateway({**SERVER, "source-address": address}),
                f"{GATEWAY}/dhcpv6-relay/source-address",
            ),
            (gateway(SERVER, dhcpv6_link_address=address), f"{link}/dhcpv6-link-address"),
        ):
            assert errors(view) == [(path, "not-unicast")]


@pytest.mark.rfc("8987 §4.4")
class TestState:
    def engine(self, *leases: RelayLease) -> Engine:
        engine = Engine()
        engine.configuration.mobile_access_gateway = MagConfiguration(proxy_care_of_address=MAG1)
        relay = engine.mag.gateway.relay
        relay.opened = OpenRelay(source=MAG1, servers=(KEA,))
        relay.node(BUS_7, "access0", IPv6Address("fe80::7"))
        for lease in leases:
            relay.take_lease(MNP, lease)
        return engine

    def shown(self, engine: Engine, *paths: str) -> Any:  # noqa: ANN401 - JSON of any shape
        found = state(engine, *paths)
        return found.get("mobile-access-gateway", {}).get("dhcpv6-relay", {})

    def test_of_a_lease_is_told(self) -> None:
        assert self.shown(self.engine(LEASE), f"{GATEWAY}/dhcpv6-relay") == {
            "lease": [
                {
                    "prefix": str(MNP),
                    "mobile-node-identifier": BUS_7,
                    "iaid": 4294967295,
                    "client-duid": "00:03:00:01:02:00:00:00:aa:01",
                    "server-duid": "00:01:00:01:02",
                    "remaining-lifetime": 600,
                }
            ]
        }

    def test_of_a_lease_that_never_ends_tells_no_lifetime(self) -> None:
        engine = self.engine(replace(LEASE, ends_at_ms=None))
        path = f"{GATEWAY}/dhcpv6-relay/lease[prefix='{MNP}']"
        (lease,) = self.shown(engine, path)["lease"]
        assert "remaining-lifetime" not in lease

    @pytest.mark.parametrize("is_answering", [True, False])
    def test_tells_whether_a_server_answers(self, is_answering: bool) -> None:
        engine = self.engine()
        engine.mag.gateway.relay.is_answering = is_answering
        path = f"{GATEWAY}/dhcpv6-relay/answering"
        assert self.shown(engine, path) == {"answering": is_answering}

    def test_is_absent_without_a_relay(self) -> None:
        engine = self.engine()
        engine.mag.gateway.relay.opened = None
        assert self.shown(engine, f"{GATEWAY}/dhcpv6-relay") == {}

    def test_is_valid(self) -> None:
        engine = self.engine(LEASE)
        engine.mag.gateway.relay.is_answering = True
        found = {"pmip6:pmip6": state(engine)}
        beside: JsonObject = {"proxy-care-of-address": str(MAG1), "dhcpv6-relay": SERVER}
        whole = merged([{"pmip6:pmip6": {"mobile-access-gateway": beside}}, found])
        assert check_state(whole) == whole

    def test_has_a_leaf_for_each_field_of_a_lease(self) -> None:
        (node,) = context().find_path(
            "/pmip6:pmip6/pmip6:mobile-access-gateway/pmip6:dhcpv6-relay/pmip6:lease"
        )
        leaves = {child.name() for child in node.children()} - {"prefix"}
        names = {field.name.replace("_", "-") for field in fields(RelayLease)}
        assert leaves == names - {"ends-at-ms"} | {"remaining-lifetime"}
