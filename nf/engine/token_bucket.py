"""A measure of how much may happen at once and in a second; time is an argument."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from nf.engine.values import Instant, RateLimit

#: What one happening costs, in the parts of a token that a bucket counts.
TOKEN: Final = 1_000


@dataclass(slots=True, kw_only=True)
class TokenBucket:
    """How many more there may be now, in thousandths of one."""

    level: int = 0
    #: When it was filled last, on the clock of Instant.at_ms; None: it is full.
    at_ms: int | None = None

    def take(self, limit: RateLimit, now: Instant) -> bool:
        """Take a token if there is one: so many a second drip in, up to the burst."""
        full = limit.burst * TOKEN
        if self.at_ms is None:
            self.level = full
        else:
            dripped = (now.at_ms - self.at_ms) * limit.messages_per_s
            self.level = min(full, self.level + dripped)
        self.at_ms = now.at_ms
        if self.level < TOKEN:
            return False
        self.level -= TOKEN
        return True


#: Answers to those whom the configuration does not name, by one role, whoever they are: their
#: addresses may be forged, so that an answer hits somebody who asked nothing.
ANSWERS_TO_STRANGERS: Final = RateLimit(messages_per_s=10, burst=20)
