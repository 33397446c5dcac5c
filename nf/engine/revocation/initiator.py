"""Telling peers that bindings are revoked until they acknowledge it (RFC 5846 §6.1.1, §6.3).

Each role has one initiator. What is revoked, and what follows from an answer, is the role's affair.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from ipaddress import IPv6Address
from typing import Final, Protocol

from nf.codec.messages import (
    BindingRevocationAcknowledgement,
    BindingRevocationIndication,
    MobileNodeIdentifier,
    SequenceNumber,
)
from nf.engine.configuration import RevocationConfiguration
from nf.engine.effects import Effect, SendMessage, StartTimer, StopTimer
from nf.engine.events import MessageReceived
from nf.engine.sequence_numbers import next_free
from nf.engine.values import BindingId, Instant, Timer, TimerKind

#: Indications that one peer has to answer at a time; more wait until one of them is settled.
WINDOW: Final = 64
#: Indications that all peers have to answer at a time: fewer than there are sequence numbers.
MOST_SENT: Final = 1 << 15
#: What an indication has until it is its turn.
NO_NUMBER: Final = SequenceNumber(0)


class Statistics(Protocol):
    """The counters of a role that revocations turn."""

    revocations_sent: int
    revocation_acknowledgements: Counter[int]


@dataclass(slots=True, kw_only=True)
class SentRevocation:
    """An indication without an answer, with what its role does about the answer."""

    message: BindingRevocationIndication
    source: IPv6Address
    peer: IPv6Address
    #: On the clock of Instant.at_ms: what was registered later is not meant.
    begun_ms: int
    retransmissions: int = 0
    #: The LMA's bindings that end with it.
    bindings: tuple[BindingId, ...] = ()
    #: The node that the LMA asks about, while a registration waits for the answer.
    asked_about: MobileNodeIdentifier | None = None


@dataclass(slots=True)
class Initiator:
    """The revocations of one role; those that wait are bounded by its bindings."""

    timer_kind: TimerKind
    statistics: Statistics
    sent: dict[SequenceNumber, SentRevocation] = field(default_factory=dict)
    waiting: dict[IPv6Address, deque[SentRevocation]] = field(default_factory=dict)
    _open: Counter[IPv6Address] = field(default_factory=Counter)
    _last_number: SequenceNumber | None = None

    def begin(
        self, revocation: SentRevocation, repetition: RevocationConfiguration, now: Instant
    ) -> list[Effect]:
        """Send an indication, at once or when its peer has answered others."""
        peer = revocation.peer
        if self.is_busy(peer):
            self.waiting.setdefault(peer, deque()).append(revocation)
            return []
        number = self._last_number = next_free(self._last_number, self.sent, now)
        revocation.message = replace(revocation.message, sequence_number=number)
        self.sent[number] = revocation
        self._open[peer] += 1
        return self._send(revocation, repetition)

    def announce(self, revocation: SentRevocation, now: Instant) -> SendMessage:
        """Send an indication whose answer nobody can wait for: the address is about to go."""
        number = self._last_number = next_free(self._last_number, self.sent, now)
        revocation.message = replace(revocation.message, sequence_number=number)
        return self._message(revocation)

    def repeat(
        self, revocation: SentRevocation, repetition: RevocationConfiguration
    ) -> list[Effect]:
        """Send the same indication again; nothing once BRIMaxRetriesNumber is reached.

        RFC 5846 §6.3: the time to wait doubles each time until MAX_BRACK_TIMEOUT.
        """
        if revocation.retransmissions >= repetition.max_retries:
            return []
        revocation.retransmissions += 1
        return self._send(revocation, repetition)

    def match(
        self, event: MessageReceived, answer: BindingRevocationAcknowledgement
    ) -> SentRevocation | None:
        """Return the indication that is answered, by the sequence number (RFC 5846 §6.2.2)."""
        revocation = self.sent.get(answer.sequence_number)
        if revocation is None:
            return None
        way_back = (revocation.peer, revocation.source)
        return revocation if (event.source, event.destination) == way_back else None

    def end(
        self,
        revocation: SentRevocation,
        repetition: RevocationConfiguration,
        now: Instant,
        *,
        is_void: Callable[[SentRevocation], bool] = lambda _: False,
    ) -> list[Effect]:
        """Wait for no answer any more, and let the next one to this peer have its turn.

        ``is_void``: tells of one that waited whether it has become pointless meanwhile.
        """
        was_full = len(self.sent) >= MOST_SENT
        del self.sent[revocation.message.sequence_number]
        self._open[revocation.peer] -= 1
        peer = self._next_peer(revocation.peer, was_full=was_full)
        while peer is not None:
            following = self._take_waiting(peer)
            if not is_void(following):
                return self.begin(following, repetition, now)
            peer = self._next_peer(revocation.peer, was_full=was_full)
        return []

    def stop_timer(self, revocation: SentRevocation) -> StopTimer:
        """Let the time for an answer, which has come, not run out."""
        return StopTimer(timer=self._timer(revocation.message.sequence_number))

    def abandon(self) -> list[Effect]:
        """Wait for nothing any more: the address that answers come to is gone."""
        stopped: list[Effect] = [StopTimer(timer=self._timer(number)) for number in self.sent]
        self.sent.clear()
        self.waiting.clear()
        self._open.clear()
        return stopped

    def is_busy(self, peer: IPv6Address) -> bool:
        """Tell whether a peer has as much to answer as it is given at a time."""
        return self._open[peer] >= WINDOW or len(self.sent) >= MOST_SENT

    def awaits(self, peer: IPv6Address) -> bool:
        """Tell whether a peer has anything to answer."""
        return self._open[peer] > 0

    def sent_to(self, peer: IPv6Address) -> list[SentRevocation]:
        """Return what a peer has to answer."""
        return [each for each in self.sent.values() if each.peer == peer]

    def _take_waiting(self, peer: IPv6Address) -> SentRevocation:
        queue = self.waiting[peer]
        following = queue.popleft()
        if not queue:
            del self.waiting[peer]
        return following

    def _next_peer(self, answered: IPv6Address, *, was_full: bool) -> IPv6Address | None:
        """Return the peer whose turn it is: that which has answered, if anything waits for it.

        Others wait for room only where there was none for anybody.
        """
        if answered in self.waiting:
            return answered
        if not was_full:
            return None
        return next((each for each in self.waiting if not self.is_busy(each)), None)

    def _send(
        self, revocation: SentRevocation, repetition: RevocationConfiguration
    ) -> list[Effect]:
        delay_ms = repetition.initial_delay_ms << min(revocation.retransmissions, 16)
        timer = self._timer(revocation.message.sequence_number)
        after_ms = min(delay_ms, repetition.max_delay_ms)
        return [self._message(revocation), StartTimer(timer=timer, after_ms=after_ms)]

    def _message(self, revocation: SentRevocation) -> SendMessage:
        self.statistics.revocations_sent += 1
        return SendMessage(
            source=revocation.source, destination=revocation.peer, message=revocation.message
        )

    def _timer(self, number: SequenceNumber) -> Timer:
        return Timer(kind=self.timer_kind, key=str(number))
