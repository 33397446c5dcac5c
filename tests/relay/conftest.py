"""One domain whose gateways relay to Kea, with vehicles whose clients differ in what they send."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv6Network
from pathlib import Path
from typing import Final

import pytest

from nf.cli.client import NAMESPACE
from nf.cli.demo.domain import Domain
from nf.cli.demo.topology import MAG_ADDRESSES
from tests.relay import kea
from tests.relay.kea import Kea
from tests.routers.clients import CLIENTS, RequestingRouter
from tests.routers.riders import Riders, entry_of
from tests.routers.vehicle import Vehicle

#: How the vehicle names itself that Kea remembers.
KNOWN_DUID: Final = "00:03:00:01:02:00:00:00:01:00"
#: What Kea believes to be of that vehicle.
STALE: Final = IPv6Network("2001:db8:20aa::/56")
#: The own prefix of the last vehicle, which is in no pool of Kea.
OUTSIDE: Final = IPv6Network("2001:db8:3000::/56")

_BY_NAME: Final = {client.name: client for client in CLIENTS}
_KNOWN: Final = replace(
    _BY_NAME["dhcpcd"],
    files={**_BY_NAME["dhcpcd"].files, "/var/lib/dhcpcd/duid": f"{KNOWN_DUID}\n"},
)
#: dhcpcd, of whom Kea has an old lease; wide-dhcpv6, which releases; networkd, with Rapid Commit.
RIDERS: Final[tuple[RequestingRouter, ...]] = (
    _KNOWN,
    _BY_NAME["wide-dhcpv6"],
    _BY_NAME["systemd-networkd"],
)
LATECOMER: Final = replace(_BY_NAME["dhclient"], name="latecomer")


class RelayedFleet(Riders):
    """The domain, its delegating router and its vehicles."""

    def __init__(self, directory: Path, label: str) -> None:
        self.logs = directory.parent
        domain = Domain(directory, label=label)
        self.kea = Kea(label, domain.topology["core"], directory / "kea")
        air = domain.topology["air"]
        everybody = (*RIDERS, LATECOMER)
        made = [Vehicle(label, air, number, each) for number, each in enumerate(everybody)]
        self.latecomer = made.pop()
        super().__init__(domain, made)

    def build(self) -> None:
        self.domain.build()
        self.kea.build()
        self.kea.has_leased(STALE, KNOWN_DUID, 1)
        self.kea.start()
        self.domain.start_daemons()
        for name, daemon in self.domain.daemons.items():
            self.domain.configure(name)
            relay = _RELAY if name in MAG_ADDRESSES else ""
            with daemon.connect() as client:
                client.configure(f'<pmip6 xmlns="{NAMESPACE}">{self._nodes()}{relay}</pmip6>')
        for mag in MAG_ADDRESSES:
            self.domain.topology["air"].ip("link", "set", f"to-{mag}", "up")
        for vehicle in (*self.vehicles, self.latecomer):
            vehicle.build()

    def remove(self) -> None:
        for vehicle in (*self.vehicles, self.latecomer):
            vehicle.remove()
        self.kea.remove()
        self.domain.remove()

    def counted(self, mag: str, name: str, key: str) -> dict[str, int]:
        """Return one of a gateway's lists of counters."""
        with self.domain.daemons[mag].connect() as client:
            statistics = client.get("mobile-access-gateway", "statistics")
        assert statistics is not None
        return {
            each.findtext(f"{{{NAMESPACE}}}{key}") or "": int(
                each.findtext(f"{{{NAMESPACE}}}count") or 0
            )
            for each in statistics.iter(f"{{{NAMESPACE}}}{name}")
        }

    def leases_at(self, mag: str) -> dict[str, str]:
        """Return the nodes by the prefixes that were delegated to them through a gateway."""
        with self.domain.daemons[mag].connect() as client:
            relay = client.get("mobile-access-gateway", "dhcpv6-relay")
        return {
            each.findtext(f"{{{NAMESPACE}}}prefix") or "": each.findtext(
                f"{{{NAMESPACE}}}mobile-node-identifier"
            )
            or ""
            for each in (relay.iter(f"{{{NAMESPACE}}}lease") if relay is not None else ())
        }

    def _nodes(self) -> str:
        return "".join(map(entry_of, self.vehicles)) + entry_of(self.latecomer, _OWN)


_RELAY: Final = f"""
  <mobile-access-gateway>
    <dhcpv6-relay><server>{kea.ADDRESS}</server></dhcpv6-relay>
  </mobile-access-gateway>"""
_OWN: Final = f"<mobile-network-prefix>{OUTSIDE}</mobile-network-prefix>"


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RelayedFleet]:
    """Yield a configured domain with vehicles that are switched off."""
    if os.geteuid() != 0:
        pytest.fail("network namespaces need root")
    directory: Path = tmp_path_factory.mktemp("relay") / "files"
    fleet = RelayedFleet(directory, label=f"pm6r{os.getpid()}")
    try:
        fleet.build()
        yield fleet
    finally:
        fleet.remove()
