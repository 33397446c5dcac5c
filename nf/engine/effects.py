"""Everything that the engine can want, as values; performed in order.

Persist and Forget of one ``handle`` are durable before anything else of it is performed, so an
acknowledgement never leaves ahead of what it acknowledges. Timers start and stop at once, and
heartbeats wait for nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network
from typing import TypeAlias

from nf.codec.dhcpv6_messages import DhcpMessage
from nf.codec.messages import Heartbeat, MobilityMessage
from nf.codec.ndisc_messages import RouterAdvertisement
from nf.codec.unguarded import unguarded
from nf.engine.configuration import AccessLink, DataPlaneConfiguration, RadiusAccounting
from nf.engine.notifications import Notification
from nf.engine.values import (
    BindingId,
    LinkLayerAddress,
    Role,
    StoredAssignment,
    StoredBinding,
    Timer,
    Tunnel,
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

    A Reconfigure is signed with the client's key.
    """

    link: str
    destination: IPv6Address
    message: DhcpMessage
    #: Whether the message hands the client the key of Reconfigure messages (RFC 8415 §20.4).
    with_reconfigure_key: bool = False


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigureDataPlane:
    """Use this way into the tunnel from now on."""

    data_plane: DataPlaneConfiguration


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallTunnel:
    """Have a tunnel to a peer, both directions; no harm if it is there."""

    tunnel: Tunnel


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveTunnel:
    """Nobody uses the tunnel any more."""

    tunnel: Tunnel


@unguarded
@dataclass(frozen=True, slots=True, kw_only=True)
class InstallRoute:
    """LMA: send what goes to ``prefix`` through ``tunnel``; replaces atomically where it is now."""

    prefix: IPv6Network
    tunnel: Tunnel


@unguarded
@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveRoute:
    """LMA: no longer send what goes to ``prefix`` through ``tunnel``."""

    prefix: IPv6Network
    tunnel: Tunnel


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareSource:
    """LMA: what comes from ``prefix`` may come by these tunnels too, and by that of its route.

    By no other: a prefix comes from where it is registered. Stays until it is said again.
    """

    prefix: IPv6Network
    tunnels: tuple[Tunnel, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallAggregateRoute:
    """LMA: a pool's prefix is ours; what no binding claims is unreachable, never looped."""

    prefix: IPv6Network


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveAggregateRoute:
    """LMA: a pool's prefix is no longer ours."""

    prefix: IPv6Network


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallUplinkRoute:
    """MAG: send what comes from ``prefix`` on ``link`` through ``tunnel`` (RFC 5213 §6.10.5).

    What comes from any other source on an access link is dropped.
    """

    prefix: IPv6Network
    link: str
    tunnel: Tunnel


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveUplinkRoute:
    """MAG: what comes from ``prefix`` on ``link`` is no longer accepted."""

    prefix: IPv6Network
    link: str
    tunnel: Tunnel


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallAccessRoute:
    """MAG: send what goes to ``prefix`` to the node on ``link``; by ``next_hop`` unless on-link."""

    prefix: IPv6Network
    link: str
    next_hop: IPv6Address | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveAccessRoute:
    """MAG: ``prefix`` is no longer on ``link``."""

    prefix: IPv6Network
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconcileKernel:
    """Everything that should be in the kernel has been installed: what else is ours there, goes."""


@unguarded
@dataclass(frozen=True, slots=True, kw_only=True)
class PersistBinding:
    """Make a binding durable."""

    binding: StoredBinding


@unguarded
@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetBinding:
    """Remove a binding from the store."""

    binding_id: BindingId


@unguarded
@dataclass(frozen=True, slots=True, kw_only=True)
class PersistAssignment:
    """Make an assignment durable."""

    assignment: StoredAssignment


@unguarded
@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetAssignment:
    """Remove an assignment from the store: the prefix is free."""

    prefix: IPv6Network


@dataclass(frozen=True, slots=True, kw_only=True)
class PersistRestartCounter:
    """Make a role's restart counter durable (RFC 5847 §3.2)."""

    role: Role
    counter: int


@unguarded
@dataclass(frozen=True, slots=True, kw_only=True)
class Notify:
    """Tell operators."""

    notification: Notification


StoreEffect: TypeAlias = (
    PersistBinding | ForgetBinding | PersistAssignment | ForgetAssignment | PersistRestartCounter
)
TimerEffect: TypeAlias = StartTimer | StopTimer
KernelEffect: TypeAlias = (
    ConfigureDataPlane
    | InstallTunnel
    | RemoveTunnel
    | InstallRoute
    | RemoveRoute
    | ShareSource
    | InstallAggregateRoute
    | RemoveAggregateRoute
    | InstallUplinkRoute
    | RemoveUplinkRoute
    | InstallAccessRoute
    | RemoveAccessRoute
    | ReconcileKernel
)
MobilityEffect: TypeAlias = (
    OpenMobilitySocket | CloseMobilitySocket | SendMessage | SendParameterProblem
)
AccessEffect: TypeAlias = (
    OpenAccessLink
    | CloseAccessLink
    | SendRouterAdvertisement
    | SendDhcpMessage
    | ProbeNode
    | OpenAccounting
    | CloseAccounting
)
Effect: TypeAlias = (
    StoreEffect | TimerEffect | KernelEffect | MobilityEffect | AccessEffect | Notify
)
