"""What expressions can look at, and from how far away."""

from __future__ import annotations

import pytest

from netconf_server.schema.nodes import SchemaNode
from netconf_server.schema.schema import Schema
from netconf_server.validation.xpath_reads import UnboundedError, reads_of, target_of
from tests.netconf.data.shop import SHOP

PRICE = ("shop", "article", "price")


def node_at(schema: Schema, *names: str) -> SchemaNode:
    children = schema.nodes.top
    for name in names:
        node = children[SHOP, name]
        children = dict(node.children)
    return node


def reads(schema: Schema, text: str) -> set[tuple[str, str | None, bool]]:
    found = reads_of(text, node_at(schema, *PRICE), schema.nodes)
    return {
        (read.node.name, None if read.scope is None else read.scope.name, read.is_deep)
        for read in found
    }


class TestReads:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            (". > 0", {("price", "price", True), ("price", "price", False)}),
            ("../barcode", {("article", "article", False), ("barcode", "article", False)}),
            (
                "not(sh:x or ../../name)",
                {
                    ("article", "article", False),
                    ("shop", "shop", False),
                    ("name", "shop", False),
                },
            ),
            (
                "/sh:shop/sh:place[sh:row = current()/../price]",
                {
                    ("shop", None, False),
                    ("place", None, False),
                    ("row", None, False),
                    ("row", None, True),
                    ("article", "article", False),
                    ("price", "article", False),
                    ("price", "article", True),
                },
            ),
            (
                "count(../tag) < 2",
                {
                    ("article", "article", False),
                    ("tag", "article", False),
                },
            ),
            (
                "string(..) = 'x' and 3 - -.5 != 2",
                {("article", "article", False), ("article", "article", True)},
            ),
            (
                "(../tag | ../barcode)[1] and self::*",
                {
                    ("article", "article", False),
                    ("tag", "article", False),
                    ("barcode", "article", False),
                    ("price", "price", False),
                },
            ),
        ],
    )
    def test_name_the_nodes_and_the_narrowest_scope(
        self, schema: Schema, text: str, expected: set[tuple[str, str | None, bool]]
    ) -> None:
        assert reads(schema, text) == expected

    @pytest.mark.parametrize(
        "text",
        [
            "//article",
            "..//name",
            "../following-sibling::article",
            "deref(../substitute)/../price",
            "$x",
            "../node()",
            "../text()",
            "count(..",
            "(..",
            "..[1",
            "../name name",
            "# ",
            "string(/)",
            "parent::article",
            "../",
            "",
        ],
    )
    def test_are_unknown_where_an_expression_is_not_followed(
        self, schema: Schema, text: str
    ) -> None:
        with pytest.raises(UnboundedError):
            reads(schema, text)

    def test_target_of_a_reference_is_its_last_step(self, schema: Schema) -> None:
        substitute = node_at(schema, "shop", "article", "substitute")
        (target,) = target_of("/sh:shop/sh:article[sh:price=1]/sh:name", substitute, schema.nodes)
        assert target is node_at(schema, "shop", "article", "name")
