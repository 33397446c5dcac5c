"""What the one who starts a server decides."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from netconf_server.transport.kind import TransportKind
from netconf_server.users.cert_to_name import CertToName
from netconf_server.users.users import User


class SettingsError(Exception):
    """Settings that cannot be used, or not together; says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds on what a client may take; none of them is needed by a client that behaves.

    ``max_unauthenticated`` bounds the connections that have not logged in yet. One that does not
    within ``login_timeout_s``, or fails ``max_login_attempts`` times, is closed; so is one that has
    had no session for ``login_timeout_s``. A wrong password is answered after
    ``failed_login_delay_ms``, whoever the user. A client gets ``hello_timeout_s`` for its hello. A
    session that asks nothing for ``idle_timeout_s`` is ended, unless it has subscriptions; 0 lets
    it be silent for ever. Keys of SSH are exchanged anew after ``rekey_bytes``, and after
    ``rekey_interval_s``. So many notifications, and bytes of them, wait for one session at most.
    """

    max_message_bytes: int = 256 * 1024 * 1024
    max_sessions: int = 128
    max_sessions_per_user: int = 64
    max_unauthenticated: int = 100
    max_login_attempts: int = 6
    login_timeout_s: int = 30
    failed_login_delay_ms: int = 500
    hello_timeout_s: int = 60
    idle_timeout_s: int = 0
    keepalive_interval_s: int = 30
    keepalive_count: int = 3
    rekey_bytes: int = 1 << 30
    rekey_interval_s: int = 3600
    max_queued_notifications: int = 1000
    max_queued_notification_bytes: int = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsSettings:
    """NETCONF over TLS (RFC 7589), beside SSH; all files are PEM.

    ``certificate`` is followed by the intermediate ones that clients may not have.
    ``trusted_certificates`` are authorities whose clients are let in, or clients themselves;
    ``cert_to_name`` tells who they are.
    """

    certificate: Path
    private_key: Path
    trusted_certificates: Path
    cert_to_name: tuple[CertToName, ...]
    host: str = ""
    port: int = 6513


@dataclass(frozen=True, slots=True, kw_only=True)
class CallHomeClient:
    """A client that the server connects to, for as long as it runs (RFC 8071).

    With a ``name`` it can be a receiver of configured subscriptions (RFC 8639 §2.5).
    """

    host: str
    port: int
    transport: TransportKind = TransportKind.SSH
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """Where the server listens, who may log in, and where it keeps its files.

    ``host`` may be empty for all addresses; ``port`` 0 takes any free one. ``host_key`` is made
    at the first start; ``ssh_host_ecdsa_key`` and ``ssh_host_rsa_key`` beside it are used too.
    ``recovery_users`` are bound by no access control (RFC 8341 §3.3.3). ``writable_running`` lets
    clients edit running itself (RFC 6241 §8.2). ``factory_default`` is a file with what to begin
    with, and to go back to by factory-reset (RFC 8808): nothing, without one.
    """

    host: str
    data_directory: Path
    users: tuple[User, ...]
    host_key: Path
    port: int = 830
    limits: Limits = field(default_factory=Limits)
    recovery_users: frozenset[str] = frozenset()
    writable_running: bool = False
    factory_default: Path | None = None
    tls: TlsSettings | None = None
    call_home: tuple[CallHomeClient, ...] = ()
