"""A router's day: attached at MAG1, daemons killed, moved to MAG2 and back, switched off and on.

The tests build on one another, in the order in which they stand: each starts where the one before
ended, with real daemons, a real dhcpcd and real packets.
"""

from __future__ import annotations

import time
from ipaddress import IPv6Network

import pytest

from nf.cli.demo.capture import read_capture
from nf.cli.demo.domain import Domain, wait_for
from nf.cli.demo.topology import HOME_POOL, MAG_ADDRESSES, MOBILE_POOL, ROUTER_IDENTIFIER
from nf.cli.demo.traffic import outage
from nf.cli.tables import Row

pytestmark = pytest.mark.kernel


def bound_to(domain: Domain, mag: str) -> Row | None:
    row = domain.binding()
    here = row is not None and row["proxy-care-of-address"] == str(MAG_ADDRESSES[mag])
    return row if here else None


@pytest.mark.rfc("draft §3.2")
def test_the_router_has_what_the_binding_says(domain: Domain) -> None:
    row = wait_for("the binding", domain.binding)
    home, inside = domain.home_address(), domain.inside_prefix()
    assert home is not None and home in HOME_POOL
    assert inside is not None and inside.subnet_of(MOBILE_POOL)
    assert row["mobile-node-identifier"] == ROUTER_IDENTIFIER
    assert row["state"] == "active"
    assert row["proxy-care-of-address"] == str(MAG_ADDRESSES["mag1"])
    assert str(inside.supernet(new_prefix=56)) == row["mobile-network-prefix"]
    assert home in IPv6Network(row["home-network-prefix"])


@pytest.mark.rfc("draft §3.3.1")
def test_the_mag_lists_the_same_prefixes_as_the_lma(domain: Domain) -> None:
    binding = wait_for("the binding", domain.binding)
    (registration,) = domain.rows("mag1", "registrations")
    assert registration["state"] in ("registered", "refreshing")
    for leaf in ("home-network-prefix", "mobile-network-prefix"):
        assert registration[leaf] == binding[leaf]


def test_a_node_inside_reaches_its_correspondent(domain: Domain) -> None:
    assert " 0% packet loss" in domain.ping()


@pytest.mark.rfc("draft §3.4.2")
def test_a_killed_lma_comes_back_with_its_bindings(domain: Domain) -> None:
    before = wait_for("the binding", domain.binding)
    prefix = domain.inside_prefix()
    lma = domain.daemons["lma"]
    lma.kill()
    down = time.monotonic_ns()
    domain.wait_for_echo_after(down, "udp", 5)  # the kernel forwards without its daemon
    lma.start()
    lma.wait_until_it_listens()
    after = wait_for("the binding at the restarted LMA", domain.binding)
    for leaf in ("binding-id", "home-network-prefix", "mobile-network-prefix", "state"):
        assert after[leaf] == before[leaf]
    domain.wait_for_echo_after(time.monotonic_ns(), "tcp")
    assert domain.inside_prefix() == prefix


def test_a_killed_mag_finds_its_router_again_and_registers_it(domain: Domain) -> None:
    prefix, begin = domain.inside_prefix(), time.monotonic_ns()
    mag = domain.daemons["mag1"]
    mag.kill()
    mag.start()
    mag.wait_until_it_listens()
    registered = wait_for("the registration", lambda: domain.rows("mag1", "registrations"))
    assert registered[0]["state"] == "registered"
    domain.wait_for_echo_after(time.monotonic_ns(), "udp", 5)
    assert outage(domain.echoes("udp"), begin, time.monotonic_ns()).lost == 0
    domain.wait_for_echo_after(time.monotonic_ns(), "tcp")
    assert domain.inside_prefix() == prefix


@pytest.mark.rfc("draft §3.3.2")
def test_a_handover_keeps_the_prefixes_and_the_tcp_connection(domain: Domain) -> None:
    before = wait_for("the binding", domain.binding)
    prefix = domain.inside_prefix()
    moved = time.monotonic_ns()
    domain.topology.move_router("mag2")
    domain.wait_for_echo_after(moved, "tcp", 40)
    after = wait_for("the binding at MAG2", lambda: bound_to(domain, "mag2"))
    assert after["handover-count"] == "1"
    for leaf in ("binding-id", "home-network-prefix", "mobile-network-prefix"):
        assert after[leaf] == before[leaf]
    assert wait_for("the prefix inside", domain.inside_prefix) == prefix


@pytest.mark.rfc("5213 §6.9.1.4")
def test_the_mag_that_was_left_forgets_the_router(domain: Domain) -> None:
    wait_for("an empty list at MAG1", lambda: not domain.rows("mag1", "registrations"))
    assert domain.rows("mag1", "nodes") == []
    routes = domain.topology["mag1"].ip("-6", "route", "show", "table", "all")
    assert str(MOBILE_POOL.network_address)[:9] + ":" not in routes


@pytest.mark.rfc("3810 §5.1")
def test_a_router_that_roams_without_noticing_is_found_at_once(domain: Domain) -> None:
    moved = time.monotonic_ns()
    domain.topology.move_router("mag1", keeps_carrier=True)
    domain.wait_for_echo_after(moved, "tcp", 5)
    assert wait_for("the binding at MAG1", lambda: bound_to(domain, "mag1"))["state"] == "active"


def test_the_wire_showed_plain_tunnelling_and_clean_signalling(domain: Domain) -> None:
    domain.core_capture.stop()
    report = read_capture(domain.core_capture.path, inside=("2001:db8:1", "2001:db8:2"))
    assert report.faults == []
    ends = {address for pair in report.tunnelled for address in pair}
    assert ends >= set(MAG_ADDRESSES.values())
    assert sum("PBU" in line for line in report.signalling) >= 2
    assert sum("status 0" in line for line in report.signalling) >= 2


@pytest.mark.rfc("5213 §5.3.5")
def test_a_router_that_is_switched_off_is_deregistered_and_keeps_its_prefix(
    domain: Domain,
) -> None:
    binding = wait_for("the binding", domain.binding)
    domain.topology.move_router(None)
    row = wait_for("a binding on its way out", domain.binding)
    wait_for("de-registration", lambda: (domain.binding() or row)["state"] == "deregistering")
    wait_for("an empty binding cache", lambda: domain.binding() is None, 20)
    assignments = domain.rows("lma", "assignments")
    kept = {row["prefix"] for row in assignments if row["kind"] == "mobile-network-prefix"}
    assert kept == {binding["mobile-network-prefix"]}


@pytest.mark.rfc("draft §3.4.2")
def test_a_router_that_comes_back_has_the_same_prefix(domain: Domain) -> None:
    (held,) = [
        row["prefix"]
        for row in domain.rows("lma", "assignments")
        if row["kind"] == "mobile-network-prefix"
    ]
    domain.topology.move_router("mag1")
    row = wait_for("a binding at MAG1", lambda: bound_to(domain, "mag1"))
    assert row["mobile-network-prefix"] == held
    domain.wait_for_echo_after(time.monotonic_ns(), "tcp", 40)


def test_the_daemons_end_well(domain: Domain) -> None:
    domain.stop()
    for name, daemon in domain.daemons.items():
        assert "Traceback" not in daemon.log.read_text(), name
