"""``pmip6 demo``: a mobile router's ride through a whole domain, each step with what it checks."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from rich.console import Console

from nf.cli.claim import claimed
from nf.cli.client import ClientError
from nf.cli.demo.capture import dhcpv6_exchange_ms, read_capture
from nf.cli.demo.daemons import PASSWORD, PORT, USER, DaemonFailed
from nf.cli.demo.domain import Domain, StepFailed, wait_for
from nf.cli.demo.drawing import Situation, draw
from nf.cli.demo.namespaces import CommandFailed
from nf.cli.demo.topology import (
    CORE_INTERFACE,
    DAEMONS,
    LMA_ADDRESS,
    MAG_ADDRESSES,
    MANAGEMENT,
)
from nf.cli.demo.traffic import Outage, outage
from nf.cli.tables import plain_console, print_table, read_rows, table_named

DIRECTORY: Final = Path("/var/lib/pmip6-demo")
#: What is run in the namespaces.
PROGRAMS: Final = ("ip", "ss", "sysctl", "unshare", "ping", "dhcpcd", "radvd", "tcpdump", "tshark")
#: What can go wrong in a step, on this machine or in what is shown.
FAULTS: Final = (
    StepFailed,
    CommandFailed,
    DaemonFailed,
    ClientError,
    ValueError,
    RuntimeError,
    OSError,
    subprocess.SubprocessError,
)
#: How long traffic is watched before and after a disturbance.
MARGIN_NS: Final = 1_000_000_000
TABLES_OF: Final = {
    "lma": ("bindings", "assignments", "home-pools", "mobile-pools", "tunnels"),
    "mag1": ("registrations", "nodes", "tunnels"),
    "mag2": ("registrations",),
}


def demo(*, keep: bool, remove: bool) -> int:
    """Run the demonstration; returns 0 if every step did what it had to."""
    hindrance = _hindrance(("ip",) if remove else PROGRAMS)
    if hindrance is not None:
        print(f"pmip6: {hindrance}", file=sys.stderr)
        return 1
    domain = Domain(DIRECTORY)
    try:
        with claimed(DIRECTORY.parent, "another demonstration is being run"):
            return _remove(domain) if remove else _ride(domain, keep=keep)
    except OSError as fault:
        print(f"pmip6: {fault}", file=sys.stderr)
        return 1


def _remove(domain: Domain) -> int:
    domain.remove()
    return 0


def _ride(domain: Domain, *, keep: bool) -> int:
    """Go through all steps; whoever ends it early, by closing the terminal too, leaves nothing."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    ride = Ride(domain, plain_console())
    try:
        ride.run()
        return ride.tell_how_to_look() if keep else ride.finish()
    except FAULTS as fault:
        ride.tell_failure(fault, _keep_logs(domain))
        return 1
    except KeyboardInterrupt:
        domain.remove()
        raise


def _hindrance(programs: Sequence[str]) -> str | None:
    """Return why this cannot be done by this user on this machine, if it cannot."""
    if os.geteuid() != 0:
        return "the demonstration makes network namespaces: it needs root"
    missing = [program for program in programs if shutil.which(program) is None]
    return f"not installed: {', '.join(missing)} (make setup installs them)" if missing else None


def _keep_logs(domain: Domain) -> Path:
    """Move the logs out of the way of the next run and remove everything else."""
    logs = DIRECTORY.with_name(f"{DIRECTORY.name}-failed")
    shutil.rmtree(logs, ignore_errors=True)
    if domain.directory.exists():
        shutil.copytree(domain.directory, logs, ignore_dangling_symlinks=True)
    domain.remove()
    return logs


class Ride:
    """The steps, in order; each raises if what it checks does not hold."""

    def __init__(self, domain: Domain, console: Console) -> None:
        self._domain = domain
        self._console = console
        self._begin = time.monotonic()
        self._figures: dict[str, str] = {}

    def run(self) -> None:
        """Go through all steps."""
        steps: list[tuple[str, Callable[[], str]]] = [
            ("hosts and cables are made in network namespaces", self._build),
            ("LMA, MAG1 and MAG2 run and listen for NETCONF", self._start),
            ("each is configured over NETCONF: candidate, validate, commit", self._configure),
            ("the router appears at MAG1 and gets its prefixes", self._attach),
            ("a node inside the mobile network reaches its correspondent", self._reach),
            ("the LMA is killed and started again; nothing is lost", self._crash),
            ("the router moves to MAG2 under traffic, its link lost and found", self._hand_over),
            ("it roams back to MAG1 without noticing, its link kept", self._roam),
            ("the wire shows plain IPv6-in-IPv6 and clean signalling", self._inspect),
        ]
        for number, (title, step) in enumerate(steps, 1):
            self._console.print(f"[bold]{number}. {title}[/bold] …")
            begin = time.monotonic()
            found = step()
            taken = time.monotonic() - begin
            self._console.print(f"   [green]ok[/green] {found} [dim]({taken:.1f} s)[/dim]")
        self._show_state()

    def finish(self) -> int:
        """Stop everything and check that nothing is left; returns the exit status."""
        self._console.print("[bold]everything is stopped and removed[/bold] …")
        self._domain.stop()
        self._domain.remove()
        left = [host.name for host in self._domain.topology.hosts.values() if host.exists]
        if left or DIRECTORY.exists():
            self._console.print(f"   [red]left behind[/red]: {left or DIRECTORY}")
            return 1
        self._console.print("   [green]ok[/green] no namespace, route, process or file is left")
        for name, figure in self._figures.items():
            self._console.print(f"{name + ':':<42}{figure}")
        self._console.print(
            f"{'the whole demonstration:':<42}{time.monotonic() - self._begin:.0f} s"
        )
        return 0

    def tell_failure(self, fault: Exception, logs: Path) -> None:
        """Say what failed and where the logs are."""
        print(f"\npmip6: the demonstration failed: {fault}", file=sys.stderr)
        print(f"pmip6: the logs of all hosts are in {logs}", file=sys.stderr)

    def tell_how_to_look(self) -> int:
        """Print the commands to look at the domain, which is left running; returns 0."""
        self._domain.stop_measuring()
        operator = self._domain.topology["operator"].name
        lma = self._domain.topology["lma"].name
        programs = Path(sys.executable).parent
        password_file = DIRECTORY / "password"
        password_file.write_text(PASSWORD)
        into = f"ip netns exec {operator}"
        console = f"{programs}/netconf-console2 --host {MANAGEMENT['lma']} --port {PORT}"
        target = f"--host {MANAGEMENT['lma']} --password-file {password_file}"
        self._console.print(
            "\n[bold]The domain is left running.[/bold] Look at it with:\n\n"
            f"  {into} {programs}/pmip6 show {target}\n"
            f"  {into} {programs}/pmip6 show bindings --json {target}\n"
            f"  {into} {console} -u {USER} -p {PASSWORD} --get -x /pmip6:pmip6\n"
            f"  ip netns exec {lma} tcpdump -ni {CORE_INTERFACE} 'ip6 proto 135 or ip6 proto 41'\n"
            f"  ip netns exec {lma} ip -6 route show table all\n\n"
            f"MAG1 and MAG2 are at {MANAGEMENT['mag1']} and {MANAGEMENT['mag2']}; "
            f"logs and recordings are in {DIRECTORY}.\n"
            f"Remove it with:\n\n  {programs}/pmip6 demo --remove\n",
        )
        return 0

    def _build(self) -> str:
        self._domain.build()
        return f"{len(self._domain.topology.hosts)} hosts"

    def _start(self) -> str:
        self._domain.start_daemons()
        return ", ".join(f"{name} at {MANAGEMENT[name]}:{PORT}" for name in DAEMONS)

    def _configure(self) -> str:
        for name in DAEMONS:
            self._domain.configure(name)
        return f"LMA {LMA_ADDRESS}, MAGs {', '.join(str(a) for a in MAG_ADDRESSES.values())}"

    def _attach(self) -> str:
        domain = self._domain
        domain.core_capture.start()
        domain.access_capture.start()
        domain.topology.move_router("mag1")
        domain.router.start()
        home = wait_for("a home address by router advertisement", domain.home_address, 30)
        inside = wait_for("a mobile network prefix by DHCPv6", domain.inside_prefix, 30)
        node = wait_for("an address for the node inside", domain.node_address, 30)
        self._figures["DHCPv6, first Solicit to Reply"] = dhcpv6_exchange_ms(
            domain.access_capture.path
        )
        return f"router {home}, inside {inside}, node {node}"

    def _reach(self) -> str:
        domain = self._domain
        summary = [line for line in domain.ping().splitlines() if "packets transmitted" in line]
        domain.start_traffic()
        for kind in ("udp", "tcp"):
            domain.wait_for_echo_after(0, kind)
        return f"ping: {summary[0]}; a UDP flow and a TCP stream run"

    def _crash(self) -> str:
        domain = self._domain
        prefix = domain.inside_prefix()
        before = domain.binding()
        begin = self._settle()
        lma = domain.daemons["lma"]
        lma.kill()
        lma.start()
        lma.wait_until_it_listens()
        after = wait_for("the binding at the restarted LMA", domain.binding)
        self._require_same_prefixes(before, after)
        self._settle()
        if domain.inside_prefix() != prefix:
            raise StepFailed(f"the prefix changed from {prefix} to {domain.inside_prefix()}")
        found = outage(domain.echoes("udp"), begin, time.monotonic_ns() - MARGIN_NS)
        self._figures["LMA killed and restarted"] = _words(found)
        return f"binding and prefixes as before; {_words(found)}"

    def _hand_over(self) -> str:
        udp, tcp = self._move("mag2", keeps_carrier=False)
        self._figures["handover, link lost and found, UDP"] = _words(udp)
        self._figures["  of which the network needed"] = (
            f"{self._domain.attach_ms('mag2')} ms, from carrier to acknowledgement; the rest is\n"
            f"{'':<42}dhcpcd's own wait before it asks for its prefix again"
        )
        self._figures["  the same TCP connection"] = _tcp_words(tcp)
        return f"same prefixes; UDP {_words(udp)}; TCP {_tcp_words(tcp)}"

    def _roam(self) -> str:
        udp, tcp = self._move("mag1", keeps_carrier=True)
        self._figures["handover, link kept, UDP"] = _words(udp)
        self._figures["  still the same TCP connection"] = _tcp_words(tcp)
        return f"same prefixes; UDP {_words(udp)}; TCP {_tcp_words(tcp)}"

    def _move(self, mag: str, *, keeps_carrier: bool) -> tuple[Outage, Outage]:
        """Move the router under traffic; returns what that did to UDP and to TCP."""
        domain = self._domain
        prefix, before = domain.inside_prefix(), domain.binding()
        begin = self._settle()
        moved = time.monotonic_ns()
        domain.topology.move_router(mag, keeps_carrier=keeps_carrier)
        for kind in ("udp", "tcp"):
            domain.wait_for_echo_after(moved, kind, 40)
        after = wait_for(f"the binding at {mag}", lambda: self._binding_at(mag))
        self._require_same_prefixes(before, after)
        self._settle()
        if wait_for("the prefix inside", domain.inside_prefix) != prefix:
            raise StepFailed(f"the prefix changed from {prefix} to {domain.inside_prefix()}")
        end = time.monotonic_ns() - MARGIN_NS
        udp, tcp = (outage(domain.echoes(kind), begin, end) for kind in ("udp", "tcp"))
        return udp, tcp

    def _binding_at(self, mag: str) -> dict[str, str] | None:
        row = self._domain.binding()
        is_there = row is not None and row["proxy-care-of-address"] == str(MAG_ADDRESSES[mag])
        return dict(row) if row is not None and is_there else None

    def _require_same_prefixes(self, before: object, after: object) -> None:
        for leaf in ("home-network-prefix", "mobile-network-prefix"):
            if not (isinstance(before, dict) and isinstance(after, dict)):
                raise StepFailed("the LMA has no binding")
            if before[leaf] != after[leaf]:
                raise StepFailed(f"{leaf} changed from {before[leaf]} to {after[leaf]}")

    def _settle(self) -> int:
        """Wait until traffic has flowed for a while; returns when that while began."""
        begin = time.monotonic_ns()
        self._domain.wait_for_echo_after(begin + MARGIN_NS, "udp")
        self._domain.wait_for_echo_after(begin + MARGIN_NS, "tcp")
        return begin

    def _inspect(self) -> str:
        domain = self._domain
        domain.core_capture.stop()
        report = read_capture(domain.core_capture.path, inside=("2001:db8:1", "2001:db8:2"))
        if report.faults:
            raise StepFailed("; ".join(report.faults[:5]))
        for line in report.signalling:
            self._console.print(f"     [dim]{line}[/dim]", soft_wrap=True)
        for (source, destination), count in report.tunnelled.items():
            self._console.print(f"     [dim]{count} packets in {source} → {destination}[/dim]")
        if len(report.tunnelled) < 4 or not report.signalling:
            raise StepFailed("traffic through both tunnels and signalling had to be there")
        return "no routing header, nothing outside the tunnel, nothing malformed"

    def _show_state(self) -> None:
        for name, tables in TABLES_OF.items():
            with self._domain.daemons[name].connect() as client:
                for table in filter(None, map(table_named, tables)):
                    print_table(table, read_rows(table, client), self._console, name.upper())
        self._console.print(self._picture(), soft_wrap=True)

    def _picture(self) -> str:
        domain = self._domain
        row = wait_for("the binding", domain.binding)
        return draw(
            Situation(
                mag="mag1",
                home_network_prefix=row["home-network-prefix"],
                mobile_network_prefix=row["mobile-network-prefix"],
                home_address=wait_for("a home address", domain.home_address),
                inside_prefix=wait_for("a prefix inside", domain.inside_prefix),
                node_address=wait_for("a node's address", domain.node_address),
            )
        )


def _words(found: Outage) -> str:
    return f"silent for {found.gap_ms:.0f} ms, {found.lost} of {found.sent} packets lost"


def _tcp_words(found: Outage) -> str:
    return f"silent for {found.gap_ms:.0f} ms, every byte in order"
