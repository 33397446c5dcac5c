"""What an edit or a commit refuses: tag, app-tag, path and message of each error."""

from __future__ import annotations

import pytest

from netconf_server.datastores.datastore import Datastores
from netconf_server.datastores.datastore import TestOption as Option
from netconf_server.editing.attributes import INSERT, OPERATION
from netconf_server.errors import RpcError
from tests.netconf.data.shop import candidate, config, edit, expected, shop, summary
from tests.netconf.fake_provider import FakeProvider

#: content, tag, app-tag, path, a part of the message, error-info
_PAYLOAD = [
    (
        "<nothing/>",
        ("unknown-element", None, "/shop:shop"),
        "unknown element <nothing>",
        {"bad-element": "nothing"},
    ),
    (
        "<article><name>a</name><nothing>1</nothing></article>",
        ("unknown-element", None, "/shop:shop/article[name='a']"),
        "unknown element <nothing>",
        {"bad-element": "nothing"},
    ),
    (
        "<nothing xmlns='urn:nowhere'/>",
        ("unknown-namespace", None, "/shop:shop"),
        "urn:nowhere",
        {"bad-element": "nothing", "bad-namespace": "urn:nowhere"},
    ),
    (
        "<credit-limit>1</credit-limit>",
        ("unknown-element", None, "/shop:shop"),
        "credit-limit",
        {"bad-element": "credit-limit"},
    ),
    (
        "<customers>1</customers>",
        ("unknown-element", None, "/shop:shop"),
        "not configuration",
        {"bad-element": "customers"},
    ),
    (
        "<floor>ten</floor>",
        ("invalid-value", None, "/shop:shop/floor"),
        "ten",
        {},
    ),
    (
        "<floor>10</floor>",
        ("invalid-value", "no-such-floor", "/shop:shop/floor"),
        "There is no such floor.",
        {},
    ),
    (
        "<counter><number>256</number></counter>",
        ("invalid-value", None, "/shop:shop/counter/number"),
        "256",
        {},
    ),
    ("<floor/>", ("invalid-value", None, "/shop:shop/floor"), "empty", {}),
    ("<name/>", ("invalid-value", None, "/shop:shop/name"), "length", {}),
    (
        "<size>st:huge</size>",
        ("invalid-value", None, "/shop:shop/size"),
        "huge",
        {},
    ),
    (
        "<article><price>1</price></article>",
        ("missing-element", None, "/shop:shop/article"),
        "key <name>",
        {"bad-element": "name"},
    ),
    (
        "<place><aisle>st:small</aisle><row>300</row></place>",
        ("invalid-value", None, "/shop:shop/place[aisle='shop-types:small'][row='300']/row"),
        "300",
        {},
    ),
    (
        "<counter>text</counter>",
        ("bad-element", None, "/shop:shop/counter"),
        "text",
        {"bad-element": "counter"},
    ),
    (
        "text<floor>1</floor>",
        ("bad-element", None, "/shop:shop"),
        "'text'",
        {"bad-element": "shop"},
    ),
    (
        "<floor>1</floor>text",
        ("bad-element", None, "/shop:shop"),
        "'text'",
        {"bad-element": "shop"},
    ),
    (
        "<name><first>x</first></name>",
        ("unknown-element", None, "/shop:shop/name"),
        "first",
        {"bad-element": "first"},
    ),
    (
        "<name nc:operation='destroy'>x</name>",
        ("bad-attribute", None, "/shop:shop/name"),
        "destroy",
        {"bad-attribute": "operation", "bad-element": "name"},
    ),
    (
        "<name nc:operation='none'>x</name>",
        ("bad-attribute", None, "/shop:shop/name"),
        "none",
        {"bad-attribute": "operation", "bad-element": "name"},
    ),
    (
        "<name operation='delete'>x</name>",
        ("unknown-attribute", None, "/shop:shop/name"),
        "operation",
        {"bad-attribute": "operation", "bad-element": "name"},
    ),
    (
        "<article><name nc:operation='delete'>a</name></article>",
        ("bad-attribute", None, "/shop:shop/article[name='a']/name"),
        "key",
        {"bad-attribute": "operation", "bad-element": "name"},
    ),
    (
        "<motto nc:operation='delete'>a</motto>",
        ("data-missing", None, "/shop:shop/motto[.='a']"),
        "does not exist",
        {},
    ),
]


@pytest.mark.rfc("7950 §8.3.1")
@pytest.mark.parametrize(("content", "error", "message", "info"), _PAYLOAD)
@pytest.mark.parametrize("before", ["", "<name>n</name>"])
def test_payload_is_refused(
    datastores: Datastores,
    before: str,
    content: str,
    error: tuple[str, str | None, str],
    message: str,
    info: dict[str, str],
) -> None:
    edit(datastores, shop(before))
    with pytest.raises(RpcError) as caught:
        edit(datastores, shop(content))
    assert summary(caught.value) == error
    assert caught.value.message.startswith(f"{error[2]}: ")
    assert message in caught.value.message
    assert caught.value.info == info
    assert candidate(datastores) == expected(before)


@pytest.mark.rfc("6241 §7.2")
@pytest.mark.parametrize("attribute", ["nc:operation", "yang:insert"])
def test_what_steers_an_edit_has_no_meaning_around_everything(
    datastores: Datastores, attribute: str
) -> None:
    whole = shop("<name>n</name>")
    name = {"nc:operation": OPERATION, "yang:insert": INSERT}[attribute]
    whole.set(name, "delete")
    with pytest.raises(RpcError) as caught:
        edit(datastores, whole)
    assert summary(caught.value) == ("unknown-attribute", None, None)
    assert candidate(datastores) == []


def test_unknown_top_level_element_has_no_path(datastores: Datastores) -> None:
    with pytest.raises(RpcError) as caught:
        edit(datastores, config("<stall/>"))
    assert summary(caught.value) == ("unknown-element", None, None)


_ARTICLES = "<article><name>a</name>{}</article><article><name>b</name>{}</article>"

_CONSTRAINTS = [
    pytest.param(
        _ARTICLES.format("<barcode>1</barcode>", "<barcode>1</barcode>"),
        ("operation-failed", "data-not-unique", "/shop:shop/article[name='b']"),
        "barcode",
        marks=pytest.mark.rfc("7950 §15.1"),
        id="unique",
    ),
    pytest.param(
        "<article><name>a</name><tag>1</tag><tag>2</tag><tag>3</tag><tag>4</tag></article>",
        ("operation-failed", "too-many-elements", "/shop:shop/article[name='a']/tag[.='4']"),
        "tag",
        marks=pytest.mark.rfc("7950 §15.2"),
        id="max-elements",
    ),
    pytest.param(
        "<branch><city>x</city><person>p</person><phone>1</phone></branch>"
        "<branch><city>y</city><person>p</person></branch>",
        ("operation-failed", "too-few-elements", "/shop:shop/branch[city='y']/phone"),
        "phone",
        marks=pytest.mark.rfc("7950 §15.3"),
        id="min-elements",
    ),
    pytest.param(
        "<name>forbidden</name>",
        ("operation-failed", "must-violation", "/shop:shop"),
        "This name is not allowed.",
        marks=pytest.mark.rfc("7950 §15.4"),
        id="must",
    ),
    pytest.param(
        "<article><name>a</name><price>-1</price></article>",
        ("operation-failed", "bad-price", "/shop:shop/article[name='a']"),
        "A price must be positive.",
        marks=pytest.mark.rfc("7950 §15.4"),
        id="must-with-app-tag",
    ),
    pytest.param(
        "<article><name>a</name><substitute>z</substitute></article>",
        ("data-missing", "instance-required", "/shop:shop/article[name='a']/substitute"),
        "no target instance",
        marks=pytest.mark.rfc("7950 §15.5"),
        id="leafref",
    ),
    pytest.param(
        "<branch><city>x</city><company>c</company><phone>1</phone></branch>"
        "<branch><city>y</city><phone>1</phone></branch>",
        ("data-missing", "missing-choice", "/shop:shop/branch[city='y']"),
        "owner",
        marks=pytest.mark.rfc("7950 §15.6"),
        id="mandatory-choice",
    ),
    pytest.param(
        "<alarm/>",
        ("missing-element", None, "/shop:shop/alarm/code"),
        "Mandatory",
        id="mandatory-leaf",
    ),
    pytest.param(
        "<open>false</open><hours>9-17</hours>",
        ("unknown-element", None, "/shop:shop/hours"),
        "When condition",
        marks=pytest.mark.rfc("7950 §8.3.2"),
        id="when",
    ),
    pytest.param(
        "<article><name>a</name><price>1</price><price>2</price></article>",
        ("bad-element", None, "/shop:shop/article[name='a']/price"),
        "Duplicate",
        id="leaf-twice",
    ),
    pytest.param(
        "<branch><city>x</city><company>c</company><person>p</person><phone>1</phone></branch>",
        ("bad-element", None, "/shop:shop/branch[city='x']"),
        "cases",
        marks=pytest.mark.rfc("7950 §8.3.1"),
        id="two-cases",
    ),
]


@pytest.mark.rfc("7950 §8.3.3")
@pytest.mark.parametrize(("content", "error", "message"), _CONSTRAINTS)
def test_violation_is_refused_by_commit_and_not_before(
    datastores: Datastores,
    provider: FakeProvider,
    content: str,
    error: tuple[str, str | None, str],
    message: str,
) -> None:
    edit(datastores, shop(content))
    before = candidate(datastores)
    with pytest.raises(RpcError) as caught:
        datastores.commit()
    assert summary(caught.value) == error
    assert caught.value.message.startswith(f"{error[2]}: ")
    assert message in caught.value.message
    assert candidate(datastores) == before
    assert provider.calls == []


@pytest.mark.rfc("6241 §8.6.4.1")
class TestTestOnly:
    def test_valid_edit_is_not_kept(self, datastores: Datastores) -> None:
        edit(datastores, shop("<name>n</name>"), test_option=Option.TEST_ONLY)
        assert candidate(datastores) == []
        assert not datastores.candidate_modified

    def test_invalid_edit_is_reported_and_not_kept(self, datastores: Datastores) -> None:
        with pytest.raises(RpcError) as caught:
            edit(datastores, shop("<alarm/>"), test_option=Option.TEST_ONLY)
        assert summary(caught.value) == ("missing-element", None, "/shop:shop/alarm/code")
        assert candidate(datastores) == []


@pytest.mark.rfc("6241 §7.2")
class TestThenSet:
    def test_valid_edit_is_kept(self, datastores: Datastores) -> None:
        edit(datastores, shop("<name>n</name>"), test_option=Option.TEST_THEN_SET)
        assert candidate(datastores) == expected("<name>n</name>")

    def test_invalid_edit_is_reported_and_nothing_else_is_lost(
        self, datastores: Datastores
    ) -> None:
        edit(datastores, shop("<name>n</name>"))
        with pytest.raises(RpcError) as caught:
            edit(datastores, shop("<alarm/>"), test_option=Option.TEST_THEN_SET)
        assert summary(caught.value) == ("missing-element", None, "/shop:shop/alarm/code")
        assert candidate(datastores) == expected("<name>n</name>")


def test_value_with_both_kinds_of_quotes_is_an_error_and_no_crash(datastores: Datastores) -> None:
    edit(datastores, shop("<article><name>a</name></article>"))
    with pytest.raises(RpcError) as caught:
        edit(datastores, shop("<article><name>a'b\"c</name></article>"))
    assert caught.value.tag.value == "invalid-value"
