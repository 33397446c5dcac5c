"""The Mobility Header on raw sockets: one for each of our addresses (RFC 6275 §6.1)."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import socket
from collections import Counter
from collections.abc import Callable
from ipaddress import IPv6Address
from typing import Final

from nf.codec.errors import DecodeError
from nf.codec.mobility import decode_mobility_message, encode_mobility_message
from nf.engine.effects import (
    CloseMobilitySocket,
    MobilityEffect,
    OpenMobilitySocket,
    SendMessage,
    SendParameterProblem,
)
from nf.engine.events import Event, MessageReceived, MessageRejected

log = logging.getLogger(__name__)

MOBILITY_HEADER: Final = 135
#: Packets taken from one socket before others get their turn.
BATCH: Final = 64
RECEIVE_BUFFER_BYTES: Final = 4 * 1024 * 1024
_MAX_PACKET: Final = 65535
#: Lets an address be used before it is configured (linux/in6.h); Python has no name for it.
_IPV6_FREEBIND: Final = 78
#: ICMPv6 Parameter Problem, code 0: erroneous header field (RFC 4443 §3.4).
_PARAMETER_PROBLEM: Final = 4
_IPV6_HEADER_LENGTH: Final = 40
#: RFC 4443 §3.4: as much of the packet as fits into the smallest MTU.
_QUOTE_LIMIT: Final = 1280 - 48


class MobilityDriver:
    """Sends and receives Mobility Header messages.

    The kernel fills in and verifies the checksum. An address may be opened by both roles of one
    node: its socket closes with the last.
    """

    def __init__(self, post: Callable[[Event], None]) -> None:
        self._post = post
        self._sockets: dict[IPv6Address, socket.socket] = {}
        self._users: Counter[IPv6Address] = Counter()
        self._rejected: tuple[IPv6Address, IPv6Address, bytes] | None = None

    def perform(self, effect: MobilityEffect) -> None:
        """Open or close an address, or send from it; raises OSError where a socket cannot open."""
        match effect:
            case OpenMobilitySocket():
                self._open(effect.address)
            case CloseMobilitySocket():
                self._close(effect.address)
            case SendMessage():
                self._send(effect)
            case SendParameterProblem():
                self._send_parameter_problem(effect)

    def close(self) -> None:
        """Close every socket."""
        for address in list(self._sockets):
            self._users[address] = 1
            self._close(address)

    def _open(self, address: IPv6Address) -> None:
        if address not in self._sockets:
            receiver = socket.socket(socket.AF_INET6, socket.SOCK_RAW, MOBILITY_HEADER)
            try:
                receiver.setblocking(False)
                receiver.setsockopt(socket.IPPROTO_IPV6, _IPV6_FREEBIND, 1)
                receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
                receiver.bind((str(address), 0))
            except OSError:
                receiver.close()
                raise
            self._sockets[address] = receiver
            asyncio.get_running_loop().add_reader(receiver, self._receive, address, receiver)
        self._users[address] += 1

    def _close(self, address: IPv6Address) -> None:
        self._users[address] -= 1
        if self._users[address] <= 0:
            del self._users[address]
            receiver = self._sockets.pop(address, None)
            if receiver is not None:
                asyncio.get_running_loop().remove_reader(receiver)
                receiver.close()

    def _receive(self, address: IPv6Address, receiver: socket.socket) -> None:
        for _ in range(BATCH):
            try:
                packet, sender = receiver.recvfrom(_MAX_PACKET)
            except BlockingIOError:
                return
            except OSError as fault:
                log.warning("receiving at %s: %s", address, fault)
                return
            self._take(packet, IPv6Address(sender[0].partition("%")[0]), address)

    def _take(self, packet: bytes, source: IPv6Address, destination: IPv6Address) -> None:
        try:
            message = decode_mobility_message(packet)
        except DecodeError as fault:
            self._rejected = (source, destination, packet)
            kind = packet[2] if len(packet) > 2 else 0
            self._post(
                MessageRejected(
                    source=source,
                    destination=destination,
                    reason=fault.reason,
                    offset=fault.offset,
                    message_type=kind,
                )
            )
            return
        self._post(MessageReceived(source=source, destination=destination, message=message))

    def _send(self, effect: SendMessage) -> None:
        sender = self._sockets.get(effect.source)
        if sender is None:
            log.warning("no socket at %s to send from", effect.source)
            return
        packet = encode_mobility_message(effect.message)
        try:
            sender.sendto(packet, (str(effect.destination), 0))
        except OSError as fault:
            log.warning("sending to %s: %s", effect.destination, fault)

    def _send_parameter_problem(self, effect: SendParameterProblem) -> None:
        """Send the problem with the packet that caused it; only the last one is known."""
        if self._rejected is None or self._rejected[0] != effect.destination:
            return
        source, destination, packet = self._rejected
        header = bytes((0x60, 0, 0, 0)) + len(packet).to_bytes(2) + bytes((MOBILITY_HEADER, 64))
        invoking = (header + source.packed + destination.packed + packet)[:_QUOTE_LIMIT]
        pointer = (_IPV6_HEADER_LENGTH + effect.offset).to_bytes(4)
        problem = bytes((_PARAMETER_PROBLEM, 0, 0, 0)) + pointer + invoking
        with contextlib.suppress(OSError), _icmpv6_socket(effect.source) as sender:
            sender.sendto(problem, (str(effect.destination), 0))


def _icmpv6_socket(source: IPv6Address) -> socket.socket:
    """Return a socket that sends ICMPv6 from an address; the kernel adds the checksum."""
    sender = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
    try:
        sender.bind((str(source), 0))
    except OSError as fault:
        sender.close()
        raise OSError(fault.errno or errno.EADDRNOTAVAIL, f"{source}: {fault}") from fault
    return sender
