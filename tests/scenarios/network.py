"""The network between hosts: loses, repeats, delays and reorders what is sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv6Address
from random import Random

from nf.codec.messages import MobilityMessage
from nf.codec.mobility import decode_mobility_message, encode_mobility_message
from tests.scenarios.faults import require

#: A packet that was thought lost may still come so much later.
LATEST_MS = 30_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """What becomes of a message, in percent; delays are drawn evenly, so that messages overtake."""

    loss: int = 0
    duplication: int = 0
    #: Copies that come very late.
    straying: int = 0
    shortest_ms: int = 1
    longest_ms: int = 20


GOOD = Quality()


class Network:
    """Decides when copies of a message arrive."""

    def __init__(self, random: Random) -> None:
        self.quality = GOOD
        self.cut: dict[frozenset[IPv6Address], None] = {}
        self._random = random

    def delays(self, source: IPv6Address, destination: IPv6Address) -> Iterator[int]:
        """Yield after how long each copy of a message arrives."""
        quality, percent = self.quality, self._random.randrange
        if frozenset((source, destination)) in self.cut:
            return
        if percent(100) >= quality.loss:
            yield self._random.randint(quality.shortest_ms, quality.longest_ms)
        if percent(100) < quality.duplication:
            yield self._random.randint(quality.shortest_ms, quality.longest_ms)
        if percent(100) < quality.straying:
            yield self._random.randint(quality.longest_ms, LATEST_MS)


def on_the_wire(message: MobilityMessage) -> MobilityMessage:
    """Return a message as its receiver reads it; raises BrokenRuleError unless it is the same."""
    arrived = decode_mobility_message(encode_mobility_message(message))
    require(arrived == message, "sent", message, "arrived as", arrived)
    return arrived
