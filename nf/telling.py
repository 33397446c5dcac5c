"""What the log tells of events and their effects: one line each, and never more than is read.

The words are those of the journal. What comes with every packet or node is told in full as long as
somebody could read it; of a flood, the first lines of each second and how many there were.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Final

from nf.engine.effects import Effect
from nf.engine.events import (
    AccessMessageRejected,
    AssignmentRestored,
    BindingRestored,
    ConfigurationChanged,
    DhcpMessageReceived,
    Event,
    MessageReceived,
    MessageRejected,
    NodeLost,
    NodeSeen,
    RouterSolicited,
    TimerExpired,
)
from nf.engine.values import Instant
from nf.journal import effect_to_json, event_to_json, kebab, words

log = logging.getLogger("pmip6")

#: What anybody can send in floods; not told of when it changes nothing, but counted.
QUIET_EVENTS: Final = frozenset(
    {NodeSeen, RouterSolicited, DhcpMessageReceived, AccessMessageRejected, MessageRejected}
)
#: What there is as much of as there are nodes.
FREQUENT_EVENTS: Final = QUIET_EVENTS | {
    MessageReceived,
    TimerExpired,
    NodeLost,
    BindingRestored,
    AssignmentRestored,
}
#: How many frequent events are told of within one second, unless every effect is to be told.
LINES_A_SECOND: Final = 20
#: Of a commit that changes more than this, only the size is told.
TOLD_ITEMS: Final = 20


class Teller:
    """Writes the log of one runtime."""

    def __init__(self) -> None:
        self._second = 0
        self._frequent = 0

    def tell(self, event: Event, now: Instant, effects: Sequence[Effect]) -> None:
        """Tell of an event and what it causes, as far as the level lets through."""
        is_debug = log.isEnabledFor(logging.DEBUG)
        if not is_debug and self._is_left_out(event, now, effects):
            return
        log.info("%s -> %s", _cause(event), _names(effects))
        for effect in effects if is_debug else ():
            log.debug("  %s", words("effect", effect_to_json(effect)))

    def _is_left_out(self, event: Event, now: Instant, effects: Sequence[Effect]) -> bool:
        kind = type(event)
        if kind in QUIET_EVENTS and not effects:
            return True
        return not log.isEnabledFor(logging.INFO) or (
            kind in FREQUENT_EVENTS and self._is_too_much(now)
        )

    def _is_too_much(self, now: Instant) -> bool:
        """Count a frequent event; tell of those that were left out as soon as a second is over."""
        second = now.at_ms // 1000
        if second != self._second:
            untold = self._frequent - LINES_A_SECOND
            self._second, self._frequent = second, 0
            if untold > 0:
                log.info("and %d events more within a second", untold)
        self._frequent += 1
        return self._frequent > LINES_A_SECOND


def _cause(event: Event) -> str:
    if isinstance(event, ConfigurationChanged) and len(event.items) > TOLD_ITEMS:
        return f"configuration-changed items={len(event.items)}"
    return words("event", event_to_json(event))


def _names(effects: Sequence[Effect]) -> str:
    told = ", ".join(kebab(type(effect).__name__) for effect in effects[:TOLD_ITEMS])
    untold = len(effects) - TOLD_ITEMS
    return (f"{told}, {untold} more" if untold > 0 else told) or "nothing"
