"""What the one who starts a server decides."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from netconf_server.users import User


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds on what a client may take; none of them is needed by a client that behaves."""

    max_message_bytes: int = 256 * 1024 * 1024
    max_sessions: int = 64
    login_timeout_s: int = 30
    hello_timeout_s: int = 60
    keepalive_interval_s: int = 30
    keepalive_count: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """Where the server listens, who may log in, and where it keeps its files.

    ``host`` may be empty for all addresses; ``port`` 0 takes any free one. ``host_key`` is made
    at the first start; ``ssh_host_ecdsa_key`` and ``ssh_host_rsa_key`` beside it are used too.
    """

    host: str
    data_directory: Path
    users: tuple[User, ...]
    host_key: Path
    port: int = 830
    limits: Limits = field(default_factory=Limits)
