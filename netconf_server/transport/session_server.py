"""Makes a session of every byte stream that a transport brings."""

from __future__ import annotations

from netconf_server.management import Management
from netconf_server.protocol.session import Session
from netconf_server.settings import Limits
from netconf_server.transport.connection import serve_session
from netconf_server.transport.places import Places
from netconf_server.transport.transport import Peer, Release, SessionStream
from netconf_server.users.directory import UserDirectory


class ManagedSessions:
    """Runs sessions on one management, within the limits."""

    def __init__(self, management: Management, limits: Limits, users: UserDirectory) -> None:
        self._management = management
        self._limits = limits
        self._users = users
        self._places = Places(limits)

    def reserve(self, username: str) -> Release:
        """Take a place for another session of the user; raises NoPlaceError."""
        return self._places.reserve(username)

    async def serve(self, stream: SessionStream, peer: Peer) -> None:
        """Run one session on the stream."""
        groups = self._users.groups_of(peer.username)
        record = self._management.open_session(
            peer.username, peer.source_host, stream.disconnect, groups, peer.transport
        )
        record.call_home = peer.call_home
        session = Session(record, self._management, self._limits.max_message_bytes)
        limits = self._limits
        await serve_session(session, stream, limits.hello_timeout_s, limits.idle_timeout_s)
