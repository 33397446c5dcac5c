"""Events on their way from happening to being published."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from netconf_server.notifications.intake import Intake
from netconf_server.provider import Notification
from tests.netconf.manual_time import ManualTime


def notification(number: int) -> Notification:
    return Notification(event_time=datetime(2026, 1, 1, tzinfo=UTC), data={str(number): None})


def taken() -> tuple[Intake, ManualTime, list[str]]:
    """Make an intake, its time, and the names of what it has published."""
    time, published = ManualTime(), list[str]()
    return Intake(time, lambda each: published.extend(each.data)), time, published


def test_events_are_published_later_and_in_their_order() -> None:
    intake, time, published = taken()
    for number in range(20):
        intake.put(iter((notification(number),)))
    assert published == []
    time.advance()
    assert published == [str(number) for number in range(20)]


def test_an_event_with_many_steps_lets_others_have_their_turn_and_keeps_its_place() -> None:
    intake, time, published = taken()
    turns: list[int] = []

    def steps() -> Iterator[Notification | None]:
        for _ in range(100):
            yield None
        yield notification(1)

    def turn() -> None:
        turns.append(len(published))
        if not published:
            time.call_at(0, turn)

    intake.put(steps())
    intake.put(iter((notification(2),)))
    time.call_at(0, turn)
    time.advance()
    assert len(turns) > 10
    assert published == ["1", "2"]


def test_more_than_can_wait_is_dropped_and_said_once(caplog: pytest.LogCaptureFixture) -> None:
    intake, time, published = taken()
    for number in range(10_010):
        intake.put(iter((notification(number),)))
    time.advance()
    assert len(published) == 10_000
    assert caplog.text.count("some are lost") == 1


def test_an_event_that_cannot_be_dealt_with_does_not_stop_the_others(
    caplog: pytest.LogCaptureFixture,
) -> None:
    intake, time, published = taken()

    def broken() -> Iterator[Notification | None]:
        yield None
        raise ZeroDivisionError("a bug")

    intake.put(broken())
    intake.put(iter((notification(1),)))
    time.advance()
    assert published == ["1"]
    assert "ZeroDivisionError" in caplog.text


def test_what_waits_can_be_published_at_once() -> None:
    intake, _, published = taken()
    intake.put(iter((notification(1),)))
    intake.flush()
    assert published == ["1"]
