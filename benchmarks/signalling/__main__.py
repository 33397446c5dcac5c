"""Rates, latencies and sizes of one LMA process on a real socket; run as root.

``python -m benchmarks.signalling`` takes less than three minutes; ``--help`` tells what else there
is. All hosts are network namespaces of this machine and share its processors with the load
generator: what compares is the rate for each second of processor time that the LMA takes.
"""

from __future__ import annotations

import argparse
import itertools
import json
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.signalling.arena import Arena, Outcome, Process, arena
from benchmarks.signalling.updates import Stage

MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One run of the load generator and what it cost the program that answered."""

    outcome: Outcome
    cpu_s: float

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.outcome.answered / self.outcome.seconds

    @property
    def rate_per_cpu(self) -> float:
        """Answers for each second of processor time."""
        return self.outcome.answered / self.cpu_s


class Benchmark:
    """Everything that is measured, printed as it is found."""

    def __init__(self, arena: Arena, options: argparse.Namespace) -> None:
        self._arena = arena
        self._window: int = options.window
        self._nodes: int = options.nodes
        self._is_routed: bool = options.routed
        self._ceiling = 0.0

    def ceiling(self) -> None:
        """Measure the program that answers without thinking."""
        with self._arena.lma(self._nodes, store=None, routes=False) as lma:
            updates = self._arena.updates(lma, Stage.REGISTRATION)
        with self._arena.echo() as echo:
            measured = self._measure(echo, Stage.REGISTRATION, updates)
        self._ceiling = measured.rate_per_cpu
        self._tell("echo in C", "", measured)

    def stages(self, *, is_durable: bool, routes: bool) -> Measurement:
        """Measure the stages of a session in turn; returns the registration."""
        kind = " ".join(
            word for word, is_on in (("durable", is_durable), ("routed", routes)) if is_on
        )
        found = []
        self._arena.build()
        with self._arena.lma(self._nodes, store=self._store(is_durable), routes=routes) as lma:
            for stage in Stage:
                found.append(self._measure(lma, stage, self._arena.updates(lma, stage)))
                self._tell(stage.value, kind, found[-1])
        return found[0]

    def paced(self, rate: float) -> None:
        """Measure registrations with everything on, at a rate that leaves time to breathe."""
        self._arena.build()
        with self._arena.lma(self._nodes, store=self._store(True), routes=True) as lma:
            updates = self._arena.updates(lma, Stage.REGISTRATION)
            measured = self._measure(lma, Stage.REGISTRATION, updates, rate)
        self._tell(f"paced {rate:,.0f}/s", "durable routed", measured)

    def footprint(self, bindings: int) -> None:
        """Weigh so many bindings, kill the LMA, and time the next one's start."""
        self._arena.build()
        store = self._store(True)
        with self._arena.lma(bindings, store=store, routes=self._is_routed) as lma:
            before = lma.memory_bytes
            updates = self._arena.updates(lma, Stage.REGISTRATION)
            measured = self._measure(lma, Stage.REGISTRATION, updates)
            after = lma.memory_bytes
            kind = "durable routed" if self._is_routed else "durable"
            self._tell(f"{bindings:,} of them", kind, measured)
            lma.kill()
        begin = time.perf_counter()
        with self._arena.lma(bindings, store=store, routes=self._is_routed) as lma:
            start_s = time.perf_counter() - begin
            restored = json.loads(lma.greeting)
            restarted = lma.memory_bytes
        print(
            f"  {bindings:,} bindings: {after / MEGABYTE:,.0f} MB,"
            f" {before / MEGABYTE:,.0f} MB of it before the first;"
            f" {(after - before) / bindings:,.0f} octets a binding\n"
            f"  killed and started anew: {restored['bindings']:,} bindings taken up in"
            f" {restored['seconds']:.1f} s ({start_s:.1f} s with configuration and interpreter),"
            f" {restarted / MEGABYTE:,.0f} MB"
        )

    def _measure(
        self, process: Process, stage: Stage, updates: Path, rate: float = 0
    ) -> Measurement:
        before = process.cpu_s
        outcome = self._arena.load(stage.mag, updates, self._window, rate)
        return Measurement(outcome=outcome, cpu_s=process.cpu_s - before)

    def _store(self, is_durable: bool) -> Path | None:
        """Return the path of a store that is empty."""
        path = self._arena.directory / "store"
        for each in path.parent.glob("store*"):
            each.unlink()
        return path if is_durable else None

    def _tell(self, name: str, kind: str, measured: Measurement) -> None:
        outcome = measured.outcome
        print(
            f"{name:<18}{kind:<16}{measured.rate:>9,.0f}{measured.rate_per_cpu:>10,.0f}"
            f"{measured.rate_per_cpu / self._ceiling:>8.2f}"
            f"{outcome.p50_ms:>9.2f}{outcome.p99_ms:>9.2f}",
            *(f"{outcome.refused:,} refused" for _ in range(outcome.refused > 0)),
            *(f"{outcome.lost:,} lost" for _ in range(outcome.lost > 0)),
            flush=True,
        )


def parse() -> argparse.Namespace:
    """Return the command line's options."""
    parser = argparse.ArgumentParser(prog="benchmarks.signalling", description=__doc__)
    parser.add_argument("--nodes", type=int, default=10_000, help="mobile routers in each run")
    parser.add_argument("--window", type=int, default=256, help="updates without an answer yet")
    parser.add_argument("--pace", type=float, help="registrations a second (default: half)")
    parser.add_argument("--everything", action="store_true", help="only durable and routed")
    parser.add_argument(
        "--bindings", type=int, nargs="*", default=[100_000], help="how many are weighed"
    )
    parser.add_argument("--routed", action="store_true", help="weigh with kernel routes too")
    return parser.parse_args()


def main() -> None:
    """Print all figures."""
    options = parse()
    print(f"{'':<34}{'a second':>9}{'a CPU-s':>10}{'/ echo':>8}{'p50 ms':>9}{'p99 ms':>9}")
    with arena() as place:
        benchmark = Benchmark(place, options)
        benchmark.ceiling()
        kinds = (
            [(True, True)]
            if options.everything
            else list(itertools.product((False, True), repeat=2))
        )
        for is_durable, routes in kinds:
            registration = benchmark.stages(is_durable=is_durable, routes=routes)
        benchmark.paced(options.pace or registration.rate / 2)
        for bindings in options.bindings:
            benchmark.footprint(bindings)


if __name__ == "__main__":
    main()
