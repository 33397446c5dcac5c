"""What an engine wants of the kernel: tunnels, routes and what may come in by them."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network
from typing import TypeAlias

from nf.codec.unguarded import unguarded
from nf.engine.configuration import DataPlaneConfiguration
from nf.engine.values import Tunnel


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


@dataclass(frozen=True, slots=True, kw_only=True)
class SpreadRoute:
    """LMA: send what goes to ``prefix`` through these tunnels, two or more, each flow through one.

    Replaces atomically where it is now; flows whose tunnel stays among them stay where they are.
    ``InstallRoute`` ends it.
    """

    prefix: IPv6Network
    tunnels: tuple[Tunnel, ...]


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
class SetLocalRouting:
    """MAG: say whether packets between nodes here go by their LMAs (RFC 5213 §6.10.3).

    They do until this is told.
    """

    enabled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconcileKernel:
    """Everything that should be in the kernel has been installed: what else is ours there, goes."""


KernelEffect: TypeAlias = (
    ConfigureDataPlane
    | InstallTunnel
    | RemoveTunnel
    | InstallRoute
    | SpreadRoute
    | RemoveRoute
    | ShareSource
    | InstallAggregateRoute
    | RemoveAggregateRoute
    | InstallUplinkRoute
    | RemoveUplinkRoute
    | InstallAccessRoute
    | RemoveAccessRoute
    | SetLocalRouting
    | ReconcileKernel
)
