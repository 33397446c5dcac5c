"""create-subscription (RFC 5277 §2.1.1), and the operations on subscriptions of RFC 8639, 8641."""

from __future__ import annotations

from datetime import datetime

from lxml import etree

from netconf_server.markup import SUBSCRIBED, new_element, text_of
from netconf_server.notifications.event_filters import event_filter
from netconf_server.notifications.rpc_input import read_input
from netconf_server.notifications.stream import NETCONF, StreamTerms
from netconf_server.notifications.times import read_time, write_time
from netconf_server.operations.parameters import (
    Parameters,
    bad_element,
    filter_in,
    missing_element,
)
from netconf_server.operations.request import Request


def create_subscription(request: Request) -> list[etree._Element]:
    """Begin to send notifications to the session (RFC 5277 §2.1.1)."""
    parameters = Parameters(request.operation)
    _require_known_stream(parameters.optional("stream"))
    selection = filter_in(parameters)
    start = _time_in(parameters, "startTime")
    stop = _time_in(parameters, "stopTime")
    parameters.finish()
    notifications = request.management.notifications
    _require_sensible_times(start, stop, notifications.stream.now())
    terms = StreamTerms(
        selection=event_filter(request.management.schema, selection),
        replay_start=start,
        stop_time=stop,
    )
    notifications.create(request.session, terms)
    return []


def _require_known_stream(element: etree._Element | None) -> None:
    if element is not None and text_of(element) != NETCONF:
        raise bad_element("stream", f"there is no stream {text_of(element)!r}, only {NETCONF}")


def _time_in(parameters: Parameters, name: str) -> datetime | None:
    element = parameters.optional(name)
    if element is None:
        return None
    time = read_time(text_of(element))
    if time is None:
        raise bad_element(name, f"<{name}> is {text_of(element)!r}, not a date-and-time")
    return time


def _require_sensible_times(start: datetime | None, stop: datetime | None, now: datetime) -> None:
    """Check what RFC 5277 §2.1.1 says about the two times."""
    if start is None:
        if stop is not None:
            raise missing_element("startTime", "create-subscription")
        return
    if start > now:
        raise bad_element("startTime", "<startTime> is later than now")
    if stop is not None and stop <= start:
        raise bad_element("stopTime", "<stopTime> is not later than <startTime>")


def establish_subscription(request: Request) -> list[etree._Element]:
    """Begin a subscription to events or to a datastore (RFC 8639 §2.4.2)."""
    notifications = request.management.notifications
    asked = read_input(request.management.schema, request.operation)
    subscription = notifications.establish(request.session, asked)
    output = [_leaf("id", str(subscription.id))]
    revision = notifications.subscriptions.revised_start(subscription)
    if revision is not None:
        output.append(_leaf("replay-start-time-revision", write_time(revision)))
    return output


def modify_subscription(request: Request) -> list[etree._Element]:
    """Change the terms of a subscription of this session (RFC 8639 §2.4.3)."""
    asked = read_input(request.management.schema, request.operation)
    request.management.notifications.subscriptions.modify(request.session, asked)
    return []


def delete_subscription(request: Request) -> list[etree._Element]:
    """End a subscription of this session (RFC 8639 §2.4.4)."""
    asked = read_input(request.management.schema, request.operation)
    subscriptions = request.management.notifications.subscriptions
    subscriptions.delete(request.session, asked.subscription_id)
    return []


def resync_subscription(request: Request) -> list[etree._Element]:
    """Push everything to an on-change subscription of this session (RFC 8641 §4.4.4)."""
    asked = read_input(request.management.schema, request.operation)
    subscriptions = request.management.notifications.subscriptions
    subscriptions.resync(request.session, asked.subscription_id)
    return []


def kill_subscription(request: Request) -> list[etree._Element]:
    """End a subscription of any session (RFC 8639 §2.4.5)."""
    asked = read_input(request.management.schema, request.operation)
    request.management.notifications.subscriptions.kill(asked.subscription_id)
    return []


def _leaf(name: str, text: str) -> etree._Element:
    leaf = new_element(name, SUBSCRIBED)
    leaf.text = text
    return leaf
