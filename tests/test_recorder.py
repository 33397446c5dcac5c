"""What the recorder leaves on disk."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nf.engine.events import Started
from nf.engine.values import Instant
from nf.recorder import FileRecorder


def test_an_event_is_on_disk_with_its_time_once_it_is_recorded(tmp_path: Path) -> None:
    recorder = FileRecorder(tmp_path)
    recorder.record(Started(), Instant(5, 5_000), [])
    line = json.loads((tmp_path / "events.jsonl").read_text())
    recorder.close()
    assert line == {"at-ms": 5, "utc-us": 5_000, "event": "started"}


def test_a_full_disk_is_told_by_record_and_kept_from_whoever_closes(tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").symlink_to("/dev/full")
    recorder = FileRecorder(tmp_path)
    with pytest.raises(OSError, match="No space left"):
        recorder.record(Started(), Instant(5, 5_000), [])
    recorder.close()
