"""Filters as clients write them, through the whole server."""

from __future__ import annotations

from pathlib import Path

import pytest

from netconf_server.datastores.datastore import DatastoreName, Datastores
from netconf_server.markup import BASE
from netconf_server.provider import Json
from netconf_server.reading.request import Reading
from tests.netconf.fake_provider import FakeProvider
from tests.netconf.protocol.fakes import error_of
from tests.netconf.reads.bench import Bench
from tests.netconf.reads.kinds import KINDS, configure, kinds_schema

_ITEMS = (
    "<item><id>1</id><title>a</title><size>1</size></item><item><id>2</id><title>b</title></item>"
)
_ALL = f"<settings><label>x</label>{_ITEMS}</settings>"


@pytest.fixture
def filled(bench: Bench) -> Bench:
    bench.configure(f"<label>x</label>{_ITEMS}")
    entries: list[Json] = [{"name": "e", "number": 1}, {"name": "f", "number": 2}]
    bench.provider.state = [{"example-kinds:kinds": {"entry": entries, "total": 2}}]
    return bench


def subtree(content: str, attributes: str = ' type="subtree"') -> str:
    return f'<filter{attributes} xmlns:k="{KINDS}">{content}</filter>'


def xpath(expression: str) -> str:
    return f'<filter type="xpath" xmlns:any="{KINDS}" select="{expression}"/>'


@pytest.mark.rfc("6241 §6.1", "6241 §7.1")
class TestSubtree:
    @pytest.mark.parametrize(
        ("filter_element", "result"),
        [
            ("", _ALL),
            (subtree(""), ""),
            ("<filter/>", ""),
            (subtree("<k:settings/>"), _ALL),
            (subtree("<k:settings/>", ""), _ALL),
            (subtree(f'<settings xmlns="{KINDS}"/>'), _ALL),
            (subtree("<settings xmlns=''/>"), _ALL),
            (subtree("<settings/>"), ""),
            (subtree("<k:nothing/>"), ""),
            (subtree('<settings xmlns="urn:nowhere"/>'), ""),
            (subtree('<settings xmlns="urn:example:kinds:more"/>'), ""),
            (subtree("<k:settings><k:nothing/></k:settings>"), ""),
            (subtree("<k:settings><nothing xmlns='urn:nowhere'/></k:settings>"), ""),
        ],
    )
    def test_selects(self, filled: Bench, filter_element: str, result: str) -> None:
        assert filled.get_config(filter_element=filter_element) == result

    @pytest.mark.rfc("6241 §6.2.2")
    @pytest.mark.parametrize(
        "content",
        [
            '<k:settings k:a="1"/>',
            "<k:settings><k:item a='1'/></k:settings>",
            "<k:settings><k:item><k:id a='1'>1</k:id></k:item></k:settings>",
        ],
    )
    def test_no_data_has_an_attribute_that_could_match(self, filled: Bench, content: str) -> None:
        assert filled.get_config(filter_element=subtree(content)) == ""

    @pytest.mark.rfc("6241 §6.2.5")
    @pytest.mark.parametrize(
        ("content", "result"),
        [
            ("<k:item><k:id>2</k:id></k:item>", "<item><id>2</id><title>b</title></item>"),
            ("<k:item><k:id> 2 </k:id></k:item>", "<item><id>2</id><title>b</title></item>"),
            ("<k:item><k:id>02</k:id></k:item>", "<item><id>2</id><title>b</title></item>"),
            ("<k:item><k:title>b</k:title></k:item>", "<item><id>2</id><title>b</title></item>"),
            (
                "<k:item><k:title>a</k:title><k:size/></k:item>",
                "<item><id>1</id><title>a</title><size>1</size></item>",
            ),
            ("<k:item><k:size/></k:item>", "<item><id>1</id><size>1</size></item>"),
            (
                "<k:item><k:id>1</k:id><k:title/></k:item><k:item><k:id>2</k:id></k:item>",
                "<item><id>1</id><title>a</title></item><item><id>2</id><title>b</title></item>",
            ),
            ("<k:item><k:id>x</k:id></k:item>", ""),
            ("<k:label>x</k:label><k:item><k:id/></k:item>", None),
            ("<k:label>y</k:label><k:item><k:id/></k:item>", ""),
        ],
    )
    def test_content_match(self, filled: Bench, content: str, result: str | None) -> None:
        found = filled.get_config(filter_element=subtree(f"<k:settings>{content}</k:settings>"))
        if result is None:
            result = "<label>x</label><item><id>1</id></item><item><id>2</id></item>"
        assert found == (f"<settings>{result}</settings>" if result else "")

    @pytest.mark.parametrize(
        ("content", "result"),
        [
            (
                "<k:entry><k:number>2</k:number></k:entry>",
                "<entry><name>f</name><number>2</number></entry>",
            ),
            ("<k:entry><k:number>3</k:number></k:entry>", ""),
            (
                "<k:entry><k:name>e</k:name><k:number/></k:entry>",
                "<entry><name>e</name><number>1</number></entry>",
            ),
            (
                "<k:entry><k:name/></k:entry>",
                "<entry><name>e</name></entry><entry><name>f</name></entry>",
            ),
            ("<k:entry><k:inner/></k:entry>", ""),
            (
                "<k:total>2</k:total><k:entry><k:number>1</k:number></k:entry>",
                "<entry><name>e</name><number>1</number></entry><total>2</total>",
            ),
            ("<k:total>3</k:total><k:entry/>", ""),
        ],
    )
    def test_of_state(self, filled: Bench, content: str, result: str) -> None:
        found = filled.get(subtree(f"<k:kinds>{content}</k:kinds>"))
        assert found == (f"<kinds>{result}</kinds>" if result else "")


@pytest.mark.rfc("6241 §8.9.1")
class TestXPath:
    @pytest.mark.parametrize(
        ("expression", "result"),
        [
            ("/any:settings", _ALL),
            ("/any:settings/any:label", "<settings><label>x</label></settings>"),
            (
                "/example-kinds:settings/example-kinds:label",
                "<settings><label>x</label></settings>",
            ),
            ("/settings/label", "<settings><label>x</label></settings>"),
            (
                "/any:settings/any:item[any:id='2']",
                "<settings><item><id>2</id><title>b</title></item></settings>",
            ),
            (
                "/any:settings/any:item[any:title='a']/any:size",
                "<settings><item><id>1</id><size>1</size></item></settings>",
            ),
            (
                "//any:title[. = 'b'] | /any:settings/any:label",
                "<settings><label>x</label><item><id>2</id><title>b</title></item></settings>",
            ),
            ("/any:settings/any:nothing", ""),
            ("/any:settings/any:item[any:id='1'][any:title='b']", ""),
            (
                "/any:settings/any:item[last()]/any:id",
                "<settings><item><id>2</id></item></settings>",
            ),
        ],
    )
    def test_selects(self, filled: Bench, expression: str, result: str) -> None:
        assert filled.get_config(filter_element=xpath(expression)) == result
        assert filled.get(xpath(expression)) == result

    @pytest.mark.parametrize(
        ("expression", "part"),
        [
            ("/lma", "no top-level node 'lma' (a prefix is missing too)"),
            ("/nowhere:settings", "prefix 'nowhere' is not declared"),
            ("/any:settings[", "/any:settings["),
            ("count(/any:settings)", "node set"),
            ("'settings'", "node set"),
            ("1 + 1", "node set"),
            ("true()", "node set"),
        ],
    )
    def test_what_selects_no_nodes_is_an_error(
        self, filled: Bench, expression: str, part: str
    ) -> None:
        reply = filled.client.ask(f"<get>{xpath(expression)}</get>")
        error = error_of(reply)
        assert error["error-tag"] == "invalid-value"
        assert part in error["error-message"]


class TestDeterminism:
    def test_the_way_to_select_does_not_change_the_bytes(self, datastores: Datastores) -> None:
        configure(datastores, f"<label>x</label>{_ITEMS}<word>w</word><extra/>")
        readings = [Reading(), Reading(with_state=True)]
        whole, with_state = (
            b"".join(datastores.read(DatastoreName.RUNNING, reading)) for reading in readings
        )
        assert whole in with_state

    def test_the_order_of_leafs_is_that_of_the_schema(
        self, datastores: Datastores, tmp_path: Path
    ) -> None:
        parts = ["<extra/>", "<word>w</word>", "<label>x</label>", _ITEMS]
        for part in parts:
            configure(datastores, part)
        at_once = Datastores(kinds_schema(), FakeProvider(), tmp_path / "other")
        at_once.start()
        configure(at_once, "".join(reversed(parts)))
        one, other = (
            b"".join(each.read(DatastoreName.RUNNING, Reading())) for each in (datastores, at_once)
        )
        assert one == other
        at_once.close()

    def test_a_restart_does_not_change_the_bytes(self, tmp_path: Path) -> None:
        found = []
        for _ in range(2):
            datastores = Datastores(kinds_schema(), FakeProvider(), tmp_path)
            datastores.start()
            configure(datastores, f"<label>x</label>{_ITEMS}")
            found.append(b"".join(datastores.read(DatastoreName.RUNNING, Reading())))
            datastores.close()
        assert found[0] == found[1]


@pytest.mark.rfc("6242 §4.3")
@pytest.mark.parametrize(
    "request_", ["<get/>", "<nothing/>", "<get><filter type='xpath' select='//*'/></get>"]
)
def test_nothing_in_a_message_can_be_taken_for_its_end(filled: Bench, request_: str) -> None:
    end = "]]&gt;]]&gt;"
    filled.configure(f"<label>{end}</label>")
    filled.provider.state = [{"example-kinds:kinds": {"entry": [{"name": "]]>]]>", "number": 1}]}}]
    client = filled.client
    client.send(f'<rpc message-id="{end}" plain="{end}" xmlns="{BASE}">{request_}</rpc>')
    reply = client.session.next_reply()
    assert reply is not None
    message = b"".join(reply)
    assert message.count(end.encode()) >= 2
    assert b"]]>]]>" not in message
