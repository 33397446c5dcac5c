"""All configured subscriptions of the server, and the sessions to their receivers (RFC 8639 §2.5).

RFC 8640 tells how messages of dynamic subscriptions go over NETCONF, and nothing of configured
ones. Here these are sent on the sessions of clients that the server calls home to, one session for
all subscriptions of a client: see the module netconf-server-call-home.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from lxml import etree

from netconf_server.datastores.datastore import DatastoreName, Datastores
from netconf_server.filters.filter import SubtreeFilter
from netconf_server.markup import SUBSCRIBED
from netconf_server.notifications.configured_subscription import ConfiguredSubscription
from netconf_server.notifications.configured_terms import read_terms
from netconf_server.notifications.deliveries import Deliveries
from netconf_server.notifications.subscription import Subscription
from netconf_server.protocol.sessions import SessionRecord
from netconf_server.provider import Json, StateFragment


class ConfiguredSubscriptions:
    """The table of configured subscriptions, held against running whenever that has changed."""

    def __init__(
        self,
        datastores: Datastores,
        deliveries: Deliveries,
        known_clients: frozenset[str],
        is_usable: Callable[[SessionRecord], bool],
    ) -> None:
        """Take the names of the clients, and whether a session of one may be used."""
        self._datastores = datastores
        self.deliveries = deliveries
        self.known_clients = known_clients
        self._is_usable = is_usable
        self._sessions: dict[int, SessionRecord] = {}
        self._leafs: Mapping[int, Mapping[str, Json]] = {}
        self._subscriptions: dict[int, ConfiguredSubscription] = {}

    def take(self, leafs: Mapping[int, Mapping[str, Json]]) -> None:
        """Take over all entries of running as JSON, by their ids; ``review`` is to follow."""
        self._leafs = leafs

    def review(self) -> None:
        """Do what running says: its subscriptions or the filters that they name have changed."""
        entries = self._entries()
        for number in self._subscriptions.keys() - entries.keys():
            self._subscriptions.pop(number).delete()
        for number, entry in entries.items():
            if number not in self._subscriptions:
                self._subscriptions[number] = ConfiguredSubscription(
                    number, self.deliveries, self._session_of
                )
            self._subscriptions[number].update(read_terms(entry, self._leafs[number]))

    def _entries(self) -> dict[int, etree._Element]:
        """Read the entries of running as XML: the prefixes of filters are those in scope."""
        if not self._leafs:
            return {}
        wanted = etree.Element("filter")
        etree.SubElement(wanted, f"{{{SUBSCRIBED}}}subscriptions")
        found = self._datastores.get_config(DatastoreName.RUNNING, SubtreeFilter(wanted))
        entries = (each for top in found for each in top.iterfind(f"{{{SUBSCRIBED}}}subscription"))
        numbered = {int(each.findtext(f"{{{SUBSCRIBED}}}id", "0")): each for each in entries}
        return {number: entry for number, entry in numbered.items() if number in self._leafs}

    # Sessions.

    def session_ready(self, session: SessionRecord) -> None:
        """Use the session of a client that was called home, unless it has ended already."""
        if session.is_open and session.call_home in self.known_clients:
            self._sessions[session.session_id] = session
            self.settle()

    def session_ended(self, session: SessionRecord) -> None:
        """Use another session of the same client, if there is one."""
        if self._sessions.pop(session.session_id, None) is not None:
            self.settle()

    def settle(self) -> None:
        """Begin on sessions that can be used now, and end on those that cannot any more."""
        for subscription in self._subscriptions.values():
            subscription.settle()

    def _session_of(self, client: str) -> SessionRecord | None:
        """Return the oldest session of a client on which it can be sent something."""
        sessions = (each for each in self._sessions.values() if each.call_home == client)
        return next((each for each in sessions if self._is_usable(each)), None)

    # What others ask.

    def reset(self, subscription_id: int, receiver: str) -> bool:
        """Begin anew with a receiver (§2.5.5); False if there is none of that name."""
        subscription = self._subscriptions.get(subscription_id)
        if subscription is None or receiver not in subscription.receivers:
            return False
        subscription.reset(receiver)
        return True

    def open_deliveries(self) -> Iterator[Subscription]:
        """Yield what is being sent."""
        for subscription in self._subscriptions.values():
            yield from subscription.deliveries()

    def state(self) -> Iterator[StateFragment]:
        """Yield /subscriptions, one subscription after the other (§2.8)."""
        for subscription in tuple(self._subscriptions.values()):
            entry = subscription.show(self.known_clients)
            content: dict[str, Json] = {"subscription": [entry]}
            yield StateFragment(data={"ietf-subscribed-notifications:subscriptions": content})
