"""continue-on-error: what is at fault is left out and told, the rest is done."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from lxml import etree

from netconf_server.access import Side, WriteGate, WriteKind
from netconf_server.datastores.datastore import DatastoreName, Datastores, DefaultOperation
from netconf_server.datastores.datastore import TestOption as Option
from netconf_server.errors import ErrorTag, RpcError
from netconf_server.provider import Change, DataPath
from netconf_server.schema.data import DataNode
from netconf_server.schema.nodes import SchemaNode
from tests.netconf.data.shop import candidate, config, edit, expected, shop, summary

pytestmark = pytest.mark.rfc("6241 §7.2")


class NothingFree:
    """Lets nobody write a price."""

    def require(self, kind: WriteKind, node: SchemaNode, path: DataPath) -> None:
        if node.name == "price":
            raise RpcError(tag=ErrorTag.ACCESS_DENIED, message=f"{path}: denied", path=path)

    def require_subtree(self, kind: WriteKind, node: DataNode) -> None:
        self.require(kind, node.schema, node.path)
        for child in node.children:
            self.require_subtree(kind, child)

    def require_changes(self, changes: Iterable[Change], before: Side, after: Side) -> None: ...


def continued(
    datastores: Datastores,
    element: etree._Element,
    default: DefaultOperation = DefaultOperation.MERGE,
    option: Option = Option.SET,
    gate: WriteGate | None = None,
) -> list[tuple[str, str | None, str | None]]:
    """Edit candidate, and return what was left out."""
    faults: list[RpcError] = []
    datastores.edit(DatastoreName.CANDIDATE, element, default, option, gate, faults)
    return [summary(fault) for fault in faults]


@pytest.mark.parametrize(
    ("before", "content", "after", "left_out"),
    [
        pytest.param("", "<name>n</name>", "<name>n</name>", [], id="nothing at fault"),
        pytest.param(
            "",
            "<floor>99</floor><name>n</name><size>none</size>",
            "<name>n</name>",
            [
                ("invalid-value", "no-such-floor", "/shop:shop/floor"),
                ("invalid-value", None, "/shop:shop/size"),
            ],
            id="leafs between others",
        ),
        pytest.param(
            "",
            "<article><name>tea</name><price>dear</price><barcode>7</barcode></article>",
            "<article><name>tea</name><barcode>7</barcode></article>",
            [("invalid-value", None, "/shop:shop/article[name='tea']/price")],
            id="inside of what is created",
        ),
        pytest.param(
            "<article><name>tea</name><price>1</price></article>",
            "<article nc:operation='create'><name>tea</name><price>2</price></article>"
            "<article nc:operation='create'><name>rum</name></article>",
            "<article><name>tea</name><price>1</price></article>"
            "<article><name>rum</name></article>",
            [("data-exists", None, "/shop:shop/article[name='tea']")],
            id="an entry that exists",
        ),
        pytest.param(
            "<name>n</name>",
            "<alarm nc:operation='delete'/><name nc:operation='delete'/>",
            "",
            [("data-missing", None, "/shop:shop/alarm")],
            id="a delete of nothing",
        ),
        pytest.param(
            "<alarm><code>1</code><volume>2</volume></alarm>",
            "<alarm nc:operation='replace'><volume>loud</volume><code>3</code></alarm>",
            "<alarm><code>3</code></alarm>",
            [("invalid-value", None, "/shop:shop/alarm/volume")],
            id="inside of a replacement",
        ),
        pytest.param(
            "",
            "<motley/><name>n</name><article><barcode>1</barcode></article>",
            "<name>n</name>",
            [
                ("unknown-element", None, "/shop:shop"),
                ("missing-element", None, "/shop:shop/article"),
            ],
            id="what the schema does not have",
        ),
        pytest.param(
            "<queue><who>a</who></queue>",
            "<queue yang:insert='before' yang:key=\"[who='z']\"><who>b</who></queue>"
            "<queue yang:insert='first'><who>c</who></queue>",
            "<queue><who>c</who></queue><queue><who>a</who></queue>",
            [("bad-attribute", "missing-instance", "/shop:shop/queue[who='b']")],
            id="a place that is not there",
        ),
        pytest.param(
            "",
            "<currency>euro</currency><brand>x</brand><change>true</change>",
            "<currency>euro</currency><change>true</change>",
            [("bad-element", None, "/shop:shop/brand")],
            id="another case",
        ),
    ],
)
def test_the_rest_is_done(
    datastores: Datastores,
    before: str,
    content: str,
    after: str,
    left_out: list[tuple[str, str | None, str | None]],
) -> None:
    edit(datastores, shop(f"<open>true</open>{before}"))
    assert continued(datastores, shop(content)) == left_out
    assert candidate(datastores) == expected(f"<open>true</open>{after}")


def test_the_top_level_goes_on_too(datastores: Datastores) -> None:
    content = "<shop nc:operation='delete'/><slogan>buy</slogan>"
    assert continued(datastores, config(content)) == [("data-missing", None, "/shop:shop")]
    assert len(candidate(datastores)) == 1


def test_what_is_denied_is_left_out(datastores: Datastores) -> None:
    content = "<article><name>tea</name><price>1</price><barcode>7</barcode></article>"
    path = "/shop:shop/article[name='tea']/price"
    found = continued(datastores, shop(content), gate=NothingFree())
    assert found == [("access-denied", None, path)]
    article = "<article><name>tea</name><barcode>7</barcode></article>"
    assert candidate(datastores) == expected(article)


def test_a_failed_test_leaves_nothing(datastores: Datastores) -> None:
    with pytest.raises(RpcError) as caught:
        continued(datastores, shop("<alarm/><floor>99</floor>"), option=Option.TEST_THEN_SET)
    assert summary(caught.value) == ("missing-element", None, "/shop:shop/alarm/code")
    assert candidate(datastores) == []
