"""``get``: running and the provider's state as one tree; rpcs, actions and notifications."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from lxml import etree

from netconf_server.datastores.datastore import Datastores
from netconf_server.errors import RpcError
from netconf_server.filters.filter import Filter, SubtreeFilter, XPathFilter
from netconf_server.markup import YANG, elements_in
from netconf_server.notifications.event_records import record_of
from netconf_server.provider import Json, Notification, ProviderError, StateSelection
from netconf_server.schema.schema import Schema
from tests.netconf.data.shop import (
    SHOP,
    comparable,
    config,
    edit,
    expected,
    permit,
    shop,
    summary,
    texts,
)
from tests.netconf.fake_provider import FakeProvider

_STATE: list[dict[str, Json]] = [
    {"shop:shop": {"customers": "18446744073709551615"}},
    {"shop:shop": {"article": [{"name": "a", "stock": {"amount": "5"}}]}},
    {"shop:shop": {"article": [{"name": "a", "stock": {"shelf": [{"row": 1, "amount": 4}]}}]}},
    {"shop:shop": {"visitor": [{"number": 1, "mood": "good"}, {"number": 2}]}},
]
_STOCK = "<stock><amount>5</amount><shelf><row>1</row><amount>4</amount></shelf></stock>"
_VISITORS = (
    "<visitor><number>1</number><mood>good</mood></visitor><visitor><number>2</number></visitor>"
)
_CUSTOMERS = "<customers>18446744073709551615</customers>"


def subtree(content: str) -> SubtreeFilter:
    return SubtreeFilter(etree.fromstring(f'<f xmlns="{SHOP}">{content}</f>'))


def get(datastores: Datastores, selection: Filter | None) -> list[str]:
    return comparable(datastores.get(selection))


@pytest.mark.rfc("6241 §7.7")
class TestGet:
    @pytest.fixture(autouse=True)
    def _state(self, provider: FakeProvider) -> None:
        provider.state = list(_STATE)

    @pytest.fixture
    def filled(self, datastores: Datastores) -> Datastores:
        edit(
            datastores,
            shop("<name>n</name><article><name>a</name><price>1</price></article>"),
        )
        assert datastores.commit()
        return datastores

    def test_shows_state_where_there_is_no_configuration(self, datastores: Datastores) -> None:
        assert get(datastores, None) == expected(
            f"{_CUSTOMERS}<article><name>a</name>{_STOCK}</article>{_VISITORS}"
        )

    def test_merges_configuration_and_state(self, filled: Datastores) -> None:
        assert get(filled, None) == expected(
            f"<name>n</name>{_CUSTOMERS}"
            f"<article><name>a</name><price>1</price>{_STOCK}</article>{_VISITORS}"
        )

    @pytest.mark.parametrize(
        ("selection", "result", "paths"),
        [
            (
                subtree("<shop><article><name>a</name></article></shop>"),
                f"<article><name>a</name><price>1</price>{_STOCK}</article>",
                ("/shop:shop/article[name='a']",),
            ),
            (
                subtree("<shop><article><price>1</price><stock><amount/></stock></article></shop>"),
                "<article><name>a</name><price>1</price><stock><amount>5</amount></stock></article>",
                ("/shop:shop/article",),
            ),
            (
                subtree("<shop><name/><customers/></shop>"),
                f"<name>n</name>{_CUSTOMERS}",
                ("/shop:shop/customers",),
            ),
            (
                subtree("<shop><visitor><number>2</number></visitor></shop>"),
                "<visitor><number>2</number></visitor>",
                ("/shop:shop/visitor[number='2']",),
            ),
            (
                XPathFilter("/s:shop/s:visitor[s:mood='good']", {"s": SHOP}),
                "<visitor><number>1</number><mood>good</mood></visitor>",
                ("/shop:shop/visitor",),
            ),
            (
                XPathFilter("//s:article[s:stock/s:amount=5]/s:price", {"s": SHOP}),
                "<article><name>a</name><price>1</price></article>",
                (),
            ),
        ],
    )
    def test_filters_both_and_asks_for_no_more_than_it_needs(
        self,
        filled: Datastores,
        provider: FakeProvider,
        selection: Filter,
        result: str,
        paths: tuple[str, ...],
    ) -> None:
        assert get(filled, selection) == expected(result)
        assert provider.selections == [StateSelection(paths=paths)]

    @pytest.mark.parametrize(
        "selection",
        [
            None,
            subtree("<shop/>"),
            subtree("<shop><counter/></shop>"),
            subtree("<shop><counter><hits/></counter></shop>"),
            XPathFilter("/s:shop/s:counter", {"s": SHOP}),
            XPathFilter("/s:shop/s:counter/s:hits", {"s": SHOP}),
        ],
    )
    def test_shows_state_in_containers_of_nothing_but_defaults(
        self, datastores: Datastores, provider: FakeProvider, selection: Filter | None
    ) -> None:
        edit(datastores, config("<storage><rooms>3</rooms></storage>"))
        assert datastores.commit()
        provider.state = [{"shop:shop": {"counter": {"hits": 4}}}]
        found = [element for element in get(datastores, selection) if "storage" not in element]
        assert found == expected("<counter><hits>4</hits></counter>")

    def test_empty_filter_does_not_ask_the_provider(
        self, filled: Datastores, provider: FakeProvider
    ) -> None:
        assert get(filled, subtree("")) == []
        assert provider.selections == []

    def test_key_that_is_not_of_its_type_selects_nothing(self, filled: Datastores) -> None:
        assert get(filled, subtree("<shop><visitor><number>x</number></visitor></shop>")) == []

    def test_leaves_running_as_it_is(self, filled: Datastores) -> None:
        before = get(filled, None)
        assert get(filled, None) == before
        assert not filled.candidate_modified

    def test_state_that_does_not_fit_the_schema_is_an_error(
        self, datastores: Datastores, provider: FakeProvider
    ) -> None:
        provider.state = [{"shop:shop": {"customers": "many"}}]
        with pytest.raises(RpcError) as caught:
            datastores.get(None)
        assert caught.value.tag.value == "operation-failed"
        assert "many" in caught.value.message


@pytest.mark.rfc("7950 §7.15")
class TestAction:
    @pytest.fixture(autouse=True)
    def _filled(self, datastores: Datastores) -> None:
        edit(datastores, shop("<article><name>a</name></article>"))
        assert datastores.commit()

    def restock(self, datastores: Datastores, name: str, content: str) -> list[str]:
        element = shop(f"<article><name>{name}</name><restock>{content}</restock></article>")[0]
        return texts(datastores.invoke_action(element, permit))

    def test_hands_over_the_input_with_defaults_and_returns_the_output(
        self, datastores: Datastores, provider: FakeProvider
    ) -> None:
        provider.output = {"total": "7"}
        assert self.restock(datastores, "a", "<amount>3</amount>") == ["<total>7</total>"]
        assert provider.invocations == [
            ("/shop:shop/article[name='a']/restock", {"amount": 3, "note": "none"})
        ]

    def test_may_come_in_its_envelope(self, datastores: Datastores, provider: FakeProvider) -> None:
        envelope = etree.Element(f"{{{YANG}}}action")
        envelope.append(
            shop("<article><name>a</name><restock><amount>3</amount></restock></article>")[0]
        )
        assert datastores.invoke_action(envelope, permit) == []
        assert len(provider.invocations) == 1

    def test_envelope_without_content_is_an_error(self, datastores: Datastores) -> None:
        with pytest.raises(RpcError) as caught:
            datastores.invoke_action(etree.Element(f"{{{YANG}}}action"), permit)
        assert caught.value.tag.value == "missing-element"

    def test_on_an_entry_that_does_not_exist_is_data_missing(
        self, datastores: Datastores, provider: FakeProvider
    ) -> None:
        with pytest.raises(RpcError) as caught:
            self.restock(datastores, "z", "<amount>3</amount>")
        assert summary(caught.value) == ("data-missing", None, "/shop:shop/article[name='z']")
        assert provider.invocations == []

    def test_on_an_entry_of_state_asks_for_that_entry(
        self, datastores: Datastores, provider: FakeProvider
    ) -> None:
        provider.state = [{"shop:shop": {"visitor": [{"number": 5}]}}]
        provider.output = {"answer": "hello"}
        element = shop("<visitor><number>5</number><greet/></visitor>")[0]
        assert texts(datastores.invoke_action(element, permit)) == ["<answer>hello</answer>"]
        assert provider.selections == [StateSelection(paths=("/shop:shop/visitor[number='5']",))]

    @pytest.mark.parametrize(
        ("content", "tag", "below"),
        [
            ("", "missing-element", "/amount"),
            ("<amount>101</amount>", "invalid-value", "/amount"),
            ("<amount>3</amount><more/>", "unknown-element", ""),
        ],
    )
    def test_with_bad_input_is_refused(
        self, datastores: Datastores, provider: FakeProvider, content: str, tag: str, below: str
    ) -> None:
        with pytest.raises(RpcError) as caught:
            self.restock(datastores, "a", content)
        path = f"/shop:shop/article[name='a']/restock{below}"
        assert summary(caught.value) == (tag, None, path)
        assert provider.invocations == []

    def test_that_fails_reports_the_reason(
        self, datastores: Datastores, provider: FakeProvider
    ) -> None:
        provider.failure = ProviderError(path="/shop:shop", message="closed", app_tag="night")
        with pytest.raises(RpcError) as caught:
            self.restock(datastores, "a", "<amount>3</amount>")
        assert summary(caught.value) == ("operation-failed", "night", "/shop:shop")
        assert caught.value.message == "/shop:shop: closed"

    def test_with_output_outside_of_the_schema_is_an_error(
        self, datastores: Datastores, provider: FakeProvider
    ) -> None:
        provider.output = {"sum": 7}
        with pytest.raises(RpcError) as caught:
            self.restock(datastores, "a", "<amount>3</amount>")
        assert caught.value.tag.value == "operation-failed"


@pytest.mark.rfc("7950 §7.14")
class TestRpc:
    def test_hands_over_the_input_and_returns_the_output(
        self, datastores: Datastores, provider: FakeProvider
    ) -> None:
        provider.output = {"finding": ["dust", "rust"]}
        output = datastores.invoke_rpc(config("<audit><depth>2</depth></audit>")[0])
        assert texts(output) == ["<finding>dust</finding>", "<finding>rust</finding>"]
        assert provider.invocations == [("/shop:audit", {"depth": 2})]

    def test_without_input_and_output_is_carried_out(
        self, datastores: Datastores, provider: FakeProvider
    ) -> None:
        assert datastores.invoke_rpc(config("<close/>")[0]) == []
        assert provider.invocations == [("/shop:close", {})]

    def test_without_mandatory_input_is_refused(
        self, datastores: Datastores, provider: FakeProvider
    ) -> None:
        with pytest.raises(RpcError) as caught:
            datastores.invoke_rpc(config("<audit/>")[0])
        assert summary(caught.value) == ("missing-element", None, "/shop:audit/depth")
        assert provider.invocations == []


@pytest.mark.rfc("7950 §7.16")
def test_notification_is_rendered(schema: Schema) -> None:
    notification = Notification(
        event_time=datetime(2026, 1, 1, tzinfo=UTC), data={"shop:sold-out": {"article": "a"}}
    )
    rendered = record_of(schema, notification).rendered
    assert rendered is not None
    assert texts(elements_in(rendered.content)) == ["<sold-out><article>a</article></sold-out>"]
