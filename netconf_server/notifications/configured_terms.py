"""What running has of one configured subscription, as values (RFC 8639 §2.5)."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, cast

from lxml import etree

from netconf_server.markup import SUBSCRIBED, add_child, new_element
from netconf_server.notifications.policies import PushPolicy, StreamPolicy
from netconf_server.notifications.policy_input import new_policy
from netconf_server.notifications.rpc_input import Input
from netconf_server.notifications.stream import NETCONF
from netconf_server.notifications.times import write_time
from netconf_server.provider import Json

CALL_HOME: Final = "netconf-server-call-home"
_CALL_HOME_NAMESPACE: Final = "urn:netconf-server:call-home"

#: Before every stop time: one that has passed makes a subscription concluded, not invalid.
_LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfiguredTerms:
    """One entry of /subscriptions/subscription.

    ``receivers`` has the names of receivers with those of their clients, ``text`` all that the
    configuration says besides of it, so that a modification is noticed.
    """

    request: Input
    receivers: Mapping[str, str]
    text: bytes

    @property
    def is_replayed(self) -> bool:
        """True if the log is sent first (RFC 8639 §2.5.6)."""
        return "configured-replay" in self.request.leafs

    @property
    def fault(self) -> str:
        """Say, with an identity of the module, why terms that cannot be met end a subscription."""
        stream = self.request.leafs.get("stream", NETCONF)
        return "filter-unavailable" if stream == NETCONF else "stream-unavailable"

    def policy(self) -> StreamPolicy | PushPolicy:
        """Read the terms; raises RpcError for what there is not."""
        return new_policy(self.request, _LONG_AGO)

    def extra_xml(self) -> bytes:
        """Write the parameters that dynamic subscriptions do not have (RFC 8639 §2.7.1)."""
        extra = new_element("extra", SUBSCRIBED)
        transport = new_element("transport", SUBSCRIBED, {"nsc": _CALL_HOME_NAMESPACE})
        transport.text = "nsc:netconf-call-home"
        extra.append(transport)
        purpose = self.request.leafs.get("purpose")
        if isinstance(purpose, str):
            add_child(extra, "purpose", purpose, SUBSCRIBED)
        return _children(extra)


def read_terms(entry: etree._Element, leafs: Mapping[str, Json]) -> ConfiguredTerms:
    """Read an entry, given as running prints it and as JSON."""
    rest = deepcopy(entry)
    for receivers in rest.findall(f"{{{SUBSCRIBED}}}receivers"):
        rest.remove(receivers)
    return ConfiguredTerms(
        request=Input(entry, leafs),
        receivers=clients_of(leafs),
        text=etree.tostring(rest, method="c14n", with_tail=False),
    )


def clients_of(leafs: Mapping[str, Json]) -> dict[str, str]:
    """Return the names of an entry's receivers with those of their clients."""
    container = cast("dict[str, Json]", leafs.get("receivers", {}))
    receivers = cast("list[dict[str, Json]]", container.get("receiver", []))
    return {str(each["name"]): str(each.get(f"{CALL_HOME}:client", "")) for each in receivers}


def replay_xml(start: datetime, previous: datetime | None) -> bytes:
    """Write from when on there is a replay, and the time of the last event before (§2.5.6)."""
    replay = new_element("replay", SUBSCRIBED)
    add_child(replay, "replay-start-time", write_time(start), SUBSCRIBED)
    if previous is not None:
        add_child(replay, "replay-previous-event-time", write_time(previous), SUBSCRIBED)
    return _children(replay)


def _children(element: etree._Element) -> bytes:
    return b"".join(etree.tostring(each, encoding="UTF-8", with_tail=False) for each in element)
