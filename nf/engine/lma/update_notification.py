"""Asking MAGs to register sessions anew (RFC 7077 §5).

Of the reasons that RFC 7077 knows only FORCE-REREGISTRATION is sent: what a session is to have
is then negotiated as ever, by a PBU and its answer.
"""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv6Address
from typing import Final

from nf.codec.messages import (
    BindingError,
    SequenceNumber,
    UpdateNotification,
    UpdateNotificationAcknowledgement,
)
from nf.codec.registry import NotificationReason
from nf.engine.effects import Effect, SendMessage, StartTimer, StopTimer
from nf.engine.events import MessageReceived
from nf.engine.lma.anchor import Anchor
from nf.engine.lma.drops import DropReason
from nf.engine.lma.pending import SentNotification
from nf.engine.lma.records import BindingCacheEntry, BindingState
from nf.engine.rejection import UNRECOGNISED_TYPE
from nf.engine.sequence_numbers import next_free
from nf.engine.values import BindingId, Instant, Timer, TimerKind

#: Notifications that are out at a time. More wait until one is answered or given up: a commit
#: that concerns many sessions floods neither the MAGs nor, with their PBUs, us.
WINDOW: Final = 64


def request(anchor: Anchor, binding_id: BindingId, now: Instant) -> list[Effect]:
    """Ask the MAG of a session to register it anew, at once or when it is its turn."""
    anchor.notifications.waiting[binding_id] = None
    return _send_waiting(anchor, now)


def on_due(anchor: Anchor, number: SequenceNumber, now: Instant) -> list[Effect]:
    """Send a notification again, or give it up after MAX_UPDATE_NOTIFICATION_RETRANSMIT_COUNT.

    RFC 7077 §5.2: as it was, with the D flag. One whose session has ended or moved meanwhile has
    no object any more.
    """
    sent = anchor.notifications.sent.get(number)
    if sent is None:
        return []
    entry = _notifiable(anchor, sent.binding_id)
    is_open = entry is not None and entry.proxy_care_of_address == sent.mag
    if is_open and sent.retransmissions < _most_copies(anchor):
        sent.retransmissions += 1
        sent.message = replace(sent.message, is_retransmission=True)
        return _send(anchor, sent)
    if is_open:
        anchor.drop(DropReason.UPDATE_NOTIFICATION_UNANSWERED)
    del anchor.notifications.sent[number]
    return _send_waiting(anchor, now)


def on_acknowledgement(
    anchor: Anchor,
    event: MessageReceived,
    message: UpdateNotificationAcknowledgement,
    now: Instant,
) -> list[Effect]:
    """Match an answer with its notification by the sequence number (RFC 7077 §5.2)."""
    sent = anchor.notifications.sent.get(message.sequence_number)
    if anchor.role is None or event.destination != anchor.role.address:
        anchor.drop(DropReason.NOT_OUR_ADDRESS)
        return []
    if sent is None or event.source != sent.mag:
        anchor.drop(DropReason.UNMATCHED_UPDATE_NOTIFICATION)
        return []
    anchor.statistics.update_notification_acknowledgements[message.status] += 1
    del anchor.notifications.sent[message.sequence_number]
    return [StopTimer(timer=_timer(message.sequence_number)), *_send_waiting(anchor, now)]


def refuses(anchor: Anchor, event: MessageReceived, error: BindingError) -> bool:
    """Tell whether a Binding Error says that a MAG does not know update notifications.

    RFC 7077 §5.2: status 2. The error does not name the type; where a heartbeat is out as well,
    it is ours if the MAG has shown that it knows those.
    """
    is_ours = error.status == UNRECOGNISED_TYPE and is_asked(anchor, event.source)
    return is_ours and not anchor.watch.may_be_refused(event.source)


def on_unsupported(anchor: Anchor, mag: IPv6Address, now: Instant) -> list[Effect]:
    """Send no more to a MAG that does not know the message, until a commit (RFC 7077 §5.2)."""
    notifications = anchor.notifications
    notifications.unsupported.add(mag)
    numbers = [number for number, sent in notifications.sent.items() if sent.mag == mag]
    for number in numbers:
        del notifications.sent[number]
    stopped: list[Effect] = [StopTimer(timer=_timer(number)) for number in numbers]
    return stopped + _send_waiting(anchor, now)


def is_asked(anchor: Anchor, mag: IPv6Address) -> bool:
    """Tell whether a MAG has a notification to answer."""
    return any(sent.mag == mag for sent in anchor.notifications.sent.values())


def _send_waiting(anchor: Anchor, now: Instant) -> list[Effect]:
    notifications, effects = anchor.notifications, list[Effect]()
    while notifications.waiting and len(notifications.sent) < WINDOW:
        binding_id = next(iter(notifications.waiting))
        del notifications.waiting[binding_id]
        entry = _notifiable(anchor, binding_id)
        if entry is not None:
            effects += _notify(anchor, entry, now)
    return effects


def _notifiable(anchor: Anchor, binding_id: BindingId) -> BindingCacheEntry | None:
    """Return a session that stands, with a MAG that knows the message."""
    entry = anchor.cache.entries.get(binding_id)
    if entry is None or entry.state is not BindingState.ACTIVE:
        return None
    return None if entry.proxy_care_of_address in anchor.notifications.unsupported else entry


def _notify(anchor: Anchor, entry: BindingCacheEntry, now: Instant) -> list[Effect]:
    """Send a new notification.

    RFC 7077 §5.1 recommends to do without an acknowledgement for this reason; it is asked for
    nevertheless, since only then a lost message is sent again.
    """
    notifications = anchor.notifications
    number = next_free(notifications.last_number, notifications.sent, now)
    message = UpdateNotification(
        sequence_number=number,
        reason=NotificationReason.FORCE_REREGISTRATION,
        mobile_node_identifier=entry.mobile_node_identifier,
        home_network_prefixes=entry.home_network_prefixes,
    )
    sent = SentNotification(
        message=message, mag=entry.proxy_care_of_address, binding_id=entry.binding_id
    )
    notifications.sent[number], notifications.last_number = sent, number
    return _send(anchor, sent)


def _send(anchor: Anchor, sent: SentNotification) -> list[Effect]:
    anchor.statistics.update_notifications_sent += 1
    role = anchor.active_role
    return [
        SendMessage(source=role.address, destination=sent.mag, message=sent.message),
        StartTimer(
            timer=_timer(sent.message.sequence_number),
            after_ms=role.update_notification.min_delay_ms,
        ),
    ]


def _most_copies(anchor: Anchor) -> int:
    return anchor.active_role.update_notification.max_retransmit_count


def _timer(number: SequenceNumber) -> Timer:
    return Timer(kind=TimerKind.UPDATE_NOTIFICATION_RETRANSMIT, key=str(number))
