"""Our own restart counters, and telling peers that they changed (RFC 5847 §3.2)."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv6Address
from typing import Final

from nf.codec.messages import Heartbeat
from nf.engine.effects import Effect, SendMessage
from nf.engine.values import Instant

COUNTERS: Final = 1 << 32


def first(now: Instant) -> int:
    """Return the first counter: the time of day, greater than any before that was lost."""
    return now.utc_us // 1_000_000 % COUNTERS


def following(counter: int) -> int:
    """Return the counter after a restart that lost the sessions."""
    return (counter + 1) % COUNTERS


def announce(counter: int, source: IPv6Address, peers: Iterable[IPv6Address]) -> list[Effect]:
    """Tell peers of a restart that lost the sessions: an unsolicited response to each."""
    message = Heartbeat(
        sequence_number=0, is_response=True, is_unsolicited=True, restart_counter=counter
    )
    return [SendMessage(source=source, destination=peer, message=message) for peer in peers]
