"""The socket to which network access servers report who uses their service (RFC 2866)."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Final

from nf.drivers.attach.radius import OF_STATIONS, AccountingDrop, RadiusError, read_request
from nf.drivers.attach.sessions import Sessions
from nf.engine.configuration import RadiusAccounting, RadiusClient
from nf.engine.events import Event

log = logging.getLogger(__name__)

_MAX_DATAGRAM: Final = 8192
#: Messages that are read before others have their turn.
_BATCH: Final = 64
#: Let an address be used before it is configured (linux/in.h, linux/in6.h).
_IP_FREEBIND, _IPV6_FREEBIND = 15, 78


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountingState:
    """Whether messages are received, and how many had no effect, by reason."""

    is_listening: bool
    dropped: Mapping[str, int]


class Accounting:
    """Receives accounting messages while it is open."""

    def __init__(self, post: Callable[[Event], None]) -> None:
        self._post = post
        self._socket: socket.socket | None = None
        self._is_wanted = False
        self._at: tuple[str, int] | None = None
        self._clients: dict[IPv6Address | IPv4Address, RadiusClient] = {}
        self._sessions = Sessions()
        self._dropped: Counter[str] = Counter()

    def open(self, accounting: RadiusAccounting) -> None:
        """Receive what these clients send, at this address; raises OSError."""
        self._is_wanted = True
        self._clients = {client.address: client for client in accounting.clients}
        wanted = (str(accounting.address), accounting.port)
        if wanted != self._at:
            self._shut()
            self._socket = _listening(wanted, accounting.address.version)
            self._at = wanted
            asyncio.get_running_loop().add_reader(self._socket, self._receive)

    def close(self) -> None:
        """Receive no more."""
        self._is_wanted = False
        self._shut()

    def state(self) -> AccountingState | None:
        """Return what is to be told of it; None while it is not wanted."""
        if not self._is_wanted:
            return None
        return AccountingState(is_listening=self._socket is not None, dropped=dict(self._dropped))

    def _shut(self) -> None:
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()
            self._socket = self._at = None

    def _receive(self) -> None:
        for _ in range(_BATCH):
            if self._socket is None:
                return
            try:
                datagram, sender = self._socket.recvfrom(_MAX_DATAGRAM)
            except BlockingIOError:
                return
            except OSError as fault:  # an answer did not arrive
                log.debug("receiving accounting messages: %s", fault)
                continue
            self._take(datagram, sender)

    def _take(self, datagram: bytes, sender: tuple[str, int]) -> None:
        """Act on a message and answer it; one that must be discarded is counted only."""
        try:
            client = self._client(sender[0])
            request = read_request(datagram, _secret(client))
        except RadiusError as fault:
            self._dropped[fault.reason.value] += 1
            return
        for event in self._sessions.take(client, request):
            self._post(event)
        if request.station is None and request.status in OF_STATIONS:
            self._dropped[AccountingDrop.NO_STATION.value] += 1
        self._answer(request.answer, sender)

    def _client(self, address: str) -> RadiusClient:
        client = self._clients.get(_address(address))
        if client is None:
            raise RadiusError(AccountingDrop.UNKNOWN_CLIENT)
        return client

    def _answer(self, answer: bytes, sender: tuple[str, int]) -> None:
        if self._socket is None:
            return
        try:
            self._socket.sendto(answer, sender)
        except OSError as fault:
            log.warning("answering %s: %s", sender[0], fault)


def _listening(at: tuple[str, int], version: int) -> socket.socket:
    family = socket.AF_INET if version == 4 else socket.AF_INET6
    level, option = (
        (socket.IPPROTO_IP, _IP_FREEBIND) if version == 4 else (socket.IPPROTO_IPV6, _IPV6_FREEBIND)
    )
    listener = socket.socket(family, socket.SOCK_DGRAM)
    try:
        listener.setblocking(False)
        listener.setsockopt(level, option, 1)
        listener.bind(at)
    except OSError:
        listener.close()
        raise
    return listener


def _address(text: str) -> IPv6Address | IPv4Address:
    """Return the address of a sender; a link-local one comes with its link, which says nothing."""
    if ":" not in text:
        return IPv4Address(text)
    return IPv6Address(text.partition("%")[0])


def _secret(client: RadiusClient) -> bytes:
    """Return a client's secret as it is now; a file may end with a line break."""
    try:
        secret = Path(client.secret_file).read_bytes().rstrip(b"\r\n")
    except OSError as fault:
        raise RadiusError(AccountingDrop.NO_SECRET) from fault
    if not secret:
        raise RadiusError(AccountingDrop.NO_SECRET)
    return secret
