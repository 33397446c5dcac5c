"""Mobility Header messages, sent and received at each of our addresses (RFC 6275 §6.1)."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections import Counter
from collections.abc import Callable, Collection
from functools import lru_cache, partial
from ipaddress import IPv6Address
from typing import Final

from nf.codec.errors import DecodeError, EncodeError, RejectReason
from nf.codec.messages import BindingError
from nf.codec.mobility import decode_mobility_message, encode_mobility_message
from nf.drivers.mobility.sockets import MOBILITY_HEADER, Receivers
from nf.engine.effects import (
    CloseMobilitySocket,
    MobilityEffect,
    OpenMobilitySocket,
    SendMessage,
    SendParameterProblem,
)
from nf.engine.events import Event, MessageReceived, MessageRejected

log = logging.getLogger(__name__)

#: ICMPv6 Parameter Problem, code 0: erroneous header field (RFC 4443 §3.4).
_PARAMETER_PROBLEM: Final = 4
_IPV6_HEADER_LENGTH: Final = 40
#: RFC 4443 §3.4: as much of the packet as fits into the smallest MTU.
_QUOTE_LIMIT: Final = 1280 - 48
#: Time between two errors: their rate is limited (RFC 4443 §2.4 (f), RFC 6275 §9.3.3).
ERROR_INTERVAL_S: Final = 0.1
#: Rejected packets kept to be quoted; beyond that the oldest is forgotten.
_QUOTED_PACKETS: Final = 16
#: Peers whose address is not read and written anew for each packet.
_PEERS: Final = 4096


class MobilityDriver:
    """Sends and receives Mobility Header messages.

    The kernel fills in and verifies the checksum. An address may be opened by both roles of one
    node: it closes with the last. An address that the kernel does not have yet, or that is still
    tentative, may be opened too: it works from the moment the address does.
    """

    def __init__(self, post: Callable[[Event], None]) -> None:
        self._post = post
        self._receivers: dict[IPv6Address, Receivers] = {}
        self._peers: Collection[IPv6Address] = ()
        #: By their text, the peers: what is compared often is compared fast if it is one object.
        self._known: dict[str, IPv6Address] = {}
        self._users: Counter[IPv6Address] = Counter()
        #: The last packets that were rejected, by source and destination.
        self._rejected: dict[tuple[IPv6Address, IPv6Address], bytes] = {}
        self._next_error_at = 0.0
        self._is_admitting = True

    def perform(self, effect: MobilityEffect) -> None:
        """Open or close an address, or send from it; what cannot be sent is logged.

        Raises OSError where an address cannot open.
        """
        match effect:
            case SendMessage():
                self._send(effect)
            case OpenMobilitySocket():
                self._open(effect.address)
            case CloseMobilitySocket():
                self._close(effect.address)
            case SendParameterProblem():
                self._send_parameter_problem(effect)

    def know(self, peers: Collection[IPv6Address]) -> None:
        """Let no flood of others keep these from being heard; raises OSError."""
        self._peers = peers
        self._known = {str(each): each for each in peers if not each.is_link_local}
        for receivers in self._receivers.values():
            receivers.know(peers)

    def admit(self, *, is_admitted: bool) -> None:
        """Receive at every address, or let all but heartbeats wait in the kernel for now."""
        self._is_admitting = is_admitted
        for receivers in self._receivers.values():
            receivers.admit(is_admitted=is_admitted)

    def close(self) -> None:
        """Close every address."""
        for address in list(self._receivers):
            self._users[address] = 1
            self._close(address)

    def _open(self, address: IPv6Address) -> None:
        if address not in self._receivers:
            take = partial(self._take, address)
            receivers = self._receivers[address] = Receivers(address, self._peers, take)
            receivers.admit(is_admitted=self._is_admitting)
        self._users[address] += 1

    def _close(self, address: IPv6Address) -> None:
        self._users[address] -= 1
        if self._users[address] <= 0:
            del self._users[address]
            receivers = self._receivers.pop(address, None)
            if receivers is not None:
                receivers.close()

    def _take(self, destination: IPv6Address, packet: bytes, sender: str) -> None:
        """Post what a packet says, or why it was refused.

        A Proxy-CoA is a global address: what comes from a link-local one is refused, since an
        answer would need to know the link too.
        """
        source = self._known.get(sender) or _address_of(sender)
        try:
            message = decode_mobility_message(packet)
        except DecodeError as fault:
            self._keep(packet, source, destination)
            self._reject(packet, source, destination, fault.reason, fault.offset)
            return
        if sender not in self._known and source.is_link_local:
            self._reject(packet, source, destination, RejectReason.BAD_VALUE, 0)
            return
        self._post(MessageReceived(source=source, destination=destination, message=message))

    def _reject(
        self,
        packet: bytes,
        source: IPv6Address,
        destination: IPv6Address,
        reason: RejectReason,
        offset: int,
    ) -> None:
        self._post(
            MessageRejected(
                source=source,
                destination=destination,
                reason=reason,
                offset=offset,
                message_type=packet[2] if len(packet) > 2 else 0,
            )
        )

    def _keep(self, packet: bytes, source: IPv6Address, destination: IPv6Address) -> None:
        """Keep a rejected packet for the case that its sender is to be told."""
        self._rejected.pop((source, destination), None)
        self._rejected[source, destination] = packet
        if len(self._rejected) > _QUOTED_PACKETS:
            del self._rejected[next(iter(self._rejected))]

    def _send(self, effect: SendMessage) -> None:
        sender = self._receivers.get(effect.source)
        if sender is None:
            log.warning("no socket at %s to send from", effect.source)
            return
        if isinstance(effect.message, BindingError) and not self._may_send_error():
            return
        try:
            packet = encode_mobility_message(effect.message)
            sender.send(packet, _text_of(effect.destination))
        except (OSError, EncodeError) as fault:
            log.warning("sending to %s: %s", effect.destination, fault)

    def _may_send_error(self) -> bool:
        """Tell whether no error has just been sent; then one is about to be."""
        now = asyncio.get_running_loop().time()
        if now < self._next_error_at:
            return False
        self._next_error_at = now + ERROR_INTERVAL_S
        return True

    def _send_parameter_problem(self, effect: SendParameterProblem) -> None:
        """Send a Parameter Problem that quotes the packet that caused it; the kernel checksums it.

        RFC 4443 §2.4 (c), (f): an error quotes its cause and is not sent too often; there is none
        where the packet is no longer known or an error has just been sent.
        """
        packet = self._rejected.pop((effect.destination, effect.source), None)
        if packet is None or not self._may_send_error():
            return
        try:
            with socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6) as sender:
                sender.bind((str(effect.source), 0))
                sender.sendto(_parameter_problem(effect, packet), (str(effect.destination), 0))
        except OSError as fault:
            log.warning("sending to %s: %s", effect.destination, fault)


@lru_cache(maxsize=_PEERS)
def _address_of(text: str) -> IPv6Address:
    """Return the address that a socket names; its scope is not ours to know."""
    return IPv6Address(text.partition("%")[0])


@lru_cache(maxsize=_PEERS)
def _text_of(address: IPv6Address) -> str:
    return str(address)


def _parameter_problem(effect: SendParameterProblem, packet: bytes) -> bytes:
    """Return the ICMPv6 message, its checksum zero.

    RFC 4443 §3.4: the pointer counts from the IPv6 header. That header is made up from what is
    known of it, for the socket gave us the packet without: its hop limit is a guess.
    """
    size = len(packet).to_bytes(2)
    header = bytes((0x60, 0, 0, 0)) + size + bytes((MOBILITY_HEADER, 64))
    invoking = header + effect.destination.packed + effect.source.packed + packet
    pointer = (_IPV6_HEADER_LENGTH + effect.offset).to_bytes(4)
    return bytes((_PARAMETER_PROBLEM, 0, 0, 0)) + pointer + invoking[:_QUOTE_LIMIT]
