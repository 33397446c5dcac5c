"""Messages made to hurt: each gets an answer or ends its session; none costs much."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from netconf_server.markup import BASE
from netconf_server.protocol.framing import FrameDecoder, FramingError
from tests.netconf.protocol.fakes import TOY, Bench, error_of

DEPTH = 100_000


def rpc(content: str, prolog: str = "") -> str:
    return f'{prolog}<rpc message-id="1" xmlns="{BASE}">{content}</rpc>'


def laughs(*, in_attribute: bool) -> str:
    """Write entities that would grow to gigabytes."""
    entities = "".join(f'<!ENTITY e{level} "{f"&e{level - 1};" * 10}">' for level in range(1, 10))
    prolog = f'<!DOCTYPE rpc [<!ENTITY e0 "haha">{entities}]>'
    content = '<get x="&e9;"/>' if in_attribute else "<get>&e9;</get>"
    return rpc(content, prolog)


def external(path: Path) -> str:
    return rpc("<get>&file;</get>", f'<!DOCTYPE rpc [<!ENTITY file SYSTEM "file://{path}">]>')


HOSTILE = {
    "deep": rpc("<a>" * DEPTH + "</a>" * DEPTH),
    "deep and cut": rpc("<a>" * DEPTH),
    "deep prefixes": rpc('<a xmlns:p="urn:p">' * 1000 + "</a>" * 1000),
    "laughs": laughs(in_attribute=False),
    "laughs in an attribute": laughs(in_attribute=True),
    "long name": rpc(f"<{'n' * 200_000}/>"),
    "long attribute": rpc(f'<get a="{"v" * 11_000_000}"/>'),
    "control characters": rpc("<get>\x01</get>"),
    "other encoding": rpc("<get/>", '<?xml version="1.0" encoding="UTF-16"?>'),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_message_is_answered_with_an_error_and_the_session_goes_on(name: str) -> None:
    client = Bench().connect(max_message_bytes=20_000_000)
    client.greet("urn:ietf:params:netconf:base:1.1")
    client.send(HOSTILE[name])
    reply = client.receive()
    assert reply is not None
    if name != "other encoding":
        assert error_of(reply)["error-tag"] in {"malformed-message", "operation-not-supported"}
    assert [child.tag for child in client.ask("<get/>")] == [f"{{{BASE}}}data"]


def test_no_file_is_read_for_an_external_entity(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("swordfish")
    client = Bench().client("1.1")
    client.send(external(secret))
    reply = client.receive()
    assert reply is not None
    error = error_of(reply)
    assert error["error-tag"] == "malformed-message"
    assert "swordfish" not in str(error)


@pytest.mark.rfc("6242 §4.2")
def test_a_message_of_tiny_chunks_costs_what_it_holds() -> None:
    decoder = FrameDecoder(10_000_000)
    decoder.switch_to_chunked()
    tracemalloc.start()
    try:
        for _ in range(40):
            decoder.feed(b"\n#2\nab" * 1000)
            assert decoder.next_message() is None
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 500_000


def test_a_chunk_that_announces_too_much_is_refused_before_it_comes() -> None:
    decoder = FrameDecoder(10_000_000)
    decoder.switch_to_chunked()
    decoder.feed(b"\n#4294967295\n")
    with pytest.raises(FramingError, match="exceeds 10000000"):
        decoder.next_message()


@pytest.mark.parametrize(
    "octets", [b"\xff" * 100, b"\x00" * 100, b"\n#0\n", b"\n#01\nx", b"\n##\n"]
)
def test_octets_that_are_no_frame_end_the_session(octets: bytes) -> None:
    client = Bench().client("1.1")
    client.session.receive(octets)
    assert client.session.next_reply() is None
    assert not client.session.is_open


def test_an_unknown_operation_in_an_unknown_namespace_is_told_so() -> None:
    error = error_of(Bench().client("1.1").ask(f'<x xmlns="{TOY}/none"/>'))
    assert error["error-tag"] == "unknown-namespace"
