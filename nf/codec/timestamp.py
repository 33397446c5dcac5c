"""The Timestamp of RFC 5213 §8.8 and the clock: 1/65536 s against microseconds."""

from __future__ import annotations

from nf.codec.messages import Timestamp

TICKS_PER_S = 1 << 16
US_PER_S = 1_000_000


def timestamp_from_utc_us(utc_us: int) -> Timestamp:
    """Return the timestamp of a moment in microseconds since 1970 UTC.

    RFC 5213 §8.8: 48 bits of seconds, 16 bits of 1/65536 s. Rounds down: no timestamp lies in the
    future of its moment.
    """
    return Timestamp(utc_us * TICKS_PER_S // US_PER_S)


def utc_us_from_timestamp(timestamp: Timestamp) -> int:
    """Return the first microsecond since 1970 UTC that has this timestamp.

    Rounds up, so that ``timestamp_from_utc_us`` gives back the same timestamp: a tick is about
    15 microseconds long.
    """
    return -(-timestamp * US_PER_S // TICKS_PER_S)
