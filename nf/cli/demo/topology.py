"""The demonstration's hosts, cables and addresses; the same as in yang/examples and the tests.

::

    node ── router ══ air ══ mag1 ─┐
                       ╚════ mag2 ─┴─ core ─ lma ── correspondent

``air`` is two radio cells: a bridge each, one behind mag1 and one behind mag2. The router's radio
is a port that is moved from one to the other; the cell that it leaves loses its carrier, as a
point-to-point access link does. ``operator`` reaches the management address of each daemon.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv6Address, IPv6Network
from typing import Final

from nf.cli.demo.namespaces import Namespace, connect_namespaces

LMA_ADDRESS: Final = IPv6Address("2001:db8:ffff::1")
MAG_ADDRESSES: Final = {
    "mag1": IPv6Address("2001:db8:ffff::11"),
    "mag2": IPv6Address("2001:db8:ffff::12"),
}
HOME_POOL: Final = IPv6Network("2001:db8:1000::/40")
MOBILE_POOL: Final = IPv6Network("2001:db8:2000::/40")
CORRESPONDENT_ADDRESS: Final = IPv6Address("2001:db8:c::2")
MANAGEMENT: Final = {
    "operator": "192.0.2.100",
    "lma": "192.0.2.1",
    "mag1": "192.0.2.11",
    "mag2": "192.0.2.12",
}
ROUTER_LINK_LAYER: Final = "02:00:00:00:00:07"
ROUTER_IDENTIFIER: Final = "bus-7@operator.example"
ACCESS_INTERFACE: Final = "access0"
CORE_INTERFACE: Final = "core0"
DAEMONS: Final = ("lma", "mag1", "mag2")
HOSTS: Final = ("operator", "correspondent", "lma", "core", "mag1", "mag2", "air", "router", "node")


@dataclass(slots=True)
class Topology:
    """All hosts of one demonstration; ``label`` keeps several apart."""

    label: str = "pmip6"
    hosts: dict[str, Namespace] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.hosts = {name: Namespace(f"{self.label}-{name}") for name in HOSTS}

    def __getitem__(self, name: str) -> Namespace:
        return self.hosts[name]

    def build(self) -> None:
        """Make every host, cable and address; what is left of an earlier run goes first."""
        self.remove()
        for host in self.hosts.values():
            host.create()
        self._build_core()
        self._build_management()
        self._build_access()
        self._build_mobile_network()

    def remove(self) -> None:
        """Take everything away, processes included."""
        for host in self.hosts.values():
            host.delete()

    def move_router(self, cell: str | None, *, keeps_carrier: bool = False) -> None:
        """Take the router's radio out of its cell and put it into that of mag ``cell``, if any.

        A radio that keeps its carrier does not tell the router that anything has happened.
        """
        air = self["air"]
        if not keeps_carrier:
            air.ip("link", "set", "radio", "down")
        for mag in MAG_ADDRESSES:
            if mag != cell:
                air.ip("link", "set", f"to-{mag}", "down")
        if cell is None:
            air.ip("link", "set", "radio", "nomaster")
            return
        air.ip("link", "set", "radio", "master", f"cell-{cell}")
        air.ip("link", "set", f"to-{cell}", "up")
        air.ip("link", "set", "radio", "up")

    def _build_core(self) -> None:
        core = self["core"]
        core.ip("link", "add", "backbone", "type", "bridge", "mcast_snooping", "0")
        core.ip("link", "set", "backbone", "up")
        for name, address in {"lma": LMA_ADDRESS, **MAG_ADDRESSES}.items():
            connect_namespaces(core, f"to-{name}", self[name], CORE_INTERFACE)
            core.ip("link", "set", f"to-{name}", "master", "backbone")
            self[name].ip("address", "add", f"{address}/64", "dev", CORE_INTERFACE, "nodad")
        connect_namespaces(self["lma"], "outside0", self["correspondent"], "eth0")
        self["lma"].ip("address", "add", "2001:db8:c::1/64", "dev", "outside0", "nodad")
        correspondent = self["correspondent"]
        correspondent.ip("address", "add", f"{CORRESPONDENT_ADDRESS}/64", "dev", "eth0", "nodad")
        correspondent.ip("-6", "route", "add", "default", "via", "2001:db8:c::1")

    def _build_management(self) -> None:
        operator = self["operator"]
        operator.ip("link", "add", "management", "type", "bridge")
        operator.ip("link", "set", "management", "up")
        operator.ip("address", "add", f"{MANAGEMENT['operator']}/24", "dev", "management")
        for name in DAEMONS:
            connect_namespaces(operator, f"to-{name}", self[name], "mgmt0")
            operator.ip("link", "set", f"to-{name}", "master", "management")
            self[name].ip("address", "add", f"{MANAGEMENT[name]}/24", "dev", "mgmt0")

    def _build_access(self) -> None:
        air = self["air"]
        for mag in MAG_ADDRESSES:
            air.ip("link", "add", f"cell-{mag}", "type", "bridge", "mcast_snooping", "0")
            connect_namespaces(air, f"to-{mag}", self[mag], ACCESS_INTERFACE)
            air.ip("link", "set", f"to-{mag}", "master", f"cell-{mag}")
            air.ip("link", "set", f"to-{mag}", "down")
            air.ip("link", "set", f"cell-{mag}", "up")
        connect_namespaces(air, "radio", self["router"], "wan0")
        air.ip("link", "set", "radio", "down")
        air.sysctl(net__ipv6__conf__all__disable_ipv6="1")

    def _build_mobile_network(self) -> None:
        router = self["router"]
        router.ip("link", "set", "wan0", "address", ROUTER_LINK_LAYER)
        router.sysctl(net__ipv6__conf__all__forwarding="1")
        connect_namespaces(router, "lan0", self["node"], "eth0")
