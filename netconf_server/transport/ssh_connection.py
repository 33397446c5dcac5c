"""One SSH connection: logs a user in and opens channels (RFC 6242 §3)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from functools import partial

import asyncssh
from asyncssh.constants import MSG_IGNORE
from asyncssh.packet import SSHPacketLogger

from netconf_server.settings import Limits
from netconf_server.transport.places import NoPlaceError
from netconf_server.transport.ssh_channel import SshChannel
from netconf_server.transport.ssh_keys import read_authorized_keys
from netconf_server.transport.transport import SessionServer
from netconf_server.users.directory import UserDirectory
from netconf_server.users.password_checks import PasswordChecks

_log = logging.getLogger(__name__)


class SshConnection(asyncssh.SSHServer):
    """What asyncssh asks about one connection."""

    def __init__(
        self,
        users: UserDirectory,
        passwords: PasswordChecks,
        sessions: SessionServer,
        limits: Limits,
    ) -> None:
        self._users = users
        self._passwords = passwords
        self._sessions = sessions
        self._limits = limits
        self._connection: asyncssh.SSHServerConnection
        self._channels: set[SshChannel] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._failed_logins = 0
        self._unused_timer: asyncio.TimerHandle | None = None
        self.is_sending_paused = False

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """Take the connection.

        asyncssh bounds what waits in a channel for the client's window, but not what waits for
        TCP: a client with a large window that does not read would cost as much. So the word of the
        TCP transport that it is full, which asyncssh ignores, is heard here.
        """
        self._connection = conn
        conn.pause_writing = partial(self._pause_sending, True)  # type: ignore[method-assign]
        conn.resume_writing = partial(self._pause_sending, False)  # type: ignore[method-assign]
        conn.send_packet = partial(_send_needed, conn.send_packet)  # type: ignore[method-assign]

    def _pause_sending(self, is_paused: bool) -> None:
        self.is_sending_paused = is_paused
        for channel in self._channels:
            channel.weigh_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Free the places of channels that had not been opened yet; others are told themselves."""
        for channel in tuple(self._channels):
            channel.release()
        self._stop_unused_timer()

    def password_auth_supported(self) -> bool:
        """Offer passwords."""
        return True

    async def validate_password(self, username: str, password: str) -> bool:
        """Check a password; too many wrong ones end the connection."""
        is_valid = await self._passwords.is_valid(username, password)
        if not is_valid:
            self._count_failed_login(username)
        return is_valid

    def _count_failed_login(self, username: str) -> None:
        self._failed_logins += 1
        _log.info("wrong password for %s from %s", username, self._source_host)
        if self._failed_logins >= self._limits.max_login_attempts:
            reason = "too many failed log-ins"
            self._connection.disconnect(asyncssh.DISC_NO_MORE_AUTH_METHODS_AVAILABLE, reason)

    def public_key_auth_supported(self) -> bool:
        """Offer public keys."""
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        """Accept the keys that are listed for the user."""
        return any(key in read_authorized_keys(user) for user in self._users.entries(username))

    def auth_completed(self) -> None:
        """Expect a session soon."""
        self._start_unused_timer()

    def session_requested(self) -> SshChannel:
        """Open a channel; raises ChannelOpenError if there is no place for another session."""
        username = str(self._connection.get_extra_info("username"))
        try:
            release = self._sessions.reserve(username)
        except NoPlaceError as refusal:
            _log.warning("refused a session: %s", refusal)
            raise asyncssh.ChannelOpenError(
                asyncssh.OPEN_RESOURCE_SHORTAGE, str(refusal)
            ) from refusal
        channel = SshChannel(self, self._sessions, release)
        self._channels.add(channel)
        return channel

    def channel_closed(self, channel: SshChannel) -> None:
        """Forget a channel."""
        self._channels.discard(channel)

    def run_session(self, session: Coroutine[None, None, None]) -> None:
        """Run a channel's session in a task of its own."""
        self._stop_unused_timer()
        task = asyncio.get_running_loop().create_task(session)
        self._tasks.add(task)
        task.add_done_callback(self._session_ended)

    def _session_ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (fault := task.exception()) is not None:
            _log.error("a session failed", exc_info=fault)
        if not self._tasks:
            self._start_unused_timer()

    def _start_unused_timer(self) -> None:
        """Close the connection unless a session begins on it in time."""
        self._stop_unused_timer()
        self._unused_timer = asyncio.get_running_loop().call_later(
            self._limits.login_timeout_s, self.close
        )

    def _stop_unused_timer(self) -> None:
        if self._unused_timer is not None:
            self._unused_timer.cancel()
            self._unused_timer = None

    def disconnect(self, channel: SshChannel) -> None:
        """Close one channel by force, and the connection when nothing else runs over it."""
        channel.abort()
        if self._channels <= {channel}:
            self.close()

    def close(self) -> None:
        """Close the connection and all its channels."""
        self._connection.close()

    async def wait_closed(self) -> None:
        """Wait until the connection is gone and its sessions have ended."""
        await self._connection.wait_closed()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._stop_unused_timer()

    @property
    def _source_host(self) -> str:
        return str(self._connection.get_extra_info("peername")[0])


def _send_needed(
    send_packet: Callable[..., None],
    kind: int,
    *parts: bytes,
    handler: SSHPacketLogger | None = None,
) -> None:
    """Send a packet, unless it is one that the client is to ignore.

    asyncssh sends one before every other packet, to make the first octets of CBC mode unforeseeable
    (RFC 4251 §9.3.1). No cipher in that mode is offered here, so it would be for nothing.
    """
    if kind != MSG_IGNORE:
        send_packet(kind, *parts, handler=handler)
