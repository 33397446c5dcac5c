"""The table of edit-config: what each operation does, on what is there and on what is not."""

from __future__ import annotations

import pytest

from netconf_server.datastores.datastore import Datastores, DefaultOperation
from netconf_server.errors import RpcError
from tests.netconf.data.shop import candidate, edit, expected, shop, summary

_DATA_EXISTS = "data-exists"
_DATA_MISSING = "data-missing"

_LEAF = ("<name>old</name>", "<name{}>new</name>", "/shop:shop/name")
_ENTRY = (
    "<article><name>tea</name><price>1</price></article>",
    "<article{}><name>tea</name><barcode>7</barcode></article>",
    "/shop:shop/article[name='tea']",
)
_PRESENCE = (
    "<alarm><code>1</code></alarm>",
    "<alarm{}><volume>9</volume></alarm>",
    "/shop:shop/alarm",
)
_PLAIN = (
    "<counter><number>1</number></counter>",
    "<counter{}><mode>auto</mode></counter>",
    "/shop:shop/counter",
)
_VALUE = ("<motto>a</motto>", "<motto{}>a</motto>", "/shop:shop/motto[.='a']")
_ANY = (
    "<note><x xmlns='urn:x'/></note>",
    "<note{}><y xmlns='urn:y'>1</y></note>",
    "/shop:shop/note",
)

_BOTH_ENTRY = "<article><name>tea</name><price>1</price><barcode>7</barcode></article>"
_BOTH_PRESENCE = "<alarm><code>1</code><volume>9</volume></alarm>"
_BOTH_PLAIN = "<counter><number>1</number><mode>auto</mode></counter>"

#: node, operation, result if the node is there, result if it is not; an error by its tag.
_TABLE = [
    (_LEAF, "merge", "<name>new</name>", "<name>new</name>"),
    (_LEAF, "replace", "<name>new</name>", "<name>new</name>"),
    (_LEAF, "create", _DATA_EXISTS, "<name>new</name>"),
    (_LEAF, "delete", "", _DATA_MISSING),
    (_LEAF, "remove", "", ""),
    (_ENTRY, "merge", _BOTH_ENTRY, _ENTRY[1].format("")),
    (_ENTRY, "replace", _ENTRY[1].format(""), _ENTRY[1].format("")),
    (_ENTRY, "create", _DATA_EXISTS, _ENTRY[1].format("")),
    (_ENTRY, "delete", "", _DATA_MISSING),
    (_ENTRY, "remove", "", ""),
    (_PRESENCE, "merge", _BOTH_PRESENCE, _PRESENCE[1].format("")),
    (_PRESENCE, "replace", _PRESENCE[1].format(""), _PRESENCE[1].format("")),
    (_PRESENCE, "create", _DATA_EXISTS, _PRESENCE[1].format("")),
    (_PRESENCE, "delete", "", _DATA_MISSING),
    (_PRESENCE, "remove", "", ""),
    (_PLAIN, "merge", _BOTH_PLAIN, _PLAIN[1].format("")),
    (_PLAIN, "replace", _PLAIN[1].format(""), _PLAIN[1].format("")),
    (_PLAIN, "create", _DATA_EXISTS, _PLAIN[1].format("")),
    (_PLAIN, "delete", "", _DATA_MISSING),
    (_PLAIN, "remove", "", ""),
    (_VALUE, "merge", "<motto>a</motto>", "<motto>a</motto>"),
    (_VALUE, "replace", "<motto>a</motto>", "<motto>a</motto>"),
    (_VALUE, "create", _DATA_EXISTS, "<motto>a</motto>"),
    (_VALUE, "delete", "", _DATA_MISSING),
    (_VALUE, "remove", "", ""),
    (_ANY, "merge", _ANY[1].format(""), _ANY[1].format("")),
    (_ANY, "replace", _ANY[1].format(""), _ANY[1].format("")),
    (_ANY, "create", _DATA_EXISTS, _ANY[1].format("")),
    (_ANY, "delete", "", _DATA_MISSING),
    (_ANY, "remove", "", ""),
]
_CASES = [
    pytest.param(node, operation, there, result, id=f"{node[2].split('/')[2]}-{operation}-{word}")
    for node, operation, if_there, if_not in _TABLE
    for there, result, word in ((True, if_there, "there"), (False, if_not, "absent"))
]


@pytest.mark.rfc("6241 §7.2")
@pytest.mark.parametrize(("node", "operation", "there", "result"), _CASES)
@pytest.mark.parametrize("default", [DefaultOperation.MERGE, DefaultOperation.NONE])
def test_operation_does_what_the_table_says(
    datastores: Datastores,
    node: tuple[str, str, str],
    operation: str,
    there: bool,
    result: str,
    default: DefaultOperation,
) -> None:
    before, change, path = node
    keep = "<floor>3</floor>"
    edit(datastores, shop(keep + (before if there else "")))
    element = shop(change.format(f' nc:operation="{operation}"'))
    if result not in (_DATA_EXISTS, _DATA_MISSING):
        edit(datastores, element, default)
        assert candidate(datastores) == expected(keep + result)
        return
    with pytest.raises(RpcError) as caught:
        edit(datastores, element, default)
    assert summary(caught.value) == (result, None, path)
    assert path in caught.value.message
    assert candidate(datastores) == expected(keep + (before if there else ""))


@pytest.mark.rfc("6241 §7.2")
class TestDefaultOperation:
    def test_replace_leaves_nothing_but_the_new_configuration(self, datastores: Datastores) -> None:
        edit(datastores, shop("<name>old</name><floor>3</floor>"))
        edit(datastores, shop("<floor>4</floor>"), DefaultOperation.REPLACE)
        assert candidate(datastores) == expected("<floor>4</floor>")

    def test_replace_with_a_delete_inside_reports_missing_data(
        self, datastores: Datastores
    ) -> None:
        edit(datastores, shop("<name>old</name>"))
        with pytest.raises(RpcError) as caught:
            edit(datastores, shop('<name nc:operation="delete"/>'), DefaultOperation.REPLACE)
        assert summary(caught.value) == ("data-missing", None, "/shop:shop/name")
        assert candidate(datastores) == expected("<name>old</name>")

    def test_none_changes_nothing_without_an_operation(self, datastores: Datastores) -> None:
        edit(datastores, shop("<name>old</name>"))
        edit(datastores, shop("<name>new</name>"), DefaultOperation.NONE)
        assert candidate(datastores) == expected("<name>old</name>")

    @pytest.mark.parametrize(
        ("content", "path"),
        [
            ("<name>x</name>", "/shop:shop/name"),
            ("<article><name>t</name></article>", "/shop:shop/article[name='t']"),
            ("<alarm><code nc:operation='create'>1</code></alarm>", "/shop:shop/alarm"),
        ],
    )
    def test_none_needs_the_levels_that_it_names(
        self, datastores: Datastores, content: str, path: str
    ) -> None:
        with pytest.raises(RpcError) as caught:
            edit(datastores, shop(content), DefaultOperation.NONE)
        assert summary(caught.value) == ("data-missing", None, path)

    def test_none_reaches_through_a_container_that_means_nothing(
        self, datastores: Datastores
    ) -> None:
        content = "<counter><number nc:operation='create'>1</number></counter>"
        edit(datastores, shop(content), DefaultOperation.NONE)
        assert candidate(datastores) == expected("<counter><number>1</number></counter>")

    def test_removing_below_a_missing_container_leaves_no_container(
        self, datastores: Datastores
    ) -> None:
        content = "<counter><drawer><coins nc:operation='remove'/></drawer></counter>"
        edit(datastores, shop(content), DefaultOperation.NONE)
        assert candidate(datastores) == []
        edit(datastores, shop(content))
        assert candidate(datastores) == []


@pytest.mark.rfc("6241 §7.2")
class TestNestedOperations:
    def test_operations_below_a_merge_are_carried_out_one_by_one(
        self, datastores: Datastores
    ) -> None:
        edit(
            datastores,
            shop(
                "<article><name>a</name><price>1</price><tag>x</tag></article>"
                "<article><name>b</name></article>"
            ),
        )
        edit(
            datastores,
            shop(
                '<article><name>a</name><price nc:operation="delete"/>'
                '<barcode nc:operation="create">9</barcode><tag nc:operation="remove">x</tag>'
                '</article><article nc:operation="delete"><name>b</name></article>'
                '<article nc:operation="create"><name>c</name></article>'
            ),
        )
        assert candidate(datastores) == expected(
            "<article><name>a</name><barcode>9</barcode></article><article><name>c</name></article>"
        )

    def test_replace_takes_the_operations_inside_for_what_is_left(
        self, datastores: Datastores
    ) -> None:
        edit(datastores, shop("<alarm><code>1</code><volume>2</volume></alarm>"))
        edit(
            datastores,
            shop('<alarm nc:operation="replace"><code nc:operation="merge">3</code></alarm>'),
        )
        assert candidate(datastores) == expected("<alarm><code>3</code></alarm>")

    def test_children_inherit_create(self, datastores: Datastores) -> None:
        content = '<alarm nc:operation="create"><code>1</code><volume>2</volume></alarm>'
        edit(datastores, shop(content))
        assert candidate(datastores) == expected("<alarm><code>1</code><volume>2</volume></alarm>")

    @pytest.mark.rfc("7950 §7.8.5")
    def test_keys_of_new_entries_are_found_wherever_they_are(self, datastores: Datastores) -> None:
        places = (
            "<place><content>x</content><row>1</row><aisle>st:small</aisle></place>"
            "<place><row>2</row><aisle>st:small</aisle></place>"
        )
        edit(datastores, shop(places))
        assert candidate(datastores) == expected(
            "<place><aisle>st:small</aisle><row>1</row><content>x</content></place>"
            "<place><aisle>st:small</aisle><row>2</row></place>"
        )

    def test_container_given_twice_is_merged(self, datastores: Datastores) -> None:
        content = "<counter><number>1</number></counter><counter><mode>x</mode></counter>"
        edit(datastores, shop("<name>n</name>"))
        edit(datastores, shop(content))
        assert candidate(datastores) == expected(
            "<name>n</name><counter><number>1</number><mode>x</mode></counter>"
        )

    def test_failure_in_the_middle_takes_everything_back(self, datastores: Datastores) -> None:
        before = "<name>n</name><queue><who>a</who></queue><queue><who>b</who></queue>"
        edit(datastores, shop(before))
        with pytest.raises(RpcError):
            edit(
                datastores,
                shop(
                    "<name>m</name><queue nc:operation='delete'><who>a</who></queue>"
                    "<queue yang:insert='first'><who>c</who></queue><floor>99</floor>"
                ),
            )
        assert candidate(datastores) == expected(before)

    @pytest.mark.rfc("7950 §7.5.8")
    def test_container_without_presence_goes_with_its_last_child(
        self, datastores: Datastores
    ) -> None:
        edit(datastores, shop("<counter><drawer><coins>1</coins></drawer></counter>"))
        edit(
            datastores,
            shop("<counter><drawer><coins nc:operation='delete'/></drawer></counter>"),
        )
        assert candidate(datastores) == []


@pytest.mark.rfc("7950 §7.10.3")
def test_operations_inside_of_anydata_are_ignored(datastores: Datastores) -> None:
    edit(datastores, shop("<name>n</name>"))
    content = "<note><x xmlns='urn:x' nc:operation='delete' other='1'>text</x></note>"
    edit(datastores, shop(content))
    assert candidate(datastores) == expected("<name>n</name><note><x xmlns='urn:x'>text</x></note>")


class TestDefaults:
    @pytest.fixture(autouse=True)
    def _filled(self, datastores: Datastores) -> None:
        edit(datastores, shop("<name>n</name>"))
        assert datastores.commit()

    @pytest.mark.rfc("6243 §2.3.3")
    def test_default_can_be_created(self, datastores: Datastores) -> None:
        edit(datastores, shop("<floor nc:operation='create'>0</floor>"))
        assert candidate(datastores) == expected("<name>n</name><floor>0</floor>")

    @pytest.mark.rfc("6243 §2.3.3")
    def test_default_cannot_be_deleted(self, datastores: Datastores) -> None:
        with pytest.raises(RpcError) as caught:
            edit(datastores, shop("<floor nc:operation='delete'/>"))
        assert summary(caught.value) == ("data-missing", None, "/shop:shop/floor")

    def test_default_set_explicitly_is_stored_and_shown(self, datastores: Datastores) -> None:
        edit(datastores, shop("<floor>0</floor>"))
        assert datastores.commit()
        assert candidate(datastores) == expected("<name>n</name><floor>0</floor>")

    def test_container_of_defaults_can_be_created(self, datastores: Datastores) -> None:
        edit(datastores, shop("<counter nc:operation='create'><number>1</number></counter>"))
        assert candidate(datastores) == expected(
            "<name>n</name><counter><number>1</number></counter>"
        )

    def test_container_of_defaults_cannot_be_deleted(self, datastores: Datastores) -> None:
        with pytest.raises(RpcError) as caught:
            edit(datastores, shop("<counter nc:operation='delete'/>"))
        assert summary(caught.value) == ("data-missing", None, "/shop:shop/counter")


@pytest.mark.rfc("7950 §7.9")
class TestChoice:
    def test_creating_in_one_case_deletes_the_other(self, datastores: Datastores) -> None:
        edit(datastores, shop("<currency>euro</currency><change>true</change><gas/>"))
        edit(datastores, shop("<brand>x</brand>"))
        assert candidate(datastores) == expected("<brand>x</brand><gas/>")

    def test_nodes_of_one_case_stay_together(self, datastores: Datastores) -> None:
        edit(datastores, shop("<currency>euro</currency>"))
        edit(datastores, shop("<change>true</change>"))
        assert candidate(datastores) == expected("<currency>euro</currency><change>true</change>")

    @pytest.mark.rfc("7950 §8.3.1")
    def test_two_cases_in_one_edit_are_a_bad_element(self, datastores: Datastores) -> None:
        edit(datastores, shop("<name>n</name>"))
        with pytest.raises(RpcError) as caught:
            edit(datastores, shop("<currency>euro</currency><brand>x</brand>"))
        assert summary(caught.value) == ("bad-element", None, "/shop:shop/brand")
        assert caught.value.info == {"bad-element": "brand"}
