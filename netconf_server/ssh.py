"""NETCONF over SSH (RFC 6242): listening, logging in, channels."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Final, Protocol, cast

import asyncssh

from netconf_server.settings import Limits, ServerSettings
from netconf_server.ssh_keys import load_host_keys, read_authorized_keys
from netconf_server.users import User, is_password_valid

SUBSYSTEM: Final = "netconf"

#: The fastest first, for clients without a preference; of those that have one, theirs is taken.
_CIPHERS: Final = (
    "aes128-gcm@openssh.com",
    "aes256-gcm@openssh.com",
    "chacha20-poly1305@openssh.com",
    "aes256-ctr",
    "aes128-ctr",
)

#: How much may wait to be sent before the writer has to wait too.
_WRITE_HIGH_WATER_BYTES: Final = 262144

#: How much may wait to be read before the client has to wait.
_READ_LIMIT_BYTES: Final = 1048576


class ChannelHandler(Protocol):
    """What is served on a channel."""

    @property
    def is_full(self) -> bool:
        """True while no further session is taken."""

    async def handle(self, channel: SshChannel, username: str, source_host: str) -> None:
        """Run one session; the channel is closed when this returns."""


class SshListener:
    """The listening socket and the connections that came through it."""

    def __init__(self, settings: ServerSettings, handler: ChannelHandler) -> None:
        self._settings = settings
        self._handler = handler
        self._acceptor: asyncssh.SSHAcceptor | None = None
        self._connections: set[SshConnection] = set()

    async def start(self) -> None:
        """Begin to listen; raises SshKeyError or OSError."""
        limits = self._settings.limits
        host_keys = load_host_keys(self._settings.host_key)
        users = {user.name: _Login(user) for user in self._settings.users}
        self._acceptor = await asyncssh.listen(
            self._settings.host or None,
            self._settings.port,
            server_factory=lambda: SshConnection(users, self._handler, self._connections),
            server_host_keys=host_keys,
            encryption_algs=_CIPHERS,
            compression_algs=None,
            encoding=None,
            line_editor=False,
            allow_pty=False,
            agent_forwarding=False,
            gss_host=None,
            **_timeouts(limits),
        )

    @property
    def port(self) -> int:
        """The port that is listened on."""
        if self._acceptor is None:
            raise RuntimeError("the listener has not been started")
        return self._acceptor.get_port()

    async def stop(self) -> None:
        """Stop to listen, close every connection and wait until they are gone."""
        if self._acceptor is None:
            return
        self._acceptor.close()
        connections = tuple(self._connections)
        for connection in connections:
            connection.close()
        await asyncio.gather(*(connection.wait_closed() for connection in connections))
        await self._acceptor.wait_closed()
        self._acceptor = None


def _timeouts(limits: Limits) -> dict[str, int]:
    return {
        "login_timeout": limits.login_timeout_s,
        "keepalive_interval": limits.keepalive_interval_s,
        "keepalive_count_max": limits.keepalive_count,
    }


class _Login:
    """A user with the public keys in the form that SSH compares."""

    def __init__(self, user: User) -> None:
        self.user = user
        self.keys = read_authorized_keys(user)


class SshConnection(asyncssh.SSHServer):
    """One SSH connection: logs a user in and opens channels."""

    def __init__(
        self,
        users: dict[str, _Login],
        handler: ChannelHandler,
        connections: set[SshConnection],
    ) -> None:
        self._users = users
        self._handler = handler
        self._connections = connections
        self._connection: asyncssh.SSHServerConnection | None = None
        self._channels: set[SshChannel] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """Remember the connection, to close it at the end."""
        self._connection = conn
        self._connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection; its channels are told by themselves."""
        self._connections.discard(self)

    def password_auth_supported(self) -> bool:
        """Offer passwords."""
        return True

    async def validate_password(self, username: str, password: str) -> bool:
        """Check in a thread, since a bcrypt hash is slow on purpose."""
        login = self._users.get(username)
        user = login.user if login is not None else None
        return await asyncio.to_thread(is_password_valid, user, password)

    def public_key_auth_supported(self) -> bool:
        """Offer public keys."""
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        """Accept the keys that the user's entry lists."""
        login = self._users.get(username)
        return login is not None and key in login.keys

    def session_requested(self) -> SshChannel | bool:
        """Open a channel, if there is room for another session."""
        if self._handler.is_full:
            return False
        return SshChannel(self, self._handler)

    def channel_opened(self, channel: SshChannel) -> None:
        """Count a channel as open."""
        self._channels.add(channel)

    def run_session(self, session: Coroutine[None, None, None]) -> None:
        """Run a channel's session in a task of its own."""
        task = asyncio.get_running_loop().create_task(session)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def channel_closed(self, channel: SshChannel) -> None:
        """Forget a channel."""
        self._channels.discard(channel)

    def disconnect(self, channel: SshChannel) -> None:
        """Close one channel by force, and the connection when nothing else runs over it."""
        channel.abort()
        if self._connection is not None and self._channels <= {channel}:
            self._connection.close()

    def close(self) -> None:
        """Close the connection and all its channels."""
        if self._connection is not None:
            self._connection.close()

    async def wait_closed(self) -> None:
        """Wait until the connection is gone and its sessions have ended."""
        if self._connection is not None:
            await self._connection.wait_closed()
        await asyncio.gather(*self._tasks)


class SshChannel(asyncssh.SSHServerSession[bytes]):
    """One channel with the netconf subsystem; the byte stream of one session."""

    def __init__(self, connection: SshConnection, handler: ChannelHandler) -> None:
        self._connection = connection
        self._handler = handler
        self._reader = asyncio.StreamReader(limit=_READ_LIMIT_BYTES // 2)
        self._can_write = asyncio.Event()
        self._is_lost = False
        self._channel: asyncssh.SSHServerChannel[bytes]

    def connection_made(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
        """Take the channel; reading is paused when the session does not keep up."""
        self._channel = chan
        self._can_write.set()
        chan.set_write_buffer_limits(high=_WRITE_HIGH_WATER_BYTES)
        # StreamReader uses pause_reading and resume_reading only, which a channel has.
        self._reader.set_transport(cast("asyncio.Transport", chan))
        self._connection.channel_opened(self)

    def subsystem_requested(self, subsystem: str) -> bool:
        """Accept netconf and nothing else: no shell, no command, no file transfer."""
        return subsystem == SUBSYSTEM

    def session_started(self) -> None:
        """Begin to serve, now that the subsystem has been asked for."""
        self._connection.run_session(self._run())

    async def _run(self) -> None:
        username = str(self._channel.get_extra_info("username"))
        source_host = str(self._channel.get_extra_info("peername")[0])
        try:
            await self._handler.handle(self, username, source_host)
        finally:
            if not self._is_lost:
                self._channel.exit(0)

    def data_received(self, data: bytes, datatype: int | None) -> None:
        """Keep what came until the session reads it."""
        self._reader.feed_data(data)

    def eof_received(self) -> bool:
        """Note the end; what was asked before it is still answered."""
        self._reader.feed_eof()
        return True

    def pause_writing(self) -> None:
        """Make the writer wait: the client takes no more for now."""
        self._can_write.clear()

    def resume_writing(self) -> None:
        """Let the writer go on."""
        self._can_write.set()

    def connection_lost(self, exc: Exception | None) -> None:
        """End reading and writing."""
        self._is_lost = True
        self._reader.feed_eof()
        self._can_write.set()
        self._connection.channel_closed(self)

    async def read(self, max_bytes: int) -> bytes:
        """Return what has arrived, the empty bytes at the end."""
        return await self._reader.read(max_bytes)

    async def write(self, data: bytes) -> None:
        """Send, waiting while the client takes no more; OSError when it is gone."""
        await self._can_write.wait()
        if self._is_lost:
            raise BrokenPipeError("the channel is closed")
        self._channel.write(data)

    def abort(self) -> None:
        """Close the channel without waiting for anything."""
        self._channel.abort()

    def disconnect(self) -> None:
        """Close the channel by force, and its connection when nothing else runs over it."""
        self._connection.disconnect(self)
