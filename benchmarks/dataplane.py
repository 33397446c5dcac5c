"""How fast the kernel driver srv6 is, against plain forwarding over the same links.

Run as root from the repository: ``python -m benchmarks.dataplane [rounds]``. Needs iperf3. All
machines are network namespaces of this one and share its processors, so only ratios within one
run mean something.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from ipaddress import IPv6Network

from nf.engine.configuration import DriverName
from nf.engine.effects import InstallRoute, InstallTunnel, RemoveRoute
from tests.kernel.domain import MNP, NODE_MNP, TO_MAG1, TO_MAG2, Agent, Domain, domain

SECONDS = 2
#: Small enough for the tunnel, so that both ways carry the same segments.
SEGMENT_SIZE = 1300
ROUTES = 5000


def throughput(net: Domain) -> float:
    """Return the gigabits a second of one TCP connection from the correspondent to the node."""
    server = subprocess.Popen(
        [*net.enter("node1"), "iperf3", "-s", "-1"], stdout=subprocess.DEVNULL
    )
    try:
        options = ["-t", str(SECONDS), "-M", str(SEGMENT_SIZE), "-J"]
        time.sleep(0.3)
        report = json.loads(net.run("cn", "iperf3", "-6", "-c", NODE_MNP, *options))
    finally:
        server.terminate()
        server.wait()
    return float(report["end"]["sum_received"]["bits_per_second"]) / 1e9


def forward_plainly(net: Domain, is_wanted: bool) -> None:
    """Let the prefix bypass the tunnel in both directions, or no longer."""
    action = "add" if is_wanted else "delete"
    net.ip("lma", f"route {action} {MNP} via 2001:db8:f::11 metric 1")
    net.ip("mag1", f"rule {action} preference 10 iif access lookup main")


def route_changes(lma: Agent) -> float:
    """Return how many prefixes a second move from one tunnel to another, by one effect each."""
    prefixes = list(IPv6Network("2001:db8:4000::/36").subnets(new_prefix=56))[:ROUTES]
    lma.perform(InstallTunnel(tunnel=TO_MAG2))
    lma.perform(*(InstallRoute(prefix=each, tunnel=TO_MAG1) for each in prefixes))
    start = time.perf_counter()
    lma.perform(*(InstallRoute(prefix=each, tunnel=TO_MAG2) for each in prefixes))
    rate = ROUTES / (time.perf_counter() - start)
    lma.perform(*(RemoveRoute(prefix=each, tunnel=TO_MAG2) for each in prefixes))
    return rate


def main() -> None:
    """Measure both ways in turn and print medians and their ratio."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    plain: list[float] = []
    tunnelled: list[float] = []
    with domain(DriverName.SRV6) as net:
        lma = net.start_lma()
        net.start_mag(1)
        for _ in range(rounds):
            tunnelled.append(throughput(net))
            forward_plainly(net, True)
            plain.append(throughput(net))
            forward_plainly(net, False)
        print(f"handovers through a pipe: {route_changes(lma):,.0f} a second")
    for name, values in (("plain", plain), ("srv6", tunnelled)):
        middle, low, high = statistics.median(values), min(values), max(values)
        print(f"{name:6} {middle:6.2f} Gb/s [{low:.2f}..{high:.2f}]")
    print(f"ratio  {statistics.median(tunnelled) / statistics.median(plain):6.2f}")


if __name__ == "__main__":
    main()
