"""Plays recorded events into an engine: clocks are inputs, timers are watched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv6Address
from typing import Any

from nf.codec.errors import DecodeError
from nf.codec.mobility import decode_mobility_message
from nf.engine.effects import Effect, StartTimer, StopTimer
from nf.engine.engine import Engine
from nf.engine.events import Event, MessageReceived, MessageRejected, TimerExpired
from nf.engine.values import Instant, Timer
from nf.journal import Json, effect_to_json, event_from_json, record_to_json

#: Moment 0 of ``at-ms`` on the wall clock, 2026-01-01, unless a line has its own ``utc-us``.
START_UTC_US = 1_767_225_600_000_000

Line = dict[str, Json]


@dataclass(slots=True, kw_only=True)
class Replay:
    """One engine with the timers that it has started."""

    #: Let timers that fall due between two events run out by themselves.
    elapse: bool = False
    #: Refuse events that come after a timer has fallen due unsaid; a recording is never refused.
    is_strict: bool = True
    engine: Engine = field(default_factory=Engine)
    due_at_ms: dict[Timer, int] = field(default_factory=dict)

    def play(self, line: Mapping[str, Json]) -> list[Line]:
        """Handle one line of an event file and return its effects, as in an effect file."""
        at_ms, event = _number(line["at-ms"]), event_of(line)
        effects = self._elapse_until(at_ms) if self.elapse else []
        if self.is_strict:
            self._check_timers(event, at_ms)
        utc_us = _number(line["utc-us"]) if "utc-us" in line else START_UTC_US + at_ms * 1000
        return effects + self._handle(event, Instant(at_ms, utc_us))

    def operational_state(self) -> Line:
        """Return all records of both roles, whatever serves for a key as the name of a member.

        Paths are there where heartbeats are.
        """
        lma, mag = self.engine.lma, self.engine.mag
        state: dict[str, Line] = {
            "lma": {
                "bindings": _table(lma.bindings),
                "assignments": _table(lma.assignments),
                "statistics": record_to_json(lma.statistics),
            },
            "mag": {
                "binding-update-list": _table(mag.binding_update_list),
                "attached-nodes": _table(mag.attached_nodes),
                "statistics": record_to_json(mag.statistics),
            },
        }
        for role, paths in (("lma", lma.paths), ("mag", mag.paths)):
            state[role] |= {"paths": _table(paths)} if paths else {}
        return {**state}

    def _handle(self, event: Event, now: Instant) -> list[Line]:
        if isinstance(event, TimerExpired):
            self.due_at_ms.pop(event.timer, None)
        effects = self.engine.handle(event, now)
        for effect in effects:
            self._watch(effect, now)
        return [effect_to_json(effect) for effect in effects]

    def _watch(self, effect: Effect, now: Instant) -> None:
        if isinstance(effect, StartTimer):
            self.due_at_ms[effect.timer] = now.at_ms + effect.after_ms
        elif isinstance(effect, StopTimer):
            self.due_at_ms.pop(effect.timer, None)

    def _elapse_until(self, at_ms: int) -> list[Line]:
        effects: list[Line] = []
        while self.due_at_ms and min(self.due_at_ms.values()) < at_ms:
            timer = min(self.due_at_ms, key=self.due_at_ms.__getitem__)
            due_ms = self.due_at_ms[timer]
            now = Instant(due_ms, START_UTC_US + due_ms * 1000)
            effects += self._handle(TimerExpired(timer=timer), now)
        return effects

    def _check_timers(self, event: Event, at_ms: int) -> None:
        """Insist that an event passes no timer unsaid and that only a due timer runs out."""
        if isinstance(event, TimerExpired):
            due_ms = self.due_at_ms.get(event.timer)
            assert due_ms is not None, f"{event.timer} does not run"
            assert due_ms <= at_ms, f"{event.timer} is due at {due_ms}, not at {at_ms}"
        passed = [timer for timer, due_ms in self.due_at_ms.items() if due_ms < at_ms]
        passed = [t for t in passed if not (isinstance(event, TimerExpired) and t == event.timer)]
        assert not passed, f"timers due before {at_ms} ms are not told of: {passed}"


def event_of(line: Mapping[str, Json]) -> Event:
    """Return the event of a line; a ``packet`` in hex goes through the codec first."""
    if "packet" not in line:
        return event_from_json(line)
    packet = bytes.fromhex(str(line["packet"]))
    source, destination = IPv6Address(str(line["source"])), IPv6Address(str(line["destination"]))
    try:
        message = decode_mobility_message(packet)
    except DecodeError as fault:
        return MessageRejected(
            source=source,
            destination=destination,
            reason=fault.reason,
            offset=fault.offset,
            message_type=packet[2] if len(packet) > 2 else 0,
        )
    return MessageReceived(source=source, destination=destination, message=message)


def _table(records: Mapping[Any, object]) -> Json:
    return {str(key): record_to_json(record) for key, record in records.items()}


def _number(value: Json) -> int:
    assert isinstance(value, int)
    return value
