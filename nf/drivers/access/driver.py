"""The access driver: watches the links that the engine opened and serves them."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
from collections.abc import Callable, Mapping
from ipaddress import IPv6Address

from nf.codec.errors import EncodeError
from nf.drivers.access.flood_filter import FrameCounts, KnownNodes
from nf.drivers.access.link import OpenLink
from nf.drivers.access.rtnetlink import Change, LinkChanged, Monitor, NeighbourFailed
from nf.engine.effects import (
    AccessEffect,
    CloseAccessLink,
    OpenAccessLink,
    PassDhcpMessage,
    ProbeNode,
    SendDhcpMessage,
    SendRouterAdvertisement,
)
from nf.engine.events import AccessLinkDown, AccessLinkUp, Event, KernelFailed, NodeLost
from nf.engine.values import AttachSource, LinkLayerAddress

log = logging.getLogger(__name__)


class AccessDriver:
    """Serves access links; an interface that vanishes and returns is taken up again."""

    def __init__(self, post: Callable[[Event], None]) -> None:
        self._post = post
        self._nodes = KnownNodes()
        self._links: dict[str, OpenLink] = {}
        self._monitor: Monitor | None = None
        self._is_admitting = True

    def perform(self, effect: AccessEffect) -> None:
        """Open or close a link, or send on one; what cannot be sent is logged.

        Raises OSError for an interface that is not there; it is served as soon as it appears.
        """
        match effect:
            case OpenAccessLink():
                self._open(effect)
            case CloseAccessLink():
                self._close(effect.interface)
            case SendRouterAdvertisement():
                self._send(effect.link, lambda link: link.advertise(effect))
            case SendDhcpMessage():
                self._send(effect.link, lambda link: link.send_dhcp(effect))
            case PassDhcpMessage():
                self._send(effect.link, lambda link: link.pass_dhcp(effect))
            case ProbeNode():
                self._send(effect.link, lambda link: link.probe(effect.link_layer_address))

    def admit(self, *, is_admitted: bool) -> None:
        """Receive on every link, or let what arrives wait in the kernel for now."""
        self._is_admitting = is_admitted
        for link in self._links.values():
            link.admit(is_admitted=is_admitted)

    def know(self, node: LinkLayerAddress) -> None:
        """Let no flood of others keep a node from being heard."""
        self._nodes.add(node)

    def forget(self, node: LinkLayerAddress) -> None:
        """Take a node for a stranger from now on."""
        self._nodes.discard(node)

    def frames(self) -> Mapping[str, FrameCounts]:
        """Return what was not taken in from each link."""
        return {name: link.frames() for name, link in self._links.items()}

    def close(self) -> None:
        """Stop serving; the interfaces keep their addresses, so that nodes lose nothing."""
        for link in self._links.values():
            link.close()
        self._links.clear()
        self._nodes.close()
        if self._monitor is not None:
            asyncio.get_running_loop().remove_reader(self._monitor.socket)
            self._monitor.close()
            self._monitor = None

    def _open(self, effect: OpenAccessLink) -> None:
        """Serve a link; of one that is open it is told anew whether it is up."""
        name = effect.link.interface
        link = self._links.setdefault(name, OpenLink(effect, self._post, self._nodes))
        link.effect = effect
        link.admit(is_admitted=self._is_admitting)
        link.is_up = None
        if self._monitor is None:
            self._monitor = Monitor()
            asyncio.get_running_loop().add_reader(self._monitor.socket, self._watch)
        self._monitor.request_links()
        link.open(_index_of(name))

    def _close(self, name: str) -> None:
        link = self._links.pop(name, None)
        if link is not None:
            link.restore()

    def _send(self, name: str, send: Callable[[OpenLink], None]) -> None:
        link = self._links.get(name)
        if link is None:
            return
        try:
            send(link)
        except (OSError, EncodeError) as fault:
            log.warning("sending on %s: %s", name, fault)

    def _watch(self) -> None:
        if self._monitor is not None:
            for change in list(self._monitor.read()):
                self._on_change(change)

    def _on_change(self, change: Change) -> None:
        for link in list(self._links.values()):
            match change:
                case LinkChanged() if change.is_present and change.name == link.name:
                    self._on_present(link, change)
                case LinkChanged() if change.index == link.index:
                    self._on_gone(link)
                case NeighbourFailed() if change.index == link.index:
                    self._on_neighbour(link, change.address)

    def _on_present(self, link: OpenLink, change: LinkChanged) -> None:
        """Serve an interface that is there; one that was down has lost its addresses."""
        try:
            if change.index != link.index or (change.is_up and not link.is_up):
                link.open(change.index)
        except OSError as fault:
            self._report(link, fault)
            return
        self._tell(link, is_up=change.is_up)

    def _on_gone(self, link: OpenLink) -> None:
        """Leave an interface that was removed, renamed or taken to another namespace."""
        link.forget_interface()
        self._tell(link, is_up=False)

    def _on_neighbour(self, link: OpenLink, address: IPv6Address) -> None:
        source = AttachSource.NEIGHBOUR_UNREACHABLE
        node = link.forget_neighbour(address)
        if node is not None and source in link.effect.link.attach_sources:
            self._post(NodeLost(link=link.name, link_layer_address=node, source=source))

    def _tell(self, link: OpenLink, *, is_up: bool) -> None:
        if link.is_up == is_up:
            return
        link.is_up = is_up
        if AttachSource.LINK_STATE in link.effect.link.attach_sources:
            up, down = AccessLinkUp(link=link.name), AccessLinkDown(link=link.name)
            self._post(up if is_up else down)
        if is_up and AttachSource.MULTICAST_LISTENER_REPORT in link.effect.link.attach_sources:
            self._send(link.name, OpenLink.ask_who_is_there)

    def _report(self, link: OpenLink, fault: OSError) -> None:
        """Tell that a link cannot be served; the next change of its interface tries again."""
        log.error("access link %s: %s", link.name, fault)
        name = f"open-access-link {link.name}"
        self._post(KernelFailed(effect=name, errno=fault.errno or 0, detail=str(fault)))


def _index_of(interface: str) -> int:
    """Return the index of an interface; raises OSError where there is none."""
    for index, name in socket.if_nameindex():
        if name == interface:
            return index
    raise OSError(errno.ENODEV, f"there is no interface {interface} yet; it is awaited")
