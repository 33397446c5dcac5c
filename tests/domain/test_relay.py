"""A router that gets its prefixes from a real Kea elsewhere, by way of gateways that relay.

The tests build on one another, in the order in which they stand.
"""

from __future__ import annotations

import json
import os
import signal
import sysconfig
from collections.abc import Iterator
from ipaddress import IPv6Network
from pathlib import Path
from typing import Final

import pytest

from nf.cli.client import NAMESPACE
from nf.cli.demo.domain import Domain, wait_for
from nf.cli.demo.namespaces import run
from nf.cli.demo.topology import (
    CORE_INTERFACE,
    HOME_POOL,
    LMA_ADDRESS,
    MAG_ADDRESSES,
    MOBILE_POOL,
)

pytestmark = pytest.mark.kernel

ROOT: Final = Path(__file__).resolve().parents[2] / ".clients"
LIBRARIES: Final = ROOT / f"usr/lib/{sysconfig.get_config_var('MULTIARCH')}"
RELAYING: Final = f"""
<pmip6 xmlns="{NAMESPACE}">
  <mobile-access-gateway>
    <dhcpv6-relay>
      <server>{LMA_ADDRESS}</server>
    </dhcpv6-relay>
  </mobile-access-gateway>
</pmip6>
"""
#: Kea keeps its leases in memory here; it would give another prefix if nobody asked for one.
KEA: Final = {
    "interfaces-config": {"interfaces": [f"{CORE_INTERFACE}/{LMA_ADDRESS}"]},
    "lease-database": {"type": "memfile", "persist": False},
    "valid-lifetime": 60,
    "preferred-lifetime": 50,
    "renew-timer": 5,
    "rebind-timer": 40,
    "subnet6": [
        {
            "id": 1,
            "subnet": str(HOME_POOL),
            "pd-pools": [
                {
                    "prefix": str(MOBILE_POOL.network_address),
                    "prefix-len": MOBILE_POOL.prefixlen,
                    "delegated-len": 56,
                }
            ],
        }
    ],
    "loggers": [{"name": "kea-dhcp6", "severity": "DEBUG", "debuglevel": 55}],
}


class RelayedDomain(Domain):
    """A domain whose delegating router is a Kea beside the LMA."""

    @property
    def kea_log(self) -> Path:
        """Where Kea says what it does."""
        return self.directory / "kea.log"

    def start_kea(self) -> None:
        file = self.directory / "kea.json"
        settings = {"Dhcp6": {**KEA, "data-directory": str(self.directory)}}
        file.write_text(json.dumps(settings))
        environment = (
            f"LD_LIBRARY_PATH={LIBRARIES}",
            f"KEA_PIDFILE_DIR={self.directory}",
            "KEA_LOCKFILE_DIR=none",
            f"PATH={os.environ['PATH']}",
        )
        program = str(ROOT / "usr/sbin/kea-dhcp6")
        command = ("env", "-i", *environment, program, "-c", str(file))
        self.topology["lma"].start(*command, log=self.kea_log)
        wait_for("Kea listens", self._kea_listens)

    def _kea_listens(self) -> bool:
        listening = self.topology["lma"].run("ss", "-6", "--udp", "--listening", "--no-header")
        return f"[{LMA_ADDRESS}]:547" in listening.replace("dhcpv6-server", "547")

    def answered(self, word: str) -> int:
        """Return how many of the messages that Kea wrote of a kind."""
        return self.kea_log.read_text().count(word)

    def release(self) -> None:
        """Have dhcpcd give its lease back and end."""
        for pid in run("ip", "netns", "pids", self.topology["router"].name).split():
            if Path(f"/proc/{pid}/comm").read_text().strip() == "dhcpcd":
                os.kill(int(pid), signal.SIGALRM)

    def bound_prefix(self) -> IPv6Network | None:
        """Return the mobile network prefix of the router's binding."""
        row = self.binding()
        return IPv6Network(row["mobile-network-prefix"]) if row is not None else None


@pytest.fixture(scope="module")
def domain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RelayedDomain]:
    """Yield a domain whose router has just come to MAG1."""
    if os.geteuid() != 0:
        pytest.fail("network namespaces need root")
    directory = tmp_path_factory.mktemp("relayed") / "files"
    domain = RelayedDomain(directory, label=f"pm6k{os.getpid()}")
    try:
        domain.build()
        domain.start_kea()
        domain.start_daemons()
        for name, daemon in domain.daemons.items():
            domain.configure(name)
            if name in MAG_ADDRESSES:
                with daemon.connect() as client:
                    client.configure(RELAYING)
        domain.topology.move_router("mag1")
        domain.router.start()
        yield domain
    finally:
        domain.topology.remove()


@pytest.mark.rfc("draft §3.2", "8415 §19.1.1")
def test_kea_delegates_the_prefix_of_the_binding(domain: RelayedDomain) -> None:
    inside = wait_for("a prefix for the inside", domain.inside_prefix, 40)
    bound = domain.bound_prefix()
    assert bound is not None
    assert inside.subnet_of(bound)
    wait_for("an address for the node inside", domain.node_address)
    assert "0% packet loss" in domain.ping()


@pytest.mark.rfc("8415 §18.2.4")
def test_the_router_renews_at_kea(domain: RelayedDomain) -> None:
    before = domain.answered("DHCP6_PD_LEASE_RENEW")
    wait_for("a renewal", lambda: domain.answered("DHCP6_PD_LEASE_RENEW") > before, 30)


@pytest.mark.rfc("draft §3.2")
def test_the_network_keeps_its_prefix_at_the_next_gateway(domain: RelayedDomain) -> None:
    bound = domain.bound_prefix()
    domain.topology.move_router("mag2")
    wait_for("the handover", lambda: _is_at(domain, "mag2"), 30)
    before = domain.answered("DHCP6_PD_LEASE_RENEW")
    wait_for("a renewal there", lambda: domain.answered("DHCP6_PD_LEASE_RENEW") > before, 30)
    assert domain.bound_prefix() == bound
    assert "0% packet loss" in domain.ping()


def test_what_the_router_releases_leaves_kea_and_the_binding(domain: RelayedDomain) -> None:
    before = domain.answered("DHCP6_RELEASE_PD")
    domain.release()
    wait_for("the release", lambda: domain.answered("DHCP6_RELEASE_PD") > before)
    wait_for("a binding without a mobile network", lambda: not _has_mobile_network(domain))


def _is_at(domain: RelayedDomain, mag: str) -> bool:
    row = domain.binding()
    return row is not None and row["proxy-care-of-address"] == str(MAG_ADDRESSES[mag])


def _has_mobile_network(domain: RelayedDomain) -> bool:
    row = domain.binding()
    return row is not None and bool(row["mobile-network-prefix"])
