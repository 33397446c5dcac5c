"""Datastores and a schema small enough to see through: what the protocol side is tested with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import cast

from lxml import etree

from netconf_server.access import ALL_RIGHTS, Rights, WriteGate
from netconf_server.datastores.datastore import (
    CommitListener,
    DatastoreName,
    Datastores,
    DefaultOperation,
    Prepare,
    PresetName,
    Source,
    TestOption,
)
from netconf_server.datastores.locks import DatastoreLocks
from netconf_server.errors import RpcError
from netconf_server.filters.filter import Filter, SubtreeFilter
from netconf_server.management import Management
from netconf_server.markup import BASE
from netconf_server.protocol.framing import FrameDecoder, Framing, encode
from netconf_server.protocol.session import Session
from netconf_server.protocol.sessions import SessionRecord, SessionTable
from netconf_server.reading.request import Reading
from netconf_server.schema.data import DataNode
from netconf_server.schema.nodes import NodeKind
from netconf_server.schema.schema import ModuleInfo, Schema

TOY = "urn:example:toy"
START = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)
CAPABILITIES = ("urn:ietf:params:netconf:base:1.0", "urn:ietf:params:netconf:base:1.1")


class FakeSchema:
    """Two modules, one of them in two revisions; three rpcs."""

    nodes = SimpleNamespace(
        top={
            (TOY, "echo"): SimpleNamespace(kind=NodeKind.RPC),
            (TOY, "crash"): SimpleNamespace(kind=NodeKind.RPC),
            (TOY, "top"): SimpleNamespace(kind=NodeKind.CONTAINER),
            (BASE, "cancel-commit"): SimpleNamespace(kind=NodeKind.RPC),
        }
    )

    def modules(self) -> Iterable[ModuleInfo]:
        return (
            module("ietf-netconf", "2011-06-01", BASE),
            module("toy", "2026-01-01", TOY),
            module("types", "2020-01-01", "urn:example:types", is_implemented=False),
            module("types", "2021-01-01", "urn:example:types", is_implemented=False),
        )

    def source(self, name: str, revision: str | None) -> str:
        return f"module {name} {{ /* {revision} <&> */ }}"


def module(
    name: str,
    revision: str | None,
    namespace: str,
    *,
    is_implemented: bool = True,
    yang_version: str = "1.1",
    features: tuple[str, ...] = (),
    deviations: tuple[str, ...] = (),
    submodules: tuple[tuple[str, str | None], ...] = (),
) -> ModuleInfo:
    """Describe a module with few words."""
    return ModuleInfo(
        name=name,
        revision=revision,
        namespace=namespace,
        prefix=name,
        features=features,
        deviations=deviations,
        submodules=submodules,
        is_implemented=is_implemented,
        yang_version=yang_version,
    )


@dataclass
class FakeDatastores(Datastores):
    """Top-level elements only: an edit replaces the element of its name."""

    contents: dict[DatastoreName, dict[str, etree._Element]] = field(
        default_factory=lambda: {name: {} for name in DatastoreName}
    )
    invoked: list[str] = field(default_factory=list)
    selections: list[Filter | None] = field(default_factory=list)
    refusal: RpcError | None = None

    @property
    def directory(self) -> Path:
        return Path("/nowhere")

    def start(self) -> None: ...

    def on_commit(self, listener: CommitListener) -> None: ...

    def read(self, source: Source, reading: Reading) -> Iterator[bytes]:
        assert isinstance(source, DatastoreName)
        selection = reading.selection
        self.selections.append(selection)
        if isinstance(selection, SubtreeFilter) and len(selection.element) == 0:
            return iter(())
        return (etree.tostring(element) for element in self.contents[source].values())

    def settle_reads(self) -> Iterator[None]:
        return iter(())

    def edit(
        self,
        name: DatastoreName,
        config: etree._Element,
        default_operation: DefaultOperation,
        test_option: TestOption,
        gate: WriteGate | None = None,
        faults: list[RpcError] | None = None,
    ) -> None:
        if self.refusal is not None:
            raise self.refusal
        if test_option is not TestOption.TEST_ONLY:
            for element in config:
                self.contents[name][str(element.tag)] = deepcopy(element)

    def copy(
        self,
        source: Source,
        target: DatastoreName,
        rights: Rights = ALL_RIGHTS,
    ) -> None:
        assert not isinstance(source, PresetName)
        if isinstance(source, DatastoreName):
            self.contents[target] = dict(self.contents[source])
        else:
            self.contents[target] = {str(element.tag): deepcopy(element) for element in source}

    def delete(self, target: DatastoreName) -> None:
        self.contents[target] = {}

    def validate(self, source: Source) -> None:
        if self.refusal is not None:
            raise self.refusal

    def commit(self, gate: WriteGate | None = None, prepare: Prepare | None = None) -> bool:
        self.copy(DatastoreName.CANDIDATE, DatastoreName.RUNNING)
        return True

    def discard_changes(self) -> None:
        self.copy(DatastoreName.RUNNING, DatastoreName.CANDIDATE)

    @property
    def candidate_modified(self) -> bool:
        return self.contents[DatastoreName.CANDIDATE] != self.contents[DatastoreName.RUNNING]

    def invoke_rpc(self, element: etree._Element) -> list[etree._Element]:
        self.invoked.append(str(element.tag))
        if element.tag == f"{{{TOY}}}crash":
            raise ZeroDivisionError("a bug")
        return list(element)

    def invoke_action(
        self, element: etree._Element, authorize: Callable[[DataNode], None]
    ) -> list[etree._Element]:
        self.invoked.append(str(element.tag))
        return []


@dataclass
class Bench:
    """A management with fake parts, and as many clients as a test wants."""

    datastores: FakeDatastores = field(default_factory=FakeDatastores)
    disconnected: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.management = Management(
            schema=cast("Schema", FakeSchema()),
            datastores=self.datastores,
            locks=DatastoreLocks(lambda: START),
            sessions=SessionTable(lambda: START),
            capabilities=CAPABILITIES,
        )

    def connect(self, max_message_bytes: int = 100_000) -> Client:
        """Open a session that has not seen the client's hello."""
        number = len(self.management.sessions) + 1
        record = self.management.sessions.open(
            f"user{number}", "192.0.2.1", lambda: self.disconnected.append(record.session_id)
        )
        return Client(Session(record, self.management, max_message_bytes), record)

    def client(self, base: str = "1.1") -> Client:
        """Open a session in which both sides have said hello."""
        client = self.connect()
        client.greet(f"urn:ietf:params:netconf:base:{base}")
        return client


@dataclass
class Client:
    """The client's end of one sans-IO session."""

    session: Session
    record: SessionRecord
    framing: Framing = Framing.END_OF_MESSAGE

    def greet(self, *capabilities: str) -> None:
        """Send a hello and switch framing as both sides must."""
        self.session.receive(hello(*capabilities) + b"]]>]]>")
        assert self.session.next_reply() is None
        if "urn:ietf:params:netconf:base:1.1" in capabilities:
            self.framing = Framing.CHUNKED

    def send(self, message: str) -> None:
        """Send one framed message."""
        self.session.receive(b"".join(encode(message.encode(), self.framing)))

    def ask(self, operation: str, attributes: str = 'message-id="1"') -> etree._Element:
        """Send a request and return its reply, after a round through bytes."""
        self.send(f'<rpc {attributes} xmlns="{BASE}">{operation}</rpc>')
        reply = self.receive()
        assert reply is not None
        return reply

    def receive(self) -> etree._Element | None:
        """Take the reply to the next request that has been sent, after a round through bytes."""
        reply = self.session.next_reply()
        return None if reply is None else self.read_framed(b"".join(self.session.frame(reply)))

    def read_framed(self, data: bytes) -> etree._Element:
        """Undo the framing and parse."""
        decoder = FrameDecoder(10_000_000)
        if self.framing is Framing.CHUNKED:
            decoder.switch_to_chunked()
        decoder.feed(data)
        message = decoder.next_message()
        assert message is not None
        return etree.fromstring(message)


def hello(*capabilities: str, extra: str = "") -> bytes:
    """Write a client's hello."""
    listed = "".join(f"<capability>{capability}</capability>" for capability in capabilities)
    return f'<hello xmlns="{BASE}"><capabilities>{listed}</capabilities>{extra}</hello>'.encode()


def is_ok(reply: etree._Element) -> bool:
    """Tell whether the reply is nothing but ok."""
    return [child.tag for child in reply] == [f"{{{BASE}}}ok"]


def error_of(reply: etree._Element) -> dict[str, str]:
    """Flatten the reply's one rpc-error: element names to texts, error-info's children too."""
    errors = reply.findall(f"{{{BASE}}}rpc-error")
    assert len(errors) == 1
    return {
        etree.QName(element).localname: element.text or ""
        for element in errors[0].iter()
        if element is not errors[0] and len(element) == 0
    }
