"""Events as they are kept and sent: a time, and a YANG notification that says what has happened."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from lxml import etree

from netconf_server.datastores.operational import to_json
from netconf_server.markup import NOTIFICATION, XML_DECLARATION
from netconf_server.notifications.times import write_time
from netconf_server.provider import DataPath, Notification
from netconf_server.schema.data import DataFormat, LibraryError
from netconf_server.schema.nodes import SchemaNode
from netconf_server.schema.operations import MessageKind, parse_operation
from netconf_server.schema.schema import Schema

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Rendered:
    """A notification as XML element, with the node that defines it and its data path."""

    content: bytes
    node: SchemaNode
    path: DataPath


@dataclass(frozen=True, kw_only=True)
class EventRecord:
    """One event; ``document`` is its content as JSON, rendered only when somebody may want it."""

    schema: Schema = field(repr=False)
    event_time: datetime
    document: bytes

    @cached_property
    def rendered(self) -> Rendered | None:
        """The content as XML; None if it does not fit the schema."""
        kind = MessageKind.NOTIFICATION
        try:
            with parse_operation(self.schema, self.document, DataFormat.JSON, kind) as parsed:
                content = parsed.print(DataFormat.XML)
                return Rendered(content, parsed.node.schema, parsed.node.path)
        except LibraryError as error:
            _log.error("a notification does not fit the schema: %s", error.fault.message)
            return None

    @cached_property
    def element(self) -> etree._Element:
        """The content, parsed; of what can be rendered only."""
        parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
        return etree.fromstring(self._content, parser)

    @cached_property
    def message(self) -> bytes:
        """The whole message, the same for everybody who gets it; of what can be rendered only."""
        return message_around(self.event_time, self._content)

    @property
    def _content(self) -> bytes:
        assert self.rendered is not None, "who sends it has looked at it"
        return self.rendered.content


def record_of(schema: Schema, notification: Notification) -> EventRecord:
    """Make the record of a notification."""
    document = to_json(notification.data)
    return EventRecord(schema=schema, event_time=notification.event_time, document=document)


def message_around(event_time: datetime, content: bytes) -> bytes:
    """Put an element into the envelope of RFC 5277 §2.2.1."""
    return b'%b<notification xmlns="%b"><eventTime>%b</eventTime>%b</notification>' % (
        XML_DECLARATION,
        NOTIFICATION.encode(),
        write_time(event_time).encode(),
        content,
    )
