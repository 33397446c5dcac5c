"""One open access link: its sockets while the interface is there, and what it gets and sends."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import socket
from collections.abc import Callable
from ipaddress import IPv6Address
from typing import Final

from nf.codec.errors import DecodeError
from nf.codec.ndisc import encode_router_advertisement
from nf.drivers.access.advertisement import advertisement_frame
from nf.drivers.access.arrival import events_of
from nf.drivers.access.authentication import dhcp_octets
from nf.drivers.access.flood_filter import FloodFilter, FrameCounts, KnownNodes
from nf.drivers.access.frames import Frame, read_frame, sender_of
from nf.drivers.access.interface import Interface, link_layer_address, link_local_addresses
from nf.drivers.access.neighbours import Neighbours
from nf.drivers.access.query import listener_query_frame
from nf.drivers.access.sockets import (
    Arrival,
    dhcp_socket,
    listening_socket,
    receive_frame,
    send_datagram,
)
from nf.engine.effects import (
    OpenAccessLink,
    PassDhcpMessage,
    SendDhcpMessage,
    SendRouterAdvertisement,
)
from nf.engine.events import AccessMessageRejected, Event
from nf.engine.values import LinkLayerAddress

log = logging.getLogger(__name__)

DHCPV6_CLIENT_PORT: Final = 546
#: Frames taken from one link before others get their turn.
BATCH: Final = 64
#: Nodes of one link whose answer is awaited; beyond that the one asked first is forgotten.
MAX_PROBED: Final = 65_536


class OpenLink:
    """An access link that is served; has sockets while its interface exists."""

    def __init__(
        self, effect: OpenAccessLink, post: Callable[[Event], None], nodes: KnownNodes
    ) -> None:
        self.effect = effect
        #: Whether it can carry packets, as it was last told; None before that.
        self.is_up: bool | None = None
        #: The interface's index; 0 while it is not served.
        self.index = 0
        self._post = post
        self._nodes = nodes
        self._filter = FloodFilter(nodes)
        self._interface = Interface(effect.link.interface)
        self._own = LinkLayerAddress(b"")
        self._listener: socket.socket | None = None
        self._dhcp: socket.socket | None = None
        self._neighbours = Neighbours()
        #: Nodes that were asked to show themselves and have not yet, by age.
        self._probed: dict[LinkLayerAddress, None] = {}
        self._is_admitting = True

    @property
    def name(self) -> str:
        """The interface's name."""
        return self._interface.name

    def open(self, index: int) -> None:
        """Serve the interface of this index: addresses first, then sockets; raises OSError.

        Called again for an interface that was down, since the kernel took its addresses then, and
        when other addresses or limits are wanted: its sockets stay.
        """
        effect = self.effect
        self._interface.prepare(index, effect.link_layer_address, effect.link_local_address)
        self._own = link_layer_address(self.name)
        if index != self.index:
            self.close_sockets()
            self._open_sockets(index)
        if self._listener is not None:
            self._filter.attach(self._listener, effect.link)

    def close_sockets(self) -> None:
        """Stop listening and speaking."""
        if self._listener is not None:
            asyncio.get_running_loop().remove_reader(self._listener)
            self._filter.count(self._listener)
        for each in (self._listener, self._dhcp):
            if each is not None:
                each.close()
        self._listener = self._dhcp = None
        self.index = 0
        self._neighbours.clear()
        self._probed.clear()

    def forget_interface(self) -> None:
        """Take note that the interface is gone."""
        self.close_sockets()
        self._interface.forget()

    def close(self) -> None:
        """Stop serving; the interface stays as it is."""
        self.close_sockets()
        self._filter.close()

    def restore(self) -> None:
        """Stop serving, and leave the interface as it was found."""
        self.close()
        self._interface.restore()

    def frames(self) -> FrameCounts:
        """Return what was not taken in."""
        return self._filter.counts(self._listener)

    def admit(self, *, is_admitted: bool) -> None:
        """Receive frames, or let them wait in the kernel for now."""
        self._is_admitting = is_admitted
        if self._listener is not None:
            self._listen(self._listener)

    def advertise(self, effect: SendRouterAdvertisement) -> None:
        """Send a router advertisement to one node; raises OSError and EncodeError.

        In a frame of our own making: it needs no neighbour discovery, and its source is certain.
        """
        if self._listener is not None:
            frame = advertisement_frame(
                own=self._own,
                node=effect.link_layer_destination,
                source=self._source(),
                destination=effect.destination,
                message=encode_router_advertisement(effect.advertisement),
            )
            self._listener.send(frame)

    def ask_who_is_there(self) -> None:
        """Have every node on the link show itself; raises OSError."""
        if self._listener is not None:
            self._listener.send(listener_query_frame(own=self._own, source=self._source()))

    def probe(self, node: LinkLayerAddress) -> None:
        """Have one node show itself, by whatever sign; raises OSError."""
        if self._listener is not None:
            self._probed[node] = None
            if len(self._probed) > MAX_PROBED:
                del self._probed[next(iter(self._probed))]
            frame = listener_query_frame(own=self._own, source=self._source(), node=node)
            self._listener.send(frame)

    def send_dhcp(self, effect: SendDhcpMessage) -> None:
        """Send a DHCPv6 message to one client; raises OSError and EncodeError."""
        if self._dhcp is not None:
            message = dhcp_octets(effect, self.effect.reconfigure_secret_file)
            self._send_dhcp(self._dhcp, message, effect.destination)

    def pass_dhcp(self, effect: PassDhcpMessage) -> None:
        """Send a server's message to one client as it is; raises OSError."""
        if self._dhcp is not None:
            self._send_dhcp(self._dhcp, effect.octets, effect.destination)

    def forget_neighbour(self, address: IPv6Address) -> LinkLayerAddress | None:
        """Return who has a link-local address, and forget it."""
        return self._neighbours.fail(address)

    def _open_sockets(self, index: int) -> None:
        try:
            self._listener = listening_socket(self.name, index)
            self._dhcp = dhcp_socket(self.name, index)
        except OSError:
            self.close_sockets()
            raise
        self.index = index
        self._listen(self._listener)

    def _listen(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        if self._is_admitting:
            loop.add_reader(listener, self._receive)
        else:
            loop.remove_reader(listener)

    def _send_dhcp(self, sender: socket.socket, octets: bytes, client: IPv6Address) -> None:
        to = (str(client), DHCPV6_CLIENT_PORT, 0, self.index)
        send_datagram(sender, octets, self.effect.link_local_address, to)

    def _source(self) -> IPv6Address:
        """Return the link-local address to speak from; raises OSError where there is none."""
        if not self.effect.link_local_address.is_unspecified:
            return self.effect.link_local_address
        for address in link_local_addresses(self.index):
            return address
        raise OSError(errno.EADDRNOTAVAIL, os.strerror(errno.EADDRNOTAVAIL))

    def _receive(self) -> None:
        for _ in range(BATCH):
            if self._listener is None:
                return
            try:
                arrival = receive_frame(self._listener)
            except BlockingIOError:
                return
            except OSError as fault:  # once when the interface goes down
                log.warning("receiving on %s: %s", self.name, fault)
                return
            if arrival.is_for_us and sender_of(arrival.frame) != self._own:
                self._take(arrival)

    def _take(self, arrival: Arrival) -> None:
        """Post what a frame says; another MAG's, which has our address, was left out before."""
        try:
            frame = read_frame(arrival.frame, is_checksum_pending=arrival.is_checksum_pending)
            events = [] if frame is None else self._events_of(frame)
        except DecodeError as fault:
            sender = sender_of(arrival.frame)
            self._post(
                AccessMessageRejected(
                    link=self.name, link_layer_address=sender, reason=fault.reason
                )
            )
            return
        if frame is not None:
            self._probed.pop(frame.link_layer_address, None)
            if frame.link_layer_address in self._nodes and frame.link_local_address is not None:
                self._neighbours.see(frame.link_local_address, frame.link_layer_address)
        for event in events:
            self._post(event)

    def _events_of(self, frame: Frame) -> list[Event]:
        is_answer = frame.link_layer_address in self._probed
        return events_of(self.effect.link, frame, is_answer=is_answer)
