"""What a role knows of the paths to its peers; ``heartbeat`` alone writes it (RFC 5847)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from nf.codec.messages import HeartbeatControl


class PathState(Enum):
    """Whether a peer can be reached."""

    #: No heartbeat has been answered yet.
    UNKNOWN = "unknown"
    #: The last heartbeats were answered.
    UP = "up"
    #: More heartbeats in a row stayed unanswered than are allowed (RFC 5847 §3.1).
    DOWN = "down"
    #: The peer knows no heartbeats and gets none again (RFC 5847 §3).
    UNSUPPORTED = "unsupported"


@dataclass(slots=True, kw_only=True)
class Path:
    """One peer as heartbeats show it."""

    state: PathState = PathState.UNKNOWN
    #: Of the last request sent.
    sequence_number: int = 0
    #: Whether the last request has its answer.
    is_answered: bool = True
    #: Requests in a row without an answer.
    missing_heartbeats: int = 0
    #: The peer's, as last heard.
    restart_counter: int | None = None
    #: When it was heard last, on the clock of Instant.at_ms.
    restart_counter_heard_ms: int = 0
    #: The last restart that was noticed happened after this moment; None: none was.
    restarted_after_ms: int | None = None
    #: When the last request was sent, on the clock of Instant.at_ms.
    asked_ms: int | None = None
    last_heard_utc_us: int = 0
    #: What the peer, an LMA, wants to be watched by (RFC 8127 §3.1.2).
    control: HeartbeatControl | None = None
