"""Making sure that a node is still on its link before more is done for it (RFC 5213 §6.13).

A node that roams from one cell of a shared link to another leaves no trace here: no carrier goes
down, and the kernel asks for a neighbour only when it has something to send. A MAG that extended
such a registration would take the session back from the MAG where the node is now.
"""

from __future__ import annotations

from typing import Final

from nf.codec.messages import MobileNodeIdentifier
from nf.engine.effects import Effect, ProbeNode
from nf.engine.mag.gateway import Gateway
from nf.engine.mag.records import Matter, Presence
from nf.engine.values import Instant, TimerKind

#: Questions before a node is taken for gone, and the time for an answer: what neighbour
#: unreachability detection takes (MAX_UNICAST_SOLICIT and RETRANS_TIMER, RFC 4861 §10).
QUESTIONS: Final = 3
ANSWER_TIME_MS: Final = 1_000
#: A sign of life is good for as long as it takes to notice that there is none.
FRESH_MS: Final = QUESTIONS * ANSWER_TIME_MS


def note(gateway: Gateway, identifier: MobileNodeIdentifier, now: Instant) -> list[Matter]:
    """Take note of a sign of an attached node, and return what waited for one."""
    newcomer = Presence(came_ms=now.at_ms, last_seen_ms=now.at_ms)
    presence = gateway.presence.setdefault(identifier, newcomer)
    presence.last_seen_ms, presence.questions = now.at_ms, 0
    presence.held_until_utc_us = None
    matters, presence.pending_matters = list(presence.pending_matters), {}
    return matters


def is_certain(gateway: Gateway, identifier: MobileNodeIdentifier, now: Instant) -> bool:
    """Tell whether an attached node has just shown itself."""
    return now.at_ms - gateway.presence[identifier].last_seen_ms <= FRESH_MS


def is_asked(gateway: Gateway, identifier: MobileNodeIdentifier) -> bool:
    """Tell whether a node was asked and has not answered: then any sign of it counts."""
    return gateway.timers.is_running(TimerKind.PRESENCE_PROBE, identifier)


def ask(gateway: Gateway, identifier: MobileNodeIdentifier, matter: Matter) -> list[Effect]:
    """Ask a node whether it is there; the matter is taken up again when it answers."""
    gateway.presence[identifier].pending_matters[matter] = None
    return [] if is_asked(gateway, identifier) else ask_again(gateway, identifier)


def ask_later(
    gateway: Gateway, identifier: MobileNodeIdentifier, matter: Matter, after_ms: int
) -> Effect:
    """Ask a node after a while, unless it has shown itself until then, by whatever sign."""
    gateway.presence[identifier].pending_matters[matter] = None
    return gateway.timers.start(TimerKind.PRESENCE_PROBE, identifier, after_ms)


def ask_again(gateway: Gateway, identifier: MobileNodeIdentifier) -> list[Effect]:
    """Ask once more; an empty list where that was done often enough."""
    presence = gateway.presence[identifier]
    if presence.questions == QUESTIONS:
        return []
    presence.questions += 1
    attached = gateway.attached_nodes[identifier]
    return [
        ProbeNode(link=attached.link, link_layer_address=attached.link_layer_address),
        gateway.timers.start(TimerKind.PRESENCE_PROBE, identifier, ANSWER_TIME_MS),
    ]
