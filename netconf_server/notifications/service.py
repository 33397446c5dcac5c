"""Notifications as one thing: where events come from, where they are kept, who subscribes."""

from __future__ import annotations

import json
import logging
from functools import partial
from pathlib import Path
from typing import Final, Protocol

from netconf_server.access import AccessControl
from netconf_server.datastores.datastore import Datastores
from netconf_server.errors import ErrorTag, ErrorType, RpcError
from netconf_server.events import (
    ConfigurationChanged,
    EventHub,
    ServerEvent,
    SessionEnded,
    SessionReady,
)
from netconf_server.notifications.base_events import capability_change, steps_of
from netconf_server.notifications.configured import ConfiguredSubscriptions
from netconf_server.notifications.configured_filters import ConfiguredFilters
from netconf_server.notifications.create_subscription import CreatedSubscription
from netconf_server.notifications.deliveries import Deliveries
from netconf_server.notifications.event_log import EventLog
from netconf_server.notifications.event_records import record_of
from netconf_server.notifications.intake import Intake
from netconf_server.notifications.policies import PushedDatastore
from netconf_server.notifications.push_reading import PushReader
from netconf_server.notifications.push_starting import PushStarter
from netconf_server.notifications.push_subscription import PushTools
from netconf_server.notifications.rpc_input import Input
from netconf_server.notifications.stream import EventStream, StreamTerms
from netconf_server.notifications.stream_starting import StreamStarter
from netconf_server.notifications.subscription import Subscription
from netconf_server.notifications.subscriptions import Subscriptions
from netconf_server.protocol.sessions import SessionRecord, SessionTable
from netconf_server.provider import Notification, Provider, ReportsChanges
from netconf_server.scheduler import Scheduler
from netconf_server.schema.schema import Schema

_log = logging.getLogger(__name__)

_DIRECTORY: Final = "notifications"
_CAPABILITIES: Final = "capabilities.json"

#: Some clients lose sight of what comes in one piece with the server's hello.
AFTER_HELLO_S: Final = 0.5

_RUNNING: Final = PushedDatastore.RUNNING.value


class Surroundings(Protocol):
    """The server that the events are about (see ``management.Management``)."""

    @property
    def schema(self) -> Schema:
        """The modules that define the notifications."""

    @property
    def datastores(self) -> Datastores:
        """What can be subscribed to."""

    @property
    def sessions(self) -> SessionTable:
        """The sessions, with the server's clock."""

    @property
    def capabilities(self) -> tuple[str, ...]:
        """What the server can do."""

    @property
    def access(self) -> AccessControl:
        """Who may receive what."""

    @property
    def call_home_clients(self) -> frozenset[str]:
        """The names of the clients that the server calls."""

    @property
    def events(self) -> EventHub:
        """Where the server's own events come from."""

    @property
    def scheduler(self) -> Scheduler:
        """What calls later."""

    def drop_session(self, record: SessionRecord) -> None:
        """End a session and close its connection."""


def _mixed() -> RpcError:
    return RpcError(
        tag=ErrorTag.OPERATION_NOT_SUPPORTED,
        type=ErrorType.PROTOCOL,
        message="create-subscription and establish-subscription cannot be mixed in one session",
    )


class Notifications:
    """The events of one server; begins to listen to them with ``start``."""

    def __init__(self, management: Surroundings) -> None:
        self._management = management
        now = management.sessions.now
        self._log = EventLog(management.schema, now())
        self.stream = EventStream(self._log, lambda: management.access, management.scheduler, now)
        self._intake = Intake(management.scheduler, self._publish)
        self._created: dict[int, CreatedSubscription] = {}
        #: The subscriptions of RFC 8639.
        filters = ConfiguredFilters(management.datastores)
        self._pushes = PushStarter(self._push_tools(), filters)
        streams = StreamStarter(management.schema, self.stream, filters)
        self.subscriptions = Subscriptions(
            streams,
            self._pushes,
            ConfiguredSubscriptions(
                management.datastores,
                Deliveries(streams, self._pushes, self._log),
                management.call_home_clients,
                lambda session: session.session_id not in self._created,
            ),
        )

    def _push_tools(self) -> PushTools:
        management = self._management
        schema, datastores = management.schema, management.datastores
        return PushTools(
            reader=PushReader(schema, datastores, lambda: management.access),
            scheduler=management.scheduler,
            now=self.stream.now,
            work=self._intake.put,
        )

    def start(self, directory: Path, provider: Provider) -> None:
        """Take over the log in the data directory; listen to the server and to its provider."""
        directory /= _DIRECTORY
        self._log.open(directory)
        self.subscriptions.configured.deliveries.begin()
        provider.subscribe(self._take)
        if isinstance(provider, ReportsChanges):
            self._pushes.reported = provider.reported_paths
        self._management.events.subscribe(self._on_server_event)
        self._compare_capabilities(directory / _CAPABILITIES)

    def stop(self) -> None:
        """Log what has happened until now, and close the log."""
        self._intake.flush()
        self._log.close()

    # Subscriptions of RFC 5277.

    def create(self, session: SessionRecord, terms: StreamTerms) -> None:
        """Begin the session's one subscription; raises RpcError ``in-use`` for a second."""
        if session.session_id in self._created:
            raise RpcError(
                tag=ErrorTag.IN_USE,
                type=ErrorType.PROTOCOL,
                message="the session has a subscription already",
            )
        if self.subscriptions.has_any(session):
            raise _mixed()
        self._created[session.session_id] = CreatedSubscription(
            self.stream, session, terms, self._drop_session, self._forget_created
        )

    def establish(self, session: SessionRecord, request: Input) -> Subscription:
        """Begin a subscription of RFC 8639; RFC 8640 §3: not beside one of RFC 5277."""
        if session.session_id in self._created:
            raise _mixed()
        return self.subscriptions.establish(session, request)

    def review_soon(self) -> None:
        """Have what is configured looked at again, once running is what it will be."""
        self._management.scheduler.call_at(0, self.subscriptions.review_filters)

    def _forget_created(self, session: SessionRecord) -> None:
        self._created.pop(session.session_id, None)
        self.subscriptions.configured.settle()

    def _drop_session(self, session: SessionRecord) -> None:
        self._management.drop_session(session)

    # Events.

    def _take(self, notification: Notification) -> None:
        """Take a notification from the provider."""
        self._intake.put(iter((notification,)))
        if notification.changes:
            operational = PushedDatastore.OPERATIONAL
            self._intake.put(self.subscriptions.follow(operational, notification.changes))

    def _on_server_event(self, event: ServerEvent) -> None:
        self._intake.put(steps_of(event, self.stream.now()))
        if isinstance(event, ConfigurationChanged) and event.datastore == _RUNNING:
            for datastore in PushedDatastore:  # operational has the configuration too
                self._intake.put(self.subscriptions.follow(datastore, event.changes))
        if isinstance(event, SessionReady) and event.session.call_home is not None:
            use = partial(self.subscriptions.configured.session_ready, event.session)
            self._management.scheduler.call_at(AFTER_HELLO_S, use)
        if isinstance(event, SessionEnded):
            created = self._created.pop(event.session.session_id, None)
            if created is not None:
                created.close()
            self.subscriptions.end_session(event.session)

    def _publish(self, notification: Notification) -> None:
        self.stream.publish(record_of(self._management.schema, notification))

    def _compare_capabilities(self, path: Path) -> None:
        """Tell what the server can do now that it could not before its last end, or the reverse."""
        after = list(self._management.capabilities)
        try:
            before = json.loads(path.read_bytes()) if path.exists() else after
            path.write_text(json.dumps(after), encoding="utf-8")
        except (OSError, ValueError) as fault:
            _log.warning("%s: %s", path, fault)
            return
        change = capability_change(before, after, self.stream.now())
        if change is not None:
            self._take(change)
