"""A kernel that lacks memory for a moment, or for long: nothing is lost that it can hold."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Callable, Iterator
from ipaddress import IPv6Address, IPv6Network
from struct import Struct

import pytest

from nf.cli.demo.namespaces import entered
from nf.drivers.kernel import netlink as module
from nf.drivers.kernel.driver import KernelDriver
from nf.drivers.kernel.netlink import Later, Netlink
from nf.drivers.kernel.octets import messages
from nf.drivers.kernel.routes import (
    RouteKind,
    Way,
    dump_routes,
    install_route,
    place_of,
    remove_route,
)
from nf.drivers.kernel.srv6 import TUNNELS
from nf.engine.configuration import DataPlaneConfiguration, DriverName
from nf.engine.events import KernelFailed
from nf.engine.kernel_effects import (
    ConfigureDataPlane,
    InstallRoute,
    InstallTunnel,
    ReconcileKernel,
)
from nf.engine.values import Tunnel
from tests.drivers.conftest import Bench

pytestmark = pytest.mark.kernel

PREFIXES = tuple(IPv6Network("2001:db8:1000::/48").subnets(new_prefix=57))[:200]
UNREACHABLE = Way(RouteKind.UNREACHABLE)
NEW_ROUTE = 24
HEADER = Struct("=IHHII")
ERROR = 2


class Kernel:
    """A netlink socket to a kernel that may run short of something, as a test says."""

    def __init__(self, real: socket.socket) -> None:
        self._real = real
        self._answers: list[bytes] = []
        #: How many new routes find no memory from now on.
        self.lacking = 0
        #: What sending or receiving fails with the next times.
        self.send_faults: list[int] = []
        self.receive_faults: list[int] = []
        self.requests = 0

    def send(self, data: bytes) -> None:
        self.requests += 1
        if self.send_faults:
            raise OSError(self.send_faults.pop(0), "no room")
        passed = b""
        for message in messages(data):
            length = HEADER.size + len(message.body)
            header = HEADER.pack(length, message.kind, message.flags, message.sequence, 0)
            if message.kind == NEW_ROUTE and self.lacking:
                self.lacking -= 1
                refusal = (-errno.ENOMEM).to_bytes(4, "little", signed=True)
                size = HEADER.size + len(refusal)
                self._answers.append(HEADER.pack(size, ERROR, 0, message.sequence, 0) + refusal)
            else:
                passed += header + message.body
        if passed:
            self._real.send(passed)

    def recv(self, size: int) -> bytes:
        if self.receive_faults:
            self._real.recv(size)
            raise OSError(self.receive_faults.pop(0), "too much to say")
        return self._answers.pop(0) if self._answers else self._real.recv(size)

    def __getattr__(self, name: str) -> object:
        return getattr(self._real, name)


@pytest.fixture
def kernel(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Netlink, Kernel]]:
    monkeypatch.setattr(module, "_PAUSE_S", 0)
    with entered(bench.here):
        netlink = Netlink()
    yield netlink, short_of_memory(netlink, monkeypatch)
    netlink.close()


def short_of_memory(netlink: Netlink, monkeypatch: pytest.MonkeyPatch) -> Kernel:
    kernel = Kernel(netlink._socket)
    monkeypatch.setattr(netlink, "_socket", kernel)
    return kernel


def want_all(netlink: Netlink) -> None:
    for prefix in PREFIXES:
        install_route(Later(netlink), place_of(prefix, 100), UNREACHABLE)


def are_all_there(netlink: Netlink) -> bool:
    return {place for place, _ in dump_routes(netlink)} == {place_of(p, 100) for p in PREFIXES}


SHORTAGES: dict[str, Callable[[Kernel], None]] = {
    "memory for one route": lambda kernel: setattr(kernel, "lacking", 1),
    "memory for many routes": lambda kernel: setattr(kernel, "lacking", 150),
    "room for a batch": lambda kernel: kernel.send_faults.append(errno.EMSGSIZE),
    "buffers to send": lambda kernel: kernel.send_faults.extend([errno.ENOBUFS] * 3),
    "buffers to answer": lambda kernel: kernel.receive_faults.extend([errno.ENOBUFS] * 3),
}


@pytest.mark.parametrize("shortage", SHORTAGES)
def test_what_the_kernel_lacks_for_a_moment_costs_no_route(
    kernel: tuple[Netlink, Kernel], shortage: str
) -> None:
    netlink, short = kernel
    want_all(netlink)
    SHORTAGES[shortage](short)
    assert netlink.flush() == []
    assert are_all_there(netlink)


def test_what_is_made_again_comes_before_later_changes(kernel: tuple[Netlink, Kernel]) -> None:
    netlink, short = kernel
    want_all(netlink)
    last = Way(RouteKind.BLACKHOLE)
    install_route(Later(netlink), place_of(PREFIXES[0], 100), last)
    short.lacking = 1
    assert netlink.flush() == []
    assert dict(dump_routes(netlink))[place_of(PREFIXES[0], 100)] == last


def test_what_may_be_gone_is_no_refusal_after_a_shortage_either(
    kernel: tuple[Netlink, Kernel],
) -> None:
    netlink, short = kernel
    want_all(netlink)
    assert netlink.flush() == []
    for prefix in PREFIXES:
        remove_route(Later(netlink, module.GONE), place_of(prefix, 100), UNREACHABLE)
    short.receive_faults = [errno.ENOBUFS]
    assert netlink.flush() == []
    assert list(dump_routes(netlink)) == []


def test_a_shortage_without_end_is_told_of_each_route_and_holds_up_nobody_for_long(
    kernel: tuple[Netlink, Kernel],
) -> None:
    netlink, short = kernel
    want_all(netlink)
    short.lacking = 1_000_000
    refusals = netlink.flush()
    assert [refusal.errno for refusal in refusals] == [errno.ENOMEM] * len(PREFIXES)
    assert short.requests < module._TRIES + 2 * len(PREFIXES)
    short.lacking = 0
    want_all(netlink)
    assert netlink.flush() == []
    assert are_all_there(netlink)


def test_routes_for_which_there_was_no_memory_are_told_and_tried_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = IPv6Address("2001:db8::1")
    tunnel = Tunnel(local=here, remote=IPv6Address("2001:db8::2"))
    bench.here.ip("address", "add", f"{here}/64", "dev", "link0", "nodad")
    monkeypatch.setattr(module, "_PAUSE_S", 0)

    async def scene() -> None:
        driver = KernelDriver(bench.events.append)
        data_plane = DataPlaneConfiguration(driver=DriverName.SRV6, mtu=1400)
        driver.perform(ConfigureDataPlane(data_plane=data_plane))
        driver.perform(InstallTunnel(tunnel=tunnel))
        short = short_of_memory(driver._netlink, monkeypatch)
        short.lacking = 1_000_000
        for prefix in PREFIXES:
            driver.perform_later(InstallRoute(prefix=prefix, tunnel=tunnel))
        await asyncio.sleep(0)
        assert {event.errno for event in told(bench)} == {errno.ENOMEM}
        refused = [event.effect for event in told(bench)]
        assert all(any(str(prefix) in effect for effect in refused) for prefix in PREFIXES)
        short.lacking = 0
        driver.perform(ReconcileKernel())
        assert len(told(bench)) == len(refused)
        routes = dict(dump_routes(driver._netlink))
        assert all(place_of(prefix, TUNNELS) in routes for prefix in PREFIXES)
        driver.drain()
        driver.close()

    bench.run(scene)


def told(bench: Bench) -> list[KernelFailed]:
    return [event for event in bench.events if isinstance(event, KernelFailed)]
