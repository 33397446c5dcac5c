"""edit-config on a tree in place (RFC 6241 §7.2; RFC 7950 §7.5.8, 7.6.7, 7.7.9, 7.8.6, 7.10.3).

The tree holds implicit defaults too, left there by validation. For an edit they do not exist: they
can be created and not deleted (RFC 6243 §2.3.3, the basic mode ``explicit``). A container without
presence exists while there is something in it (RFC 7950 §7.5.1).
"""

from __future__ import annotations

from lxml import etree

from netconf_server.access import WriteGate, WriteKind
from netconf_server.datastores.journal import Journal
from netconf_server.editing.attributes import (
    Operation,
    Where,
    bad_key_operation,
    insertion_of,
    missing_anchor,
    operation_of,
    require_known_attributes,
    require_no_steering,
)
from netconf_server.editing.defaults import is_marked_default
from netconf_server.editing.new_entries import NewEntries
from netconf_server.editing.payload import (
    child_elements,
    config_schema,
    data_error,
    explain,
    require_no_text,
    selector_of,
    step_to,
)
from netconf_server.editing.target import (
    Cases,
    Target,
    elements_around_attributes,
    has_same_value,
    put_keys_first,
    shell_of,
    to_xml,
)
from netconf_server.errors import ErrorTag, RpcError
from netconf_server.provider import DataPath
from netconf_server.schema.data import DataNode, LibraryError
from netconf_server.schema.nodes import NodeKind, SchemaNode
from netconf_server.schema.schema import Schema
from netconf_server.users.clear_passwords import hash_clear_passwords


def edit(
    schema: Schema,
    journal: Journal,
    config: etree._Element,
    default: Operation,
    gate: WriteGate | None = None,
    faults: list[RpcError] | None = None,
) -> None:
    """Apply the children of ``config`` to the journal's tree, all or nothing; raises RpcError.

    The gate is asked about every node that really is created, updated or deleted; what merely
    leads there, and what another case of a choice takes away, needs no right (RFC 8341 §3.2.5).
    With a list for ``faults``, an element at fault is noted there and left out, and the edit goes
    on behind it (RFC 6241 §7.2: continue-on-error).
    """
    require_no_steering(config)
    hash_clear_passwords(config)
    mark = journal.mark
    try:
        _Editor(schema, journal, config, gate, faults).apply(config, default)
    except BaseException:
        journal.undo(mark)
        raise


class _Editor:
    """Walks one edit; the order of elements is the order of changes."""

    def __init__(
        self,
        schema: Schema,
        journal: Journal,
        config: etree._Element,
        gate: WriteGate | None,
        faults: list[RpcError] | None,
    ) -> None:
        self._schema = schema
        self._gate = gate
        self._faults = faults
        self._journal = journal
        self._steered = elements_around_attributes(config)
        self._new_entries = NewEntries(journal, gate, self._steered)

    def apply(self, config: etree._Element, default: Operation) -> None:
        """Edit at the top level.

        RFC 6241 §7.2: default-operation replace makes ``config`` all there is, so the tree is
        emptied first.
        """
        if default is Operation.REPLACE:
            for node in self._journal.tree.children:
                self._require_subtree(WriteKind.DELETE, node)
                self._journal.remove(node)
        self._edit_children(config, None, None, "", default)

    def _edit_children(
        self,
        element: etree._Element,
        parent: DataNode | None,
        parent_schema: SchemaNode | None,
        path: DataPath,
        inherited: Operation,
    ) -> None:
        cases = Cases()
        children = child_elements(element)
        if parent is not None and self._faults is None:
            children = self._new_entries.create(children, parent, path, inherited)
        for child in children:
            mark = self._journal.mark
            try:
                schema = config_schema(self._schema, child, parent_schema, path)
                child_path = path + step_to(child, schema, parent_schema)
                self._edit_child(child, schema, parent, child_path, inherited, cases)
            except RpcError as fault:
                if self._faults is None:
                    raise
                self._journal.undo(mark)
                self._faults.append(fault)

    def _edit_child(
        self,
        child: etree._Element,
        schema: SchemaNode,
        parent: DataNode | None,
        path: DataPath,
        inherited: Operation,
        cases: Cases,
    ) -> None:
        require_known_attributes(child, path)
        operation = operation_of(child, inherited, path)
        if schema.is_key:
            _require_harmless(child, inherited, path)
            return
        if operation not in (Operation.DELETE, Operation.REMOVE):
            cases.require_one(schema, path)
        target = self._meet(child, schema, parent, path)
        if is_marked_default(child, schema, operation, path):
            self._return_to_default(operation, target)
        else:
            self._carry_out(operation, target)

    def _return_to_default(self, operation: Operation, target: Target) -> None:
        """Forget that a leaf was ever set (RFC 6243 §4.5.2); what is created must not be there."""
        if operation is Operation.CREATE and target.exists:
            raise data_error(ErrorTag.DATA_EXISTS, target.path, "exists already, not created")
        self._remove(target)

    def _meet(
        self, element: etree._Element, schema: SchemaNode, parent: DataNode | None, path: DataPath
    ) -> Target:
        """Find what an element is about."""
        selector = selector_of(element, schema, path)
        try:
            existing = self._find(parent, schema, selector)
        except LibraryError as error:
            raise explain(self._schema, element, schema, path, error.fault) from error
        return Target(
            element=element,
            schema=schema,
            path=path,
            parent=parent,
            selector=selector,
            existing=existing,
            insertion=insertion_of(element, schema, path),
        )

    def _find(
        self, parent: DataNode | None, schema: SchemaNode, selector: str | None
    ) -> DataNode | None:
        if parent is None:
            return self._journal.tree.find_top(schema, selector)
        return parent.find_child(schema, selector)

    def _carry_out(self, operation: Operation, target: Target) -> None:
        match operation:
            case Operation.MERGE:
                self._merge(target)
            case Operation.REPLACE:
                self._replace(target)
            case Operation.CREATE:
                self._create(target)
            case Operation.DELETE:
                self._delete(target)
            case Operation.REMOVE:
                self._remove(target)
            case Operation.NONE:
                self._pass_through(target)

    def _require(self, kind: WriteKind, target: Target) -> None:
        """Ask about one node, before anything is told of whether it is there."""
        if self._gate is not None:
            self._gate.require(kind, target.schema, target.path)

    def _require_subtree(self, kind: WriteKind, node: DataNode) -> None:
        if self._gate is not None:
            self._gate.require_subtree(kind, node)

    def _delete(self, target: Target) -> None:
        self._require(WriteKind.DELETE, target)
        if not target.exists:
            raise data_error(ErrorTag.DATA_MISSING, target.path, "does not exist, not deleted")
        self._remove(target)

    def _remove(self, target: Target) -> None:
        if target.existing is not None and target.exists:
            self._require_subtree(WriteKind.DELETE, target.existing)
            self._journal.remove(target.existing)

    def _create(self, target: Target) -> None:
        self._require(WriteKind.CREATE, target)
        if target.exists:
            raise data_error(ErrorTag.DATA_EXISTS, target.path, "exists already, not created")
        self._make(target, Operation.CREATE)

    def _merge(self, target: Target) -> None:
        if target.existing is None or not target.exists:
            self._make(target, Operation.MERGE)
        elif target.schema.kind in (NodeKind.LEAF, NodeKind.ANY):
            self._set(target, target.existing)
        else:
            if target.insertion is not None:
                self._require(WriteKind.UPDATE, target)
            self._place(target, target.existing)
            self._edit_inside(target, target.existing, Operation.MERGE)
            self._tidy(target, target.existing)

    def _pass_through(self, target: Target) -> None:
        """Edit below a node that is not to be touched itself.

        RFC 6241 §7.2: with default-operation none, the levels that lead to an operation must exist.
        """
        if target.existing is not None and target.exists:
            self._edit_inside(target, target.existing, Operation.NONE)
            self._tidy(target, target.existing)
        elif target.is_plain_container:
            self._make(target, Operation.NONE)
        else:
            raise data_error(ErrorTag.DATA_MISSING, target.path, "does not exist")

    def _replace(self, target: Target) -> None:
        """Put an element in place of what is there; an entry keeps its place in its list."""
        if target.existing is None or not target.exists:
            self._make(target, Operation.REPLACE)
            return
        if not target.schema.is_inner:
            self._merge(target)
            return
        self._make(target, Operation.REPLACE)

    def _make(self, target: Target, inherited: Operation) -> None:
        """Create a node, in the place of the default or of what is replaced.

        What only creates is created at one stroke; else its children are edited one by one.
        """
        self._require(WriteKind.CREATE, target)
        following = None
        if target.existing is not None:
            following = target.existing.following
            if target.exists:
                self._require_subtree(WriteKind.DELETE, target.existing)
            self._journal.remove(target.existing)
        self._leave_other_cases(target)
        if inherited is not Operation.NONE and self._only_creates(target):
            node = self._parse(target, target.element)
            self._require_subtree(WriteKind.CREATE, node)
        else:
            node = self._parse(target, shell_of(target))
            self._edit_inside(target, node, inherited)
        if target.schema.is_user_ordered and following is not None:
            self._journal.move_before(node, following)
        self._place(target, node)
        self._tidy(target, node)

    def _only_creates(self, target: Target) -> bool:
        """Tell whether nothing inside needs a look of its own.

        RFC 7950 §7.10.3: in anydata nothing has operations.
        """
        if target.schema.kind is NodeKind.ANY or not target.schema.is_inner:
            return True
        return self._faults is None and target.element not in self._steered

    def _parse(self, target: Target, element: etree._Element) -> DataNode:
        """Parse what is to be created; clients that do not put keys first are helped."""
        try:
            return self._journal.create(
                target.parent, to_xml(element), target.schema, target.selector
            )
        except LibraryError as error:
            if put_keys_first(element, target.schema):
                return self._parse(target, element)
            raise explain(
                self._schema, target.element, target.schema, target.path, error.fault
            ) from error

    def _set(self, target: Target, existing: DataNode) -> None:
        """Give a leaf its value; the same value again is no change."""
        if has_same_value(target.element, existing):
            return
        mark = self._journal.mark
        self._journal.remove(existing)
        node = self._parse(target, target.element)
        if node.equals(existing):
            self._journal.undo(mark)
        else:
            self._require(WriteKind.UPDATE, target)

    def _edit_inside(self, target: Target, node: DataNode, inherited: Operation) -> None:
        if target.schema.is_inner:
            require_no_text(target.element, target.schema, target.path)
            self._edit_children(target.element, node, target.schema, target.path, inherited)

    def _tidy(self, target: Target, node: DataNode) -> None:
        """RFC 7950 §7.5.8: a container without presence goes with its last child."""
        if target.is_plain_container and next(node.children, None) is None:
            self._journal.remove(node)

    def _leave_other_cases(self, target: Target) -> None:
        """RFC 7950 §7.9: creating a node deletes all nodes of the choice's other cases."""
        if not target.schema.cases:
            return
        tree = self._journal.tree
        siblings = tree.children if target.parent is None else target.parent.children
        for sibling in siblings:
            if sibling.schema.is_other_case(target.schema):
                self._journal.remove(sibling)

    def _place(self, target: Target, node: DataNode) -> None:
        """Move an entry of a user-ordered list to where its attributes say."""
        if target.insertion is None:
            return
        before, behind = self._neighbours(target, node)
        if before is not None and before != node:
            self._journal.move_before(node, before)
        elif behind is not None and behind != node:
            self._journal.move_behind(node, behind)

    def _neighbours(
        self, target: Target, node: DataNode
    ) -> tuple[DataNode | None, DataNode | None]:
        """Return the entry to go before, or the one to go behind."""
        insertion = target.insertion
        assert insertion is not None, "only placed entries have neighbours"
        if insertion.where is Where.FIRST:
            return self._find(target.parent, target.schema, None), None
        if insertion.where is Where.LAST:
            return None, _last_of(node)
        try:
            anchor = self._find(target.parent, target.schema, insertion.anchor)
        except LibraryError as error:
            raise missing_anchor(target.element, target.schema, target.path) from error
        if anchor is None:
            raise missing_anchor(target.element, target.schema, target.path)
        return (anchor, None) if insertion.where is Where.BEFORE else (None, anchor)


def _last_of(node: DataNode) -> DataNode:
    while (following := node.following) is not None:
        node = following
    return node


def _require_harmless(element: etree._Element, inherited: Operation, path: DataPath) -> None:
    """Refuse an operation on a key that would take it away from its entry."""
    if operation_of(element, inherited, path) in (Operation.DELETE, Operation.REMOVE):
        raise bad_key_operation(element, path)
