"""Parameters of operations: every fault names its element."""

from __future__ import annotations

import pytest

from netconf_server.filters.filter import XPathFilter
from netconf_server.markup import BASE
from tests.netconf.protocol.fakes import TOY, Bench, error_of
from tests.netconf.protocol.operation_requests import content, edit


class TestRetrieval:
    @pytest.mark.rfc("6241 §7.1")
    def test_a_datastore_comes_back_as_data(self) -> None:
        client = Bench().client()
        client.ask(edit())
        reply = client.ask("<get-config><source><candidate/></source></get-config>")
        assert [element.tag for element in reply] == [f"{{{BASE}}}data"]
        assert [element.tag for element in reply[0]] == [f"{{{TOY}}}top"]

    @pytest.mark.rfc("6241 §6.4.2")
    @pytest.mark.parametrize("attribute", ["", 'type="subtree"'])
    def test_an_empty_filter_selects_nothing(self, attribute: str) -> None:
        client = Bench().client()
        client.ask(edit())
        assert content(client, "candidate", f"<filter {attribute}/>") == []

    def test_an_unknown_filter_type_is_a_bad_attribute(self) -> None:
        error = error_of(Bench().client().ask('<get><filter type="regex"/></get>'))
        assert (error["error-tag"], error["bad-attribute"]) == ("bad-attribute", "type")

    @pytest.mark.rfc("6241 §8.9.5.1")
    def test_an_xpath_filter_without_select_lacks_an_attribute(self) -> None:
        error = error_of(Bench().client().ask('<get><filter type="xpath"/></get>'))
        assert (error["error-tag"], error["bad-attribute"]) == ("missing-attribute", "select")

    @pytest.mark.rfc("6241 §8.9.5.1")
    def test_an_xpath_filter_has_the_prefixes_of_all_its_ancestors(self) -> None:
        bench = Bench()
        bench.client().ask(
            '<get xmlns:b="urn:b"><filter xmlns:c="urn:c" type="xpath" select="/a:x/b:y/c:z"/>'
            "</get>",
            'message-id="1" xmlns:a="urn:a"',
        )
        assert bench.datastores.selections == [
            XPathFilter("/a:x/b:y/c:z", {"a": "urn:a", "b": "urn:b", "c": "urn:c"})
        ]


class TestParameters:
    @pytest.mark.parametrize(
        ("operation", "tag", "bad_element"),
        [
            ("<get-config/>", "missing-element", "source"),
            ("<get-config><source/></get-config>", "bad-element", "source"),
            (
                "<get-config><source><nvram/></source></get-config>",
                "unknown-element",
                "nvram",
            ),
            (
                '<get-config><source><running xmlns="urn:x"/></source></get-config>',
                "unknown-element",
                "running",
            ),
            (
                "<get-config><source><running/><startup/></source></get-config>",
                "bad-element",
                "source",
            ),
            ("<get><shape>round</shape></get>", "unknown-element", "shape"),
            ("<get><filter/><filter/></get>", "bad-element", "filter"),
            ("<commit><now/></commit>", "unknown-element", "now"),
            ("<kill-session/>", "missing-element", "session-id"),
            ("<kill-session><session-id>x</session-id></kill-session>", "bad-element", None),
            (
                edit(options="<default-operation>maybe</default-operation>"),
                "bad-element",
                "default-operation",
            ),
            (
                "<edit-config><target><candidate/></target></edit-config>",
                "missing-element",
                "config",
            ),
        ],
    )
    def test_a_wrong_parameter_is_named(
        self, operation: str, tag: str, bad_element: str | None
    ) -> None:
        error = error_of(Bench().client().ask(operation))
        assert error["error-tag"] == tag
        assert bad_element in (None, error["bad-element"])

    @pytest.mark.parametrize(
        "operation",
        [
            edit(target="running"),
            edit(target="startup"),
            "<edit-config><target><candidate/></target><url>ftp://x/y</url></edit-config>",
            "<copy-config><target><running/></target><source><startup/></source></copy-config>",
            "<copy-config><target><url>http://x/y</url></target><source><running/></source></copy-config>",
            "<delete-config><target><candidate/></target></delete-config>",
            "<delete-config><target><running/></target></delete-config>",
            f'<close-gates xmlns="{TOY}"/>',
            f'<top xmlns="{TOY}"/>',
        ],
    )
    def test_what_is_not_announced_is_refused_openly(self, operation: str) -> None:
        error = error_of(Bench().client().ask(operation))
        assert error["error-tag"] == "operation-not-supported"
        assert error["error-message"]

    def test_an_operation_of_an_unknown_namespace_is_named(self) -> None:
        error = error_of(Bench().client().ask('<do xmlns="urn:example:nobody"/>'))
        assert (error["error-tag"], error["bad-element"], error["bad-namespace"]) == (
            "unknown-namespace",
            "do",
            "urn:example:nobody",
        )
