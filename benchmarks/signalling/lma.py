"""The LMA that is measured: the daemon's own parts, without NETCONF, told what to do by lines.

Run by the benchmark inside a network namespace: ``python -m benchmarks.signalling.lma NODES STORE
ROUTES``, the latter two ``-`` or a file, and ``routes`` or ``-``. It says when it is ready; each
line ``STAGE FILE`` makes it write the updates of a stage, since it knows its prefixes.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.signalling.updates import Stage, configuration, write_updates
from nf.cli.garbage import spare_bindings, uncollected
from nf.cli.run import RESTART_GRACE_S, KernelView, SystemDrivers, _restore
from nf.drivers.access.driver import AccessDriver
from nf.drivers.attach.driver import AttachDriver
from nf.drivers.clock import Clock
from nf.drivers.kernel.driver import KernelDriver
from nf.drivers.store import Store
from nf.engine.engine import Engine
from nf.engine.events import ConfigurationChanged, Started
from nf.engine.kernel_effects import KernelEffect
from nf.engine.store_effects import StoreEffect
from nf.provider import PmipProvider
from nf.runtime import Runtime


class NoStore(Store):
    """A store that forgets."""

    def __init__(self) -> None:
        super().__init__(Path(":memory:"))

    def commit(self, effects: Sequence[StoreEffect]) -> None:
        """Keep nothing."""


class NoKernel(KernelDriver):
    """A kernel that routes nothing."""

    def perform(self, effect: KernelEffect) -> None:
        """Do nothing."""

    def perform_later(self, effect: KernelEffect) -> None:
        """Do nothing."""


def main(nodes: int, store_path: str, routes: str) -> None:
    """Be an LMA until standard input ends."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    store = NoStore() if store_path == "-" else Store(Path(store_path))
    with contextlib.closing(store):
        asyncio.run(_serve(nodes, store, KernelDriver if routes == "routes" else NoKernel))


async def _serve(nodes: int, store: Store, make_kernel: type[KernelDriver]) -> None:
    runtime = Runtime(engine=Engine(), clock=Clock(), store=store)
    kernel = make_kernel(runtime.post, grace_s=RESTART_GRACE_S)
    access, attach = AccessDriver(runtime.post), AttachDriver(runtime.post)
    provider = PmipProvider(
        engine=runtime.engine, post=runtime.post, now=runtime.now, data_plane=KernelView(kernel)
    )
    drivers = SystemDrivers(runtime, kernel, access, attach, provider)
    runtime.attach(drivers)
    kernel.watch()
    runtime.post(ConfigurationChanged(items=configuration(nodes)))
    begin = time.perf_counter()
    with uncollected():
        _restore(runtime, store)
        runtime.post(Started())
        await runtime.settle()
    say(bindings=len(runtime.engine.lma.bindings), seconds=time.perf_counter() - begin)
    sparing = asyncio.create_task(spare_bindings(lambda: len(runtime.engine.lma.bindings)))
    running = asyncio.create_task(runtime.run())
    await _obey(runtime, nodes)
    runtime.stop()
    await running
    sparing.cancel()
    drivers.close()


async def _obey(runtime: Runtime, nodes: int) -> None:
    """Write what is asked for until standard input ends."""
    lines = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        stage, path = line.decode().split()
        write_updates(Path(path), runtime.engine.lma, Stage(stage), nodes)
        say(bindings=len(runtime.engine.lma.bindings))


def say(**facts: float) -> None:
    """Tell the benchmark something, in one line."""
    print(json.dumps(facts), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3])
