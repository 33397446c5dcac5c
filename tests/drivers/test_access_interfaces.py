"""The access driver and its interface: addresses, carrier, names, comings and goings."""

from __future__ import annotations

import dataclasses
import errno
import socket
from ipaddress import IPv6Address

import pytest

from nf.drivers.access.driver import AccessDriver
from nf.engine.configuration import (
    FIXED_MAG_LINK_LAYER_ADDRESS,
    FIXED_MAG_LINK_LOCAL_ADDRESS,
)
from nf.engine.effects import (
    CloseAccessLink,
)
from nf.engine.events import (
    AccessLinkDown,
    AccessLinkUp,
    KernelFailed,
    RouterSolicited,
)
from tests.drivers.access_link import (
    changes_of_the_link,
    opened,
    seen_by,
)
from tests.drivers.conftest import NODE, Bench

pytestmark = [pytest.mark.kernel, pytest.mark.usefixtures("node")]


def link_layer_address_here(bench: Bench) -> str:
    return bench.here.ip("-oneline", "link", "show", "link0").split("link/ether ")[1][:17]


@pytest.mark.rfc("6543 §3")
def test_the_interface_gets_the_fixed_addresses_and_loses_them(bench: Bench) -> None:
    original = link_layer_address_here(bench)

    async def scene() -> None:
        driver = AccessDriver(bench.events.append)
        bench.there.ip("link", "set", "node0", "up")
        driver.perform(opened())
        await bench.until(lambda: bool(bench.events))
        shown = bench.here.ip("address", "show", "link0")
        assert FIXED_MAG_LINK_LAYER_ADDRESS.hex(":") in shown
        assert str(FIXED_MAG_LINK_LOCAL_ADDRESS) in shown
        driver.perform(CloseAccessLink(interface="link0"))
        driver.close()

    bench.run(scene)
    shown = bench.here.ip("address", "show", "link0")
    assert original in shown
    assert str(FIXED_MAG_LINK_LOCAL_ADDRESS) not in shown
    assert "inet6 fe80::" in shown, "the kernel's own address is back"


def test_a_link_that_was_changed_is_left_as_it_was_found(bench: Bench) -> None:
    original = link_layer_address_here(bench)
    other = IPv6Address("fe80::5213")

    async def scene() -> None:
        driver = AccessDriver(bench.events.append)
        bench.there.ip("link", "set", "node0", "up")
        driver.perform(opened())
        await bench.until(lambda: AccessLinkUp(link="link0") in bench.events)
        bench.events.clear()
        driver.perform(dataclasses.replace(opened(), link_local_address=other))
        await bench.until(lambda: AccessLinkUp(link="link0") in bench.events)
        shown = bench.here.ip("address", "show", "link0")
        assert str(other) in shown
        assert str(FIXED_MAG_LINK_LOCAL_ADDRESS) not in shown
        driver.perform(CloseAccessLink(interface="link0"))
        driver.close()

    bench.run(scene)
    shown = bench.here.ip("address", "show", "link0")
    assert original in shown
    assert str(other) not in shown


def test_an_interface_that_was_down_gets_its_address_back_usable(bench: Bench) -> None:
    address = IPv6Address("fe80::5213")

    async def scene() -> None:
        driver = AccessDriver(bench.events.append)
        driver.perform(dataclasses.replace(opened(), link_local_address=address))
        bench.there.ip("link", "set", "node0", "up")
        await bench.until(lambda: AccessLinkUp(link="link0") in bench.events)
        bench.here.ip("link", "set", "link0", "down")
        await bench.until(lambda: changes_of_the_link(bench)[-1] == AccessLinkDown(link="link0"))
        assert str(address) not in bench.here.ip("address", "show", "link0")
        bench.events.clear()
        bench.here.ip("link", "set", "link0", "up")
        await bench.until(lambda: AccessLinkUp(link="link0") in bench.events)
        driver.close()

    bench.run(scene)
    shown = bench.here.ip("address", "show", "link0")
    assert f"inet6 {address}/64 scope link nodad" in shown
    assert "tentative" not in shown


def test_an_interface_that_is_not_there_is_told_and_awaited(bench: Bench) -> None:
    bench.here.ip("link", "set", "link0", "name", "other0")

    async def scene() -> None:
        driver = AccessDriver(bench.events.append)
        with pytest.raises(OSError, match="no interface link0 yet"):
            driver.perform(opened())
        bench.there.ip("link", "set", "node0", "up")
        bench.here.ip("link", "set", "other0", "name", "link0")
        await bench.until(lambda: AccessLinkUp(link="link0") in bench.events)
        driver.close()

    bench.run(scene)


def test_a_link_that_cannot_be_served_is_told(bench: Bench) -> None:
    async def scene() -> None:
        driver = AccessDriver(bench.events.append)
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as occupier:
            occupier.bind(("::", 547))
            with pytest.raises(OSError, match="in use"):
                driver.perform(opened())
            await bench.until(lambda: bool(bench.of_type(KernelFailed)))
        bench.there.ip("link", "set", "node0", "up")
        await bench.until(lambda: AccessLinkUp(link="link0") in bench.events)
        driver.close()

    bench.run(scene)
    failure = bench.of_type(KernelFailed)[0]
    assert isinstance(failure, KernelFailed)
    assert (failure.effect, failure.errno) == ("open-access-link link0", errno.EADDRINUSE)


def test_a_carrier_that_goes_and_comes_is_told(bench: Bench) -> None:
    async def scene() -> None:
        driver = AccessDriver(bench.events.append)
        driver.perform(opened())
        for state, kind in (("up", AccessLinkUp), ("down", AccessLinkDown), ("up", AccessLinkUp)):
            bench.events.clear()
            bench.there.ip("link", "set", "node0", state)
            await bench.until(lambda kind=kind: bool(bench.of_type(kind)))  # type: ignore[misc]
        driver.close()

    bench.run(scene)


def test_an_interface_that_comes_back_is_taken_up_again(bench: Bench) -> None:
    async def scene() -> None:
        driver = AccessDriver(bench.events.append)
        driver.perform(opened())
        bench.there.ip("link", "set", "node0", "up")
        await bench.until(lambda: bool(bench.of_type(RouterSolicited)))
        bench.here.ip("link", "delete", "link0")
        await bench.until(lambda: changes_of_the_link(bench)[-1] == AccessLinkDown(link="link0"))
        bench.events.clear()
        bench.here.ip("link", "add", "link0", "type", "veth", "peer", "name", "node1")
        bench.here.ip("link", "set", "node1", "address", NODE.hex(":"), "netns", bench.there.name)
        bench.here.ip("link", "set", "link0", "up")
        bench.there.ip("link", "set", "node1", "up")
        await bench.until(lambda: bool(seen_by(bench)))
        driver.close()

    bench.run(scene)


def test_an_interface_that_leaves_a_bridge_has_not_vanished(bench: Bench) -> None:
    bench.here.ip("link", "add", "bridge0", "type", "bridge")
    bench.here.ip("link", "set", "link0", "master", "bridge0")

    async def scene() -> None:
        driver = AccessDriver(bench.events.append)
        driver.perform(opened())
        bench.there.ip("link", "set", "node0", "up")
        await bench.until(lambda: AccessLinkUp(link="link0") in bench.events)
        bench.events.clear()
        bench.here.ip("link", "set", "link0", "nomaster")
        bench.here.ip("link", "set", "link0", "down")
        await bench.until(lambda: AccessLinkDown(link="link0") in bench.events)
        bench.here.ip("link", "set", "link0", "up")
        await bench.until(lambda: changes_of_the_link(bench)[-1] == AccessLinkUp(link="link0"))
        driver.close()

    bench.run(scene)
    assert changes_of_the_link(bench) == [AccessLinkDown(link="link0"), AccessLinkUp(link="link0")]


def is_port_open(bench: Bench) -> bool:
    """Return whether the link's DHCPv6 socket is there."""
    return ":547" in bench.here.run("ss", "-Hlnu")


def test_an_interface_of_another_name_is_not_served(bench: Bench) -> None:
    async def scene() -> None:
        driver = AccessDriver(bench.events.append)
        driver.perform(opened())
        bench.there.ip("link", "set", "node0", "up")
        await bench.until(lambda: AccessLinkUp(link="link0") in bench.events)
        assert is_port_open(bench)
        bench.here.ip("link", "set", "link0", "down")
        bench.here.ip("link", "set", "link0", "name", "other0")
        await bench.until(lambda: not is_port_open(bench))
        bench.here.ip("link", "set", "other0", "name", "link0")
        bench.here.ip("link", "set", "link0", "up")
        await bench.until(lambda: bench.of_type(AccessLinkUp) == 2 * [AccessLinkUp(link="link0")])
        assert is_port_open(bench)
        driver.close()

    bench.run(scene)
