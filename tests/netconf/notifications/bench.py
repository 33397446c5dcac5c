"""A depot with manual time: the whole server without a transport."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from lxml import etree

from netconf_server.management import Management, SessionEnd
from netconf_server.markup import BASE, DATASTORES, NOTIFICATION, SUBSCRIBED, YANG_PUSH
from netconf_server.notifications.service import AFTER_HELLO_S
from netconf_server.protocol.framing import FrameDecoder, Framing, encode
from netconf_server.protocol.session import Session
from netconf_server.protocol.sessions import SessionRecord
from netconf_server.provider import (
    Change,
    ChangeSet,
    Json,
    Notification,
    ProviderError,
    StateFragment,
    StateSelection,
)
from netconf_server.schema.schema import Schema
from netconf_server.server import build_management
from netconf_server.settings import CallHomeClient, Limits, ServerSettings
from netconf_server.users.directory import UserDirectory
from tests.netconf.manual_time import ManualTime

DEPOT = "urn:example:depot"
MANAGE = "urn:ietf:params:xml:ns:netmod:notification"
EVENTS = "urn:ietf:params:xml:ns:yang:ietf-netconf-notifications"
SCHEMA = Schema([Path(__file__).with_name("yang")], {"example-depot": ()})


@dataclass
class DepotProvider:
    """Takes every configuration; knows the trips that a test gives it, and tells what changes."""

    reported_paths: tuple[str, ...] = ("/example-depot:depot/trip",)
    trips: dict[int, dict[str, Json]] = field(default_factory=dict)
    sinks: list[Callable[[Notification], None]] = field(default_factory=list)
    selections: list[StateSelection] = field(default_factory=list)

    def validate(self, changes: ChangeSet) -> Sequence[ProviderError]:
        return []

    def apply(self, changes: ChangeSet) -> None: ...

    def read_state(self, selection: StateSelection) -> Iterator[StateFragment]:
        self.selections.append(selection)
        for number, trip in self.trips.items():
            entry: dict[str, Json] = {"number": number, **trip}
            yield StateFragment(data={"example-depot:depot": {"trip": [entry]}})

    def invoke(self, path: str, data: dict[str, Json]) -> dict[str, Json]:
        return {}

    def subscribe(self, sink: Callable[[Notification], None]) -> None:
        self.sinks.append(sink)


@dataclass
class Depot:
    """The server, its provider, its time, and as many clients as a test wants."""

    directory: Path
    time: ManualTime = field(default_factory=ManualTime)
    provider: DepotProvider = field(default_factory=DepotProvider)
    most_waiting: int = 1000
    called: tuple[str, ...] = ("nms", "noc")
    disconnected: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.management = self._build()
        self.management.datastores.start()
        self.management.notifications.start(self.directory, self.provider)
        self.time.advance()

    def _build(self) -> Management:
        settings = ServerSettings(
            host="",
            data_directory=self.directory,
            users=(),
            host_key=self.directory / "key",
            limits=Limits(max_queued_notifications=self.most_waiting),
            recovery_users=frozenset({"admin"}),
            call_home=tuple(
                CallHomeClient(host="192.0.2.9", port=4334, name=name) for name in self.called
            ),
        )
        time = self.time
        return build_management(
            SCHEMA, self.provider, settings, UserDirectory(()), now=time.now, scheduler=time
        )

    def stop(self) -> None:
        """End in good order."""
        for record in self.management.sessions:
            self.management.end_session(record, SessionEnd.STOPPED)
        self.management.notifications.stop()
        self.management.datastores.close()

    def client(self, username: str = "admin", call_home: str | None = None) -> Client:
        """Open a session in which both sides have said hello."""
        record = self.management.open_session(
            username, "192.0.2.1", lambda: self.disconnected.append(record.session_id)
        )
        record.call_home = call_home
        client = Client(self, Session(record, self.management, 1_000_000), record)
        client.greet()
        self.time.advance(0 if call_home is None else AFTER_HELLO_S)
        return client

    def emit(self, name: str, *changes: Change, **leafs: Json) -> None:
        """Let the provider tell of an event, and let it be rendered."""
        data: dict[str, Json] = {f"example-depot:{name}": {**leafs}}
        notification = Notification(event_time=self.time.now(), data=data, changes=changes)
        for sink in self.provider.sinks:
            sink(notification)
        self.time.advance()


class Timed(Protocol):
    """What is served, as far as a client must know it."""

    @property
    def time(self) -> ManualTime:
        """What the server goes by."""


@dataclass
class Client:
    """The client's end of one sans-IO session."""

    depot: Timed
    session: Session
    record: SessionRecord

    def greet(self) -> None:
        """Send a hello for version 1.1."""
        capability = "<capability>urn:ietf:params:netconf:base:1.1</capability>"
        hello = f'<hello xmlns="{BASE}"><capabilities>{capability}</capabilities></hello>'
        self.session.receive(hello.encode() + b"]]>]]>")
        assert self.session.next_reply() is None

    def ask(self, operation: str) -> etree._Element:
        """Send a request, return its reply, and let what it has caused happen."""
        rpc = f'<rpc message-id="1" xmlns="{BASE}">{operation}</rpc>'
        self.session.receive(b"".join(encode(rpc.encode(), Framing.CHUNKED)))
        reply = self.session.next_reply()
        assert reply is not None
        answer = self._parse(self.session.frame(reply))
        self.depot.time.advance()
        return answer

    def subscribe(self, content: str = "") -> etree._Element:
        """Send a create-subscription."""
        tag = "create-subscription"
        return self.ask(f'<{tag} xmlns="{NOTIFICATION}">{content}</{tag}>')

    def establish(self, content: str = "<stream>NETCONF</stream>") -> etree._Element:
        """Send an establish-subscription; ``yp`` and ``ds`` are prefixes of its modules."""
        tag = "establish-subscription"
        prefixes = f'xmlns:yp="{YANG_PUSH}" xmlns:ds="{DATASTORES}" xmlns:d="{DEPOT}"'
        return self.ask(f'<{tag} xmlns="{SUBSCRIBED}" {prefixes}>{content}</{tag}>')

    def change(self, operation: str, subscription_id: str, content: str = "") -> etree._Element:
        """Send modify-, delete- or kill-subscription."""
        prefixes = f'xmlns:yp="{YANG_PUSH}" xmlns:ds="{DATASTORES}" xmlns:d="{DEPOT}"'
        inner = f"<id>{subscription_id}</id>{content}"
        return self.ask(f'<{operation} xmlns="{SUBSCRIBED}" {prefixes}>{inner}</{operation}>')

    def take(self) -> list[etree._Element]:
        """Take the notifications that are there, envelopes included."""
        found = []
        while (message := self.session.next_notification()) is not None:
            found.append(self._parse(self.session.frame(message)))
            self.depot.time.advance()
        return found

    def contents(self) -> list[etree._Element]:
        """Take the notifications that are there, without their envelopes."""
        return [message[1] for message in self.take()]

    def names(self) -> list[str]:
        """Take the notifications that are there, by their names only."""
        return [etree.QName(content).localname for content in self.contents()]

    def edit(self, config: str) -> None:
        """Edit candidate and commit it."""
        edit = f"<edit-config><target><candidate/></target><config>{config}</config></edit-config>"
        for operation in (edit, "<commit/>"):
            reply = self.ask(operation)
            assert reply.find(f"{{{BASE}}}ok") is not None, etree.tostring(reply)

    @staticmethod
    def _parse(pieces: Iterator[bytes]) -> etree._Element:
        decoder = FrameDecoder(100_000_000)
        decoder.switch_to_chunked()
        decoder.feed(b"".join(pieces))
        message = decoder.next_message()
        assert message is not None
        return etree.fromstring(message)


def id_of(reply: etree._Element) -> str:
    """Return the number of a subscription that has been established."""
    number = reply.findtext(f"{{{SUBSCRIBED}}}id")
    assert number is not None, etree.tostring(reply)
    return number


def errors_of(reply: etree._Element) -> dict[str, str]:
    """Flatten the reply's one rpc-error: element names to texts."""
    errors = reply.findall(f"{{{BASE}}}rpc-error")
    assert len(errors) == 1, etree.tostring(reply)
    leafs = (element for element in errors[0].iter() if len(element) == 0)
    return {etree.QName(leaf).localname: (leaf.text or "").strip() for leaf in leafs}


def leafs_of(content: etree._Element) -> dict[str, str]:
    """Flatten a notification: element names to texts."""
    leafs = (element for element in content.iter() if len(element) == 0)
    return {etree.QName(leaf).localname: leaf.text or "" for leaf in leafs}
