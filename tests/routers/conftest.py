"""One domain with a vehicle for each client, which all ride at the same time."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from nf.cli.client import NAMESPACE
from nf.cli.demo.domain import Domain
from nf.cli.demo.topology import MAG_ADDRESSES
from tests.routers.clients import CLIENTS
from tests.routers.riders import Riders, entry_of
from tests.routers.vehicle import Vehicle

#: So short that the clients have to renew while one watches.
LIFETIME_S = 40


class Fleet(Riders):
    """The domain and its vehicles."""

    def __init__(self, directory: Path, label: str) -> None:
        #: What the clients say; it stays when the rest goes.
        self.logs = directory.parent
        #: Where all MAGs have the secret of Reconfigure messages.
        self.secret_file = directory.parent / "secret"
        self.secret_file.write_text("between all gateways of this domain\n")
        domain = Domain(directory, label=label)
        air = domain.topology["air"]
        made = [Vehicle(label, air, number, each) for number, each in enumerate(CLIENTS)]
        super().__init__(domain, made)

    def build(self) -> None:
        self.domain.build()
        self.domain.start_daemons()
        for name, daemon in self.domain.daemons.items():
            self.domain.configure(name)
            with daemon.connect() as client:
                client.configure(self._nodes())
        for mag in MAG_ADDRESSES:
            self.domain.topology["air"].ip("link", "set", f"to-{mag}", "up")
        for vehicle in self.vehicles:
            vehicle.build()

    def remove(self) -> None:
        for vehicle in self.vehicles:
            vehicle.remove()
        self.domain.remove()

    def change_profile(self, vehicle: Vehicle, profile: str) -> None:
        """Have MAG1 serve a vehicle by another profile."""
        with self.domain.daemons["mag1"].connect() as client:
            client.configure(
                f'<pmip6 xmlns="{NAMESPACE}"><mobile-node>'
                f"<identifier>{vehicle.identifier}</identifier>"
                f"<policy-profile>{profile}</policy-profile></mobile-node></pmip6>"
            )

    def prolonged(self, *kinds: str) -> set[str]:
        """Return the link-layer addresses that sent such messages to MAG1 since it was started.

        By its recording, to which each start adds.
        """
        recording = self.domain.directory / "mag1" / "recording" / "events.jsonl"
        events = [json.loads(line) for line in recording.read_text().splitlines()]
        start = max(index for index, each in enumerate(events) if each["event"] == "started")
        return {
            event["link-layer-address"]
            for event in events[start:]
            if event["event"] == "dhcp-message-received"
            and event["message"]["message-type"] in kinds
        }

    def _nodes(self) -> str:
        nodes = "".join(entry_of(vehicle) for vehicle in self.vehicles)
        profile = f"""
  <policy-profile>
    <name>buses</name>
    <registration-lifetime>{LIFETIME_S}</registration-lifetime>
  </policy-profile>
  <policy-profile>
    <name>cars</name>
    <network-mobility>false</network-mobility>
    <registration-lifetime>{LIFETIME_S}</registration-lifetime>
  </policy-profile>"""
        secret = f"<reconfigure-secret-file>{self.secret_file}</reconfigure-secret-file>"
        domain = f"<domain>{secret}</domain>"
        return f'<pmip6 xmlns="{NAMESPACE}">{domain}{profile}{nodes}</pmip6>'


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """Yield a configured domain with vehicles that are switched off."""
    if os.geteuid() != 0:
        pytest.fail("network namespaces need root")
    directory: Path = tmp_path_factory.mktemp("routers") / "files"
    fleet = Fleet(directory, label=f"pm6v{os.getpid()}")
    try:
        fleet.build()
        yield fleet
    finally:
        fleet.remove()
