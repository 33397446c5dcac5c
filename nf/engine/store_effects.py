"""What an engine wants to find again after a restart or a crash.

Each is durable before anything that is sent after it leaves (RFC 5213 §5.3.6, §5.9).
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv6Network
from typing import TypeAlias

from nf.codec.messages import MobileNodeIdentifier
from nf.codec.unguarded import unguarded
from nf.engine.values import BindingId, Role, StoredAssignment, StoredAttachment, StoredBinding


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


@dataclass(frozen=True, slots=True, kw_only=True)
class PersistReplayDetection:
    """Make durable up to which number DHCPv6 messages may be authenticated (RFC 8415 §20.3)."""

    number: int


@unguarded
@dataclass(frozen=True, slots=True, kw_only=True)
class PersistAttachment:
    """Make durable that a node is on an access link, and what it holds."""

    attachment: StoredAttachment


@unguarded
@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetAttachment:
    """Remove a node from the store: it has left, and its LMA knows."""

    mobile_node_identifier: MobileNodeIdentifier


StoreEffect: TypeAlias = (
    PersistBinding
    | ForgetBinding
    | PersistAssignment
    | ForgetAssignment
    | PersistRestartCounter
    | PersistReplayDetection
    | PersistAttachment
    | ForgetAttachment
)
