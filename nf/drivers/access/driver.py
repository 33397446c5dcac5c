"""The access driver: watches the links that the engine opened and serves them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from ipaddress import IPv6Address

from nf.codec.dhcpv6 import decode_dhcp_message
from nf.codec.errors import DecodeError
from nf.codec.ndisc import decode_router_solicitation
from nf.drivers.access.frames import Frame
from nf.drivers.access.link import OpenLink
from nf.drivers.access.rtnetlink import Change, LinkChanged, Monitor, NeighbourFailed
from nf.engine.effects import (
    AccessEffect,
    CloseAccessLink,
    OpenAccessLink,
    SendDhcpMessage,
    SendRouterAdvertisement,
)
from nf.engine.events import (
    AccessLinkDown,
    AccessLinkUp,
    AccessMessageRejected,
    DhcpMessageReceived,
    Event,
    NodeLost,
    NodeSeen,
    RouterSolicited,
)
from nf.engine.values import AttachSource, LinkLayerAddress

log = logging.getLogger(__name__)

#: Neighbours remembered on one link; beyond that the oldest is forgotten.
MAX_NEIGHBOURS = 1024


class AccessDriver:
    """Serves access links; an interface that vanishes and returns is taken up again."""

    def __init__(self, post: Callable[[Event], None]) -> None:
        self._post = post
        self._links: dict[str, OpenLink] = {}
        self._is_up: dict[str, bool] = {}
        self._monitor: Monitor | None = None

    def perform(self, effect: AccessEffect) -> None:
        """Open or close a link, or send on one; what cannot be sent is logged."""
        match effect:
            case OpenAccessLink():
                self._open(effect)
            case CloseAccessLink():
                self._close(effect.interface)
            case SendRouterAdvertisement():
                self._send(effect.link, lambda link: link.advertise(effect))
            case SendDhcpMessage():
                self._send(effect.link, lambda link: link.send_dhcp(effect))

    def close(self) -> None:
        """Stop serving; the interfaces keep their addresses, so that nodes lose nothing."""
        for link in self._links.values():
            link.close_sockets()
        self._links.clear()
        if self._monitor is not None:
            asyncio.get_running_loop().remove_reader(self._monitor.socket)
            self._monitor.close()
            self._monitor = None

    def _open(self, effect: OpenAccessLink) -> None:
        name = effect.link.interface
        present = self._links.get(name)
        if present is not None:
            present.close_sockets()
        self._links[name] = OpenLink(effect, self._take)
        self._is_up.pop(name, None)
        if self._monitor is None:
            self._monitor = Monitor()
            asyncio.get_running_loop().add_reader(self._monitor.socket, self._watch)
        self._monitor.request_links()

    def _close(self, name: str) -> None:
        link = self._links.pop(name, None)
        self._is_up.pop(name, None)
        if link is not None:
            link.close_sockets()
            link.restore()

    def _send(self, name: str, send: Callable[[OpenLink], None]) -> None:
        link = self._links.get(name)
        if link is None:
            return
        try:
            send(link)
        except OSError as fault:
            log.warning("sending on %s: %s", name, fault)

    def _watch(self) -> None:
        if self._monitor is not None:
            for change in list(self._monitor.read()):
                self._on_change(change)

    def _on_change(self, change: Change) -> None:
        match change:
            case LinkChanged(name=name) if name in self._links:
                self._on_link(self._links[name], change)
            case NeighbourFailed():
                for link in self._links.values():
                    if link.index == change.index:
                        self._on_neighbour(link, change.address)

    def _on_link(self, link: OpenLink, change: LinkChanged) -> None:
        if not change.is_present:
            link.close_sockets()
        elif change.index != link.index:
            try:
                link.open(change.index)
            except OSError as fault:
                log.error("access link %s: %s", link.name, fault)
                return
        if self._is_up.get(link.name) == change.is_up:
            return
        self._is_up[link.name] = change.is_up
        if AttachSource.LINK_STATE in link.effect.link.attach_sources:
            up, down = AccessLinkUp(link=link.name), AccessLinkDown(link=link.name)
            self._post(up if change.is_up else down)

    def _on_neighbour(self, link: OpenLink, address: IPv6Address) -> None:
        source = AttachSource.NEIGHBOUR_UNREACHABLE
        node = link.neighbours.pop(address, None)
        if node is not None and source in link.effect.link.attach_sources:
            self._post(NodeLost(link=link.name, link_layer_address=node, source=source))

    def _take(self, name: str, frame: Frame) -> None:
        link = self._links[name]
        if frame.link_local_address is not None:
            _remember(link.neighbours, frame.link_local_address, frame.link_layer_address)
        if frame.kind in link.effect.link.attach_sources:
            self._post(
                NodeSeen(
                    link=name,
                    link_layer_address=frame.link_layer_address,
                    source=frame.kind,
                    link_local_address=frame.link_local_address,
                )
            )
        try:
            self._read(name, frame)
        except DecodeError as fault:
            self._post(
                AccessMessageRejected(
                    link=name, link_layer_address=frame.link_layer_address, reason=fault.reason
                )
            )

    def _read(self, name: str, frame: Frame) -> None:
        """Post what a router solicitation or a DHCPv6 message says; raises DecodeError."""
        if frame.kind is AttachSource.ROUTER_SOLICITATION:
            decode_router_solicitation(frame.payload)
            self._post(
                RouterSolicited(
                    link=name, link_layer_address=frame.link_layer_address, source=frame.source
                )
            )
        elif frame.kind is AttachSource.DHCPV6:
            self._post(
                DhcpMessageReceived(
                    link=name,
                    link_layer_address=frame.link_layer_address,
                    source=frame.source,
                    message=decode_dhcp_message(frame.payload),
                )
            )


def _remember(
    neighbours: dict[IPv6Address, LinkLayerAddress], address: IPv6Address, node: LinkLayerAddress
) -> None:
    neighbours.pop(address, None)
    neighbours[address] = node
    if len(neighbours) > MAX_NEIGHBOURS:
        del neighbours[next(iter(neighbours))]
