"""XPath filters (RFC 6241 §8.9), and which state a filter makes the server ask for."""

from __future__ import annotations

import pytest
from lxml import etree

from netconf_server.datastores.datastore import DatastoreName, Datastores
from netconf_server.errors import RpcError
from netconf_server.filters.filter import Filter, SubtreeFilter, XPathFilter
from netconf_server.filters.selection import state_selection
from netconf_server.provider import StateSelection
from tests.netconf.data.shop import (
    SHOP,
    comparable,
    edit,
    expected,
    shop,
    shop_schema,
    summary,
)

_PREFIXES = {"x": SHOP, "e": "urn:test:shop-extra"}
_CONTENT = (
    "<name>n</name><article><name>a</name><price>1</price></article>"
    "<article><name>b</name><price>2</price></article>"
    "<se:parking><se:lots>3</se:lots></se:parking>"
)


@pytest.fixture
def filled(datastores: Datastores) -> Datastores:
    edit(datastores, shop(_CONTENT))
    assert datastores.commit()
    return datastores


def select(datastores: Datastores, expression: str) -> list[str]:
    selection = XPathFilter(expression, _PREFIXES)
    return comparable(datastores.get_config(DatastoreName.RUNNING, selection))


@pytest.mark.rfc("6241 §8.9.1")
@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("/x:shop/x:name", "<name>n</name>"),
        ("/shop:shop/shop:name", "<name>n</name>"),
        ("/shop/name", "<name>n</name>"),
        (
            "/x:shop/x:article[x:name='b']/x:price",
            "<article><name>b</name><price>2</price></article>",
        ),
        ("//x:article[x:price > 1]", "<article><name>b</name><price>2</price></article>"),
        (
            "/x:shop/x:article/x:name",
            "<article><name>a</name></article><article><name>b</name></article>",
        ),
        ("/x:shop/e:parking", "<se:parking><se:lots>3</se:lots></se:parking>"),
        (
            "/x:shop/x:name | /x:shop/e:parking",
            "<name>n</name><se:parking><se:lots>3</se:lots></se:parking>",
        ),
        ("/x:shop/x:article[x:name='x:b']", ""),
        ("/x:shop/child::x:name", "<name>n</name>"),
        ("/x:shop/x:floor", ""),
        ("/x:shop", _CONTENT),
        ("/", _CONTENT),
        ("/*", _CONTENT),
    ],
)
def test_expression_selects(filled: Datastores, expression: str, result: str) -> None:
    assert select(filled, expression) == expected(result)


@pytest.mark.parametrize(
    ("expression", "part", "app_tag"),
    [
        ("/y:shop", "prefix 'y' is not declared", None),
        ("/x:shop[", "/x:shop[", None),
        ("count(/x:shop)", "node set", "not-a-node-set"),
        ("/stall", "no top-level node 'stall'", None),
    ],
)
def test_unusable_expression_is_an_error(
    filled: Datastores, expression: str, part: str, app_tag: str | None
) -> None:
    with pytest.raises(RpcError) as caught:
        select(filled, expression)
    assert summary(caught.value) == ("invalid-value", app_tag, None)
    assert part in caught.value.message


def test_prefix_of_an_unknown_namespace_is_an_error(filled: Datastores) -> None:
    selection = XPathFilter("/z:shop", {"z": "urn:nowhere"})
    with pytest.raises(RpcError) as caught:
        filled.get_config(DatastoreName.RUNNING, selection)
    assert "urn:nowhere" in caught.value.message


def subtree(content: str) -> SubtreeFilter:
    return SubtreeFilter(etree.fromstring(f'<f xmlns="{SHOP}">{content}</f>'))


def xpath(expression: str) -> XPathFilter:
    return XPathFilter(expression, _PREFIXES)


@pytest.mark.parametrize(
    ("selection", "paths"),
    [
        (None, ()),
        (subtree("<shop/>"), ("/shop:shop",)),
        (subtree("<shop><customers/></shop>"), ("/shop:shop/customers",)),
        (
            subtree("<shop><article><name>a</name><stock/></article></shop>"),
            ("/shop:shop/article[name='a']/stock",),
        ),
        (
            subtree("<shop><article><name>a</name></article></shop>"),
            ("/shop:shop/article[name='a']",),
        ),
        (
            subtree("<shop><article><stock><amount/></stock></article></shop>"),
            ("/shop:shop/article/stock/amount",),
        ),
        (
            subtree("<shop><article><price>1</price><stock/></article></shop>"),
            ("/shop:shop/article",),
        ),
        (
            subtree("<shop><visitor><number>1</number></visitor><customers/></shop>"),
            ("/shop:shop/visitor[number='1']", "/shop:shop/customers"),
        ),
        (subtree("<shop><name>n</name><customers/></shop>"), ("/shop:shop",)),
        (
            subtree('<shop><parking xmlns="urn:test:shop-extra"/></shop>'),
            ("/shop:shop/shop-extra:parking",),
        ),
        (xpath("/x:shop/x:customers"), ("/shop:shop/customers",)),
        (
            xpath("/x:shop/x:visitor[x:number='1']/x:mood"),
            ("/shop:shop/visitor[number='1']/mood",),
        ),
        (xpath("/x:shop/x:visitor[x:mood='good']/x:number"), ("/shop:shop/visitor",)),
        (xpath("/x:shop/x:visitor/x:mood"), ("/shop:shop/visitor/mood",)),
        (xpath("/shop/customers"), ("/shop:shop/customers",)),
        (xpath("//x:customers"), ()),
        (xpath("/x:shop/x:visitor[../x:name='n']"), ()),
        (xpath("/x:shop/x:name | /x:shop/x:customers"), ()),
        (xpath("/x:shop/x:visitor[1]"), ()),
    ],
)
def test_state_selection_is_as_narrow_as_is_safe(
    selection: Filter | None, paths: tuple[str, ...]
) -> None:
    assert state_selection(shop_schema(), selection) == StateSelection(paths=paths)


@pytest.mark.parametrize("content", ["", "<stall/>", "<shop><stall/></shop>"])
def test_filter_that_can_select_nothing_asks_for_no_state(content: str) -> None:
    assert state_selection(shop_schema(), subtree(content)) is None
