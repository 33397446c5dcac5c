"""get-schema, and the operations that YANG modules define."""

from __future__ import annotations

import pytest
from lxml import etree

from netconf_server.markup import MONITORING, YANG
from tests.netconf.protocol.fakes import TOY, Bench, error_of, is_ok


class TestGetSchema:
    def ask(self, identifier: str, rest: str = "") -> etree._Element:
        return (
            Bench()
            .client()
            .ask(
                f'<get-schema xmlns="{MONITORING}"><identifier>{identifier}</identifier>{rest}'
                "</get-schema>"
            )
        )

    @pytest.mark.rfc("6022 §3.1")
    @pytest.mark.parametrize(
        "rest",
        ["", "<version>2026-01-01</version>", "<format>yang</format>", "<format>m:yang</format>"],
    )
    def test_the_text_of_a_module_is_returned(self, rest: str) -> None:
        reply = self.ask("toy", rest)
        assert reply[0].tag == f"{{{MONITORING}}}data"
        assert reply[0].text == "module toy { /* 2026-01-01 <&> */ }"

    @pytest.mark.rfc("6022 §3.1")
    @pytest.mark.parametrize(
        ("identifier", "rest"),
        [("none", ""), ("toy", "<version>1999-01-01</version>"), ("toy", "<format>yin</format>")],
    )
    def test_a_schema_that_is_not_there_is_an_invalid_value(
        self, identifier: str, rest: str
    ) -> None:
        assert error_of(self.ask(identifier, rest))["error-tag"] == "invalid-value"

    @pytest.mark.rfc("6022 §3.1")
    def test_a_module_in_two_revisions_needs_a_version(self) -> None:
        error = error_of(self.ask("types"))
        assert (error["error-tag"], error["error-app-tag"]) == (
            "operation-failed",
            "data-not-unique",
        )
        assert self.ask("types", "<version>2020-01-01</version>")[0].text


class TestModuleOperations:
    @pytest.mark.rfc("7950 §7.14.4")
    def test_the_output_of_an_rpc_is_the_content_of_the_reply(self) -> None:
        reply = Bench().client().ask(f'<echo xmlns="{TOY}"><word>hi</word></echo>')
        assert [(element.tag, element.text) for element in reply] == [(f"{{{TOY}}}word", "hi")]

    @pytest.mark.rfc("7950 §7.14.4")
    def test_an_rpc_without_output_is_answered_with_ok(self) -> None:
        assert is_ok(Bench().client().ask(f'<echo xmlns="{TOY}"/>'))

    @pytest.mark.rfc("7950 §7.15")
    def test_an_action_reaches_the_datastores(self) -> None:
        bench = Bench()
        assert is_ok(bench.client().ask(f'<action xmlns="{YANG}"><top xmlns="{TOY}"/></action>'))
        assert bench.datastores.invoked == [f"{{{YANG}}}action"]
