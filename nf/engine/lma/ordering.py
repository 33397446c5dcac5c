"""In which order proxy binding updates were sent (RFC 5213 §5.5); pure functions."""

from __future__ import annotations

from typing import Final

from nf.codec.messages import SequenceNumber, Timestamp
from nf.codec.registry import Status
from nf.codec.timestamp import utc_us_from_timestamp
from nf.engine.values import Instant

#: Sequence numbers are compared modulo 2**16 in a window of half of that (RFC 6275 §9.5.1).
SEQUENCE_NUMBERS: Final = 1 << 16
SEQUENCE_WINDOW: Final = 1 << 15


def check_timestamp(
    timestamp: Timestamp, last: Timestamp | None, now: Instant, window_ms: int | None
) -> Status:
    """Judge the timestamp of a PBU by the last accepted one of its node and by our clock.

    RFC 5213 §5.5: it must be greater than all that were accepted before, and within
    TimestampValidityWindow of our clock; ``window_ms`` None leaves the clock out, for timestamps
    that mobile nodes generate. A lower one has a status of its own, which goes before the other;
    an equal one is not greater, hence a mismatch.
    """
    if last is not None and timestamp < last:
        return Status.TIMESTAMP_LOWER_THAN_PREV_ACCEPTED
    if timestamp == last or not _is_near(timestamp, now, window_ms):
        return Status.TIMESTAMP_MISMATCH
    return Status.BINDING_UPDATE_ACCEPTED


def is_ahead(timestamp: Timestamp, now: Instant, window_ms: int | None) -> bool:
    """Tell whether a timestamp that was accepted could not be now, being too far in the future.

    Then our clock has been set back since, or was wrong then.
    """
    if window_ms is None:
        return False
    return utc_us_from_timestamp(timestamp) - now.utc_us > window_ms * 1000


def check_sequence_number(number: SequenceNumber, last: SequenceNumber | None) -> Status:
    """Judge the sequence number of a PBU by the last accepted one of its session.

    RFC 6275 §9.5.1: it must be greater, modulo 2**16; a session without a past takes any.
    """
    if last is None or 0 < (number - last) % SEQUENCE_NUMBERS < SEQUENCE_WINDOW:
        return Status.BINDING_UPDATE_ACCEPTED
    return Status.SEQUENCE_NUMBER_OUT_OF_WINDOW


def _is_near(timestamp: Timestamp, now: Instant, window_ms: int | None) -> bool:
    if window_ms is None:
        return True
    return abs(utc_us_from_timestamp(timestamp) - now.utc_us) <= window_ms * 1000
