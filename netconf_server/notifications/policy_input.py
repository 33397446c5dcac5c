"""From the input of establish- and modify-subscription to terms; every fault is an RpcError."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final, cast

from lxml import etree

from netconf_server.errors import ErrorTag, ErrorType, RpcError
from netconf_server.filters.filter import Filter, SubtreeFilter, XPathFilter
from netconf_server.markup import SUBSCRIBED, YANG_PUSH
from netconf_server.notifications.policies import (
    ChangeType,
    OnChange,
    Periodic,
    PushedDatastore,
    PushPolicy,
    Selection,
    StreamPolicy,
    Trigger,
)
from netconf_server.notifications.rpc_input import PUSH, Input
from netconf_server.notifications.stream import NETCONF
from netconf_server.notifications.subscription_errors import hints, subscription_error
from netconf_server.notifications.times import read_time
from netconf_server.provider import Json

_DATASTORE: Final = f"{PUSH}:datastore"
_PERIODIC: Final = f"{PUSH}:periodic"
_ON_CHANGE: Final = f"{PUSH}:on-change"
_HUNDREDTHS: Final = 100

#: Faster than this nobody is served, in hundredths of a second.
LEAST_PERIOD_CS: Final = 10


def new_policy(request: Input, now: datetime) -> StreamPolicy | PushPolicy:
    """Read the terms of a new subscription."""
    is_stream = "stream" in request.leafs
    if is_stream == (_DATASTORE in request.leafs):
        raise request.missing("stream") if not is_stream else _both_targets()
    return _stream_policy(request, now) if is_stream else _push_policy(request, now)


def _both_targets() -> RpcError:
    return RpcError(
        tag=ErrorTag.BAD_ELEMENT,
        type=ErrorType.PROTOCOL,
        message="a subscription is to a stream or to a datastore, not to both",
        info={"bad-element": "datastore"},
    )


def _stream_policy(request: Input, now: datetime) -> StreamPolicy:
    if request.leafs["stream"] != NETCONF:
        reason = f"there is no stream {request.leafs['stream']!r}, only {NETCONF}"
        raise request.invalid("stream", reason)
    start = time_in(request.leafs, "replay-start-time")
    if start is not None and start >= now:
        raise request.invalid("replay-start-time", "is not in the past")
    stop = stop_in(request, start or now)
    return StreamPolicy(
        selection=stream_selection(request),
        replay_start=start,
        stop_time=stop,
        shown=dict(request.leafs),
    )


def stream_selection(request: Input) -> Selection:
    """Read which events are wanted."""
    name = request.leafs.get("stream-filter-name")
    found = filter_in(request.element, SUBSCRIBED, "stream")
    return Selection(filter=found, name=None if name is None else str(name))


def _push_policy(request: Input, now: datetime) -> PushPolicy:
    stop = stop_in(request, now)
    trigger = trigger_in(request)
    if trigger is None:
        raise request.missing("periodic")
    return PushPolicy(
        selection=push_selection(request),
        stop_time=stop,
        datastore=datastore_in(request),
        trigger=trigger,
        shown=dict(request.leafs),
    )


def datastore_in(request: Input) -> PushedDatastore:
    """Read which datastore is meant."""
    name = str(request.leafs[_DATASTORE]).rpartition(":")[2]
    try:
        return PushedDatastore(name)
    except ValueError:
        known = " and ".join(each.value for each in PushedDatastore)
        raise subscription_error(
            "datastore-not-subscribable", f"{name} cannot be subscribed to, only {known}"
        ) from None


def push_selection(request: Input) -> Selection:
    """Read which nodes of a datastore are wanted."""
    name = request.leafs.get(f"{PUSH}:selection-filter-ref")
    found = filter_in(request.element, YANG_PUSH, "datastore")
    return Selection(filter=found, name=None if name is None else str(name))


def trigger_in(request: Input) -> Trigger | None:
    """Read what makes updates be sent; None if nothing is said about it."""
    periodic, on_change = request.leafs.get(_PERIODIC), request.leafs.get(_ON_CHANGE)
    if isinstance(periodic, dict):
        if "period" not in periodic:
            raise request.missing("period")
        period_s = _interval_s(request, periodic, "period", least_cs=LEAST_PERIOD_CS)
        return Periodic(period_s=period_s, anchor=time_in(periodic, "anchor-time"))
    if isinstance(on_change, dict):
        excluded = cast("list[str]", on_change.get("excluded-change", []))
        return OnChange(
            dampening_s=_interval_s(request, on_change, "dampening-period", least_cs=0),
            sync_on_start=on_change.get("sync-on-start") is not False,
            excluded=frozenset(ChangeType(each) for each in excluded),
        )
    return None


def _interval_s(request: Input, leafs: Mapping[str, Json], name: str, *, least_cs: int) -> float:
    hundredths = cast("int", leafs.get(name, 0))
    if hundredths < least_cs:
        raise subscription_error(
            "period-unsupported",
            f"<{name}> is {hundredths} hundredths of a second, less than {least_cs}",
            hints(request.operation, is_push=True, period_hint=str(least_cs)),
        )
    return hundredths / _HUNDREDTHS


def stop_in(request: Input, start: datetime) -> datetime | None:
    """Read when a subscription ends, which is later than its start."""
    stop = time_in(request.leafs, "stop-time")
    if stop is not None and stop <= start:
        raise request.invalid("stop-time", "is not later than the start or than now")
    return stop


def time_in(leafs: Mapping[str, Json], name: str) -> datetime | None:
    """Read a time that the schema has checked."""
    text = leafs.get(name)
    return read_time(text) if isinstance(text, str) else None


def filter_in(element: etree._Element, namespace: str, target: str) -> Filter | None:
    """Read the filter that an element has among its children, written inside of it."""
    subtree = element.find(f"{{{namespace}}}{target}-subtree-filter")
    if subtree is not None:
        return SubtreeFilter(subtree)
    xpath = element.find(f"{{{namespace}}}{target}-xpath-filter")
    if xpath is not None:
        namespaces = {prefix: uri for prefix, uri in xpath.nsmap.items() if prefix}
        return XPathFilter((xpath.text or "").strip(), namespaces)
    return None
