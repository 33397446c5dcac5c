"""NETCONF over SSH (RFC 6242): one SSH server for all connections, whoever made them."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from typing import Final

import asyncssh

from netconf_server.settings import ServerSettings
from netconf_server.transport.ssh_connection import SshConnection
from netconf_server.transport.ssh_keys import load_host_keys, read_authorized_keys
from netconf_server.transport.transport import SessionServer
from netconf_server.users.directory import UserDirectory
from netconf_server.users.password_checks import PasswordChecks

_log = logging.getLogger(__name__)

#: The fastest first, for clients without a preference; of those that have one, theirs is taken.
#: Therefore chacha20-poly1305 is not among them: OpenSSH prefers it, every client has one of the
#: others too, and it makes a small request cost half as much again.
_CIPHERS: Final = (
    "aes128-gcm@openssh.com",
    "aes256-gcm@openssh.com",
    "aes256-ctr",
    "aes128-ctr",
)


class SshTransport:
    """Serves connections as an SSH server."""

    def __init__(
        self, settings: ServerSettings, users: UserDirectory, sessions: SessionServer
    ) -> None:
        """Load the keys of server and users; raises SshKeyError or OSError."""
        self._settings = settings
        self._users = users
        self._sessions = sessions
        self._passwords = PasswordChecks(users, settings.limits.failed_login_delay_ms)
        self._connections: set[SshConnection] = set()
        for user in settings.users:
            read_authorized_keys(user)
        host_keys = load_host_keys(settings.host_key)
        self.fingerprint = str(host_keys[0].get_fingerprint())
        self._options = self._make_options(host_keys)

    def _make_options(
        self, host_keys: list[asyncssh.SSHKey]
    ) -> asyncssh.SSHServerConnectionOptions:
        limits = self._settings.limits
        return asyncssh.SSHServerConnectionOptions(
            server_factory=self._new_connection,
            server_host_keys=host_keys,
            encryption_algs=_CIPHERS,
            compression_algs=None,
            encoding=None,
            line_editor=False,
            allow_pty=False,
            agent_forwarding=False,
            gss_host=None,
            login_timeout=limits.login_timeout_s,
            keepalive_interval=limits.keepalive_interval_s,
            keepalive_count_max=limits.keepalive_count,
            rekey_bytes=limits.rekey_bytes,
            rekey_seconds=limits.rekey_interval_s,
        )

    def _new_connection(self) -> SshConnection:
        limits = self._settings.limits
        return SshConnection(self._users, self._passwords, self._sessions, limits)

    async def serve(self, connection: socket.socket, on_log_in: Callable[[], None]) -> None:
        """Serve a connection to its end and close it."""
        peer = "a client that has gone already"
        try:
            peer = connection.getpeername()[0]
            ssh = await asyncssh.run_server(connection, options=self._options)
        except (asyncssh.Error, OSError) as fault:
            _log.info("no log-in from %s: %s", peer, fault)
            connection.close()
            return
        on_log_in()
        owner = ssh.get_owner()
        if isinstance(owner, SshConnection):
            self._connections.add(owner)
            await owner.wait_closed()
            self._connections.discard(owner)

    async def stop(self) -> None:
        """Close all connections and wait until their sessions have ended."""
        connections = tuple(self._connections)
        for connection in connections:
            connection.close()
        await asyncio.gather(*(connection.wait_closed() for connection in connections))
