"""Bindings are revoked from either side, as real daemons over a real network.

The tests build on one another, in the order in which they stand.
"""

from __future__ import annotations

import time

import pytest

from nf.cli.client import NAMESPACE
from nf.cli.demo.domain import Domain, wait_for
from nf.cli.demo.namespaces import run
from nf.cli.demo.topology import (
    HOME_POOL,
    LMA_ADDRESS,
    MAG_ADDRESSES,
    MOBILE_POOL,
    ROUTER_IDENTIFIER,
)
from nf.cli.revoke import anchor_revocation, binding_revocation, realm_revocation
from nf.cli.tables import Row

pytestmark = pytest.mark.kernel

#: Of a Binding Revocation message, as tshark names its fields.
FIELDS = ("ipv6.src", "mip6.bri_br.type", "mip6.bri_r.trigger", "mip6.bri_status", "_ws.malformed")


def act(domain: Domain, name: str, action: str) -> None:
    with domain.daemons[name].connect() as client:
        client.act(action)


def registration(domain: Domain, mag: str, state: str) -> Row | None:
    """Return the router's registration at a MAG, once it is in a state."""
    rows = domain.rows(mag, "registrations")
    return next((row for row in rows if row["state"] == state), None)


def counter(domain: Domain, daemon: str, role: str, leaf: str) -> str:
    with domain.daemons[daemon].connect() as client:
        statistics = client.get(role, "statistics")
    assert statistics is not None
    return statistics.findtext(f"{{{NAMESPACE}}}{leaf}") or ""


def routes(domain: Domain, host: str) -> list[str]:
    """Return the kernel's routes to the router's networks; those to whole pools are no matter."""
    listed = domain.topology[host].ip("-6", "route", "show", "table", "all").splitlines()
    starts = tuple(str(pool.network_address)[:10] for pool in (HOME_POOL, MOBILE_POOL))
    pools = tuple(str(pool) for pool in (HOME_POOL, MOBILE_POOL))
    return [
        line
        for line in listed
        if any(start in line for start in starts) and not any(pool in line for pool in pools)
    ]


def revocations(domain: Domain) -> list[tuple[str, ...]]:
    """Return the Binding Revocation messages that were on the wire of the core so far."""
    chosen = [argument for name in FIELDS for argument in ("-e", name)]
    listing = run(
        *("tshark", "-n", "-r", str(domain.core_capture.path), "-Y", "mip6.mhtype == 16"),
        *("-T", "fields", "-E", "separator=|", *chosen),
        timeout_s=60,
    )
    return [tuple(line.split("|")) for line in listing.splitlines()]


@pytest.mark.rfc("5846 §3.4.1", "5846 §8.1")
def test_an_operator_of_the_lma_ends_a_binding_on_both_sides(domain: Domain) -> None:
    binding = wait_for("the binding", domain.binding)
    assert routes(domain, "lma") and routes(domain, "mag1")
    act(domain, "lma", binding_revocation(int(binding["binding-id"])))
    wait_for("no binding at the LMA", lambda: domain.binding() is None)
    wait_for("the revocation at MAG1", lambda: registration(domain, "mag1", "revoked"))
    assert routes(domain, "lma") == []
    assert routes(domain, "mag1") == []
    assert domain.rows("mag1", "tunnels") == []


@pytest.mark.rfc("5846 §5.1", "5846 §5.2")
def test_the_wire_showed_an_indication_and_its_acknowledgement(domain: Domain) -> None:
    indication, acknowledgement = wait_for(
        "both messages in the capture", lambda: revocations(domain)[1:] and revocations(domain)
    )
    assert indication == (str(LMA_ADDRESS), "1", "1", "", "")
    assert acknowledgement == (str(MAG_ADDRESSES["mag1"]), "2", "", "0", "")


@pytest.mark.rfc("5846 §6.2")
def test_both_sides_counted_them(domain: Domain) -> None:
    assert counter(domain, "lma", "local-mobility-anchor", "revocations-sent") == "1"
    assert counter(domain, "mag1", "mobile-access-gateway", "revocations-received") == "1"


@pytest.mark.rfc("5846 §9.1")
def test_the_router_comes_back_at_another_mag_with_its_prefixes(domain: Domain) -> None:
    held = {row["prefix"] for row in domain.rows("lma", "assignments")}
    moved = time.monotonic_ns()
    domain.topology.move_router("mag2")
    binding = wait_for("the binding at MAG2", domain.binding)
    assert binding["proxy-care-of-address"] == str(MAG_ADDRESSES["mag2"])
    assert {binding["home-network-prefix"], binding["mobile-network-prefix"]} == held
    domain.wait_for_echo_after(moved, "udp", 40)


@pytest.mark.rfc("5846 §3.4.2", "5846 §9.2", "5846 §13")
def test_an_operator_of_a_mag_that_may_ends_all_its_bindings(domain: Domain) -> None:
    with domain.daemons["lma"].connect() as client:
        client.configure(
            f'<pmip6 xmlns="{NAMESPACE}"><local-mobility-anchor><mobile-access-gateway>'
            f"<proxy-care-of-address>{MAG_ADDRESSES['mag2']}</proxy-care-of-address>"
            "<may-revoke-globally>true</may-revoke-globally>"
            "</mobile-access-gateway></local-mobility-anchor></pmip6>"
        )
    act(domain, "mag2", anchor_revocation(str(LMA_ADDRESS)))
    wait_for("the revocation at MAG2", lambda: registration(domain, "mag2", "revoked"))
    assert domain.binding() is None
    assert routes(domain, "lma") == []
    assert routes(domain, "mag2") == []


@pytest.mark.rfc("5846 §9.1")
def test_an_operator_has_the_router_registered_again_where_it_is(domain: Domain) -> None:
    asked = time.monotonic_ns()
    act(
        domain,
        "mag2",
        f'<pmip6 xmlns="{NAMESPACE}"><mobile-access-gateway><binding-update-list><entry>'
        f"<mobile-node-identifier>{ROUTER_IDENTIFIER}</mobile-node-identifier><re-register/>"
        "</entry></binding-update-list></mobile-access-gateway></pmip6>",
    )
    wait_for("the binding", domain.binding)
    wait_for("the registration at MAG2", lambda: registration(domain, "mag2", "registered"))
    domain.wait_for_echo_after(asked, "udp", 40)


@pytest.mark.rfc("5846 §8.1", "7542 §3")
def test_an_operator_of_the_lma_ends_all_bindings_of_a_realm(domain: Domain) -> None:
    act(domain, "lma", realm_revocation("OPERATOR.example"))
    wait_for("the revocation at MAG2", lambda: registration(domain, "mag2", "revoked"))
    wait_for("no binding at the LMA", lambda: domain.binding() is None)
    told = (str(LMA_ADDRESS), "1", "129", "", "")
    wait_for("the realm on the wire", lambda: told in revocations(domain))


def test_the_daemons_end_well(domain: Domain) -> None:
    domain.stop()
    for name, daemon in domain.daemons.items():
        assert "Traceback" not in daemon.log.read_text(), name
