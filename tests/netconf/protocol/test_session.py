"""The session without a transport: hellos, envelopes, order, and how it ends."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from netconf_server.management import SessionEnd
from netconf_server.markup import BASE
from netconf_server.protocol.framing import Framing, encode
from tests.netconf.protocol.fakes import TOY, Bench, error_of, hello, is_ok

BASE_1_0 = "urn:ietf:params:netconf:base:1.0"
BASE_1_1 = "urn:ietf:params:netconf:base:1.1"
CLOSE = f'<rpc message-id="9" xmlns="{BASE}"><close-session/></rpc>'.encode()


class TestHello:
    @pytest.mark.rfc("6241 §8.1")
    def test_the_server_greets_before_the_client_has_said_anything(self) -> None:
        greeting = Bench().connect().session.hello()
        root = etree.fromstring(greeting.removesuffix(b"]]>]]>"))
        capabilities = [element.text for element in root.iter(f"{{{BASE}}}capability")]
        assert root.tag == f"{{{BASE}}}hello"
        assert capabilities == [BASE_1_0, BASE_1_1]
        assert root.findtext(f"{{{BASE}}}session-id") == "1"

    def test_every_session_has_an_id_of_its_own(self) -> None:
        bench = Bench()
        first = bench.client()
        first.session.end(SessionEnd.DROPPED)
        assert [bench.client().record.session_id, bench.client().record.session_id] == [2, 3]

    @pytest.mark.rfc("6241 §8.1")
    @pytest.mark.parametrize(
        ("capabilities", "framing"),
        [
            ([BASE_1_0], Framing.END_OF_MESSAGE),
            ([BASE_1_1], Framing.CHUNKED),
            ([BASE_1_0, BASE_1_1], Framing.CHUNKED),
            ([BASE_1_1 + "?parameter=1"], Framing.CHUNKED),
            ([f"\n  {BASE_1_1}\n "], Framing.CHUNKED),
        ],
    )
    def test_the_newest_common_version_decides_the_framing(
        self, capabilities: list[str], framing: Framing
    ) -> None:
        client = Bench().connect()
        client.greet(*capabilities)
        client.framing = framing
        assert is_ok(client.ask("<close-session/>"))

    @pytest.mark.rfc("6241 §8.1")
    @pytest.mark.parametrize(
        "greeting",
        [
            f'<nc:hello xmlns:nc="{BASE}"><nc:capabilities><nc:capability>{BASE_1_1}'
            "</nc:capability></nc:capabilities></nc:hello>",
            f'<a:hello xmlns:a="{BASE}" xmlns:b="{BASE}"><b:capabilities><a:capability>{BASE_1_1}'
            "</a:capability></b:capabilities></a:hello>",
            f'<hello xmlns="{BASE}" xmlns:x="urn:x" x:a="1" b="2"><x:maker/><capabilities>'
            f"<x:capability>c</x:capability><capability>{BASE_1_1}</capability></capabilities>"
            "</hello>",
            f'\n<?xml version="1.0" encoding="UTF-8"?>\n<!-- hi -->{hello(BASE_1_1).decode()}',
            f"\ufeff{hello(BASE_1_1).decode()}",
            hello(BASE_1_1).decode().replace(BASE_1_1, f"<![CDATA[{BASE_1_1}]]>"),
        ],
    )
    def test_a_hello_may_be_written_as_xml_allows(self, greeting: str) -> None:
        client = Bench().connect()
        client.session.receive(greeting.encode() + b"]]>]]>")
        assert client.session.next_reply() is None
        assert client.session.has_greeted
        assert client.session.is_open

    @pytest.mark.rfc("6241 §8.1")
    @pytest.mark.parametrize(
        "greeting",
        [
            hello("urn:example:other"),
            hello(BASE_1_1).replace(f' xmlns="{BASE}"'.encode(), b""),
            hello(),
            hello(BASE_1_1, extra="<session-id>4</session-id>"),
            hello(BASE_1_1).replace(BASE.encode(), b"urn:example:wrong"),
            b"<hello",
            b"<!DOCTYPE hello>" + hello(BASE_1_1),
            CLOSE,
            b"",
            b"\n#broken",
        ],
    )
    def test_a_bad_hello_ends_the_session_without_an_answer(self, greeting: bytes) -> None:
        bench = Bench()
        client = bench.connect()
        client.session.receive(greeting + b"]]>]]>" + CLOSE + b"]]>]]>")
        assert client.session.next_reply() is None
        assert not client.session.is_open
        assert bench.management.sessions.totals.in_bad_hellos == 1

    @pytest.mark.parametrize("base", [BASE_1_0, BASE_1_1])
    def test_a_request_coalesced_with_the_hello_is_served(self, base: str) -> None:
        framing = Framing.CHUNKED if base == BASE_1_1 else Framing.END_OF_MESSAGE
        client = Bench().connect()
        client.session.receive(hello(base) + b"]]>]]>" + b"".join(encode(CLOSE, framing)))
        reply = client.receive()
        assert reply is not None
        assert is_ok(reply)


class TestEnvelope:
    @pytest.mark.rfc("6241 §4.2")
    def test_all_attributes_come_back_with_their_namespaces(self) -> None:
        attributes = (
            'message-id=" a&lt;b " xmlns:ex="http://example.net/1.0" ex:user-id="fred" plain="x"'
        )
        reply = Bench().client().ask("<close-session/>", attributes)
        assert sorted(reply.attrib.items()) == [
            ("message-id", " a<b "),
            ("plain", "x"),
            ("{http://example.net/1.0}user-id", "fred"),
        ]
        assert reply.nsmap["ex"] == "http://example.net/1.0"

    def test_a_request_with_a_prefixed_base_namespace_is_understood(self) -> None:
        client = Bench().client()
        client.send(f'<nc:rpc xmlns:nc="{BASE}" message-id="7"><nc:close-session/></nc:rpc>')
        reply = client.receive()
        assert reply is not None
        assert (reply.get("message-id"), is_ok(reply)) == ("7", True)

    @pytest.mark.rfc("6241 §4.3")
    def test_a_missing_message_id_is_the_error_of_the_rfc(self) -> None:
        reply = Bench().client().ask("<close-session/>", "")
        assert error_of(reply) | {"error-message": ""} == {
            "error-type": "rpc",
            "error-tag": "missing-attribute",
            "error-severity": "error",
            "error-message": "",
            "bad-attribute": "message-id",
            "bad-element": "rpc",
        }
        assert "message-id" not in reply.attrib

    @pytest.mark.rfc("6241 §4.3")
    def test_malformed_xml_is_answered_in_a_session_of_1_1_which_goes_on(self) -> None:
        client = Bench().client()
        client.send("<rpc")
        reply = client.receive()
        assert reply is not None
        assert error_of(reply)["error-tag"] == "malformed-message"
        assert is_ok(client.ask("<close-session/>"))

    @pytest.mark.rfc("6241 Appendix A")
    def test_malformed_xml_closes_a_session_of_1_0(self) -> None:
        client = Bench().client("1.0")
        client.send("<rpc")
        assert client.session.next_reply() is None
        assert not client.session.is_open

    @pytest.mark.rfc("6241 §3")
    @pytest.mark.parametrize(
        "prolog",
        [
            '<!DOCTYPE rpc [<!ENTITY x "y">]>',
            '<!DOCTYPE rpc SYSTEM "file:///etc/passwd">',
            '<!DOCTYPE rpc [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        ],
    )
    def test_document_types_and_entities_are_refused(self, prolog: str) -> None:
        client = Bench().client()
        client.send(f'{prolog}<rpc xmlns="{BASE}" message-id="1"><get/></rpc>')
        reply = client.receive()
        assert reply is not None
        assert error_of(reply)["error-tag"] == "malformed-message"

    @pytest.mark.parametrize(
        "message",
        [
            hello(BASE_1_1).decode(),
            '<rpc message-id="1"><get/></rpc>',
            f'<rpc message-id="1" xmlns="{BASE}"/>',
            f'<rpc message-id="1" xmlns="{BASE}"><get/><get/></rpc>',
        ],
    )
    def test_what_is_not_one_request_is_an_error_of_the_rpc_layer(self, message: str) -> None:
        client = Bench().client()
        client.send(message)
        reply = client.receive()
        assert reply is not None
        assert error_of(reply)["error-type"] == "rpc"
        assert client.record.counters.in_bad_rpcs == 1

    def test_comments_and_processing_instructions_are_no_operations(self) -> None:
        assert is_ok(Bench().client().ask("<!-- now --><?now?><close-session/>"))


class TestOrder:
    @pytest.mark.rfc("6241 §4.5")
    @settings(deadline=None)
    @given(st.integers(min_value=1, max_value=5000))
    def test_pipelined_requests_are_answered_in_order(self, cut: int) -> None:
        client = Bench().client()
        requests = [
            f'<rpc message-id="{number}" xmlns="{BASE}"><get/></rpc>'.encode()
            for number in range(20)
        ]
        stream = b"".join(b"".join(encode(each, Framing.CHUNKED)) for each in requests)
        answered = []
        for portion in (stream[:cut], stream[cut:]):
            client.session.receive(portion)
            while (reply := client.receive()) is not None:
                answered.append(reply.get("message-id"))
        assert answered == [str(number) for number in range(20)]


class TestEnd:
    @pytest.mark.rfc("6241 §7.8")
    def test_requests_behind_close_session_are_ignored(self) -> None:
        client = Bench().client()
        close = b"".join(encode(CLOSE, Framing.CHUNKED))
        client.session.receive(close + close)
        assert client.session.next_reply() is not None
        assert client.session.next_reply() is None
        assert not client.session.is_open

    @pytest.mark.rfc("6242 §4.2")
    def test_broken_framing_ends_the_session(self) -> None:
        bench = Bench()
        client = bench.client()
        client.session.receive(CLOSE)
        assert client.session.next_reply() is None
        assert not client.session.is_open
        assert bench.management.sessions.totals.dropped_sessions == 1

    def test_a_message_beyond_the_limit_ends_the_session(self) -> None:
        client = Bench().connect(max_message_bytes=1000)
        client.greet(BASE_1_1)
        client.session.receive(b"\n#1001\n")
        assert client.session.next_reply() is None
        assert not client.session.is_open

    def test_an_unexpected_fault_ends_one_request_and_not_the_session(self) -> None:
        client = Bench().client()
        reply = client.ask(f'<crash xmlns="{TOY}"/>')
        assert error_of(reply)["error-tag"] == "operation-failed"
        assert "ZeroDivisionError" not in etree.tostring(reply).decode()
        assert is_ok(client.ask("<discard-changes/>"))


class TestCounters:
    @pytest.mark.rfc("6022 §2.1.5")
    def test_requests_and_errors_are_counted_for_session_and_server(self) -> None:
        bench = Bench()
        first, second = bench.client(), bench.client()
        first.ask("<get/>")
        first.ask("<cancel-commit/>")
        second.ask("<get/>", "")
        totals = bench.management.sessions.totals
        counters = first.record.counters
        assert (counters.in_rpcs, counters.in_bad_rpcs, counters.out_rpc_errors) == (2, 0, 1)
        assert (totals.in_rpcs, totals.in_bad_rpcs, totals.out_rpc_errors) == (2, 1, 2)
        assert totals.in_sessions == 2
