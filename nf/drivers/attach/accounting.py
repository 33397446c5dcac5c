"""The socket to which network access servers report who uses their service (RFC 2866)."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final, TypeAlias

from nf.drivers.attach import datagrams
from nf.drivers.attach.radius import AccountingDrop, AccountingStatus, RadiusError, read_request
from nf.drivers.attach.repetitions import Repetitions
from nf.drivers.attach.sessions import Sessions
from nf.engine.access_configuration import RadiusAccounting, RadiusClient
from nf.engine.events import Event
from nf.secret_file import read_secret

log = logging.getLogger(__name__)

#: How long until an address and port that could not be had are tried again.
RETRY_S: Final = 5.0
#: Messages that are read before others have their turn.
_BATCH: Final = 64

_Address: TypeAlias = IPv6Address | IPv4Address


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
        #: Where messages are to be received; None while nowhere.
        self._wanted: tuple[_Address, int] | None = None
        self._clients: dict[_Address, RadiusClient] = {}
        self._retry: asyncio.TimerHandle | None = None
        self._sessions = Sessions()
        self._repetitions = Repetitions()
        self._dropped: Counter[str] = Counter()

    def open(self, accounting: RadiusAccounting) -> None:
        """Receive what these clients send, at this address, as soon as it can be had.

        Raises OSError where it cannot be had now.
        """
        self._clients = {_plain(client.address): client for client in accounting.clients}
        wanted = (accounting.address, accounting.port)
        if wanted != self._wanted or self._socket is None:
            self._shut()
            self._wanted = wanted
            self._listen()

    def close(self) -> None:
        """Receive no more."""
        self._wanted = None
        self._shut()

    def state(self) -> AccountingState | None:
        """Return what is to be told of it; None while it is not wanted."""
        if self._wanted is None:
            return None
        return AccountingState(is_listening=self._socket is not None, dropped=dict(self._dropped))

    def _listen(self) -> None:
        """Begin to receive, and try again later where that is refused; raises OSError."""
        if self._wanted is None:
            return
        loop = asyncio.get_running_loop()
        try:
            self._socket = datagrams.listening_socket(*self._wanted)
        except OSError:
            self._retry = loop.call_later(RETRY_S, self._listen_again)
            raise
        loop.add_reader(self._socket, self._receive)

    def _listen_again(self) -> None:
        try:
            self._listen()
        except OSError as fault:
            log.debug("accounting messages cannot be received yet: %s", fault)
        else:
            log.info("accounting messages are received now")

    def _shut(self) -> None:
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()
            self._socket = None

    def _receive(self) -> None:
        for _ in range(_BATCH):
            if self._socket is None:
                return
            try:
                datagram = datagrams.receive(self._socket)
            except BlockingIOError:
                return
            except OSError as fault:  # an answer did not arrive
                log.debug("receiving accounting messages: %s", fault)
                continue
            self._take(datagram)

    def _take(self, datagram: datagrams.Datagram) -> None:
        """Act on a message and answer it; one that must be discarded is counted only."""
        octets, (host, port, *_), _ = datagram
        try:
            client = self._client(host)
            request = read_request(octets, _secret(client))
        except RadiusError as fault:
            self._dropped[fault.reason.value] += 1
            return
        if self._repetitions.is_new(octets, (host, port)):
            for event in self._sessions.take(client, request):
                self._post(event)
            if request.station is None and request.status in AccountingStatus.of_stations():
                self._dropped[AccountingDrop.NO_STATION.value] += 1
        self._answer(datagram, request.answer)

    def _client(self, address: str) -> RadiusClient:
        client = self._clients.get(_plain(ip_address(address)))
        if client is None:
            raise RadiusError(AccountingDrop.UNKNOWN_CLIENT)
        return client

    def _answer(self, datagram: datagrams.Datagram, octets: bytes) -> None:
        if self._socket is None:
            return
        try:
            datagrams.answer(self._socket, datagram, octets)
        except OSError as fault:
            log.warning("answering %s: %s", datagram.sender[0], fault)


def _plain(address: _Address) -> _Address:
    """Return an address as the client has it.

    A socket of IPv6 at no address in particular gets IPv4 too, with mapped addresses (RFC 4291
    §2.5.5.2). A link-local address comes with its link, which says nothing of the client.
    """
    if isinstance(address, IPv4Address):
        return address
    return address.ipv4_mapped or IPv6Address(address.packed)


def _secret(client: RadiusClient) -> bytes:
    """Return a client's secret as it is now."""
    try:
        return read_secret(client.secret_file)
    except OSError as fault:
        raise RadiusError(AccountingDrop.NO_SECRET) from fault
