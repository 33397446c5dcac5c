"""The numbers by which a DHCPv6 client tells a new authenticated message from a repeated one."""

from __future__ import annotations

from typing import Final

from nf.engine.effects import Effect
from nf.engine.store_effects import PersistReplayDetection
from nf.engine.values import Instant

#: How far ahead of its use a number is made durable: so no more than one of so many is stored.
AHEAD_US: Final = 1_000_000


class ReplayDetection:
    """Counts on from message to message, over restarts too.

    RFC 8415 §20.3: strictly increasing, and retained. All MAGs of a domain are one server to their
    clients, so a number is the time in microseconds: what one MAG says after another is greater.
    """

    def __init__(self) -> None:
        self._last = 0
        self._durable = 0

    def restore(self, number: int) -> None:
        """Use no number that may have been used before the restart."""
        self._last = self._durable = number

    def next(self, now: Instant) -> tuple[int, list[Effect]]:
        """Return the number of a message, and what must be durable before it leaves."""
        self._last = max(self._last + 1, now.utc_us)
        if self._last <= self._durable:
            return self._last, []
        self._durable = self._last + AHEAD_US
        return self._last, [PersistReplayDetection(number=self._durable)]
