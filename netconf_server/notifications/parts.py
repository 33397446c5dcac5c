"""The containers of data that are about notifications (see ``server_state.ServerPart``)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from netconf_server.notifications.configured_filters import FiltersPart
from netconf_server.notifications.event_log import EventLog
from netconf_server.notifications.service import Notifications
from netconf_server.notifications.stream import NETCONF
from netconf_server.notifications.subscriptions_part import SubscriptionsPart
from netconf_server.notifications.times import write_time
from netconf_server.provider import DataPath, Json
from netconf_server.server_state import ReadOnlyPart, ServerPart

_DESCRIPTION: Final = "All events of the server and of what it manages."


def notification_parts(service: Callable[[], Notifications]) -> dict[DataPath, ServerPart]:
    """Return the parts by their paths; the service is asked for when it is needed."""

    def review_soon() -> None:
        service().review_soon()

    return {
        "/nc-notifications:netconf": ReadOnlyPart(lambda: _netconf(service().stream.log)),
        "/ietf-subscribed-notifications:streams": ReadOnlyPart(
            lambda: _streams(service().stream.log)
        ),
        "/ietf-subscribed-notifications:filters": FiltersPart(review_soon),
        "/ietf-subscribed-notifications:subscriptions": SubscriptionsPart(
            lambda: service().subscriptions, review_soon
        ),
    }


def _netconf(log: EventLog) -> dict[str, Json]:
    """Return /netconf (RFC 5277 §3.4)."""
    stream: dict[str, Json] = {
        "name": NETCONF,
        "description": _DESCRIPTION,
        "replaySupport": True,
        "replayLogCreationTime": write_time(log.creation_time),
    }
    if log.aged_time is not None:
        stream["replayLogAgedTime"] = write_time(log.aged_time)
    return {"nc-notifications:netconf": {"streams": {"stream": [stream]}}}


def _streams(log: EventLog) -> dict[str, Json]:
    """Return /streams (RFC 8639 §3.1)."""
    stream: dict[str, Json] = {
        "name": NETCONF,
        "description": _DESCRIPTION,
        "replay-support": [None],
        "replay-log-creation-time": write_time(log.creation_time),
    }
    if log.aged_time is not None:
        stream["replay-log-aged-time"] = write_time(log.aged_time)
    return {"ietf-subscribed-notifications:streams": {"stream": [stream]}}
