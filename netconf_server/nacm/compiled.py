"""The rules that bind one set of groups, compiled for all questions that are asked of them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import Final

from netconf_server.access import Extent
from netconf_server.nacm.data_rules import DataRule, DataRules, Live
from netconf_server.nacm.instances import Instance, ancestry
from netconf_server.nacm.policy import ALL, Access, Defaults, Rule
from netconf_server.nacm.rule_paths import RulePath, RulePathError, resolve
from netconf_server.nacm.tags import Sensitivity, sensitivity_of
from netconf_server.schema.nodes import NodeKind, SchemaNode, SchemaNodes

_log = logging.getLogger(__name__)

_WRITES: Final = frozenset({Access.CREATE, Access.UPDATE, Access.DELETE})

#: What RFC 8341 §3.4.4 step 11 denies without a rule.
_DISRUPTIVE: Final = frozenset({"kill-session", "delete-config"})

_DATA: Final = frozenset(
    {NodeKind.CONTAINER, NodeKind.LIST, NodeKind.LEAF, NodeKind.LEAF_LIST, NodeKind.ANY}
)

_NOT_LIVE: Final[Live] = frozenset()


class CompiledRules:
    """Answers for one set of groups, and for one user where a rule names the user."""

    def __init__(
        self, nodes: SchemaNodes, rules: Sequence[Rule], defaults: Defaults, username: str
    ) -> None:
        self._rules = rules
        self._defaults = defaults
        self._top = tuple(node for node in nodes.top.values() if node.kind in _DATA)
        paths = {rule.path: _path(nodes, rule) for rule in rules if rule.path is not None}
        self._data = {
            access: DataRules(
                _data_rules(rules, paths, access, username), self._default_for(access)
            )
            for access in Access
        }
        self._extents: dict[tuple[Access, SchemaNode, Live | None], Extent] = {}
        self._operations: dict[tuple[str, str], bool] = {}

    def _default_for(self, access: Access) -> Callable[[SchemaNode], bool]:
        """Make the last steps of RFC 8341 §3.4.5, those without rules."""
        defaults = self._defaults
        if access is Access.READ:
            permit, limit = defaults.may_read, Sensitivity.WRITE
        elif access is Access.EXEC:
            permit, limit = defaults.may_execute, Sensitivity.WRITE
        else:
            permit, limit = defaults.may_write, Sensitivity.NOTHING
        return lambda node: permit and sensitivity_of(node) <= limit

    # Operations and notifications.

    def may_execute(self, node: SchemaNode | None, module: str, name: str) -> bool:
        """Decide about a protocol operation (§3.4.4); ``node`` is that of its rpc."""
        found = self._operations.get((module, name))
        if found is None:
            found = self._operations[module, name] = self._decide_operation(node, module, name)
        return found

    def _decide_operation(self, node: SchemaNode | None, module: str, name: str) -> bool:
        for rule in self._rules:
            if rule.notification_name is None and rule.path is None:
                is_named = rule.rpc_name in (None, ALL, name)
                if is_named and rule.is_about_module(module) and Access.EXEC in rule.accesses:
                    return rule.is_permit
        if node is not None and sensitivity_of(node) is Sensitivity.EVERYTHING:
            return False
        if module == "ietf-netconf" and name in _DISRUPTIVE:
            return False
        return self._defaults.may_execute

    def may_receive(self, node: SchemaNode, instance: Instance) -> bool:
        """Decide about a notification (§3.4.6).

        One that is tied to a data node is read as data is, and so is all that is around it.
        """
        if node.data_parent is None:
            return self._may_receive_at_top(node)
        return all(self.is_permitted(Access.READ, each, instance) for each in ancestry(node))

    def _may_receive_at_top(self, node: SchemaNode) -> bool:
        for rule in self._rules:
            if rule.rpc_name is None and rule.path is None:
                is_named = rule.notification_name in (None, ALL, node.name)
                if is_named and rule.is_about_module(node.module) and Access.READ in rule.accesses:
                    return rule.is_permit
        return sensitivity_of(node) < Sensitivity.EVERYTHING and self._defaults.may_read

    # Data.

    def is_permitted(self, access: Access, node: SchemaNode, instance: Instance) -> bool:
        """Decide about one data node, action or notification in data, by itself (§3.4.5)."""
        rules = self._data[access]
        return all(rules.is_permitted(each, instance) for each in _deciding(access, node))

    def extent(self, access: Access, node: SchemaNode, instance: Instance | None = None) -> Extent:
        """Tell how much is open of all instances of a node, or of one of them."""
        extent = self._extent(access, node, None)
        if extent is not Extent.SOME or instance is None:
            return extent
        live = self._data[access].live(node, instance)
        return extent if live is None else self._extent(access, node, live)

    def same_extent(self, access: Access, node: SchemaNode) -> Extent | None:
        """Return how much is open of every single instance of a node; None if that differs."""
        extent = self._extent(access, node, None)
        if extent is not Extent.SOME:
            return extent
        return None if self._data[access].anchors(node) else self._extent(access, node, _NOT_LIVE)

    def singled_out(
        self, access: Access, node: SchemaNode
    ) -> tuple[frozenset[tuple[str, ...]], Extent] | None:
        """Return the keys of the entries of a list that rules name, and what is open of others.

        None if it takes more than an entry's own keys to tell.
        """
        keys = self._data[access].singled_out(node)
        return None if keys is None else (keys, self._extent(access, node, _NOT_LIVE))

    @cached_property
    def is_everything_readable(self) -> bool:
        """True if no data is hidden."""
        return self._is_unbounded(Access.READ)

    @cached_property
    def is_everything_writable(self) -> bool:
        """True if no configuration is protected."""
        return all(self._is_unbounded(access) for access in _WRITES)

    def _is_unbounded(self, access: Access) -> bool:
        top = (node for node in self._top if node.is_config or access not in _WRITES)
        return all(self.extent(access, node) is Extent.EVERYTHING for node in top)

    def _extent(self, access: Access, node: SchemaNode, live: Live | None) -> Extent:
        found = self._extents.get((access, node, live))
        if found is None:
            within = None if live is None else node
            found = self._measure(access, node, within, live or _NOT_LIVE)
            self._extents[access, node, live] = found
        return found

    def _measure(
        self, access: Access, node: SchemaNode, within: SchemaNode | None, live: Live
    ) -> Extent:
        """Look at a node and all that is below it.

        Of what cannot be read nothing inside can be read either (§3.2.4); for writing each node
        counts by itself.
        """
        outcomes = self._outcomes(access, node, within, live)
        if access is Access.READ and outcomes == {False}:
            return Extent.NOTHING
        inside = (
            self._measure(access, child, within, live)
            if within is not None
            else self._extent(access, child, None)
            for child in _children(access, node)
        )
        if outcomes == {True} and all(extent is Extent.EVERYTHING for extent in inside):
            return Extent.EVERYTHING
        return Extent.SOME

    def _outcomes(
        self, access: Access, node: SchemaNode, within: SchemaNode | None, live: Live
    ) -> set[bool]:
        rules = self._data[access]
        found = [rules.outcomes(each, within, live) for each in _deciding(access, node)]
        if {False} in found:
            return {False}
        return {True}.union(*found)


def _deciding(access: Access, node: SchemaNode) -> Iterator[SchemaNode]:
    """Yield the nodes that decide about a node.

    A container without presence is nothing by itself (RFC 7950 §7.5.1), so writing it is writing
    what is in it. An entry whose key cannot be read cannot be shown.
    """
    if access in _WRITES and node.kind is NodeKind.CONTAINER and not node.is_presence:
        return
    yield node
    if access is Access.READ and node.kind is NodeKind.LIST:
        yield from node.keys


def _children(access: Access, node: SchemaNode) -> Iterator[SchemaNode]:
    is_writing = access in _WRITES
    children = node.children.values() if node.kind in _DATA else ()
    for child in children:
        if child.kind in _DATA and (child.is_config or not is_writing):
            yield child


def _path(nodes: SchemaNodes, rule: Rule) -> RulePath | None:
    try:
        return resolve(nodes, rule.path or "")
    except RulePathError as error:
        _log.warning("access control rule %r matches nothing: %s", rule.name, error)
        return None


def _data_rules(
    rules: Iterable[Rule],
    paths: dict[str, RulePath | None],
    access: Access,
    username: str,
) -> Iterator[DataRule]:
    for place, rule in enumerate(rules):
        if access not in rule.accesses or rule.rpc_name or rule.notification_name:
            continue
        path = RulePath(None) if rule.path is None else paths[rule.path]
        if path is not None:
            yield DataRule(
                place=place,
                is_permit=rule.is_permit,
                module=None if rule.module_name == ALL else rule.module_name,
                target=path.target,
                keys={each.node: each.for_user(username) for each in path.selectors},
            )
