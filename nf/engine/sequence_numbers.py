"""Sequence numbers of exchanges in which each request waits for an answer of its own."""

from __future__ import annotations

from collections.abc import Container
from typing import Final

from nf.codec.messages import SequenceNumber
from nf.engine.values import Instant

SEQUENCE_NUMBERS: Final = 1 << 16


def next_free(
    last: SequenceNumber | None, taken: Container[SequenceNumber], now: Instant
) -> SequenceNumber:
    """Return the number of the next request: none that still waits has it.

    RFC 5846 §5.1, RFC 7077 §4.1, §5.1: first a number that nobody foresees, then the one that
    follows the last, and so on.
    """
    number = now.utc_us if last is None else last + 1
    while number % SEQUENCE_NUMBERS in taken:
        number += 1
    return SequenceNumber(number % SEQUENCE_NUMBERS)
