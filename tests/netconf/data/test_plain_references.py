"""Looking references up all at once must come to what libyang says, in the same words."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st
from lxml import etree

from netconf_server.datastores.journal import Journal
from netconf_server.editing.attributes import Operation
from netconf_server.editing.edit import edit
from netconf_server.errors import RpcError
from netconf_server.markup import BASE
from netconf_server.provider import DataPath
from netconf_server.schema.constraints import granted_references
from netconf_server.schema.data import DataFormat, LibraryError
from netconf_server.schema.schema import Schema, SchemaError
from netconf_server.schema.tree import DataTree
from netconf_server.validation.plain_references import validate_all
from tests.netconf.data.random_yang import BEGINNINGS, NAMESPACE, edits, load, modules

_MODULE = """
module r {
  yang-version 1.1; namespace "%s"; prefix r;
  typedef target { type leafref { path "/r:top/r:target/r:k"; } }
  container top {
    list target {
      key k; leaf k { type string; } leaf n { type uint8; default 1; }
      leaf seldom { when "../n = 1"; type string; }
      leaf any { type union { type int8; type string; } }
    }
    choice either { leaf one { type string; } leaf other { type string; } }
    list item {
      key k; leaf k { type string; }
      leaf ref { %s }
    }
  }
}
"""


def _module(reference: str) -> str:
    return _MODULE % (NAMESPACE, reference)


def _leafref(path: str, rest: str = "") -> str:
    return f'type leafref {{ path "{path}"; }} {rest}'


def _outcome(tree: DataTree, validate: Callable[[DataTree], list[DataPath]]) -> object:
    """Return what can be seen of a validation of a copy."""
    with tree.duplicate() as copy:
        try:
            changed = validate(copy)
        except LibraryError as error:
            return error.fault
        return changed, copy.print(DataFormat.XML, with_implicit=True)


class TestWhatIsPlain:
    @pytest.mark.parametrize(
        "reference",
        [
            _leafref("../../target/k"),
            _leafref("/r:top/r:target/r:k"),
            _leafref("../../target/k", "mandatory true;"),
            "type target;",
        ],
    )
    def test_one_set_of_targets_for_all_instances(self, reference: str) -> None:
        (plain,) = load(_module(reference)).constraints.plain_references
        assert (plain.leaf.name, plain.target.name) == ("ref", "k")

    @pytest.mark.parametrize(
        "reference",
        [
            _leafref("../k"),
            _leafref("/r:top/r:target[r:k = current()/../k]/r:k"),
            _leafref("../../target/n"),
            _leafref("../../target/seldom"),
            _leafref("../../target/any"),
            _leafref("../../one"),
            _leafref("../../target/k", "default a;"),
            _leafref("../../target/k", 'when "../k = 1";'),
            "type leafref { path ../../target/k; require-instance false; }",
            "type union { type target; type int8; }",
            "type string;",
        ],
    )
    def test_nothing_else(self, reference: str) -> None:
        assert load(_module(reference)).constraints.plain_references == []


@pytest.fixture
def schema() -> Schema:
    """Return one with a plain reference."""
    return load(_module("type target;"))


def _tree(schema: Schema, *references: str) -> DataTree:
    items = (f"<item><k>{ref}</k><ref>{ref}</ref></item>" for ref in references)
    top = f'<top xmlns="{NAMESPACE}"><target><k>a</k></target>{"".join(items)}</top>'
    return schema.parse(top.encode(), DataFormat.XML)


def test_libyang_does_not_look_for_targets_that_are_granted(schema: Schema) -> None:
    (plain,) = schema.constraints.plain_references
    with _tree(schema, "a", "b") as tree:
        with granted_references([plain.leaf]):
            tree.validate()
        with pytest.raises(LibraryError):
            tree.validate()


def test_a_reference_without_a_target_is_told_by_libyang(schema: Schema) -> None:
    with _tree(schema, "a", "b") as tree:
        fault = _outcome(tree, DataTree.validate)
        assert fault == _outcome(
            tree, lambda copy: validate_all(copy, schema.constraints.plain_references)
        )
        assert "/r:top/item[k='b']/ref" in str(fault)


@settings(max_examples=100, deadline=None)
@given(modules(), st.sampled_from(BEGINNINGS), st.lists(edits(), max_size=4))
def test_random_configurations_are_judged_as_libyang_does(
    text: str, beginning: str, changes: list[str]
) -> None:
    try:
        schema = load(text)
    except SchemaError:
        assume(False)
    plain = schema.constraints.plain_references
    event(f"{len(plain)} plain references")
    journal = Journal(schema.new_tree())
    for change in (beginning, *changes):
        config = etree.fromstring(f'<config xmlns:nc="{BASE}">{change}</config>')
        try:
            edit(schema, journal, config, Operation.MERGE)
        except RpcError:
            continue
        told = _outcome(journal.tree, DataTree.validate)
        event("valid" if isinstance(told, tuple) else "not valid")
        assert _outcome(journal.tree, lambda copy: validate_all(copy, plain)) == told
    journal.close()
