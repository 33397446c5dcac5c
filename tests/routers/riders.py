"""Vehicles of one domain: how they are configured, and what is asked of them."""

from __future__ import annotations

from collections.abc import Callable

from nf.cli.demo.domain import Domain, StepFailed, wait_for
from nf.cli.demo.topology import LMA_ADDRESS
from tests.routers.vehicle import Vehicle


class Riders:
    """Vehicles that ride side by side."""

    def __init__(self, domain: Domain, vehicles: list[Vehicle]) -> None:
        self.domain = domain
        self.vehicles = vehicles

    def bound(self) -> dict[str, str]:
        """Return the mobile network prefix of every active binding by its node."""
        return {
            row["mobile-node-identifier"]: row["mobile-network-prefix"]
            for row in self.domain.rows("lma", "bindings")
            if row["state"] == "active"
        }

    def place_of(self, vehicle: Vehicle) -> str | None:
        """Return the proxy care-of address that a vehicle's binding has."""
        for row in self.domain.rows("lma", "bindings"):
            if row["mobile-node-identifier"] == vehicle.identifier:
                return row["proxy-care-of-address"]
        return None

    def wait_for_all(
        self, what: str, is_so: Callable[[Vehicle], object], limit_s: float = 40
    ) -> None:
        """Wait until something is true of every vehicle; else name those of which it is not."""
        left = list(self.vehicles)

        def look() -> bool:
            left[:] = [vehicle for vehicle in left if not is_so(vehicle)]
            return not left

        try:
            wait_for(what, look, limit_s)
        except StepFailed as fault:
            names = ", ".join(vehicle.client.name for vehicle in left)
            raise AssertionError(f"{what}: still waiting for {names}") from fault

    def wait_for_traffic(self, limit_s: float = 40) -> None:
        """Wait until the inside of every vehicle reaches the correspondent."""
        self.wait_for_all("traffic", lambda each: each.reaches_correspondent(), limit_s)


def entry_of(vehicle: Vehicle, more: str = "") -> str:
    """Return a vehicle's entry in the configuration, with more elements in it."""
    return f"""
  <mobile-node>
    <identifier>{vehicle.identifier}</identifier>
    <policy-profile>buses</policy-profile>
    <link-layer-identifier>{vehicle.link_layer_address}</link-layer-identifier>
    <local-mobility-anchor>{LMA_ADDRESS}</local-mobility-anchor>{more}
  </mobile-node>"""
