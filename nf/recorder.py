"""Writes down what a running daemon sees and does, in the form of the conformance folders."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from pathlib import Path

from nf.engine.effects import Effect
from nf.engine.events import Event
from nf.engine.values import Instant
from nf.journal import effect_to_json, event_to_json


class FileRecorder:
    """Appends to ``events.jsonl`` and ``effects.jsonl``; a line is on disk once it is written."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._events = (directory / "events.jsonl").open("a", buffering=1)
        self._effects = (directory / "effects.jsonl").open("a", buffering=1)

    def record(self, event: Event, now: Instant, effects: Sequence[Effect]) -> None:
        """Write one event with its time, and each of its effects."""
        stamped = {"at-ms": now.at_ms, "utc-us": now.utc_us, **event_to_json(event)}
        self._events.write(json.dumps(stamped) + "\n")
        for effect in effects:
            self._effects.write(json.dumps(effect_to_json(effect)) + "\n")

    def close(self) -> None:
        """Close both files; what a full disk did not take is lost."""
        for each in (self._events, self._effects):
            with contextlib.suppress(OSError):
                each.close()
