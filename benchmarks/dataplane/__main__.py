"""How fast the kernel drivers are, against plain forwarding over links of the same kind.

Run as root from the repository: ``python -m benchmarks.dataplane [rounds]``. Needs gcc and iperf3.
All machines are network namespaces of this one and share its processors, so only ratios within one
run mean something. ``to``: packets to nodes; ``from``: packets from nodes, through the filters of
MAG and LMA.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from benchmarks.dataplane import handover, programming
from benchmarks.dataplane.arena import packet_rate, plain, throughput, tunnelled
from nf.engine.configuration import DriverName
from tests.kernel.conftest import available_drivers
from tests.kernel.domain import Domain

SIZES: Final = (1, 10_000, 100_000)
ROUTES: Final = 100_000
SECONDS: Final = 1.0
_SOURCE: Final = Path(__file__).parent / "flood.c"


def main() -> None:
    """Measure each driver that this kernel has."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    with tempfile.TemporaryDirectory() as directory:
        flood = Path(directory) / "flood"
        subprocess.run(["gcc", "-O2", "-o", str(flood), str(_SOURCE)], check=True)
        for driver in available_drivers():
            print(f"{driver.value:24}      plain     driver   ratio  [of each round]")
            for number in SIZES:
                _forwarding(driver, flood, number, rounds)
            _programming(driver)
            _handovers(driver)


def _forwarding(driver: DriverName, flood: Path, number: int, rounds: int) -> None:
    """Measure both domains in turn."""
    with plain(number) as bare, tunnelled(driver, number) as ours:
        for direction in ("to", "from"):
            name = f"{number:,} {direction}, packets/s"
            _compare(name, bare, ours, rounds, _rate_of(flood, direction, number))
        _compare(f"{number:,} TCP, Gb/s", bare, ours, rounds, lambda net: throughput(net, 1))


def _rate_of(flood: Path, direction: str, number: int) -> Callable[[Domain], float]:
    return lambda net: packet_rate(net, flood, direction, number, SECONDS)


def _compare(
    name: str, bare: Domain, ours: Domain, rounds: int, measure: Callable[[Domain], float]
) -> None:
    """Print the medians of both and of their ratios."""
    for net in (bare, ours):
        measure(net)
    pairs = [(measure(bare), measure(ours)) for _ in range(rounds)]
    ratios = sorted(driver / plain_ for plain_, driver in pairs)
    one, other = (statistics.median(values) for values in zip(*pairs, strict=True))
    digits = 0 if one > 1000 else 2
    spread = f"[{ratios[0]:.2f}..{ratios[-1]:.2f}]"
    ratio = statistics.median(ratios)
    print(f"{name:24} {one:10,.{digits}f} {other:10,.{digits}f} {ratio:7.2f}  {spread}", flush=True)


def _programming(driver: DriverName) -> None:
    """Print how many routes a second get into the kernel."""
    batch = programming.by_iproute(ROUTES)
    print(f"routes by ip -6 -batch   {batch:10,.0f} a second")
    for name, rate in programming.by_driver(driver, ROUTES).items():
        print(f"{name:8} with filter     {rate:10,.0f} a second, ratio {rate / batch:.2f}")


def _handovers(driver: DriverName) -> None:
    """Print what a flow loses."""
    outcome = handover.measure(driver)
    middle, worst = statistics.median(outcome.gaps_s) * 1e3, max(outcome.gaps_s) * 1e3
    print(
        f"{handover.HANDOVERS} handovers, {outcome.sent:,} packets: {outcome.lost} lost, "
        f"gap {middle:.2f} ms (median), {worst:.2f} ms (worst)"
    )


if __name__ == "__main__":
    main()
