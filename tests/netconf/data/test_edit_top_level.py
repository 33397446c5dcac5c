"""Edits at the top of the tree, and keys of types whose values look different outside of XML."""

from __future__ import annotations

import pytest

from netconf_server.datastores.datastore import DatastoreName, Datastores, DefaultOperation
from netconf_server.errors import RpcError
from tests.netconf.data.shop import SHOP, candidate, comparable, config, edit, running, summary
from tests.netconf.fake_provider import FakeProvider

_TILLS = "".join(f"<till><number>{number}</number></till>" for number in (1, 2, 3))


def tills(datastores: Datastores) -> list[str | None]:
    """Return the numbers of the tills in their order."""
    elements = datastores.get_config(DatastoreName.CANDIDATE, None)
    return [element.findtext(f"{{{SHOP}}}number") for element in elements]


@pytest.mark.rfc("7950 §7.8.6")
class TestUserOrderedList:
    @pytest.fixture(autouse=True)
    def _filled(self, datastores: Datastores) -> None:
        edit(datastores, config(_TILLS))
        assert datastores.commit()

    @pytest.mark.parametrize(
        ("attributes", "number", "order"),
        [
            ("yang:insert='first'", 9, "9123"),
            ("yang:insert='first'", 3, "312"),
            ("yang:insert='last'", 1, "231"),
            ("""yang:insert='before' yang:key="[sh:number='1']" """, 2, "213"),
            ("""yang:insert='after' yang:key="[sh:number='3']" """, 1, "231"),
            ("nc:operation='delete'", 1, "23"),
            ("nc:operation='replace'", 1, "123"),
        ],
    )
    def test_changes_order_and_back(
        self, datastores: Datastores, attributes: str, number: int, order: str
    ) -> None:
        edit(datastores, config(f"<till {attributes}><number>{number}</number></till>"))
        assert tills(datastores) == list(order)
        datastores.discard_changes()
        assert tills(datastores) == list("123")

    def test_move_is_committed_as_a_change(
        self, datastores: Datastores, provider: FakeProvider
    ) -> None:
        edit(datastores, config("<till yang:insert='first'><number>3</number></till>"))
        assert datastores.commit()
        (change,) = provider.calls[-1].changes
        assert (change.kind.value, change.path) == ("modified", "/shop:till[number='3']")
        assert running(datastores) == candidate(datastores)

    def test_key_that_is_not_of_its_type_is_an_invalid_value(self, datastores: Datastores) -> None:
        with pytest.raises(RpcError) as caught:
            edit(datastores, config("<till nc:operation='delete'><number>x</number></till>"))
        assert summary(caught.value) == (
            "invalid-value",
            None,
            "/shop:till[number='x']/number",
        )

    def test_neighbour_that_is_not_of_the_keys_type_is_a_bad_attribute(
        self, datastores: Datastores
    ) -> None:
        content = (
            """<till yang:insert='after' yang:key="[sh:number='x']"><number>9</number></till>"""
        )
        with pytest.raises(RpcError) as caught:
            edit(datastores, config(content))
        assert summary(caught.value)[:2] == ("bad-attribute", "missing-instance")


@pytest.mark.rfc("7950 §7.9")
class TestChoice:
    def test_creating_in_one_case_deletes_the_other(self, datastores: Datastores) -> None:
        edit(datastores, config("<neon/>"))
        content = config("<board-text>x</board-text><board-size>1</board-size>")
        edit(datastores, content)
        assert candidate(datastores) == comparable(content)

    def test_mandatory_leaf_is_missed_in_its_own_case_only(self, datastores: Datastores) -> None:
        edit(datastores, config("<neon/>"))
        assert datastores.commit()
        edit(datastores, config("<board-text>x</board-text>"))
        with pytest.raises(RpcError) as caught:
            datastores.commit()
        assert summary(caught.value) == ("missing-element", None, "/shop:board-size")


@pytest.mark.rfc("7951 §6.8")
class TestKeys:
    @pytest.mark.parametrize("key", ["7", "st:small", "x:y", "plain"])
    def test_of_a_union_are_found_again(self, datastores: Datastores, key: str) -> None:
        edit(datastores, config("<label><id>other</id></label>"))
        target = "/sh:shop/sh:article[sh:name='a']"
        edit(datastores, config(f"<label><id>{key}</id><target>{target}</target></label>"))
        with pytest.raises(RpcError) as caught:
            edit(
                datastores,
                config(f"<label nc:operation='create'><id>{key}</id></label>"),
            )
        assert caught.value.tag.value == "data-exists"
        edit(datastores, config(f"<label nc:operation='delete'><id>{key}</id></label>"))
        assert candidate(datastores) == comparable(config("<label><id>other</id></label>"))

    def test_identity_without_a_prefix_is_one_of_the_default_namespace(
        self, datastores: Datastores
    ) -> None:
        place = (
            "<sh:shop xmlns='urn:test:shop-types'><sh:place{}><sh:aisle>small</sh:aisle>"
            "<sh:row>1</sh:row></sh:place></sh:shop>"
        )
        edit(datastores, config(place.format("")))
        with pytest.raises(RpcError) as caught:
            edit(datastores, config(place.format(" nc:operation='create'")))
        assert summary(caught.value) == (
            "data-exists",
            None,
            "/shop:shop/place[aisle='shop-types:small'][row='1']",
        )


def test_replacing_everything_by_nothing_empties_the_tree(datastores: Datastores) -> None:
    edit(datastores, config(_TILLS + "<slogan>a</slogan><shop><name>n</name></shop>"))
    assert datastores.commit()
    edit(datastores, config(""), DefaultOperation.REPLACE)
    assert candidate(datastores) == []
    assert datastores.commit()
    assert running(datastores) == []
