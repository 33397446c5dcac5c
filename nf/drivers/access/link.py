"""One open access link: its sockets while the interface is there, and what it gets and sends."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import Callable
from ipaddress import IPv6Address
from pathlib import Path
from typing import Final

from nf.codec.dhcpv6 import encode_dhcp_message
from nf.codec.ndisc import encode_router_advertisement
from nf.drivers.access.advertisement import advertisement_frame
from nf.drivers.access.frames import Frame, read_frame
from nf.drivers.access.rtnetlink import add_address
from nf.drivers.access.sockets import (
    DHCPV6_CLIENT_PORT,
    advertising_socket,
    dhcp_socket,
    is_own,
    link_layer_address,
    listening_socket,
    set_link_layer_address,
)
from nf.engine.effects import OpenAccessLink, SendDhcpMessage, SendRouterAdvertisement
from nf.engine.values import LinkLayerAddress

log = logging.getLogger(__name__)

#: Frames taken from one link before others get their turn.
BATCH: Final = 64
_MAX_FRAME: Final = 65535
_NETWORK_SETTINGS: Final = Path("/proc/sys/net/ipv6/conf")


class OpenLink:
    """An access link that is served; has sockets while its interface exists."""

    def __init__(self, effect: OpenAccessLink, take: Callable[[str, Frame], None]) -> None:
        self.effect = effect
        self._take = take
        self._index = 0
        self._original: LinkLayerAddress | None = None
        self._listener: socket.socket | None = None
        self._dhcp: socket.socket | None = None
        self._advertiser: socket.socket | None = None
        #: Who was seen with which link-local address, for the neighbours that fail.
        self.neighbours: dict[IPv6Address, LinkLayerAddress] = {}

    @property
    def name(self) -> str:
        """The interface's name."""
        return self.effect.link.interface

    @property
    def index(self) -> int:
        """The interface's index; 0 while there is none."""
        return self._index

    def open(self, index: int) -> None:
        """Take the interface up: addresses first, then sockets; raises OSError."""
        self.close_sockets()
        self._index = index
        try:
            self._prepare_interface()
            self._listener = listening_socket(self.name, index)
            self._dhcp = dhcp_socket(self.name, index)
            self._advertiser = advertising_socket(self.name)
        except OSError:
            self.close_sockets()
            raise
        asyncio.get_running_loop().add_reader(self._listener, self._receive)

    def close_sockets(self) -> None:
        """Stop listening and speaking."""
        if self._listener is not None:
            asyncio.get_running_loop().remove_reader(self._listener)
        for each in (self._listener, self._dhcp, self._advertiser):
            if each is not None:
                each.close()
        self._listener = self._dhcp = self._advertiser = None
        self._index = 0
        self.neighbours.clear()

    def restore(self) -> None:
        """Give the interface back the link-layer address that it had."""
        if self._original is not None:
            with contextlib.suppress(OSError):
                set_link_layer_address(self.name, self._original)
        self._original = None

    def advertise(self, effect: SendRouterAdvertisement) -> None:
        """Send a router advertisement to one node."""
        message = encode_router_advertisement(effect.advertisement)
        if effect.destination is not None and self._advertiser is not None:
            self._advertiser.sendto(message, self._scoped(effect.destination, 0))
        elif self._listener is not None:
            source = self.effect.link_local_address
            own = link_layer_address(self.name)
            self._listener.send(
                advertisement_frame(own, effect.link_layer_destination, source, message)
            )

    def send_dhcp(self, effect: SendDhcpMessage) -> None:
        """Send a DHCPv6 message to one client."""
        if self._dhcp is not None:
            message = encode_dhcp_message(effect.message)
            self._dhcp.sendto(message, self._scoped(effect.destination, DHCPV6_CLIENT_PORT))

    def _scoped(self, destination: IPv6Address, port: int) -> tuple[str, int, int, int]:
        return str(destination), port, 0, self._index

    def _prepare_interface(self) -> None:
        """Give the interface RFC 6543's addresses, and keep the kernel from acting as a host."""
        wanted, address = self.effect.link_layer_address, self.effect.link_local_address
        self._set("accept_ra", "0")
        present = link_layer_address(self.name)
        if wanted and present != wanted:
            self._original = present
            set_link_layer_address(self.name, wanted)
        if not address.is_unspecified:
            add_address(self._index, address)

    def _set(self, setting: str, value: str) -> None:
        with contextlib.suppress(OSError):
            (_NETWORK_SETTINGS / self.name / setting).write_text(value)

    def _receive(self) -> None:
        for _ in range(BATCH):
            if self._listener is None:
                return
            try:
                data, sender = self._listener.recvfrom(_MAX_FRAME)
            except BlockingIOError:
                return
            except OSError as fault:
                log.warning("receiving on %s: %s", self.name, fault)
                return
            frame = None if is_own(sender) else read_frame(data)
            if frame is not None:
                self._take(self.name, frame)
