"""How often a peer is asked, and when it is taken for lost (RFC 5847 §5, RFC 8127 §3.1.2)."""

from __future__ import annotations

from dataclasses import dataclass

from nf.codec.messages import HeartbeatControl
from nf.engine.configuration import HeartbeatConfiguration


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """By what one peer is watched."""

    interval_ms: int
    #: How long a request waits for its answer before it is sent anew, until the peer is down.
    retransmission_delay_ms: int
    missing_heartbeats_allowed: int

    @property
    def waits_after_answer(self) -> bool:
        """Tell whether the interval counts from the answer, not from the request (RFC 8127)."""
        return self.retransmission_delay_ms < self.interval_ms


def configured(heartbeat: HeartbeatConfiguration) -> Rhythm:
    """RFC 5847 §3.1: one request an interval, answered or not."""
    return Rhythm(
        interval_ms=heartbeat.interval_s * 1000,
        retransmission_delay_ms=heartbeat.interval_s * 1000,
        missing_heartbeats_allowed=heartbeat.missing_heartbeats_allowed,
    )


def controlled(control: HeartbeatControl) -> Rhythm:
    """RFC 8127 §3.1.2: the interval between exchanges, a shorter delay while no answer comes.

    A delay of 0, which §5.2 lets pass, and one beyond the interval mean the interval.
    """
    delay_s = control.retransmission_delay_s or control.interval_s
    return Rhythm(
        interval_ms=control.interval_s * 1000,
        retransmission_delay_ms=min(delay_s, control.interval_s) * 1000,
        missing_heartbeats_allowed=control.maximum_retransmissions,
    )
