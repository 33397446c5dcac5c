"""What requests cost a NETCONF server that has few entries, and one that has many.

Run from the repository: ``python -m benchmarks.netconf [entries]`` (100,000 without). An edit is
measured from edit-config to the reply to commit. For comparison Debian's netconfd, if it is there
(package ``netconfd``), with as many entries as it bears; its times have no SSH in them. Our user is
bound by rules of access control, netconfd's is its superuser. Echoes are packets that the server's
own event loop answers, as a network function would answer its peers.
"""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Iterator
from math import nan
from statistics import median

from benchmarks.netconf import data
from benchmarks.netconf.client import Client, RefusedError
from benchmarks.netconf.echo import EchoMeter
from benchmarks.netconf.servers import Netconfd, Ours, Server, running

COMMIT = "<commit/>"
WHOLE = f'<filter type="subtree">{data.subscribers("")}</filter>'
FEW = 10
NETCONFD_ENTRIES = 1000
BULK = 10_000
REQUESTS = 2000

REQUESTS_A_SECOND = "small requests a second"

Figures = dict[str, float]

#: What is to be reached with 100,000 entries, on an idle machine.
WANTED: Figures = {
    "start, ms": 3000,
    "create one entry, ms": 5,
    "change one leaf, ms": 5,
    "delete one entry, ms": 5,
    "one entry right after an edit, ms": 1.5,
    "one entry by subtree, ms": 1.5,
    "one entry by xpath, ms": 1.5,
    REQUESTS_A_SECOND: 1900,
    f"add {BULK:,} at once, ms": 1500,
    "whole get-config, ms": 1500,
    "whole get of state, ms": 2000,
    "echo meanwhile, longest, ms": 20,
    "memory at the end, MiB": 300,
}


def measure(kind: type[Server], entries: int, *, bulk: int, rounds: int) -> Figures:
    """Start a server with a number of entries and measure it."""
    figures: Figures = {}
    with running(kind, entries) as (server, took_ms), server.connect() as client:
        figures["start, ms"] = took_ms
        figures["memory after start, MiB"] = server.memory_mib
        figures |= single_edits(client, entries, rounds)
        figures |= reads(client, rounds)
        if bulk:
            figures |= bulk_edits(client, entries, bulk)
        figures["whole get-config, ms"] = median(
            client.call(data.get_config(WHOLE)) for _ in range(3)
        )
        if isinstance(server, Ours):
            figures |= state(client, server)
        client.call(data.get_config(data.subtree(0)))
        figures["memory at the end, MiB"] = server.memory_mib
    return figures


def single_edits(client: Client, entries: int, rounds: int) -> Figures:
    """Create, change and delete one entry at a time."""
    new = [entries + number for number in range(rounds)]
    return {
        "create one entry, ms": typical(
            lambda n: client.call(data.edit(data.entry(n)), COMMIT), new
        ),
        "change one leaf, ms": typical(
            lambda n: client.call(data.change(n, f"changed {n}"), COMMIT), new
        ),
        "delete one entry, ms": typical(lambda n: client.call(data.delete([n]), COMMIT), new),
    }


def reads(client: Client, rounds: int) -> Figures:
    """Read one entry, also when something has just been changed."""
    numbers = list(range(min(rounds, FEW)))
    right_after = typical(lambda n: after_edit(client, n), numbers)
    took_ms = client.call(*[data.get_config(data.subtree(2))] * REQUESTS)
    return {
        "one entry right after an edit, ms": right_after,
        "one entry by subtree, ms": typical(
            lambda n: client.call(data.get_config(data.subtree(n))), numbers
        ),
        "one entry by xpath, ms": typical(
            lambda n: client.call(data.get_config(data.xpath(n))), numbers
        ),
        REQUESTS_A_SECOND: REQUESTS / took_ms * 1000,
    }


def after_edit(client: Client, number: int) -> float:
    """Change an entry, and read another one."""
    client.call(data.change(number, "just changed"), COMMIT)
    return client.call(data.get_config(data.subtree(number + 1)))


def state(client: Client, server: Ours) -> Figures:
    """Read as many entries of operational state, while packets are answered in the same loop."""
    with EchoMeter(int(server.echo_port)) as idle:
        time.sleep(1)
    with EchoMeter(int(server.echo_port)) as busy:
        took_ms = median(client.call(data.get_bindings()) for _ in range(3))
    return {
        "whole get of state, ms": took_ms,
        "echo meanwhile, p99, ms": busy.quantile(0.99),
        "echo meanwhile, longest, ms": busy.quantile(1),
        "echo before, p99, ms": idle.quantile(0.99),
        "echo before, longest, ms": idle.quantile(1),
    }


def bulk_edits(client: Client, entries: int, bulk: int) -> Figures:
    """Take many entries out, put them in again, and once more when they are there."""
    numbers = range(entries - bulk, entries)
    request = data.edit("".join(map(data.entry, numbers)))
    removal = client.call(data.delete(numbers), COMMIT)
    return {
        f"remove {bulk:,} at once, ms": removal,
        f"add {bulk:,} at once, ms": client.call(request, COMMIT),
        f"add the same {bulk:,} again, ms": client.call(request, COMMIT),
    }


def typical(request: Callable[[int], float], numbers: list[int]) -> float:
    """Return the median, not a number where the server refuses."""
    try:
        return median(map(request, numbers))
    except RefusedError:
        return nan


def columns(entries: int) -> Iterator[tuple[str, Figures]]:
    """Measure what there is to be compared, and compare."""
    yield "wanted", WANTED
    yield f"ours, {FEW}", measure(Ours, FEW, bulk=0, rounds=50)
    yield f"ours, {entries:,}", measure(Ours, entries, bulk=min(BULK, entries // 2), rounds=50)
    if not shutil.which("netconfd"):
        print("netconfd is not installed: no comparison")
        return
    ours = measure(Ours, NETCONFD_ENTRIES, bulk=0, rounds=50)
    theirs = measure(Netconfd, NETCONFD_ENTRIES, bulk=0, rounds=5)
    yield f"ours, {NETCONFD_ENTRIES:,}", ours
    yield f"netconfd, {NETCONFD_ENTRIES:,}", theirs
    yield "ratio", ratios(ours, theirs)


def ratios(ours: Figures, theirs: Figures) -> Figures:
    """Say how many times better our figure is where both have one."""
    return {
        name: ours[name] / figure if name == REQUESTS_A_SECOND else figure / ours[name]
        for name, figure in theirs.items()
        if name in ours
    }


def main() -> None:
    """Print a table, a line for each measure."""
    entries = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    table = dict(columns(entries))
    print(f"{'entries':36}" + "".join(f"{title:>18}" for title in table))
    for measure_name in dict.fromkeys(name for figures in table.values() for name in figures):
        cells = (figures.get(measure_name) for figures in table.values())
        row = "".join(f"{'-' if cell is None else f'{cell:,.1f}':>18}" for cell in cells)
        print(f"{measure_name:36}{row}")


if __name__ == "__main__":
    main()
