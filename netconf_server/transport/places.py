"""How many sessions there may be, in all and of one user."""

from __future__ import annotations

from collections import Counter

from netconf_server.settings import Limits
from netconf_server.transport.transport import Release


class NoPlaceError(Exception):
    """No further session is taken; the text is for the client."""


class Places:
    """Counts the places that are taken."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._taken: Counter[str] = Counter()

    def reserve(self, username: str) -> Release:
        """Take a place; the result gives it back, once. Raises NoPlaceError."""
        if self._taken.total() >= self._limits.max_sessions:
            raise NoPlaceError(f"the server has {self._limits.max_sessions} sessions already")
        if self._taken[username] >= self._limits.max_sessions_per_user:
            most = self._limits.max_sessions_per_user
            raise NoPlaceError(f"user {username} has {most} sessions already")
        self._taken[username] += 1
        holders = [username]

        def release() -> None:
            while holders:
                self._taken[holders.pop()] -= 1

        return release
