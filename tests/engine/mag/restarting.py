"""A MAG that is killed and started again over its store."""

from __future__ import annotations

from dataclasses import replace

from nf.codec.dhcpv6_messages import DhcpMessageType
from nf.codec.messages import MobileNodeIdentifier
from nf.engine.configuration import (
    ConfigurationItem,
)
from nf.engine.effects import (
    Effect,
    ProbeNode,
)
from nf.engine.events import AttachmentRestored, Started
from nf.engine.mag.presence import ANSWER_TIME_MS, QUESTIONS
from nf.engine.store_effects import ForgetAttachment, PersistAttachment
from nf.engine.values import StoredAttachment, TimerKind
from tests.engine.mag.bench import (
    MAC,
    MNP,
    ROLE,
    SERVER,
    Bench,
    ia_pd,
    message,
    of,
)

HOLDING = replace(ROLE, detach_hold_ms=5_000)
#: How long the MAG is down.
DOWN_MS = 1_500


def stored(bench: Bench) -> dict[MobileNodeIdentifier, StoredAttachment]:
    """Return what the store has after all that a MAG wanted of it."""
    found: dict[MobileNodeIdentifier, StoredAttachment] = {}
    for effect in bench.kept:
        if isinstance(effect, PersistAttachment):
            found[effect.attachment.mobile_node_identifier] = effect.attachment
        elif isinstance(effect, ForgetAttachment):
            del found[effect.mobile_node_identifier]
    return found


class Restarted:
    """A MAG that was killed and started again over its store."""

    def __init__(self, before: Bench, *items: ConfigurationItem, down_ms: int = DOWN_MS) -> None:
        self.bench = Bench(*items, start=False)
        self.bench.at_ms = before.at_ms + down_ms
        for attachment in stored(before).values():
            assert self.bench.handle(AttachmentRestored(attachment=attachment)) == []
        self.effects: list[Effect] = self.bench.handle(Started())

    def let_nobody_answer(self) -> list[Effect]:
        """Have the node say nothing to all questions; return what comes of it."""
        for _ in range(QUESTIONS):
            effects = self.bench.expire(TimerKind.PRESENCE_PROBE, after_ms=ANSWER_TIME_MS)
            assert of(ProbeNode, effects) == [ProbeNode(link="access0", link_layer_address=MAC)]
        return self.bench.expire(TimerKind.PRESENCE_PROBE, after_ms=ANSWER_TIME_MS)


def leased(*items: ConfigurationItem, lifetime_s: int = 400) -> Bench:
    """Return a MAG whose router has its prefix."""
    bench = Bench(*items)
    bench.seen()
    bench.accepted(lifetime_s=lifetime_s)
    bench.dhcp(message(DhcpMessageType.REQUEST, ia_pd(MNP), server=SERVER))
    return bench
