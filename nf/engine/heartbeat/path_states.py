"""The states of a path and the only way from one to another.

RFC 5847 speaks of reachable, not reachable and not supported, but gives no machine: it is ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final

from nf.engine.paths import Path, PathState


class Cause(Enum):
    """Why a path changes its state."""

    #: A request was answered (RFC 5847 §3.1).
    ANSWERED = "answered"
    #: MISSING_HEARTBEATS_ALLOWED is exceeded (RFC 5847 §3.1).
    SILENT = "silent"
    #: The peer answered that it knows no heartbeats (RFC 5847 §3).
    REFUSED = "refused"
    #: The peer sent a heartbeat of its own, so it does know them.
    HEARD = "heard"
    #: The configuration changed: what was found out by the old one is open again.
    FORGOTTEN = "forgotten"


_STATE = PathState

TRANSITIONS: Final[Mapping[tuple[PathState, Cause], PathState]] = {
    (_STATE.UNKNOWN, Cause.ANSWERED): _STATE.UP,
    (_STATE.UNKNOWN, Cause.SILENT): _STATE.DOWN,
    (_STATE.UNKNOWN, Cause.REFUSED): _STATE.UNSUPPORTED,
    (_STATE.UNKNOWN, Cause.HEARD): _STATE.UNKNOWN,
    (_STATE.UNKNOWN, Cause.FORGOTTEN): _STATE.UNKNOWN,
    (_STATE.UP, Cause.ANSWERED): _STATE.UP,
    (_STATE.UP, Cause.SILENT): _STATE.DOWN,
    (_STATE.UP, Cause.REFUSED): _STATE.UNSUPPORTED,
    (_STATE.UP, Cause.HEARD): _STATE.UP,
    (_STATE.UP, Cause.FORGOTTEN): _STATE.UNKNOWN,
    (_STATE.DOWN, Cause.ANSWERED): _STATE.UP,
    (_STATE.DOWN, Cause.SILENT): _STATE.DOWN,
    (_STATE.DOWN, Cause.REFUSED): _STATE.UNSUPPORTED,
    (_STATE.DOWN, Cause.HEARD): _STATE.DOWN,
    (_STATE.DOWN, Cause.FORGOTTEN): _STATE.UNKNOWN,
    (_STATE.UNSUPPORTED, Cause.HEARD): _STATE.UNKNOWN,
    (_STATE.UNSUPPORTED, Cause.FORGOTTEN): _STATE.UNKNOWN,
}


def move(path: Path, cause: Cause) -> bool:
    """Change the state of a path and tell whether it is another one now."""
    before, path.state = path.state, TRANSITIONS[path.state, cause]
    return path.state is not before
