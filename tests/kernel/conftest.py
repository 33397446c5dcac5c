"""A domain for each way into the tunnel that the running kernel has."""

from __future__ import annotations

import subprocess
import uuid
from collections.abc import Iterator
from typing import Final

import pytest

from nf.engine.configuration import DriverName
from tests.kernel.domain import Domain, domain

#: What makes use of each driver's kernel part, in a namespace of no other use.
PROBES: Final = {
    DriverName.SRV6: "route add ::1 encap seg6 mode encap segs ::1 dev probe",
    DriverName.IP6TNL: "link add tunnel type ip6tnl local ::1 remote ::1",
}


def available_drivers() -> list[DriverName]:
    """Return the ways into the tunnel that the running kernel has, by trying them."""
    namespace = f"pmk{uuid.uuid4().hex[:6]}-probe"
    ip = ["ip", "-6", "-n", namespace]
    subprocess.run(["ip", "netns", "add", namespace], check=True)
    try:
        for command in ("link add probe type veth peer name other", "link set probe up"):
            subprocess.run([*ip, *command.split()], check=True)
        return [driver for driver, probe in PROBES.items() if is_possible([*ip, *probe.split()])]
    finally:
        subprocess.run(["ip", "netns", "delete", namespace], check=True)


def is_possible(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test that wants a domain once for each driver that can be had here."""
    if "net" in metafunc.fixturenames:
        drivers = available_drivers()
        assert drivers, "this kernel has neither SRv6 nor ip6_tunnel"
        metafunc.parametrize("net", drivers, indirect=True, ids=lambda each: each.value)


@pytest.fixture
def net(request: pytest.FixtureRequest) -> Iterator[Domain]:
    """Have a domain of its own for each test."""
    with domain(request.param) as made:
        yield made
