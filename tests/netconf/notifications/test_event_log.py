"""The log of events: its bounds, its files, and what is left of it after the worst."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from netconf_server.notifications.event_log import EventLog, LogBounds
from netconf_server.notifications.event_records import EventRecord, record_of
from netconf_server.provider import Json, Notification
from tests.netconf.notifications.bench import SCHEMA

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def event(number: int, padding: int = 0) -> EventRecord:
    """Make an event of the second with its number."""
    gate = f"{number}{'é' * padding}"
    time = BEGIN + timedelta(seconds=number)
    data: dict[str, Json] = {"example-depot:gate-opened": {"gate": gate}}
    return record_of(SCHEMA, Notification(event_time=time, data=data))


def opened(directory: Path, bounds: LogBounds | None = None) -> EventLog:
    """Open a log that would be new on the second day."""
    log = EventLog(SCHEMA, BEGIN + timedelta(days=1), bounds)
    log.open(directory)
    return log


def seconds(log: EventLog) -> list[int]:
    """Return which events are in the log."""
    times = (log[number].event_time for number in range(log.first, log.next))
    return [int((time - BEGIN).total_seconds()) for time in times]


def test_events_are_still_there_after_a_restart_with_all_that_is_in_them(tmp_path: Path) -> None:
    log = opened(tmp_path)
    for number in range(3):
        log.append(event(number, padding=2))
    log.close()
    again = opened(tmp_path)
    assert seconds(again) == [0, 1, 2]
    assert again[1].message == event(1, padding=2).message
    assert again.creation_time == log.creation_time


@pytest.mark.rfc("5277 §3.4")
@pytest.mark.parametrize("bounds", [LogBounds(events=10), LogBounds(octets=450)])
def test_a_full_log_forgets_its_oldest_events_and_says_so(
    tmp_path: Path, bounds: LogBounds
) -> None:
    log = opened(tmp_path, bounds)
    for number in range(100):
        log.append(event(number))
    log.close()
    for each in (log, opened(tmp_path, bounds)):
        kept = seconds(each)
        assert 5 <= len(kept) <= 10
        assert kept[-1] == 99
        assert each.aged_time == event(kept[0] - 1).event_time


def test_the_files_stay_within_the_bound(tmp_path: Path) -> None:
    log = opened(tmp_path, LogBounds(octets=20_000))
    for number in range(2000):
        log.append(event(number))
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 60_000


@pytest.mark.parametrize("cut", [1, 5, 40])
def test_an_end_that_was_torn_off_is_left_out_and_the_log_goes_on(tmp_path: Path, cut: int) -> None:
    log = opened(tmp_path)
    for number in range(3):
        log.append(event(number))
    log.close()
    path = tmp_path / "events.log"
    path.write_bytes(path.read_bytes()[:-cut])
    torn = opened(tmp_path)
    torn.append(event(7))
    torn.close()
    assert seconds(opened(tmp_path)) == [0, 1, 7]


def test_damage_costs_the_damaged_line_only(tmp_path: Path) -> None:
    log = opened(tmp_path)
    for number in range(3):
        log.append(event(number))
    log.close()
    path = tmp_path / "events.log"
    path.write_bytes(path.read_bytes().replace(b'"gate": "1"', b'"gate": "8"'))
    assert seconds(opened(tmp_path)) == [0, 2]


def test_without_a_usable_folder_events_are_kept_in_memory(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("in the way")
    log = opened(tmp_path / "file")
    log.append(event(1))
    assert seconds(log) == [1]
    assert "not kept for a restart" in caplog.text


def test_reading_can_begin_at_a_time(tmp_path: Path) -> None:
    log = opened(tmp_path)
    for number in range(5):
        log.append(event(number))
    starts = [BEGIN, BEGIN + timedelta(seconds=2), BEGIN + timedelta(days=3)]
    assert [log.find(start) for start in starts] == [0, 2, 5]
