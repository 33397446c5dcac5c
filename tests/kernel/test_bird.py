"""The pools are announced by BIRD, which knows them by the number that our routes carry."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from nf.engine.kernel_effects import InstallAggregateRoute, RemoveAggregateRoute
from tests.kernel.domain import HNP, MNP, NODE_MNP, POOL, ROOT, Domain
from tests.kernel.test_reconciliation import wait_until

pytestmark = pytest.mark.kernel

BIRD: Final = ROOT / ".clients/usr/sbin/bird"
OPERATIONS: Final = ROOT / "docs/operations.md"
#: A network behind the correspondent's router.
OFFICE: Final = "2001:db8:cc::/64"
CORRESPONDENT: Final = "2001:db8:cc::1"
#: Told by the LMA's routing daemon to the correspondent's, and the other way round.
NEIGHBOUR: Final = """
router id 192.0.2.2;
protocol device {{ }}
protocol direct {{ ipv6; interface "office"; }}
protocol kernel {{ ipv6 {{ export all; }}; }}
protocol ospf v3 {{
    ipv6 {{ import all; export where source = RTS_DEVICE; }};
    area 0 {{ interface "lma" {{ type ptp; hello 1; }}; }};
}}
"""


def documented(pool: str, interface: str) -> str:
    """Return the configuration that docs/operations.md shows, for this pool and interface."""
    _, _, behind = OPERATIONS.read_text().partition("    # /etc/bird/bird.conf\n")
    lines = []
    for line in behind.splitlines():
        if line and not line.startswith("    "):
            break
        lines.append(line.removeprefix("    "))
    text = "\n".join(lines).replace("2001:db8:2000::/40", pool).replace('"eth0"', f'"{interface}"')
    assert pool in text and interface in text
    return text.replace("type ptp;", "type ptp; hello 1;")


@contextlib.contextmanager
def bird(net: Domain, machine: str, configuration: str, folder: Path) -> Iterator[None]:
    """Run BIRD on a machine."""
    file = folder / f"{machine}.conf"
    file.write_text(configuration)
    command = [str(BIRD), "-f", "-c", str(file), "-s", str(folder / f"{machine}.ctl")]
    with net.inside(machine):
        daemon = subprocess.Popen(command)
    try:
        yield
    finally:
        daemon.terminate()
        daemon.wait()


@pytest.fixture
def routed(net: Domain, tmp_path: Path) -> Iterator[Domain]:
    """Have two routing daemons between LMA and correspondent, and no static routes there."""
    net.ip("cn", "route delete default")
    net.batch("lma", "link set lo up")
    office = ("link add office type bridge", "link set office up")
    net.batch("cn", *office, f"address add {CORRESPONDENT}/64 dev office nodad")
    with (
        bird(net, "lma", documented(str(POOL), "cn"), tmp_path),
        bird(net, "cn", NEIGHBOUR.format(), tmp_path),
    ):
        yield net


def heard(net: Domain) -> str:
    """Return what the correspondent's router has heard."""
    return net.ip("cn", "route show proto bird")


def known(net: Domain, folder: Path) -> str:
    """Return how the LMA's routing daemon knows the pool."""
    return net.run("lma", f"{BIRD}c", "-s", str(folder / "lma.ctl"), "show", "route", str(POOL))


@pytest.mark.rfc("5213 §5.6.2")
def test_a_pool_is_heard_of_and_no_single_prefix_whatever_becomes_of_devices(
    routed: Domain, tmp_path: Path
) -> None:
    lma = routed.start_lma()
    routed.start_mag(1)
    wait_until(lambda: routed.pings("cn", NODE_MNP, "-I", CORRESPONDENT))
    assert OFFICE in routed.ip("lma", "route show proto bird")
    lma.kill()
    routed.ip("lma", "link delete group 223")
    wait_until(lambda: "unreachable" in known(routed, tmp_path))
    assert "Destination unreachable" in routed.ping("cn", NODE_MNP, "-I", CORRESPONDENT)
    prefixes = {line.split()[0] for line in heard(routed).splitlines()}
    assert str(POOL) in prefixes
    assert not prefixes & {str(MNP), str(HNP)}


def test_a_pool_that_goes_is_announced_no_more(routed: Domain) -> None:
    lma = routed.start_lma()
    wait_until(lambda: str(POOL) in heard(routed))
    lma.perform(RemoveAggregateRoute(prefix=POOL))
    wait_until(lambda: str(POOL) not in heard(routed))
    lma.perform(InstallAggregateRoute(prefix=POOL))
    wait_until(lambda: str(POOL) in heard(routed))
