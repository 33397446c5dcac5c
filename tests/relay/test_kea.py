"""Real routers get the prefixes of their bindings from Kea, through gateways that relay to it.

They ride side by side. Each test begins where the one before ended.
"""

from __future__ import annotations

from ipaddress import IPv6Network

import pytest

from nf.cli.demo.domain import wait_for
from nf.cli.demo.topology import MAG_ADDRESSES
from tests.relay.conftest import OUTSIDE, STALE, RelayedFleet

pytestmark = pytest.mark.kernel


def mobile_networks(fleet: RelayedFleet) -> dict[str, IPv6Network | None]:
    return {vehicle.identifier: vehicle.mobile_network for vehicle in fleet.vehicles}


def relayed(fleet: RelayedFleet, mag: str) -> dict[str, int]:
    return fleet.counted(mag, "dhcpv6-relayed", "message-type")


def dropped(fleet: RelayedFleet, mag: str) -> dict[str, int]:
    return fleet.counted(mag, "dropped", "reason")


@pytest.mark.rfc("draft-nemo §3.2", "8415 §19.1.1", "8415 §19.2")
def test_every_client_is_delegated_the_prefix_of_its_binding(fleet: RelayedFleet) -> None:
    for vehicle in fleet.vehicles:
        vehicle.move("mag1")
        vehicle.start(fleet.logs)
    fleet.wait_for_all("a mobile network prefix", lambda each: each.inside_address)
    fleet.wait_for_traffic()
    bound = fleet.bound()
    leases = fleet.kea.leases()
    for vehicle in fleet.vehicles:
        assert str(vehicle.mobile_network) == bound[vehicle.identifier], vehicle.client.name
        assert vehicle.mobile_network in leases, vehicle.client.name
    assert fleet.leases_at("mag1") == {
        bound[each.identifier]: each.identifier for each in fleet.vehicles
    }


@pytest.mark.rfc("draft-nemo §3.3.2")
def test_what_the_server_would_rather_have_given_was_released(fleet: RelayedFleet) -> None:
    assert dropped(fleet, "mag1")["relay-other-prefix"] >= 1
    assert STALE not in fleet.kea.leases()


@pytest.mark.rfc("8987 §4.1")
def test_leases_are_renewed(fleet: RelayedFleet) -> None:
    before = mobile_networks(fleet)
    wait_for("renewals", lambda: relayed(fleet, "mag1").get("renew", 0) >= 2, 40)
    assert mobile_networks(fleet) == before
    fleet.wait_for_traffic()


@pytest.mark.rfc("draft-nemo §3.3.2")
def test_every_network_keeps_its_prefix_over_a_handover(fleet: RelayedFleet) -> None:
    before = mobile_networks(fleet)
    for vehicle in fleet.vehicles:
        vehicle.move("mag2")
    there = str(MAG_ADDRESSES["mag2"])
    fleet.wait_for_all("a binding at mag2", lambda each: fleet.place_of(each) == there)
    fleet.wait_for_traffic()
    assert mobile_networks(fleet) == before


@pytest.mark.rfc("8987 §4.1")
def test_leases_are_prolonged_through_the_new_gateway(fleet: RelayedFleet) -> None:
    before = mobile_networks(fleet)
    expected = {str(prefix): identifier for identifier, prefix in before.items()}
    wait_for("leases at mag2", lambda: fleet.leases_at("mag2") == expected, 60)
    assert mobile_networks(fleet) == before


@pytest.mark.rfc("8415 §18.3.7", "8987 §4.1")
def test_what_a_client_releases_leaves_kea_and_its_binding(fleet: RelayedFleet) -> None:
    (vehicle,) = (each for each in fleet.vehicles if each.client.releases)
    prefix = vehicle.mobile_network
    vehicle.stop()
    wait_for("a binding without it", lambda: fleet.bound()[vehicle.identifier] == "", 20)
    wait_for("a free prefix", lambda: prefix not in fleet.kea.leases(), 20)


@pytest.mark.rfc("draft-nemo §3.3.2")
def test_a_router_whose_prefix_the_server_does_not_have_gets_no_other(
    fleet: RelayedFleet,
) -> None:
    fleet.latecomer.move("mag1")
    fleet.latecomer.start(fleet.logs)
    wait_for("giving up", lambda: dropped(fleet, "mag1").get("relay-given-up", 0), 60)
    assert fleet.latecomer.mobile_network is None
    assert str(OUTSIDE) not in fleet.leases_at("mag1")


def test_the_daemons_end_well(fleet: RelayedFleet) -> None:
    for name, daemon in fleet.domain.daemons.items():
        daemon.stop()
        assert "Traceback" not in daemon.log.read_text(), name
