"""Inserting and moving entries that the user orders (RFC 7950 §7.7.9, §7.8.6)."""

from __future__ import annotations

import pytest

from netconf_server.datastores.datastore import DatastoreName, Datastores
from netconf_server.errors import RpcError
from tests.netconf.data.shop import SHOP, candidate, edit, expected, shop, summary

_QUEUE = "".join(f"<queue><who>{who}</who></queue>" for who in "abc")
_ROUTE = "<route>a</route><route>b</route><route>c</route>"


def queue(datastores: Datastores) -> str:
    """Return the order of the queue."""
    (element,) = datastores.get_config(DatastoreName.CANDIDATE, None)
    return "".join(who.text or "" for who in element.iterfind(f"{{{SHOP}}}queue/{{{SHOP}}}who"))


def route(datastores: Datastores) -> str:
    """Return the order of the route."""
    (element,) = datastores.get_config(DatastoreName.CANDIDATE, None)
    return "".join(stop.text or "" for stop in element.iterfind(f"{{{SHOP}}}route"))


@pytest.mark.rfc("7950 §7.8.6")
class TestList:
    @pytest.fixture(autouse=True)
    def _filled(self, datastores: Datastores) -> None:
        edit(datastores, shop(_QUEUE))

    @pytest.mark.parametrize(
        ("attributes", "order"),
        [
            ("", "abcx"),
            ("yang:insert='last'", "abcx"),
            ("yang:insert='first'", "xabc"),
            ("""yang:insert='before' yang:key="[sh:who='b']" """, "axbc"),
            ("""yang:insert='after' yang:key="[sh:who='b']" """, "abxc"),
            ("""yang:insert='after' yang:key='[sh:who = "c"]' """, "abcx"),
        ],
    )
    @pytest.mark.parametrize("operation", ["create", "merge", "replace"])
    def test_new_entry_goes_where_it_is_told(
        self, datastores: Datastores, attributes: str, order: str, operation: str
    ) -> None:
        edit(
            datastores,
            shop(f"<queue nc:operation='{operation}' {attributes}><who>x</who></queue>"),
        )
        assert queue(datastores) == order

    @pytest.mark.parametrize(
        ("attributes", "order"),
        [
            ("", "abc"),
            ("yang:insert='last'", "acb"),
            ("yang:insert='first'", "bac"),
            ("""yang:insert='before' yang:key="[sh:who='a']" """, "bac"),
            ("""yang:insert='after' yang:key="[sh:who='c']" """, "acb"),
            ("""yang:insert='after' yang:key="[sh:who='b']" """, "abc"),
        ],
    )
    @pytest.mark.parametrize("operation", ["merge", "replace"])
    def test_old_entry_is_moved_only_if_it_is_told(
        self, datastores: Datastores, attributes: str, order: str, operation: str
    ) -> None:
        edit(
            datastores,
            shop(
                f"<queue nc:operation='{operation}' {attributes}><who>b</who><wish>w</wish></queue>"
            ),
        )
        assert queue(datastores) == order
        assert "wish=w" in candidate(datastores)[0]

    def test_replacing_the_whole_list_takes_the_new_order(self, datastores: Datastores) -> None:
        content = "".join(f"<queue><who>{who}</who></queue>" for who in "cab")
        (element,) = [shop(content)]
        element[0].set("{urn:ietf:params:xml:ns:netconf:base:1.0}operation", "replace")
        edit(datastores, element)
        assert queue(datastores) == "cab"

    @pytest.mark.rfc("7950 §15.7")
    def test_missing_neighbour_is_a_bad_attribute(self, datastores: Datastores) -> None:
        content = """<queue yang:insert='after' yang:key="[sh:who='z']"><who>x</who></queue>"""
        with pytest.raises(RpcError) as caught:
            edit(datastores, shop(content))
        assert summary(caught.value) == (
            "bad-attribute",
            "missing-instance",
            "/shop:shop/queue[who='x']",
        )
        assert caught.value.info == {"bad-attribute": "key", "bad-element": "queue"}
        assert candidate(datastores) == expected(_QUEUE)

    @pytest.mark.parametrize(
        ("attributes", "tag", "attribute"),
        [
            ("yang:insert='sideways'", "bad-attribute", "insert"),
            ("yang:insert='before'", "missing-attribute", "key"),
            ("yang:insert='before' yang:key='b'", "bad-attribute", "key"),
            ("""yang:insert='before' yang:key="[sh:nobody='b']" """, "bad-attribute", "key"),
        ],
    )
    def test_unclear_place_is_an_error(
        self, datastores: Datastores, attributes: str, tag: str, attribute: str
    ) -> None:
        with pytest.raises(RpcError) as caught:
            edit(datastores, shop(f"<queue {attributes}><who>x</who></queue>"))
        assert caught.value.tag.value == tag
        assert caught.value.info["bad-attribute"] == attribute

    @pytest.mark.rfc("7950 §8.3.1")
    def test_place_in_a_list_that_is_not_ordered_is_an_unknown_attribute(
        self, datastores: Datastores
    ) -> None:
        with pytest.raises(RpcError) as caught:
            edit(datastores, shop("<article yang:insert='first'><name>x</name></article>"))
        assert summary(caught.value) == (
            "unknown-attribute",
            None,
            "/shop:shop/article[name='x']",
        )


@pytest.mark.rfc("7950 §7.7.9")
class TestLeafList:
    @pytest.fixture(autouse=True)
    def _filled(self, datastores: Datastores) -> None:
        edit(datastores, shop(_ROUTE))

    @pytest.mark.parametrize(
        ("element", "order"),
        [
            ("<route>x</route>", "abcx"),
            ("<route yang:insert='first'>x</route>", "xabc"),
            ("<route yang:insert='before' yang:value='c'>x</route>", "abxc"),
            ("<route yang:insert='after' yang:value='a'>x</route>", "axbc"),
            ("<route yang:insert='first'>c</route>", "cab"),
            ("<route yang:insert='after' yang:value='c'>a</route>", "bca"),
            ("<route nc:operation='delete'>b</route>", "ac"),
        ],
    )
    def test_value_goes_where_it_is_told(
        self, datastores: Datastores, element: str, order: str
    ) -> None:
        edit(datastores, shop(element))
        assert route(datastores) == order

    def test_values_are_placed_one_after_the_other(self, datastores: Datastores) -> None:
        edit(
            datastores,
            shop(
                "<route yang:insert='first'>x</route>"
                "<route yang:insert='after' yang:value='x'>y</route>"
            ),
        )
        assert route(datastores) == "xyabc"
