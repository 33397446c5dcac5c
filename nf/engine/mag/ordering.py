"""What orders the PBUs of this MAG: sequence numbers and timestamps (RFC 5213 §5.5)."""

from __future__ import annotations

from nf.codec.messages import SequenceNumber, Timestamp
from nf.codec.timestamp import timestamp_from_utc_us
from nf.engine.values import Instant

SEQUENCE_NUMBERS = 1 << 16


class MessageOrder:
    """One counter and one clock for all PBUs of the MAG."""

    def __init__(self) -> None:
        self._sequence_number = SequenceNumber(0)
        self._timestamp = Timestamp(0)

    def next_sequence_number(self) -> SequenceNumber:
        """Return the number of the next PBU.

        RFC 5213 §6.9.1.1: a monotonically increasing counter, maintained at each MAG.
        """
        self._sequence_number = SequenceNumber((self._sequence_number + 1) % SEQUENCE_NUMBERS)
        return self._sequence_number

    def next_timestamp(self, now: Instant) -> Timestamp:
        """Return a timestamp greater than all before, even when the clock stands or goes back.

        RFC 5213 §5.5: the LMA refuses a timestamp that is not greater than the last one.
        """
        self._timestamp = Timestamp(max(self._timestamp + 1, timestamp_from_utc_us(now.utc_us)))
        return self._timestamp

    def follow_clock(self) -> None:
        """Let the next timestamp be the clock's, even if greater ones were sent.

        RFC 5213 §6.9.1.2, item 9: what was refused came from a clock that was wrong. Once that is
        set right, the greater timestamps of before must not keep us ahead of it.
        """
        self._timestamp = Timestamp(0)

    def take_up(self, last_accepted: SequenceNumber) -> None:
        """Go on after the number that an LMA names as the last it accepted.

        RFC 6275 §11.7.3: status 135 makes the sender continue from the acknowledged number.
        """
        ahead = (last_accepted - self._sequence_number) % SEQUENCE_NUMBERS
        if ahead < SEQUENCE_NUMBERS // 2:
            self._sequence_number = last_accepted
