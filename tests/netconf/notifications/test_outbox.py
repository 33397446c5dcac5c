"""The queue of a session: what fits, what does not, who is told."""

from __future__ import annotations

import pytest

from netconf_server.notifications.outbox import Message, Outbox, OutboxBounds


def message(data: bytes = b"x", owner: object = None) -> Message:
    return Message(lambda: iter((data,)), len(data), owner)


def contents(outbox: Outbox) -> list[bytes]:
    """Take everything."""
    found = []
    while (each := outbox.take()) is not None:
        found.append(b"".join(each.slices()))
    return found


def test_messages_come_out_in_the_order_in_which_they_went_in() -> None:
    outbox = Outbox()
    for data in (b"1", b"2", b"3"):
        outbox.post(message(data))
    assert contents(outbox) == [b"1", b"2", b"3"]


@pytest.mark.parametrize("bounds", [OutboxBounds(messages=2), OutboxBounds(octets=9)])
def test_what_does_not_fit_is_refused_and_what_must_not_be_lost_is_taken(
    bounds: OutboxBounds,
) -> None:
    outbox = Outbox(bounds)
    taken = [outbox.post(message(b"four")) for _ in range(3)]
    outbox.post_anyway(message(b"last"))
    assert taken == [True, True, False]
    assert contents(outbox) == [b"four", b"four", b"last"]


def test_room_that_was_used_can_be_used_again() -> None:
    outbox = Outbox(OutboxBounds(octets=4))
    for _ in range(100):
        assert outbox.post(message(b"four"))
        assert outbox.take() is not None


def test_the_reader_is_told_of_every_message() -> None:
    outbox, told = Outbox(), []
    outbox.on_ready = lambda: told.append("ready")
    outbox.post(message())
    outbox.post_anyway(message())
    assert told == ["ready", "ready"]


def test_who_waits_for_room_is_told_once_when_half_is_free() -> None:
    outbox, told = Outbox(OutboxBounds(messages=4)), []
    for _ in range(4):
        outbox.post(message())
    outbox.when_room(lambda: told.append("room"))
    outbox.take()
    assert told == []
    outbox.take()
    outbox.take()
    assert told == ["room"]


def test_an_owner_can_withdraw_what_has_not_been_sent() -> None:
    outbox, owner = Outbox(OutboxBounds(octets=8)), object()
    outbox.post(message(b"mine", owner))
    outbox.post(message(b"else"))
    outbox.withdraw(owner)
    assert outbox.post(message(b"more"))
    assert contents(outbox) == [b"else", b"more"]
