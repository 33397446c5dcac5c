"""Nodes of one gateway that are at home at two anchors, as real daemons serve them.

The tests build on one another, in the order in which they stand.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from ipaddress import IPv6Address, IPv6Network
from typing import Final

import pytest

from nf.cli.demo.daemons import Daemon
from nf.cli.demo.domain import Domain, wait_for
from nf.cli.demo.namespaces import Namespace, connect_namespaces
from nf.cli.demo.router import first_address_in
from nf.cli.demo.topology import CORE_INTERFACE, HOME_POOL, MAG_ADDRESSES, MANAGEMENT
from nf.cli.tables import read_rows, table_named
from tests.domain.conftest import configure

pytestmark = pytest.mark.kernel

OTHER: Final = "lma2"
OTHER_MANAGEMENT: Final = "192.0.2.2"
OTHER_ADDRESS: Final = IPv6Address("2001:db8:ffff::2")
OTHER_POOL: Final = IPv6Network("2001:db8:3000::/40")
#: Whom only the other anchor can reach.
OTHER_CORRESPONDENT: Final = "2001:db8:d::2"
TRAM: Final = "tram-9@operator.example"
TRAM_LINK_LAYER: Final = "02:00:00:00:00:09"

TRAM_NODE: Final = f"""
  <policy-profile><name>trams</name></policy-profile>
  <mobile-node>
    <identifier>{TRAM}</identifier>
    <policy-profile>trams</policy-profile>
    <link-layer-identifier>{TRAM_LINK_LAYER}</link-layer-identifier>
    <local-mobility-anchor>{OTHER_ADDRESS}</local-mobility-anchor>
  </mobile-node>
"""
ANCHOR: Final = f"""
  <local-mobility-anchor>
    <address>{OTHER_ADDRESS}</address>
    <mobile-access-gateway>
      <proxy-care-of-address>{MAG_ADDRESSES["mag1"]}</proxy-care-of-address>
    </mobile-access-gateway>
    <home-network-prefix-pool>
      <name>homes</name>
      <prefix>{OTHER_POOL}</prefix>
      <assigned-length>64</assigned-length>
    </home-network-prefix-pool>
  </local-mobility-anchor>
"""


class Tram:
    """A host on MAG1's link with nothing but the kernel's IPv6, and the anchor that it is at."""

    def __init__(self, domain: Domain) -> None:
        label = domain.topology.label
        self.host = Namespace(f"{label}-tram")
        self._anchor_host = domain.topology.hosts[OTHER] = Namespace(f"{label}-{OTHER}")
        self._domain = domain
        self.anchor = Daemon(OTHER, domain.topology, domain.directory)

    def build(self) -> None:
        self.host.create()
        self._anchor_host.create()
        core, operator = self._domain.topology["core"], self._domain.topology["operator"]
        for bridge, at, cable, address in (
            ("backbone", core, CORE_INTERFACE, f"{OTHER_ADDRESS}/64"),
            ("management", operator, "mgmt0", f"{OTHER_MANAGEMENT}/24"),
        ):
            connect_namespaces(at, f"to-{OTHER}", self._anchor_host, cable)
            at.ip("link", "set", f"to-{OTHER}", "master", bridge)
            nodad = ("nodad",) if ":" in address else ()
            self._anchor_host.ip("address", "add", address, "dev", cable, *nodad)
        self._anchor_host.ip("address", "add", f"{OTHER_CORRESPONDENT}/128", "dev", "lo")

    def ride(self) -> None:
        """Come to the cell of MAG1."""
        air = self._domain.topology["air"]
        connect_namespaces(air, "radio2", self.host, "wan0")
        self.host.ip("link", "set", "wan0", "address", TRAM_LINK_LAYER)
        air.ip("link", "set", "radio2", "master", "cell-mag1")

    def home_address(self) -> IPv6Address | None:
        return first_address_in(self.host, "wan0", OTHER_POOL)

    def reaches(self, correspondent: str) -> bool:
        return reaches(self.host, correspondent)

    def bindings(self) -> list[str]:
        """Return the nodes that are registered at the tram's anchor."""
        wanted = table_named("bindings")
        assert wanted is not None
        with self.anchor.connect() as client:
            return [row["mobile-node-identifier"] for row in read_rows(wanted, client)]


def reaches(host: Namespace, correspondent: str, *options: str) -> bool:
    ping = ("ping", "-6", "-q", "-c", "1", "-W", "1", *options, correspondent)
    return subprocess.run([*host.prefix, *ping], check=False, capture_output=True).returncode == 0


@pytest.fixture(scope="module")
def tram(domain: Domain) -> Iterator[Tram]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(MANAGEMENT, OTHER, OTHER_MANAGEMENT)
        tram = Tram(domain)
        try:
            tram.build()
            tram.anchor.start()
            tram.anchor.wait_until_it_listens()
            domain.daemons[OTHER] = tram.anchor
            configure(domain, OTHER, TRAM_NODE + ANCHOR)
            configure(domain, "mag1", TRAM_NODE)
            tram.ride()
            yield tram
        finally:
            tram.host.delete()


@pytest.mark.rfc("5213 §6.2")
def test_each_node_is_registered_where_its_policy_says(domain: Domain, tram: Tram) -> None:
    wait_for("a binding at the tram's anchor", tram.bindings)
    assert tram.bindings() == [TRAM]
    assert len(domain.rows("lma", "bindings")) == 1
    wait_for("an address of the tram", tram.home_address)
    wait_for("the tram's traffic", lambda: tram.reaches(OTHER_CORRESPONDENT))


@pytest.mark.rfc("5213 §6.10.5")
def test_a_node_reaches_nobody_by_the_anchor_of_another(domain: Domain, tram: Tram) -> None:
    """By its source address its packets go to its own anchor, which has no such neighbour."""
    router = domain.topology["router"]
    home = domain.home_address()
    assert home is not None and home in HOME_POOL
    assert not reaches(router, OTHER_CORRESPONDENT, "-I", str(home))
    assert tram.reaches(OTHER_CORRESPONDENT)


def test_an_anchor_that_dies_harms_only_its_own_nodes(domain: Domain, tram: Tram) -> None:
    tram.anchor.kill()
    sent = max(echo.sent_ns for echo in domain.echoes("udp"))
    domain.wait_for_echo_after(sent, "udp")
    domain.wait_for_echo_after(sent, "tcp")
    tram.anchor.start()
    tram.anchor.wait_until_it_listens()
    wait_for("the tram's binding", lambda: tram.bindings() == [TRAM])
    assert tram.reaches(OTHER_CORRESPONDENT)


def test_the_daemons_end_well(domain: Domain, tram: Tram) -> None:
    domain.stop()
    for name, daemon in domain.daemons.items():
        assert "Traceback" not in daemon.log.read_text(), name
