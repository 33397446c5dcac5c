"""What is wrong with the input of an rpc or action, told as RFC 6241 and RFC 7950 want it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from lxml import etree

from netconf_server.errors import RpcError
from netconf_server.invocation import Invocation
from netconf_server.schema.data import DataFormat
from netconf_server.schema.schema import Schema
from netconf_server.schema.tree import DataTree
from tests.netconf.data.shop import permit
from tests.netconf.fake_provider import FakeProvider

ORDERS = "urn:test:orders"
CUSTOMER = "<customer>ann</customer>"
ITEM = "<item><article>hat</article></item>"
CASH = "<cash/>"
RPC = "/orders:buy"
ACTION = "/orders:shop/customer[name='ann']/buy"


@cache
def orders_schema() -> Schema:
    return Schema([Path(__file__).with_name("yang")], {"orders": []})


@pytest.fixture
def provider() -> FakeProvider:
    return FakeProvider()


@pytest.fixture
def running() -> Iterator[DataTree]:
    """Hold a configuration with one customer."""
    xml = f'<shop xmlns="{ORDERS}"><customer><name>ann</name></customer></shop>'
    with orders_schema().parse(xml.encode(), DataFormat.XML) as tree:
        tree.validate()
        yield tree


def rpc_of(content: str) -> etree._Element:
    return etree.fromstring(f'<buy xmlns="{ORDERS}" xmlns:o="{ORDERS}">{content}</buy>')


def action_of(content: str) -> etree._Element:
    buy = f"<customer><name>ann</name><buy>{content}</buy></customer>"
    return etree.fromstring(f'<shop xmlns="{ORDERS}" xmlns:o="{ORDERS}">{buy}</shop>')


def invoke(content: str, running: DataTree, provider: FakeProvider, *, is_action: bool) -> None:
    """Invoke the rpc or the action with some input."""
    invocation = Invocation(orders_schema(), provider)
    if is_action:
        invocation.invoke_action(action_of(content), running, permit)
    else:
        invocation.invoke_rpc(rpc_of(content), running)


FAULTS = [
    # What is missing.
    (ITEM + CASH, "missing-element", "/customer", None, {"bad-element": "customer"}),
    (
        f"{CUSTOMER}<item><code>7</code></item>{CASH}",
        "missing-element",
        "/item",
        None,
        {"bad-element": "article"},
    ),
    (
        f"{CUSTOMER}{ITEM}<number>5</number>",
        "missing-element",
        "/holder",
        None,
        {"bad-element": "holder"},
    ),
    (
        f"{CUSTOMER}{ITEM}{CASH}<delivery/>",
        "missing-element",
        "/delivery/street",
        None,
        {"bad-element": "street"},
    ),
    (CUSTOMER + ITEM, "data-missing", "", "missing-choice", {"missing-choice": "payment"}),
    (CUSTOMER + CASH, "operation-failed", "/item", "too-few-elements", {}),
    # What does not belong there.
    (
        f"{CUSTOMER}{ITEM}{CASH}<tip>1</tip>",
        "unknown-element",
        "",
        None,
        {"bad-element": "tip"},
    ),
    (
        f'{CUSTOMER}{ITEM}{CASH}<tip xmlns="urn:q">1</tip>',
        "unknown-namespace",
        "",
        None,
        {"bad-element": "tip", "bad-namespace": "urn:q"},
    ),
    (
        f"{CUSTOMER}{ITEM}{CASH}<gift-note>Dear Bob</gift-note>",
        "unknown-element",
        "/gift-note",
        None,
        {"bad-element": "gift-note"},
    ),
    (
        f"{CUSTOMER}{CUSTOMER}{ITEM}{CASH}",
        "bad-element",
        "/customer",
        None,
        {"bad-element": "customer"},
    ),
    (
        f"{CUSTOMER}{ITEM}{CASH}<number>1</number><holder>a</holder>",
        "bad-element",
        "",
        None,
        {"bad-element": "payment"},
    ),
    (
        f"{CUSTOMER}{ITEM}{CASH}<delivery>soon</delivery>",
        "bad-element",
        "/delivery",
        None,
        {"bad-element": "delivery"},
    ),
    (
        f"text{CUSTOMER}{ITEM}{CASH}",
        "bad-element",
        "",
        None,
        {"bad-element": "buy"},
    ),
    # What has a wrong value.
    (
        f"{CUSTOMER}<item><article>hat</article><amount>10</amount></item>{CASH}",
        "invalid-value",
        "/item[article='hat']/amount",
        "odd-amount",
        {},
    ),
    (
        f"{CUSTOMER}{ITEM}{CASH}<delivery><street>s</street><method>o:rocket</method></delivery>",
        "invalid-value",
        "/delivery/method",
        None,
        {},
    ),
    (
        f"<customer>bob</customer>{ITEM}{CASH}",
        "data-missing",
        "/customer",
        "instance-required",
        {},
    ),
    # What breaks a rule.
    (
        f"{CUSTOMER}<item><article>hat</article><amount>7</amount></item>{CASH}",
        "operation-failed",
        "/item[article='hat']/amount",
        "no-sevens",
        {},
    ),
    (
        f"{CUSTOMER}{ITEM}{CASH}<tag>express</tag>",
        "operation-failed",
        "",
        "must-violation",
        {},
    ),
    (
        f"{CUSTOMER}<item><article>hat</article><code>1</code></item>"
        f"<item><article>tie</article><code>1</code></item>{CASH}",
        "operation-failed",
        None,
        "data-not-unique",
        {},
    ),
    (
        f"{CUSTOMER}{ITEM}{CASH}<tag>a</tag><tag>b</tag><tag>c</tag>",
        "operation-failed",
        None,
        "too-many-elements",
        {},
    ),
]


@pytest.mark.rfc("7950 §8.3.1", "7950 §15", "6241 §A")
@pytest.mark.parametrize("is_action", [False, True], ids=["rpc", "action"])
@pytest.mark.parametrize(("content", "tag", "place", "app_tag", "info"), FAULTS)
def test_a_fault_is_told_where_it_is(
    content: str,
    tag: str,
    place: str | None,
    app_tag: str | None,
    info: dict[str, str],
    is_action: bool,
    running: DataTree,
    provider: FakeProvider,
) -> None:
    with pytest.raises(RpcError) as refusal:
        invoke(content, running, provider, is_action=is_action)
    error = refusal.value
    assert (error.tag.value, error.app_tag, error.info) == (tag, app_tag, info)
    if place is not None:
        assert error.path == (ACTION if is_action else RPC) + place
    assert provider.invocations == []


@pytest.mark.parametrize("is_action", [False, True], ids=["rpc", "action"])
def test_input_without_fault_is_handed_over(
    is_action: bool, running: DataTree, provider: FakeProvider
) -> None:
    invoke(CUSTOMER + ITEM + CASH, running, provider, is_action=is_action)
    path, data = provider.invocations[0]
    assert path == (ACTION if is_action else RPC)
    assert data == {"customer": "ann", "item": [{"article": "hat"}], "cash": [None]}
