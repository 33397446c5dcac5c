"""A mobility domain in network namespaces: node — MAG — LMA — CN, with a kernel driver in each.

node1 --- mag1 --- core --- lma --- cn          node: 2001:db8:1::2, 2001:db8:a1::2
node2 --- mag2 ---/                             mags: 2001:db8:f::11, 2001:db8:f::12
                                                lma:  2001:db8:f::1, 2001:db8:c::1
                                                cn:   2001:db8:c::2
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import re
import signal
import socket
import struct
import subprocess
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from ipaddress import IPv6Address, IPv6Network
from pathlib import Path
from typing import Final, cast

from nf.cli.demo.namespaces import Namespace, entered
from nf.engine.configuration import DataPlaneConfiguration, DriverName
from nf.engine.kernel_effects import (
    ConfigureDataPlane,
    InstallAccessRoute,
    InstallAggregateRoute,
    InstallRoute,
    InstallTunnel,
    InstallUplinkRoute,
    KernelEffect,
)
from nf.engine.values import Tunnel
from nf.journal import Json
from tests.kernel.agent import Call, Request, run_agent

ROOT: Final = Path(__file__).parents[2]
FORK: Final = multiprocessing.get_context("fork")
LMA: Final = IPv6Address("2001:db8:f::1")
MAG1: Final = IPv6Address("2001:db8:f::11")
MAG2: Final = IPv6Address("2001:db8:f::12")
CN: Final = "2001:db8:c::2"
HNP: Final = IPv6Network("2001:db8:1::/64")
MNP: Final = IPv6Network("2001:db8:a1::/56")
POOL: Final = IPv6Network("2001:db8:a0::/44")
NODE_HNP: Final = "2001:db8:1::2"
NODE_MNP: Final = "2001:db8:a1::2"
NODE_LINK_LOCAL: Final = IPv6Address("fe80::2")
TO_MAG1: Final = Tunnel(local=LMA, remote=MAG1)
TO_MAG2: Final = Tunnel(local=LMA, remote=MAG2)
FROM_MAG1: Final = Tunnel(local=MAG1, remote=LMA)
FROM_MAG2: Final = Tunnel(local=MAG2, remote=LMA)
_ECHO_REPLY: Final = 129
MACHINES: Final = ("node1", "node2", "mag1", "mag2", "core", "lma", "cn")

LINKS: Final = (
    ("cn", "lma", "lma", "cn"),
    ("core", "lma", "lma", "core"),
    ("core", "mag1", "mag1", "core"),
    ("core", "mag2", "mag2", "core"),
    ("mag1", "access", "node1", "mag"),
    ("mag2", "access", "node2", "mag"),
)


def _address(device: str, *addresses: str) -> list[str]:
    return [f"address add {each} dev {device} nodad" for each in addresses]


def _up(device: str) -> list[str]:
    """Return what sets a device up without a link-local address that would be tested for long.

    Those that are given here instead are needed: kernels before 6.2 ask for a neighbour by them.
    """
    return [f"link set {device} addrgenmode none", f"link set {device} up"]


def _mag(address: IPv6Address) -> list[str]:
    link_local = f"fe80::{int(address) & 0xFFFF:x}/64"
    commands = [*_address("core", link_local, f"{address}/64")]
    commands += _address("access", "fe80::1/64")
    return [*commands, f"route add default via {LMA}"]


_NODE: Final = [
    *_address("mag", f"{NODE_LINK_LOCAL}/64", f"{NODE_HNP}/64", f"{NODE_MNP}/128"),
    "route add default via fe80::1 dev mag",
]
#: What makes each machine what it is, besides its links.
ADDRESSES: Final[Mapping[str, list[str]]] = {
    "node1": _NODE,
    "node2": _NODE,
    "mag1": _mag(MAG1),
    "mag2": _mag(MAG2),
    "core": [
        "link add bridge type bridge",
        *_up("bridge"),
        *(f"link set {port} master bridge" for port in ("lma", "mag1", "mag2")),
    ],
    "lma": [
        *_address("cn", "fe80::1/64", "2001:db8:c::1/64"),
        *_address("core", "fe80::1/64", f"{LMA}/64"),
    ],
    "cn": [*_address("lma", "fe80::2/64", f"{CN}/64"), "route add default via 2001:db8:c::1"],
}


#: Who must have found whom before a test begins: a new link carries nothing for up to a second.
NEIGHBOURS: Final = (
    ("mag1", str(LMA)),
    ("mag2", str(LMA)),
    ("node1", "fe80::1%mag"),
    ("node2", "fe80::1%mag"),
    ("cn", "2001:db8:c::1"),
)


class Agent:
    """A kernel driver in a namespace, by way of a process."""

    def __init__(self, namespace: str, grace_s: float = 0) -> None:
        self._requests, theirs = FORK.Pipe()
        arguments = (namespace, theirs, grace_s)
        self._process = FORK.Process(target=run_agent, args=arguments, daemon=True)
        self._process.start()
        theirs.close()

    def perform(self, *effects: KernelEffect) -> None:
        """Perform effects; none of them may be refused."""
        for effect in effects:
            answer = self._ask(effect)
            assert "refused" not in answer, (effect, answer)

    def refusal(self, effect: KernelEffect) -> int:
        """Return the error number with which an effect is refused."""
        return cast(int, self._ask(effect)["refused"])

    def call(self, name: str, link: str = "") -> Json:
        """Call a method of the driver."""
        return self._ask(Call(name=name, link=link))["result"]

    def kill(self) -> None:
        """End it as a crash would: it cannot clean up."""
        self._process.kill()
        self._process.join()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Let it do nothing for a while."""
        assert self._process.pid is not None
        os.kill(self._process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self._process.pid, signal.SIGCONT)

    def stop(self) -> None:
        """End it in good order; the driver is closed and not drained."""
        if self._process.is_alive():
            self._requests.send(None)
            self._process.join()

    def _ask(self, request: Request) -> dict[str, Json]:
        self._requests.send(request)
        return cast(dict[str, Json], self._requests.recv())


class Domain:
    """The namespaces, and the drivers that run in them."""

    def __init__(self, driver: DriverName) -> None:
        self.driver = driver
        self._prefix = f"pmk{uuid.uuid4().hex[:6]}"
        self._agents: list[Agent] = []

    def namespace(self, machine: str) -> str:
        """Return the name of a machine's namespace."""
        return f"{self._prefix}-{machine}"

    def enter(self, machine: str) -> list[str]:
        """Return the command in front of one that is to run on a machine."""
        return ["nsenter", f"--net=/run/netns/{self.namespace(machine)}"]

    def inside(self, machine: str) -> AbstractContextManager[None]:
        """Be on a machine for a while."""
        return entered(Namespace(self.namespace(machine)))

    def run(self, machine: str, *command: str, check: bool = True) -> str:
        """Run a command on a machine and return what it printed."""
        with self.inside(machine):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0 or not check, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    @contextmanager
    def running(self, machine: str, *command: str) -> Iterator[subprocess.Popen[str]]:
        """Run a command on a machine beside the test."""
        done = [*self.enter(machine), *command]
        with subprocess.Popen(done, stdout=subprocess.PIPE, text=True) as process:
            yield process

    def ip(self, machine: str, arguments: str) -> str:
        """Run ip on a machine."""
        return self.run(machine, "ip", "-6", *arguments.split())

    def batch(self, machine: str, *commands: str, options: Sequence[str] = ()) -> str:
        """Run many commands of ip on a machine in one process and return what it printed."""
        return _batch(["-6", "-n", self.namespace(machine), *options], commands)

    def start(self, machine: str, *, mtu: int = 0, grace_s: float = 0) -> Agent:
        """Start a kernel driver on a machine."""
        agent = Agent(self.namespace(machine), grace_s)
        self._agents.append(agent)
        configuration = DataPlaneConfiguration(driver=self.driver, mtu=mtu)
        agent.perform(ConfigureDataPlane(data_plane=configuration))
        return agent

    def start_lma(self, *, aggregates: bool = True) -> Agent:
        """Start the LMA with both prefixes behind MAG 1."""
        lma = self.start("lma")
        if aggregates:
            lma.perform(InstallAggregateRoute(prefix=POOL))
        lma.perform(InstallTunnel(tunnel=TO_MAG1))
        lma.perform(*(InstallRoute(prefix=each, tunnel=TO_MAG1) for each in (HNP, MNP)))
        return lma

    def start_mag(self, number: int) -> Agent:
        """Start a MAG with the node on its access link."""
        mag = self.start(f"mag{number}")
        tunnel = FROM_MAG1 if number == 1 else FROM_MAG2
        mag.perform(
            InstallTunnel(tunnel=tunnel),
            InstallAccessRoute(prefix=HNP, link="access", next_hop=None),
            InstallAccessRoute(prefix=MNP, link="access", next_hop=NODE_LINK_LOCAL),
            InstallUplinkRoute(prefix=HNP, link="access", tunnel=tunnel),
            InstallUplinkRoute(prefix=MNP, link="access", tunnel=tunnel),
        )
        return mag

    def pings(self, machine: str, destination: str, *options: str) -> bool:
        """Tell whether one echo request is answered."""
        return " 0% packet loss" in self.ping(machine, destination, *options)

    def ping(self, machine: str, destination: str, *options: str) -> str:
        """Send one echo request and return what ping printed."""
        command = ["ping", "-6", "-n", "-c", "1", "-W", "1", *options, destination]
        return self.run(machine, *command, check=False)

    def dump(self, machine: str) -> str:
        """Return all that is in the kernel of a machine, in words.

        Whether a link is up stands in its flags; the word for it follows some time later.
        """
        listings = ("rule", "nexthop", "route show table all", "address", "link")
        return re.sub(r"state [A-Z]+ ", "", self.batch(machine, *listings, options=["-d"]))

    def close(self) -> None:
        """Leave nothing behind."""
        for agent in self._agents:
            agent.stop()
        deletions = (f"netns delete {self.namespace(each)}" for each in MACHINES)
        _batch(["-force"], deletions, check=False)

    def build(self) -> None:
        """Make the namespaces and the links between them; LMA and MAGs forward.

        As few processes as can be: starting one is slow in user-mode Linux.
        """
        _batch([], (f"netns add {self.namespace(each)}" for each in MACHINES))
        _batch([], (self._link(*each) for each in LINKS))
        for machine in MACHINES:
            ends = [(one, name) for link in LINKS for one, name in (link[:2], link[2:])]
            devices = ["lo", *(name for one, name in ends if one == machine)]
            ups = [each for device in devices for each in _up(device)]
            self.batch(machine, *ups, *ADDRESSES[machine])
        for router in ("lma", "mag1", "mag2"):
            with self.inside(router):
                Path("/proc/sys/net/ipv6/conf/all/forwarding").write_text("1")
        for one, neighbour in NEIGHBOURS:
            with self.inside(one):
                _wait_for_echo(neighbour)

    def _link(self, one: str, one_end: str, other: str, other_end: str) -> str:
        peer = f"peer name {other_end} netns {self.namespace(other)}"
        return f"link add {one_end} netns {self.namespace(one)} type veth {peer}"


def _batch(options: Sequence[str], commands: Iterable[str], *, check: bool = True) -> str:
    """Let ip run many commands in one process; nobody hears of those that fail unchecked."""
    done = subprocess.run(
        ["ip", *options, "-batch", "-"],
        input="\n".join(commands),
        text=True,
        check=check,
        stdout=subprocess.PIPE,
        stderr=None if check else subprocess.DEVNULL,
    )
    return done.stdout


def _wait_for_echo(destination: str) -> None:
    """Send echo requests until one is answered; raises TimeoutError after ten seconds."""
    request = struct.pack("!BBHHH", 128, 0, 0, 0, 0)
    with socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6) as raw:
        raw.settimeout(0.05)
        raw.connect(socket.getaddrinfo(destination, 0)[0][4])
        for _ in range(200):
            raw.send(request)
            with contextlib.suppress(TimeoutError):
                while raw.recv(1500)[0] != _ECHO_REPLY:
                    pass
                return
    raise TimeoutError(destination)


@contextmanager
def domain(driver: DriverName) -> Iterator[Domain]:
    """Have a domain, and leave nothing behind, whatever happens."""
    made = Domain(driver)
    try:
        made.build()
        yield made
    finally:
        made.close()
