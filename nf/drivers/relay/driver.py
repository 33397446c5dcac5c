"""The driver of the relay agent: messages to servers, and what comes to the relay port."""

from __future__ import annotations

import logging
from collections.abc import Callable
from ipaddress import IPv6Address

from nf.codec.dhcpv6_relay import decode_relay_message, encode_relay_message
from nf.codec.errors import DecodeError, EncodeError
from nf.drivers.relay.sockets import PORT, Arrival, Receiver
from nf.engine.effects import CloseRelay, OpenRelay, SendRelayMessage
from nf.engine.events import Event, RelayMessageReceived, RelayMessageRejected

log = logging.getLogger(__name__)


class RelayDriver:
    """Exchanges messages with the delegating routers that the engine names."""

    def __init__(self, post: Callable[[Event], None]) -> None:
        self._post = post
        self._opened: OpenRelay | None = None
        #: Gets what no other does, and is what is sent by: no host can make it fail by saying that
        #: nobody listens there.
        self._shared: Receiver | None = None
        self._servers: dict[IPv6Address, Receiver] = {}
        self._is_admitting = True

    def perform(self, effect: OpenRelay | CloseRelay | SendRelayMessage) -> None:
        """Open or close the relay port, or send from it; what cannot be sent is logged.

        Raises OSError where it cannot open.
        """
        match effect:
            case OpenRelay():
                self._open(effect)
            case CloseRelay():
                self.close()
            case SendRelayMessage():
                self._send(effect)

    def admit(self, *, is_admitted: bool) -> None:
        """Receive, or let what arrives wait in the kernel for now."""
        self._is_admitting = is_admitted
        for receiver in self._receivers():
            receiver.admit(is_admitted=is_admitted)

    def close(self) -> None:
        """Receive and send nothing more."""
        for receiver in self._receivers():
            receiver.close()
        self._opened = self._shared = None
        self._servers.clear()

    def _receivers(self) -> list[Receiver]:
        return [*self._servers.values(), *([] if self._shared is None else [self._shared])]

    def _open(self, effect: OpenRelay) -> None:
        self.close()
        self._shared = Receiver(effect.source, None, self._take)
        self._shared.admit(is_admitted=self._is_admitting)
        self._opened = effect
        for server in effect.servers:
            self._listen_to(effect.source, server)

    def _listen_to(self, source: IPv6Address, server: IPv6Address) -> None:
        """Give a server a socket of its own, as soon as there is a way to it."""
        try:
            receiver = Receiver(source, server, self._take)
        except OSError as fault:
            log.info("no way to %s yet: %s", server, fault)
            return
        receiver.admit(is_admitted=self._is_admitting)
        self._servers[server] = receiver

    def _send(self, effect: SendRelayMessage) -> None:
        if self._opened is None or self._shared is None:
            log.warning("no relay port to send from")
            return
        if effect.server not in self._servers:
            self._listen_to(self._opened.source, effect.server)
        try:
            octets = encode_relay_message(effect.message)
            self._shared.socket.sendto(octets, (str(effect.server), PORT))
        except (OSError, EncodeError) as fault:
            log.warning("sending to %s: %s", effect.server, fault)

    def _take(self, arrival: Arrival) -> None:
        """Post what a message says, or why it could not be read."""
        try:
            message = decode_relay_message(arrival.octets)
        except DecodeError as fault:
            self._post(RelayMessageRejected(source=arrival.source, reason=fault.reason))
            return
        self._post(
            RelayMessageReceived(
                source=arrival.source, interface=arrival.interface, message=message
            )
        )
