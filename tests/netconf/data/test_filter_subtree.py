"""Subtree filters: the examples of RFC 6241 §6.4 in every way to write namespaces, and corners."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

import pytest
from lxml import etree

from netconf_server.filters.filter import SubtreeFilter, apply_filter
from netconf_server.markup import elements_in
from netconf_server.reading.reader import Reader
from netconf_server.reading.request import Reading
from netconf_server.schema.data import DataFormat
from netconf_server.schema.schema import Schema
from tests.netconf.data.shop import comparable

_NAMESPACE: Final = "http://example.com/schema/1.2/config"

_ROOT = (
    "<user><name>root</name><type>superuser</type><full-name>Charlie Root</full-name>"
    "<company-info><dept>1</dept><id>1</id></company-info></user>"
)
_FRED = (
    "<user><name>fred</name><type>admin</type><full-name>Fred Flintstone</full-name>"
    "<company-info><dept>2</dept><id>2</id></company-info></user>"
)
_BARNEY = (
    "<user><name>barney</name><type>admin</type><full-name>Barney Rubble</full-name>"
    "<company-info><dept>2</dept><id>3</id></company-info></user>"
)
_USERS = f"<users>{_ROOT}{_FRED}{_BARNEY}</users>"
_INTERFACES = "<interfaces><interface><ifName>eth0</ifName><mtu>1500</mtu></interface></interfaces>"


@cache
def users_schema() -> Schema:
    return Schema([Path(__file__).parent.parent / "yang"], {"example-users": []})


def filtered(filter_element: etree._Element) -> list[str]:
    document = f'<top xmlns="{_NAMESPACE}">{_USERS}{_INTERFACES}</top>'.encode()
    schema = users_schema()
    selection = SubtreeFilter(filter_element)
    with schema.parse(document, DataFormat.XML) as tree:
        by_one_tree = b"".join(apply_filter(schema, tree, selection))
    tree = schema.parse(document, DataFormat.XML)
    reader = Reader(schema, lambda _selection: ())
    in_slices = b"".join(reader.read_and_free(Reading(selection=selection), tree))
    assert in_slices == by_one_tree
    return comparable(elements_in(in_slices))


def data(content: str) -> list[str]:
    if not content:
        return []
    return comparable([etree.fromstring(f'<top xmlns="{_NAMESPACE}">{content}</top>')])


def with_default_namespace(content: str) -> etree._Element:
    return etree.fromstring(f'<filter><top xmlns="{_NAMESPACE}">{content}</top></filter>')


def with_prefix(content: str) -> etree._Element:
    """Write all names with a prefix that is declared on the filter."""
    element = with_default_namespace(content)
    prefixed = etree.Element("filter", nsmap={"any": _NAMESPACE})
    prefixed.append(element[0])
    etree.cleanup_namespaces(prefixed, top_nsmap={"any": _NAMESPACE})
    assert b"<any:top" in etree.tostring(prefixed)
    return prefixed


def without_namespace(content: str) -> etree._Element:
    return etree.fromstring(f"<filter><top>{content}</top></filter>")


_EXAMPLES = [
    pytest.param("<users/>", _USERS, marks=pytest.mark.rfc("6241 §6.4.3"), id="entire-users"),
    pytest.param(
        "<users><user/></users>",
        _USERS,
        marks=pytest.mark.rfc("6241 §6.4.3"),
        id="entire-users-by-entries",
    ),
    pytest.param(
        "<users><user><name/></user></users>",
        "<users><user><name>root</name></user><user><name>fred</name></user>"
        "<user><name>barney</name></user></users>",
        marks=pytest.mark.rfc("6241 §6.4.4"),
        id="all-names",
    ),
    pytest.param(
        "<users><user><name>fred</name></user></users>",
        f"<users>{_FRED}</users>",
        marks=pytest.mark.rfc("6241 §6.4.5"),
        id="one-user",
    ),
    pytest.param(
        "<users><user><name>fred</name><type/><full-name/></user></users>",
        "<users><user><name>fred</name><type>admin</type><full-name>Fred Flintstone</full-name>"
        "</user></users>",
        marks=pytest.mark.rfc("6241 §6.4.6"),
        id="parts-of-one-user",
    ),
    pytest.param(
        "<users>"
        "<user><name>root</name><company-info/></user>"
        "<user><name>fred</name><company-info><id/></company-info></user>"
        "<user><name>barney</name><type>superuser</type><company-info><dept/></company-info></user>"
        "</users>",
        "<users>"
        "<user><name>root</name><company-info><dept>1</dept><id>1</id></company-info></user>"
        "<user><name>fred</name><company-info><id>2</id></company-info></user>"
        "</users>",
        marks=pytest.mark.rfc("6241 §6.4.7"),
        id="several-subtrees",
    ),
    pytest.param(
        '<interfaces><interface ifName="eth0"/></interfaces>',
        "",
        marks=pytest.mark.rfc("6241 §6.2.2"),
        id="attribute-that-no-data-has",
    ),
    pytest.param(
        "<users><user><type>admin</type><full-name/></user></users>",
        "<users>"
        "<user><name>fred</name><type>admin</type><full-name>Fred Flintstone</full-name></user>"
        "<user><name>barney</name><type>admin</type><full-name>Barney Rubble</full-name></user>"
        "</users>",
        marks=pytest.mark.rfc("6241 §6.2.5"),
        id="match-on-no-key",
    ),
    pytest.param(
        "<users><user><company-info><id>3</id></company-info></user></users>",
        "<users><user><name>barney</name><company-info><dept>2</dept><id>3</id></company-info>"
        "</user></users>",
        marks=pytest.mark.rfc("6241 §6.2.5"),
        id="match-in-a-container",
    ),
    pytest.param(
        "<users><user><name> fred </name><type> </type></user></users>",
        "<users><user><name>fred</name><type>admin</type></user></users>",
        marks=pytest.mark.rfc("6241 §6.2.5"),
        id="white-space-around",
    ),
    pytest.param(
        "<users><user><name>fred</name><type>superuser</type></user></users>",
        "",
        marks=pytest.mark.rfc("6241 §6.2.5"),
        id="one-match-of-two-fails",
    ),
    pytest.param(
        "<users/><interfaces><interface><ifName>eth0</ifName></interface></interfaces>",
        _USERS + _INTERFACES,
        id="two-containers",
    ),
    pytest.param(
        "<users><user><name>fred</name></user><user><name>fred</name><type/></user></users>",
        f"<users>{_FRED}</users>",
        id="same-entry-twice",
    ),
    pytest.param(
        "<users><user><name>fred</name><nothing/></user></users>",
        "<users><user><name>fred</name></user></users>",
        id="unknown-selection",
    ),
    pytest.param("<nothing/>", "", id="unknown-element"),
    pytest.param("<users>text</users>", "", id="text-for-a-container"),
    pytest.param("<users><user><name><first/></name></user></users>", "", id="element-in-a-leaf"),
    pytest.param(
        "<users><user><company-info><id>three</id></company-info></user></users>",
        "",
        id="text-for-a-number",
    ),
    pytest.param("<users><user><name>wilma</name></user></users>", "", id="no-such-user"),
    pytest.param("", _USERS + _INTERFACES, id="all-below-the-top"),
]


@pytest.mark.parametrize(("content", "result"), _EXAMPLES)
@pytest.mark.parametrize(
    "written", [with_default_namespace, with_prefix, without_namespace], ids=lambda f: f.__name__
)
def test_filter_selects(content: str, result: str, written: object) -> None:
    assert callable(written)
    assert filtered(written(content)) == data(result)


@pytest.mark.rfc("6241 §6.4.2")
def test_empty_filter_selects_nothing() -> None:
    assert filtered(etree.fromstring("<filter/>")) == []


@pytest.mark.rfc("6241 §6.4.1")
def test_no_filter_selects_everything() -> None:
    document = f'<top xmlns="{_NAMESPACE}">{_USERS}</top>'.encode()
    schema = users_schema()
    with schema.parse(document, DataFormat.XML) as tree:
        assert comparable(elements_in(b"".join(apply_filter(schema, tree, None)))) == data(_USERS)


@pytest.mark.rfc("6241 §6.2.1")
def test_another_namespace_selects_nothing() -> None:
    assert filtered(etree.fromstring('<filter><top xmlns="urn:other"/></filter>')) == []


@pytest.mark.rfc("6241 §6.2.1")
def test_inner_elements_without_namespace_stand_for_any() -> None:
    content = f'<filter><t:top xmlns:t="{_NAMESPACE}"><users/></t:top></filter>'
    assert filtered(etree.fromstring(content)) == data(_USERS)
