"""Asking peers whether they are there, and judging what they answer (RFC 5847 §3).

Each role has one watch. Whom to watch, and what follows from the news, is the role's affair.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv6Address
from typing import Protocol, TypeAlias

from nf.codec.messages import Heartbeat
from nf.engine.effects import Effect, SendMessage, StartTimer, StopTimer
from nf.engine.events import MessageReceived
from nf.engine.heartbeat.path_states import Cause, move
from nf.engine.heartbeat.rhythm import Rhythm
from nf.engine.notifications import PeerDown, PeerRestarted, PeerUp
from nf.engine.paths import Path, PathState
from nf.engine.values import Instant, Timer, TimerKind

SEQUENCE_NUMBERS = 1 << 32
#: How long before its announcement a restart is taken to be at most: registrations that were sent
#: after the announcement may overtake it.
ANNOUNCED_WITHIN_MS = 3_000

#: What the watch finds out about a peer; operators are told, and the role acts on it.
News: TypeAlias = PeerUp | PeerDown | PeerRestarted


class Statistics(Protocol):
    """The counters of a role that heartbeats turn."""

    heartbeats_sent: int
    heartbeats_received: int


@dataclass(slots=True)
class Watch:
    """The heartbeats of one role; its paths are bounded by the peers that are configured."""

    timer_kind: TimerKind
    statistics: Statistics
    paths: dict[IPv6Address, Path] = field(default_factory=dict)
    #: The peers that are asked now.
    rhythms: dict[IPv6Address, Rhythm] = field(default_factory=dict)
    #: Our own, once it has been taken up.
    restart_counter: int | None = None

    def start(
        self, peer: IPv6Address, rhythm: Rhythm, source: IPv6Address, now: Instant
    ) -> list[Effect]:
        """Ask a peer from now on, at once unless an interval has not passed since the last time.

        RFC 5847 §3: one that knows no heartbeats is left alone. The turn of one that is watched
        already comes by its timer, in the new rhythm.
        """
        path = self.paths.setdefault(peer, Path())
        if path.state is PathState.UNSUPPORTED or self.rhythms.get(peer) == rhythm:
            return []
        is_watched = peer in self.rhythms
        self.rhythms[peer] = rhythm
        wait_ms = 0 if path.asked_ms is None else path.asked_ms + rhythm.interval_ms - now.at_ms
        if is_watched or wait_ms > 0:
            return [self._wait(peer, max(1, wait_ms))]
        return self.ask(peer, source, now)[0]

    def stop(self, peer: IPv6Address) -> list[Effect]:
        """Ask a peer no more; what it answered last is remembered."""
        if self.rhythms.pop(peer, None) is None:
            return []
        self._await_nothing(peer)
        return [StopTimer(timer=self._timer(peer))]

    def forget(self, peer: IPv6Address) -> list[Effect]:
        """Know nothing of a peer any more."""
        stopped = self.stop(peer)
        self.paths.pop(peer, None)
        return stopped

    def ask(
        self, peer: IPv6Address, source: IPv6Address, now: Instant
    ) -> tuple[list[Effect], list[News]]:
        """Send the next request to a peer, and count the last one if it had no answer.

        RFC 5847 §3.1: a peer is down once MISSING_HEARTBEAT exceeds what is allowed.
        """
        path, rhythm = self.paths[peer], self.rhythms[peer]
        path.missing_heartbeats += not path.is_answered
        is_silent = path.missing_heartbeats > rhythm.missing_heartbeats_allowed
        news: list[News] = []
        if is_silent and move(path, Cause.SILENT):
            news.append(PeerDown(peer=peer))
        path.sequence_number = (path.sequence_number + 1) % SEQUENCE_NUMBERS
        path.is_answered, path.asked_ms = False, now.at_ms
        self.statistics.heartbeats_sent += 1
        request = Heartbeat(sequence_number=path.sequence_number)
        delay_ms = rhythm.interval_ms if is_silent else rhythm.retransmission_delay_ms
        sending = SendMessage(source=source, destination=peer, message=request)
        return [sending, self._wait(peer, delay_ms)], news

    def pause(self, peer: IPv6Address) -> list[Effect]:
        """Let one turn pass without a request, and so without an answer to miss."""
        self._await_nothing(peer)
        return [self._wait(peer, self.rhythms[peer].interval_ms)]

    def answer(self, event: MessageReceived, request: Heartbeat) -> list[Effect]:
        """Answer a request, whoever asks and whatever stands (RFC 5847 §3): it changes no state."""
        response = Heartbeat(
            sequence_number=request.sequence_number,
            is_response=True,
            restart_counter=self.restart_counter,
        )
        source, destination = event.destination, event.source
        return [SendMessage(source=source, destination=destination, message=response)]

    def on_request(self, peer: IPv6Address, now: Instant) -> None:
        """Take note of a peer's own request, which shows that it knows heartbeats."""
        self.statistics.heartbeats_received += 1
        path = self.paths.get(peer)
        if path is not None:
            path.last_heard_utc_us = now.utc_us
            move(path, Cause.HEARD)

    def on_answer(
        self, peer: IPv6Address, response: Heartbeat, now: Instant, *, is_known: bool
    ) -> tuple[list[Effect], list[News]] | None:
        """Match a response, or evaluate one that nobody asked for; None: it is neither.

        ``is_known``: whether the role has to do with the peer, so that it may tell unasked.
        """
        if response.is_unsolicited:
            return ([], self._on_unsolicited(peer, response, now)) if is_known else None
        if not self.awaits(peer, response.sequence_number):
            return None
        return self._on_response(peer, response, now)

    def on_refused(self, peer: IPv6Address) -> list[Effect]:
        """Leave a peer alone that answered a request with Binding Error 2 (RFC 5847 §3)."""
        move(self.paths[peer], Cause.REFUSED)
        return self.stop(peer)

    def reopen(self, peer: IPv6Address) -> None:
        """Take the state of a path for unknown, since the configuration changed."""
        path = self.paths[peer]
        move(path, Cause.FORGOTTEN)
        path.missing_heartbeats = 0

    def awaits(self, peer: IPv6Address, sequence_number: int | None = None) -> bool:
        """Tell whether a request to a peer, of that number if one is given, has no answer yet."""
        path = self.paths.get(peer)
        if path is None or path.is_answered:
            return False
        return sequence_number is None or sequence_number == path.sequence_number

    def may_be_refused(self, peer: IPv6Address) -> bool:
        """Tell whether a Binding Error that names no type can be about a request to a peer.

        It cannot where the peer has shown that it knows heartbeats.
        """
        known = (PathState.UP, PathState.DOWN)
        return self.awaits(peer) and self.paths[peer].state not in known

    def _on_response(
        self, peer: IPv6Address, response: Heartbeat, now: Instant
    ) -> tuple[list[Effect], list[News]]:
        """Take the answer that was awaited (RFC 5847 §3.1)."""
        path = self.paths[peer]
        news = self._judge_counter(peer, path, response, now, path.restart_counter_heard_ms)
        path.is_answered, path.missing_heartbeats = True, 0
        if move(path, Cause.ANSWERED):
            news.append(PeerUp(peer=peer))
        rhythm = self.rhythms[peer]
        return [self._wait(peer, rhythm.interval_ms)] if rhythm.waits_after_answer else [], news

    def _on_unsolicited(self, peer: IPv6Address, response: Heartbeat, now: Instant) -> list[News]:
        """Take what a known peer tells of its own accord: its counter alone (RFC 5847 §3.2)."""
        path = self.paths.setdefault(peer, Path())
        earliest_ms = max(path.restart_counter_heard_ms, now.at_ms - ANNOUNCED_WITHIN_MS)
        return self._judge_counter(peer, path, response, now, earliest_ms)

    def _judge_counter(
        self,
        peer: IPv6Address,
        path: Path,
        response: Heartbeat,
        now: Instant,
        earliest_ms: int,
    ) -> list[News]:
        """RFC 5847 §3.2: another counter than the stored one means that the peer restarted.

        ``earliest_ms``: the moment after which it must have been.
        """
        path.last_heard_utc_us = now.utc_us
        if response.restart_counter is None:
            return []
        before, path.restart_counter = path.restart_counter, response.restart_counter
        path.restart_counter_heard_ms = now.at_ms
        if before is None or before == path.restart_counter:
            return []
        path.restarted_after_ms = earliest_ms
        return [PeerRestarted(peer=peer, restart_counter=path.restart_counter)]

    def _await_nothing(self, peer: IPv6Address) -> None:
        path = self.paths[peer]
        path.is_answered, path.missing_heartbeats = True, 0

    def _timer(self, peer: IPv6Address) -> Timer:
        return Timer(kind=self.timer_kind, key=str(peer))

    def _wait(self, peer: IPv6Address, after_ms: int) -> Effect:
        return StartTimer(timer=self._timer(peer), after_ms=after_ms)
