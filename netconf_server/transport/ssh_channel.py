"""One SSH channel with the netconf subsystem (RFC 6242 §3): the byte stream of one session."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Final, Protocol, cast

import asyncssh

from netconf_server.transport.kind import TransportKind
from netconf_server.transport.transport import Peer, Release, SessionServer

SUBSYSTEM: Final = "netconf"

#: How much may wait to be sent before the writer has to wait too.
_WRITE_HIGH_WATER_BYTES: Final = 262144

#: How much may wait to be read before the client has to wait.
_READ_LIMIT_BYTES: Final = 1048576


class ChannelOwner(Protocol):
    """The connection that a channel belongs to."""

    @property
    def is_sending_paused(self) -> bool:
        """True while the connection takes nothing to be sent."""

    def channel_closed(self, channel: SshChannel) -> None:
        """Forget a channel."""

    def run_session(self, session: Coroutine[None, None, None]) -> None:
        """Run a channel's session."""

    def disconnect(self, channel: SshChannel) -> None:
        """Close one channel by force, and the connection when nothing else runs over it."""


class SshChannel(asyncssh.SSHServerSession[bytes]):
    """The server's end of one channel; ``release`` gives its place for a session back."""

    def __init__(self, owner: ChannelOwner, sessions: SessionServer, release: Release) -> None:
        self._owner = owner
        self._sessions = sessions
        self.release = release
        self._reader = asyncio.StreamReader(limit=_READ_LIMIT_BYTES // 2)
        self._can_write = asyncio.Event()
        self._is_window_full = False
        self._is_lost = False
        self._channel: asyncssh.SSHServerChannel[bytes]

    def connection_made(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
        """Take the channel; reading is paused when the session does not keep up."""
        self._channel = chan
        self.weigh_writing()
        chan.set_write_buffer_limits(high=_WRITE_HIGH_WATER_BYTES)
        # StreamReader uses pause_reading and resume_reading only, which a channel has.
        self._reader.set_transport(cast("asyncio.Transport", chan))

    def subsystem_requested(self, subsystem: str) -> bool:
        """Accept netconf and nothing else: no shell, no command, no file transfer."""
        return subsystem == SUBSYSTEM

    def session_started(self) -> None:
        """Begin to serve, now that the subsystem has been asked for."""
        self._owner.run_session(self._run())

    async def _run(self) -> None:
        peer = Peer(
            transport=TransportKind.SSH,
            username=str(self._channel.get_extra_info("username")),
            source_host=str(self._channel.get_extra_info("peername")[0]),
        )
        try:
            await self._sessions.serve(self, peer)
        finally:
            self.release()
            if not self._is_lost:
                self._channel.exit(0)

    def data_received(self, data: bytes, datatype: int | None) -> None:
        """Keep what came until the session reads it."""
        if not self._is_lost:
            self._reader.feed_data(data)

    def eof_received(self) -> bool:
        """Note the end; what was asked before it is still answered."""
        self._reader.feed_eof()
        return True

    def pause_writing(self) -> None:
        """Make the writer wait: the client takes no more for now."""
        self._is_window_full = True
        self.weigh_writing()

    def resume_writing(self) -> None:
        """Let the writer go on."""
        self._is_window_full = False
        self.weigh_writing()

    def weigh_writing(self) -> None:
        """Let the writer go on, or wait, by what channel and connection say."""
        is_stopped = self._is_window_full or self._owner.is_sending_paused
        if self._is_lost or not is_stopped:
            self._can_write.set()
        else:
            self._can_write.clear()

    def connection_lost(self, exc: Exception | None) -> None:
        """End reading and writing."""
        self._lose()
        self._owner.channel_closed(self)

    def _lose(self) -> None:
        self._is_lost = True
        self.release()
        self._reader.feed_eof()
        self._can_write.set()

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
        """Close the channel without waiting for anything, the client's consent included."""
        self._lose()
        self._channel.abort()

    def disconnect(self) -> None:
        """Close the channel by force, and its connection when nothing else runs over it."""
        self._owner.disconnect(self)
