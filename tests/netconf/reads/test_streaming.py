"""Large replies: made while they are sent, with others having their turn in between."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from netconf_server.markup import BASE
from netconf_server.protocol.framing import FrameDecoder
from netconf_server.protocol.session import Session
from netconf_server.provider import Json, StateFragment, StateSelection
from netconf_server.transport.connection import serve_session
from tests.netconf.fake_provider import FakeProvider
from tests.netconf.protocol.fakes import hello
from tests.netconf.protocol.test_connection import ScriptedStream
from tests.netconf.reads.bench import Bench, open_bench
from tests.netconf.reads.kinds import KINDS

_HELLO = hello("urn:ietf:params:netconf:base:1.0") + b"]]>]]>"
_GET = (
    f'<rpc message-id="1" xmlns="{BASE}"><get><filter><kinds xmlns="{KINDS}"><entry/></kinds>'
    "</filter></get></rpc>]]>]]>"
).encode()
_ENTRIES = 2000
_PATIENCE_S = 60


class Endless(FakeProvider):
    """Yields entries in small pieces, and knows how many were taken; may fail after some."""

    made = 0
    fails_after = _ENTRIES

    def read_state(self, selection: StateSelection) -> Iterator[StateFragment]:
        cls = type(self)
        for start in range(0, _ENTRIES, 50):
            if cls.made >= cls.fails_after:
                raise ZeroDivisionError("a bug")
            cls.made += 50
            entries: list[Json] = [
                {"name": f"{number}", "text": ["x" * 200]} for number in range(start, start + 50)
            ]
            yield StateFragment(data={"example-kinds:kinds": {"entry": entries}})


@pytest.fixture
def endless(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setattr(Endless, "made", 0)
    monkeypatch.setattr("tests.netconf.reads.bench.FakeProvider", Endless)
    bench = open_bench(tmp_path)
    yield bench
    bench.management.datastores.close()


def session_of(bench: Bench) -> Session:
    record = bench.management.open_session("admin", "192.0.2.1", lambda: None)
    return Session(record, bench.management, 1_000_000)


class ReluctantStream(ScriptedStream):
    """Takes one piece of a reply and no more until it is told to."""

    def __init__(self, *portions: bytes) -> None:
        super().__init__(*portions)
        self.is_reluctant = True

    async def write(self, data: bytes) -> None:
        if len(self.written) >= 2 and self.is_reluctant:
            self.is_open.clear()
        await super().write(data)


def test_no_more_is_made_than_the_client_takes(endless: Bench) -> None:
    async def scenario() -> tuple[int, int]:
        stream = ReluctantStream(_HELLO, _GET)
        task = asyncio.create_task(serve_session(session_of(endless), stream, _PATIENCE_S))
        await stream.write_waits.wait()
        made_while_waiting = Endless.made
        stream.is_reluctant = False
        stream.is_open.set()
        await task
        reply = etree.fromstring(stream.messages()[1])
        return made_while_waiting, len(list(reply.iter(f"{{{KINDS}}}entry")))

    made, received = asyncio.run(scenario())
    assert made < _ENTRIES / 4
    assert received == _ENTRIES


def test_others_have_their_turn_between_the_pieces(endless: Bench) -> None:
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async def scenario() -> int:
        stream = ScriptedStream(_HELLO, _GET)
        task = asyncio.create_task(other())
        await serve_session(session_of(endless), stream, _PATIENCE_S)
        task.cancel()
        return len(stream.written)

    assert asyncio.run(scenario()) > 10
    assert turns > _ENTRIES / 50 / 4


@pytest.mark.parametrize("fails_after", [0, 1000])
def test_a_fault_is_an_error_as_long_as_nothing_was_sent_and_then_the_end(
    endless: Bench, fails_after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Endless, "fails_after", fails_after)

    async def scenario() -> tuple[list[bytes], bytes]:
        stream = ScriptedStream(_HELLO, _GET)
        await serve_session(session_of(endless), stream, _PATIENCE_S)
        return stream.messages(), stream.written[-1]

    messages, last = asyncio.run(scenario())
    if fails_after:
        assert len(messages) == 1
        assert not last.endswith(b"]]>]]>")
    else:
        assert b"<error-tag>operation-failed</error-tag>" in messages[1]


def test_a_commit_waits_for_what_others_read_in_steps(bench: Bench) -> None:
    items = "".join(
        f"<item><id>{number}</id><title>{'x' * 200}</title></item>" for number in range(1000)
    )
    bench.configure(items)
    assert bench.edit("<label>new</label>") is not None
    reader = session_of(bench)
    reader.receive(_HELLO)
    reader.receive(
        f'<rpc message-id="1" xmlns="{BASE}"><get-config><source><running/></source></get-config>'
        "</rpc>]]>]]>".encode()
    )
    reading = reader.next_reply()
    assert reading is not None
    first = next(reading)
    bench.client.send(f'<rpc message-id="2" xmlns="{BASE}"><commit/></rpc>')
    committing = bench.client.session.next_reply()
    assert committing is not None
    steps = list(committing)
    assert steps[:5] == [b""] * 5
    assert b"<ok/>" in steps[-1]
    assert b"<label>" not in first + b"".join(reading)
    assert "<label>new</label>" in bench.get_config()


def test_the_pieces_of_a_chunked_reply_are_one_message(bench: Bench) -> None:
    bench.configure(
        "".join(f"<item><id>{n}</id><title>{'x' * 400}</title></item>" for n in range(500))
    )
    bench.client.send(
        f'<rpc message-id="1" xmlns="{BASE}"><get-config><source><running/></source></get-config>'
        "</rpc>"
    )
    reply = bench.client.session.next_reply()
    assert reply is not None
    pieces = list(bench.client.session.frame(reply))
    decoder = FrameDecoder(10_000_000)
    decoder.switch_to_chunked()
    decoder.feed(b"".join(pieces))
    message = decoder.next_message()
    assert message is not None
    assert len(pieces) > 3
    assert len(list(etree.fromstring(message).iter(f"{{{KINDS}}}item"))) == 500
