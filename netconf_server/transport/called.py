"""Sessions of a client that was called home: they are known by its name."""

from __future__ import annotations

from dataclasses import replace

from netconf_server.transport.transport import Peer, Release, SessionServer, SessionStream


class CalledSessions:
    """Serves the sessions of one client, among all others."""

    def __init__(self, sessions: SessionServer, name: str | None) -> None:
        self._sessions = sessions
        self._name = name

    def reserve(self, username: str) -> Release:
        """Take a place for another session of the user; raises NoPlaceError."""
        return self._sessions.reserve(username)

    async def serve(self, stream: SessionStream, peer: Peer) -> None:
        """Run one session on the stream."""
        await self._sessions.serve(stream, replace(peer, call_home=self._name))
