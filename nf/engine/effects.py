"""Everything that the engine can want, as values; performed in order.

Persist and Forget of one ``handle`` are durable before anything else of it is performed, so an
acknowledgement never leaves ahead of what it acknowledges. Timers start and stop at once, and
heartbeats wait for nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv6Address
from typing import TypeAlias

from nf.codec.dhcpv6_messages import DhcpMessage
from nf.codec.dhcpv6_relay_messages import RelayMessage
from nf.codec.messages import Heartbeat, MobilityMessage
from nf.codec.ndisc_messages import RouterAdvertisement
from nf.codec.unguarded import unguarded
from nf.engine.access_configuration import AccessLink, RadiusAccounting
from nf.engine.kernel_effects import KernelEffect
from nf.engine.notifications import Notification
from nf.engine.store_effects import StoreEffect
from nf.engine.values import (
    LinkLayerAddress,
    ReconfigureAuthentication,
    Timer,
)


@unguarded
@dataclass(frozen=True, slots=True, kw_only=True)
class SendMessage:
    """Send a Mobility Header message; ``source`` is one of our addresses."""

    source: IPv6Address
    destination: IPv6Address
    message: MobilityMessage

    @property
    def is_heartbeat(self) -> bool:
        """Whether it says no more than that we are there (RFC 5847 §3)."""
        return isinstance(self.message, Heartbeat)


@dataclass(frozen=True, slots=True, kw_only=True)
class SendParameterProblem:
    """Send an ICMPv6 Parameter Problem, code 0, about a rejected message (RFC 6275 §9.2)."""

    source: IPv6Address
    destination: IPv6Address
    #: Octet of the fault, counted from the start of the Mobility Header.
    offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SendRouterAdvertisement:
    """Send a router advertisement to one node (RFC 4861 §4.2, unicast as RFC 5213 §6.9.2 needs).

    ``destination`` None: the node's link-local address is not known; the frame goes to all-nodes
    in a frame for its link-layer address only (RFC 6085).
    """

    link: str
    link_layer_destination: LinkLayerAddress
    destination: IPv6Address | None
    advertisement: RouterAdvertisement


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeNode:
    """Have a node on an access link show itself, if it is there (RFC 5213 §6.13)."""

    link: str
    link_layer_address: LinkLayerAddress


@dataclass(frozen=True, slots=True, kw_only=True)
class SendDhcpMessage:
    """Send a DHCPv6 message to a client on an access link, port 546.

    ``authentication``: by it a Reply hands the client its key, and a Reconfigure shows that it is
    made with that key (RFC 8415 §20.4).
    """

    link: str
    destination: IPv6Address
    message: DhcpMessage
    authentication: ReconfigureAuthentication | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PassDhcpMessage:
    """Send a client what a server said, octet by octet (RFC 8415 §19.2)."""

    link: str
    destination: IPv6Address
    octets: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRelay:
    """Exchange DHCPv6 messages with servers, from one of our addresses; also to change either."""

    source: IPv6Address
    servers: tuple[IPv6Address, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseRelay:
    """Exchange no DHCPv6 messages with servers any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendRelayMessage:
    """Send a message to the relay port of a server."""

    server: IPv6Address
    message: RelayMessage


@unguarded
@dataclass(frozen=True, slots=True, kw_only=True)
class StartTimer:
    """Start a timer; one of the same name is replaced."""

    timer: Timer
    after_ms: int


@unguarded
@dataclass(frozen=True, slots=True, kw_only=True)
class StopTimer:
    """Stop a timer; no harm if it does not run."""

    timer: Timer


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenMobilitySocket:
    """Receive Mobility Header messages that are sent to ``address``."""

    address: IPv6Address


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseMobilitySocket:
    """Receive none at ``address`` any more."""

    address: IPv6Address


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAccessLink:
    """Watch an access link and serve it; also to change one that is open.

    The interface gets the fixed addresses of RFC 6543 unless they are unspecified or empty.
    """

    link: AccessLink
    link_local_address: IPv6Address
    link_layer_address: LinkLayerAddress
    #: The path of the file from whose content the keys of Reconfigure messages are made.
    reconfigure_secret_file: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseAccessLink:
    """Leave an access link alone."""

    interface: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAccounting:
    """Receive accounting messages of network access servers; also to change from whom."""

    accounting: RadiusAccounting


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseAccounting:
    """Receive no accounting messages any more."""


@unguarded
@dataclass(frozen=True, slots=True, kw_only=True)
class Notify:
    """Tell operators."""

    notification: Notification


TimerEffect: TypeAlias = StartTimer | StopTimer
MobilityEffect: TypeAlias = (
    OpenMobilitySocket | CloseMobilitySocket | SendMessage | SendParameterProblem
)
AccessEffect: TypeAlias = (
    OpenAccessLink
    | CloseAccessLink
    | SendRouterAdvertisement
    | SendDhcpMessage
    | PassDhcpMessage
    | ProbeNode
    | OpenRelay
    | CloseRelay
    | SendRelayMessage
    | OpenAccounting
    | CloseAccounting
)
Effect: TypeAlias = (
    StoreEffect | TimerEffect | KernelEffect | MobilityEffect | AccessEffect | Notify
)
