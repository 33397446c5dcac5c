"""What serving a link changes on its interface, and how it is undone."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import socket
from collections.abc import Iterator
from ipaddress import IPv6Address
from pathlib import Path
from struct import Struct
from typing import Final

from nf.drivers.access.rtnetlink import add_address, remove_address
from nf.engine.values import LinkLayerAddress

log = logging.getLogger(__name__)

_SIOCGIFHWADDR, _SIOCSIFHWADDR = 0x8927, 0x8924
_IFREQ_ADDRESS: Final = Struct("=16sH6s8x")
_ARPHRD_ETHER: Final = 1
_SETTINGS: Final = Path("/proc/sys/net/ipv6/conf")
_ADDRESSES: Final = Path("/proc/net/if_inet6")
#: addr_gen_mode: the kernel makes no link-local address of its own.
_NO_ADDRESS_GENERATION: Final = "1"


class Interface:
    """An interface whose addresses and settings are ours while its link is served.

    The kernel sends no redirects on it, since all that nodes send leaves by a tunnel; IPv6 has no
    setting for that.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._index = 0
        self._link_layer_address: LinkLayerAddress | None = None
        self._address: IPv6Address | None = None
        self._settings: dict[str, str] = {}

    def prepare(self, index: int, link_layer: LinkLayerAddress, address: IPv6Address) -> None:
        """Give the interface its addresses and keep the kernel from acting as a host on it.

        RFC 6543 §3: the same two addresses at every MAG. May be called again: with other addresses,
        and after the interface was down, which makes the kernel drop them. An empty link-layer
        address and an unspecified address leave alone what is there. Raises OSError.
        """
        if index != self._index:
            self.forget()
            self._index = index
        self._set("accept_ra", "0")
        if link_layer:
            self._use_link_layer_address(link_layer)
        else:
            self._restore_link_layer_address()
        if address.is_unspecified:
            self._restore_address()
        else:
            self._use_address(address)

    def forget(self) -> None:
        """Take note that the interface is gone, and what was changed on it too."""
        self._index = 0
        self._link_layer_address = self._address = None
        self._settings.clear()

    def restore(self) -> None:
        """Undo everything; the kernel makes the interface's own link-local address again."""
        with contextlib.suppress(OSError):  # the interface may be going away
            self._restore_link_layer_address()
            self._restore_address()
        for setting, value in self._settings.items():
            self._write(setting, value)
        self.forget()

    def _use_link_layer_address(self, wanted: LinkLayerAddress) -> None:
        present = link_layer_address(self.name)
        if present != wanted:
            set_link_layer_address(self.name, wanted)
            self._link_layer_address = self._link_layer_address or present

    def _restore_link_layer_address(self) -> None:
        if self._link_layer_address is not None:
            set_link_layer_address(self.name, self._link_layer_address)
            self._link_layer_address = None

    def _use_address(self, wanted: IPv6Address) -> None:
        self._set("addr_gen_mode", _NO_ADDRESS_GENERATION)
        add_address(self._index, wanted)
        if self._address not in (None, wanted):
            self._restore_address()
        self._address = wanted

    def _restore_address(self) -> None:
        if self._address is not None:
            remove_address(self._index, self._address)
            self._address = None

    def _set(self, setting: str, value: str) -> None:
        """Change a setting; the first value that it had is the one to come back."""
        try:
            present = (_SETTINGS / self.name / setting).read_text().strip()
        except OSError as fault:
            log.warning("%s of %s: %s", setting, self.name, fault)
            return
        if present != value:
            self._settings.setdefault(setting, present)
            self._write(setting, value)

    def _write(self, setting: str, value: str) -> None:
        try:
            (_SETTINGS / self.name / setting).write_text(value)
        except OSError as fault:
            log.warning("%s of %s: %s", setting, self.name, fault)


def link_layer_address(interface: str) -> LinkLayerAddress:
    """Return an interface's link-layer address; raises OSError."""
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as asker:
        request = _IFREQ_ADDRESS.pack(interface.encode(), 0, b"")
        answer = fcntl.ioctl(asker, _SIOCGIFHWADDR, request)
    _, _, address = _IFREQ_ADDRESS.unpack(answer)
    return LinkLayerAddress(address)


def set_link_layer_address(interface: str, address: LinkLayerAddress) -> None:
    """Give an interface a link-layer address; raises OSError."""
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as asker:
        request = _IFREQ_ADDRESS.pack(interface.encode(), _ARPHRD_ETHER, address)
        fcntl.ioctl(asker, _SIOCSIFHWADDR, request)


def link_local_addresses(index: int) -> Iterator[IPv6Address]:
    """Yield the link-local addresses that the kernel has on an interface; raises OSError."""
    for line in _ADDRESSES.read_text().splitlines():
        digits, number, *_ = line.split()
        address = IPv6Address(bytes.fromhex(digits))
        if int(number, 16) == index and address.is_link_local:
            yield address
