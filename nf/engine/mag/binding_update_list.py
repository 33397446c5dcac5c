"""The states of a binding update list entry and the only way from one to another.

RFC 5213 §6.1 describes the entry's fields but no machine: states and causes are ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final

from nf.engine.errors import InvariantBroken
from nf.engine.mag.records import BindingUpdateListEntry, RegistrationState


class Cause(Enum):
    """Why an entry changes its state."""

    #: A PBU is sent as for a node that has just come (RFC 5213 §6.9.1.1).
    REGISTER = "register"
    #: A PBU is sent for a binding that stands (RFC 5213 §6.9.1.3).
    RENEW = "renew"
    #: The LMA accepted (RFC 5213 §6.9.1.2).
    ACCEPTED = "accepted"
    #: The LMA refused, its answer cannot be used (RFC 5213 §6.9.1.2), or it has given the prefix
    #: to another node.
    REFUSED = "refused"
    #: A PBU with lifetime 0 is sent (RFC 5213 §6.9.1.4).
    DEREGISTER = "deregister"
    #: The binding is revoked, by the LMA or by us (RFC 5846 §9).
    REVOKED = "revoked"


_STATE = RegistrationState

TRANSITIONS: Final[Mapping[tuple[RegistrationState, Cause], RegistrationState]] = {
    (_STATE.REGISTERING, Cause.REGISTER): _STATE.REGISTERING,
    (_STATE.REGISTERED, Cause.REGISTER): _STATE.REGISTERING,
    (_STATE.REFRESHING, Cause.REGISTER): _STATE.REGISTERING,
    (_STATE.REFUSED, Cause.REGISTER): _STATE.REGISTERING,
    (_STATE.DEREGISTERING, Cause.REGISTER): _STATE.REGISTERING,
    (_STATE.REVOKED, Cause.REGISTER): _STATE.REGISTERING,
    (_STATE.REGISTERED, Cause.RENEW): _STATE.REFRESHING,
    (_STATE.REFRESHING, Cause.RENEW): _STATE.REFRESHING,
    (_STATE.REGISTERING, Cause.ACCEPTED): _STATE.REGISTERED,
    (_STATE.REFRESHING, Cause.ACCEPTED): _STATE.REGISTERED,
    (_STATE.REGISTERING, Cause.REFUSED): _STATE.REFUSED,
    (_STATE.REGISTERED, Cause.REFUSED): _STATE.REFUSED,
    (_STATE.REFRESHING, Cause.REFUSED): _STATE.REFUSED,
    (_STATE.REGISTERING, Cause.DEREGISTER): _STATE.DEREGISTERING,
    (_STATE.REGISTERED, Cause.DEREGISTER): _STATE.DEREGISTERING,
    (_STATE.REFRESHING, Cause.DEREGISTER): _STATE.DEREGISTERING,
    (_STATE.REGISTERED, Cause.REVOKED): _STATE.REVOKED,
    (_STATE.REFRESHING, Cause.REVOKED): _STATE.REVOKED,
}

#: The states in which an accepted binding stands and the node is served.
SERVED: Final = frozenset({_STATE.REGISTERED, _STATE.REFRESHING})


def move(entry: BindingUpdateListEntry, cause: Cause) -> None:
    """Change the state of an entry; nothing else writes it.

    Raises InvariantBroken for a pair that the table does not know: that is a bug.
    """
    state = TRANSITIONS.get((entry.state, cause))
    if state is None:
        raise InvariantBroken(f"no way from {entry.state.value} by {cause.value}")
    entry.state = state
