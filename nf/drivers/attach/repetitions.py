"""Requests that were answered before: who missed the answer asks again; others may repeat it."""

from __future__ import annotations

from typing import Final

#: Requests that are remembered; beyond that the oldest is forgotten.
MOST_REQUESTS: Final = 4096
_IDENTIFIER: Final = slice(1, 2)
_AUTHENTICATOR: Final = slice(4, 20)


class Repetitions:
    """The latest requests, by who sent them, from which port, and how they are numbered.

    RFC 2866 §3 and §4.1: a request that is sent again with nothing changed keeps its identifier
    and so its authenticator. It is to be answered again, and it says nothing new.
    """

    def __init__(self) -> None:
        self._latest: dict[tuple[str, int, bytes], bytes] = {}

    def is_new(self, datagram: bytes, sender: tuple[str, int]) -> bool:
        """Take note of an authentic request, and tell whether it was not here before."""
        key = (sender[0], sender[1], datagram[_IDENTIFIER])
        authenticator = datagram[_AUTHENTICATOR]
        if self._latest.pop(key, None) == authenticator:
            self._latest[key] = authenticator
            return False
        self._latest[key] = authenticator
        if len(self._latest) > MOST_REQUESTS:
            del self._latest[next(iter(self._latest))]
        return True
