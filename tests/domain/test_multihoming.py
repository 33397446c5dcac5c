"""A router with two radios, each in the cell of a gateway of its own, as real daemons serve it.

The tests build on one another, in the order in which they stand.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from typing import Final

import pytest

from nf.cli.demo.domain import Domain, wait_for
from nf.cli.demo.namespaces import connect_namespaces, entered
from nf.cli.demo.topology import DAEMONS, MAG_ADDRESSES, MOBILE_POOL, ROUTER_IDENTIFIER
from tests.domain.conftest import configure

pytestmark = pytest.mark.kernel

SECOND_LINK_LAYER: Final = "02:00:00:00:00:08"
PORT: Final = 9_999
#: By which flows are told from each other.
SOURCE_PORTS: Final = range(30_000, 30_040)
BOTH: Final = {str(each) for each in MAG_ADDRESSES.values()}
EVERY_PROTOCOL: Final = 3
ETHERNET, IPV6 = 14, 40


def ways(domain: Domain) -> set[str]:
    """Return the gateways by which the LMA says that the mobile network goes."""
    rows = domain.rows("lma", "assignments")
    start = str(MOBILE_POOL.network_address)[:10]
    (mobile,) = (row for row in rows if row["prefix"].startswith(start))
    return set(mobile["proxy-care-of-address"].split())


@contextlib.contextmanager
def watched(domain: Domain, device: str) -> Iterator[socket.socket]:
    """See what one of the router's radios receives."""
    with entered(domain.topology["router"]):
        seeing = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_NONBLOCK)
    with seeing:
        seeing.bind((device, EVERY_PROTOCOL))
        yield seeing


def flows_seen(seeing: socket.socket) -> set[int]:
    """Return the source ports of the flows that came in."""
    found: set[int] = set()
    with contextlib.suppress(BlockingIOError):
        while frame := seeing.recv(2048):
            ports = frame[ETHERNET + IPV6 : ETHERNET + IPV6 + 4]
            is_udp = frame[ETHERNET + 6] == socket.IPPROTO_UDP
            if is_udp and int.from_bytes(ports[2:], "big") == PORT:
                found.add(int.from_bytes(ports[:2], "big"))
    return found


def send_flows(domain: Domain) -> tuple[set[int], set[int]]:
    """Let the correspondent send by many flows; return which came by which of the two radios.

    Every one of them has reached the node inside when this returns.
    """
    address = str(domain.node_address())
    with entered(domain.topology["node"]):
        node = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    with node, watched(domain, "wan0") as one, watched(domain, "wan1") as other:
        node.bind((address, PORT))
        node.settimeout(5)
        with entered(domain.topology["correspondent"]):
            for port in SOURCE_PORTS:
                with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sender:
                    sender.bind(("::", port))
                    sender.sendto(b"flow", (address, PORT))
        assert {node.recvfrom(64)[1][1] for _ in SOURCE_PORTS} == set(SOURCE_PORTS)
        return flows_seen(one), flows_seen(other)


@pytest.mark.rfc("draft-nemo §3.2", "draft-nemo §3.4.1")
def test_a_second_radio_shares_the_mobile_network(domain: Domain) -> None:
    for name in DAEMONS:
        identifier = f"<link-layer-identifier>{SECOND_LINK_LAYER}</link-layer-identifier>"
        node = f"<identifier>{ROUTER_IDENTIFIER}</identifier>{identifier}"
        configure(domain, name, f"<mobile-node>{node}</mobile-node>")
    air, router = domain.topology["air"], domain.topology["router"]
    connect_namespaces(air, "radio2", router, "wan1")
    router.ip("link", "set", "wan1", "address", SECOND_LINK_LAYER)
    air.ip("link", "set", "radio2", "master", "cell-mag2")
    air.ip("link", "set", "to-mag2", "up")
    wait_for("a second binding", lambda: domain.rows("lma", "bindings")[1:])
    first, second = domain.rows("lma", "bindings")
    assert first["mobile-network-prefix"] == second["mobile-network-prefix"]
    assert first["home-network-prefix"] != second["home-network-prefix"]
    assert len(ways(domain)) == 1


def test_flows_are_spread_as_soon_as_the_policy_says_so(domain: Domain) -> None:
    policy = "<name>buses</name><multihoming-policy>equal-cost</multihoming-policy>"
    configure(domain, "lma", f"<policy-profile>{policy}</policy-profile>")
    wait_for("both ways", lambda: ways(domain) == BOTH)
    one, other = send_flows(domain)
    assert one and other
    assert one | other == set(SOURCE_PORTS)
    assert not one & other
    assert send_flows(domain) == (one, other)


def test_a_radio_that_is_lost_leaves_all_flows_to_the_other(domain: Domain) -> None:
    domain.topology["air"].ip("link", "set", "to-mag2", "down")
    wait_for("one way", lambda: ways(domain) == {str(MAG_ADDRESSES["mag1"])})
    assert send_flows(domain) == (set(SOURCE_PORTS), set())


def test_the_daemons_end_well(domain: Domain) -> None:
    domain.stop()
    for name, daemon in domain.daemons.items():
        assert "Traceback" not in daemon.log.read_text(), name
