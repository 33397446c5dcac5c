"""Two hosts on one cable: ``here``, where the driver runs, and ``there``, which it talks to."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator

import pytest

from nf.cli.demo.namespaces import Namespace, connect_namespaces, entered
from nf.engine.events import Event
from nf.engine.values import LinkLayerAddress

LIMIT_S = 15.0
#: The link-layer address of the node at the other end.
NODE = LinkLayerAddress(bytes.fromhex("020000000007"))


class Bench:
    """Two namespaces, joined by ``link0`` here and ``node0`` there, and the events so far."""

    def __init__(self, label: str) -> None:
        self.here = Namespace(f"{label}-here")
        self.there = Namespace(f"{label}-there")
        self.events: list[Event] = []

    def build(self) -> None:
        for host in (self.here, self.there):
            host.create()
        connect_namespaces(self.here, "link0", self.there, "node0")

    def remove(self) -> None:
        for host in (self.here, self.there):
            host.delete()

    def run(self, scene: Callable[[], Awaitable[None]]) -> None:
        """Run a scene in an event loop whose sockets are ``here``."""

        async def bounded() -> None:
            await asyncio.wait_for(scene(), LIMIT_S)

        with entered(self.here):
            asyncio.run(bounded())

    async def until(self, is_there: Callable[[], bool]) -> None:
        """Return as soon as something is true; the scene's limit ends the wait."""
        while not is_there():
            await asyncio.sleep(0.01)

    def of_type(self, kind: type[Event]) -> list[Event]:
        return [event for event in self.events if isinstance(event, kind)]


@pytest.fixture
def bench() -> Iterator[Bench]:
    if os.geteuid() != 0:
        pytest.fail("network namespaces need root")
    bench = Bench(f"pm6d{os.getpid()}")
    try:
        bench.remove()
        bench.build()
        yield bench
    finally:
        bench.remove()


@pytest.fixture
def node(bench: Bench) -> None:
    """Have the other end of the cable be the node that the access driver's tests know."""
    bench.there.ip("link", "set", "node0", "down")
    bench.there.ip("link", "set", "node0", "address", NODE.hex(":"))
