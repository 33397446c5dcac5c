"""A day of five routers with the DHCPv6 clients that people have.

They ride side by side. Each test begins where the one before ended.
"""

from __future__ import annotations

from ipaddress import IPv6Network

import pytest

from nf.cli.demo.domain import wait_for
from nf.cli.demo.topology import MAG_ADDRESSES
from tests.routers.conftest import LIFETIME_S, Fleet

pytestmark = pytest.mark.kernel


def mobile_networks(fleet: Fleet) -> dict[str, IPv6Network | None]:
    return {vehicle.client.name: vehicle.mobile_network for vehicle in fleet.vehicles}


def wait_for_place(fleet: Fleet, mag: str) -> None:
    address = str(MAG_ADDRESSES[mag])
    fleet.wait_for_all(f"a binding at {mag}", lambda each: fleet.place_of(each) == address, 40)


@pytest.mark.rfc("draft §3.2")
def test_every_client_gets_the_prefix_of_its_binding(fleet: Fleet) -> None:
    for vehicle in fleet.vehicles:
        vehicle.move("mag1")
        vehicle.start(fleet.logs)
    fleet.wait_for_all("a mobile network prefix", lambda each: each.inside_address, 40)
    fleet.wait_for_traffic()
    bound = fleet.bound()
    for vehicle in fleet.vehicles:
        assert str(vehicle.mobile_network) == bound[vehicle.identifier], vehicle.client.name


@pytest.mark.rfc("8415 §18.2.4")
def test_every_client_renews_its_prefix_in_time(fleet: Fleet) -> None:
    before = mobile_networks(fleet)
    everybody = {vehicle.link_layer_address.replace(":", "") for vehicle in fleet.vehicles}
    wait_for("a renewal of each", lambda: fleet.prolonged("renew") == everybody, 2 * LIFETIME_S)
    assert mobile_networks(fleet) == before
    fleet.wait_for_traffic()


@pytest.mark.rfc("8415 §18.3.11", "8415 §20.4.3")
def test_a_client_that_accepts_it_is_told_at_once_that_it_has_lost_its_prefix(fleet: Fleet) -> None:
    before = mobile_networks(fleet)
    (vehicle,) = (each for each in fleet.vehicles if each.client.accepts_reconfigure)
    fleet.change_profile(vehicle, "cars")
    wait_for("a network without its prefix", lambda: vehicle.inside_address is None, LIFETIME_S / 4)
    said = (fleet.logs / f"{vehicle.client.name}.log").read_text()
    assert "accepted reconfigure key" in said
    assert "RECONFIGURE6" in said
    fleet.change_profile(vehicle, "buses")
    wait_for("its prefix", lambda: mobile_networks(fleet) == before, 2 * LIFETIME_S)


@pytest.mark.rfc("draft §3.3.2")
def test_every_network_keeps_its_prefix_over_a_handover_that_its_client_sees(fleet: Fleet) -> None:
    before = mobile_networks(fleet)
    for vehicle in fleet.vehicles:
        vehicle.move("mag2")
    wait_for_place(fleet, "mag2")
    fleet.wait_for_traffic()
    assert mobile_networks(fleet) == before


@pytest.mark.rfc("draft §3.3.2")
def test_every_network_keeps_its_prefix_over_a_handover_that_nobody_sees(fleet: Fleet) -> None:
    before = mobile_networks(fleet)
    for vehicle in fleet.vehicles:
        vehicle.move("mag1", keeps_carrier=True)
    wait_for_place(fleet, "mag1")
    fleet.wait_for_traffic()
    assert mobile_networks(fleet) == before


def test_every_client_that_crashes_finds_its_prefix_again(fleet: Fleet) -> None:
    before = mobile_networks(fleet)
    for vehicle in fleet.vehicles:
        vehicle.crash()
        vehicle.lose_addresses()
        vehicle.start(fleet.logs)
    fleet.wait_for_all("a mobile network prefix", lambda each: each.inside_address, 60)
    fleet.wait_for_traffic()
    assert mobile_networks(fleet) == before


def test_a_restart_of_the_mag_is_nothing_to_clients_that_are_quiet(fleet: Fleet) -> None:
    before = mobile_networks(fleet)
    mag = fleet.domain.daemons["mag1"]
    for vehicle in fleet.vehicles:
        vehicle.freeze()
    mag.kill()
    mag.start()
    mag.wait_until_it_listens()
    registered = {
        row["mobile-node-identifier"] for row in fleet.domain.rows("mag1", "registrations")
    }
    assert registered == {vehicle.identifier for vehicle in fleet.vehicles}
    fleet.wait_for_traffic()
    for vehicle in fleet.vehicles:
        vehicle.thaw()
    assert mobile_networks(fleet) == before


@pytest.mark.rfc("8415 §18.3.4", "8415 §18.3.5")
def test_every_client_prolongs_its_lease_at_a_mag_that_was_restarted(fleet: Fleet) -> None:
    """By Renew, and dibbler by Rebind too, since it waits for too long with such short leases."""
    before = mobile_networks(fleet)
    everybody = {vehicle.link_layer_address.replace(":", "") for vehicle in fleet.vehicles}
    wait_for(
        "a longer lease of each",
        lambda: fleet.prolonged("renew", "rebind") == everybody,
        2 * LIFETIME_S,
    )
    assert mobile_networks(fleet) == before
    fleet.wait_for_traffic()


@pytest.mark.rfc("8415 §18.3.7")
def test_what_a_client_releases_leaves_its_binding(fleet: Fleet) -> None:
    releasing = [vehicle for vehicle in fleet.vehicles if vehicle.client.releases]
    assert releasing, "some clients release"
    for vehicle in fleet.vehicles:
        vehicle.stop()
    names = {vehicle.identifier for vehicle in releasing}
    wait_for(
        "bindings without the released prefixes",
        lambda: (
            not any(network for identifier, network in fleet.bound().items() if identifier in names)
        ),
    )


def test_the_daemons_end_well(fleet: Fleet) -> None:
    for name, daemon in fleet.domain.daemons.items():
        daemon.stop()
        assert "Traceback" not in daemon.log.read_text(), name
