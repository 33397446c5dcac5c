"""Which constraints a change of a node can affect: an index of the schema, made once.

RFC 7950 §8.1 lists what must be true in a valid configuration. For each kind of node this tells
what must hold at the node itself, what must hold at others because it is there, and what must hold
around it. Where that is not known in advance, the index says so (``unknown``), with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from netconf_server.schema.constraints import (
    Condition,
    has_default,
    has_target,
    is_opaque_reference,
    musts_of,
    reference_path,
    uniques_of,
    whens_of,
)
from netconf_server.schema.data import DataNode
from netconf_server.schema.nodes import NodeKind, SchemaNode, SchemaNodes
from netconf_server.validation.completeness import Requirement, requirement_about, requirements_of
from netconf_server.validation.plain_references import PlainReference, plain_references
from netconf_server.validation.xpath_reads import Read, UnboundedError, reads_of, target_of


@dataclass(frozen=True, slots=True, eq=False)
class Check:
    """Something that must hold at every instance of ``owner``.

    With ``is_existence`` a node at which it does not hold may not exist, and one that is absent may
    have to appear.
    """

    owner: SchemaNode
    holds: Callable[[DataNode], bool]
    is_existence: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Dependent:
    """A check that looks at a node from afar, within the same instance of ``scope``."""

    check: Check
    scope: SchemaNode | None


@dataclass(frozen=True, slots=True, eq=False)
class Unique:
    """One ``unique`` statement; ``leafs`` are the ways to its leafs from the list."""

    entries: SchemaNode
    leafs: tuple[tuple[SchemaNode, ...], ...]
    #: True if the list may be in several places.
    is_nested: bool


@dataclass(slots=True)
class Rules:
    """What the constraints have to do with one kind of node."""

    #: What must hold at each instance.
    checks: list[Check] = field(default_factory=list)
    #: What must hold elsewhere, and looks at the node.
    dependents: list[Dependent] = field(default_factory=list)
    #: The kinds of leafs whose values must be found among those of this one.
    referrers: list[SchemaNode] = field(default_factory=list)
    is_referrer: bool = False
    is_inner: bool = False
    #: True if there may be several instances beside each other.
    is_entry: bool = False
    uniques: list[Unique] = field(default_factory=list)
    #: The lists around (or the node itself), one of whose unique statements is about what is here.
    unique_entries: list[SchemaNode] = field(default_factory=list)
    #: Why a new instance needs a check of everything.
    unknown: str = ""
    #: True if it comes into being by itself.
    grows: bool = False
    #: True if something in one of the choices around it does.
    is_in_live_choice: bool = False
    #: True if nothing depends on whether an absent instance could exist.
    is_inert: bool = True
    has_conditions: bool = False
    #: What must be below each instance.
    requirements: tuple[Requirement, ...] = ()
    #: What an instance, or the lack of one, means to its parent.
    around: Requirement | None = None

    @property
    def is_idle(self) -> bool:
        """True if instances are of no interest by themselves."""
        return not (
            self.checks
            or self.dependents
            or self.referrers
            or self.is_referrer
            or self.unique_entries
            or self.unknown
        )


class Constraints:
    """The index for one schema."""

    def __init__(self, nodes: SchemaNodes) -> None:
        self._nodes = nodes
        self._rules: dict[SchemaNode, Rules] = {}
        #: Leafs that may name any instance; while there are some, none may be removed unseen.
        self.opaque_referrers: list[SchemaNode] = []
        #: References that need not be followed one by one.
        self.plain_references: list[PlainReference] = []
        #: Conditions of which it is not known where in the tree they look, each with the reason.
        self.unbounded: list[str] = []
        every = [node for top in nodes.top.values() for node in within(top)]
        for node in every:
            self._rules[node] = _own_rules(node, nodes)
        for node in every:
            self._add_conditions(node)
            self._add_reference(node)
        for node in every:
            self._add_uniques(node)
        #: The rules that a walk through data must not leave out, by the pointer of their node.
        self.wanted = {
            node.pointer: rules
            for node, rules in self._rules.items()
            if rules.is_inner or rules.is_entry or not rules.is_idle
        }
        self._seen_from_outside: dict[SchemaNode, bool] = {}

    def of(self, node: SchemaNode) -> Rules:
        """Return the rules for a kind of configuration node."""
        return self._rules[node]

    def is_seen_from_outside(self, node: SchemaNode) -> bool:
        """Tell whether a condition outside of it looks at a node or into it."""
        known = self._seen_from_outside.get(node)
        if known is None:
            scopes = {None, *above(node)}
            known = self._seen_from_outside[node] = any(
                dependent.scope in scopes
                for inner in within(node)
                for dependent in self._rules[inner].dependents
            )
        return known

    @property
    def referrers(self) -> Iterator[SchemaNode]:
        """Yield the leafs whose values are counted."""
        return (node for node, rules in self._rules.items() if rules.is_referrer)

    @property
    def uniques(self) -> Iterator[Unique]:
        """Yield all unique statements."""
        return (unique for rules in self._rules.values() for unique in rules.uniques)

    def explain(self) -> list[str]:
        """Tell what makes a change need a check of the whole configuration, a line each."""
        unknown = (
            f"{node.data_path}: {rules.unknown}"
            for node, rules in self._rules.items()
            if rules.unknown
        )
        return [*self.unbounded, *unknown]

    # Making it.

    def _add_conditions(self, node: SchemaNode) -> None:
        rules = self._rules[node]
        for must in musts_of(node):
            self._add_check(Check(node, must.holds), must)
        for when in whens_of(node):
            rules.has_conditions = True
            holds = _at_parent(when) if when.context is not node else when.holds
            self._add_check(Check(node, holds, is_existence=True), when)

    def _add_check(self, check: Check, condition: Condition) -> None:
        self._rules[check.owner].checks.append(check)
        self._add_reads(check, condition)

    def _add_reads(self, check: Check, condition: Condition) -> None:
        for read in self._reads(check, condition):
            for node in self._config_in(read):
                self._rules[node].dependents.append(Dependent(check, read.scope))

    def _reads(self, check: Check, condition: Condition) -> Iterable[Read]:
        """Return what a condition looks at; libyang's own answer knows nothing of a scope."""
        try:
            return reads_of(condition.text, condition.context, self._nodes)
        except UnboundedError as reason:
            self.unbounded.append(f"{check.owner.data_path}: {condition.text!r}: {reason}")
            atoms = condition.atoms(self._nodes)
        above = {node.data_parent for node in atoms}
        return [Read(node, None, is_deep=node not in above) for node in atoms]

    def _config_in(self, read: Read) -> Iterator[SchemaNode]:
        if read.node in self._rules:
            yield from within(read.node) if read.is_deep else (read.node,)

    def _add_reference(self, node: SchemaNode) -> None:
        rules = self._rules[node]
        if is_opaque_reference(node):
            rules.is_referrer = True
            rules.unknown = "its value may name any instance"
            self.opaque_referrers.append(node)
        path = reference_path(node)
        if path is None:
            return
        rules.is_referrer = True
        self.plain_references += plain_references(node, path, self._nodes)
        check = Check(node, has_target)
        rules.checks.append(check)
        try:
            targets = target_of(path.text, node, self._nodes)
        except UnboundedError:
            self.opaque_referrers.append(node)
            return
        for target in targets & self._rules.keys():
            self._rules[target].referrers.append(node)
        if "[" in path.text:
            self._add_reads(check, path)

    def _add_uniques(self, node: SchemaNode) -> None:
        for leafs in uniques_of(node, self._nodes):
            ways = tuple(tuple(_way(node, leaf)) for leaf in leafs)
            is_nested = any(around.kind is NodeKind.LIST for around in above(node))
            self._rules[node].uniques.append(Unique(node, ways, is_nested))
            if any(has_default(leaf) and self._rules[leaf].has_conditions for leaf in leafs):
                self._rules[node].unknown = "a default in a unique statement has a condition"
            for inner in {node, *(step for way in ways for step in way)}:
                if node not in self._rules[inner].unique_entries:
                    self._rules[inner].unique_entries.append(node)


def _own_rules(node: SchemaNode, nodes: SchemaNodes) -> Rules:
    rules = Rules(
        is_inner=node.is_inner,
        is_entry=node.kind in (NodeKind.LIST, NodeKind.LEAF_LIST),
        grows=has_default(node),
        requirements=requirements_of(node) if node.is_inner else (),
        around=requirement_about(node),
    )
    rules.is_inert = not (rules.grows or rules.around or node.cases)
    rules.is_in_live_choice = any(has_default(other) for other in _alternatives(node, nodes))
    return rules


def _alternatives(node: SchemaNode, nodes: SchemaNodes) -> Iterator[SchemaNode]:
    """Yield the nodes in the same choices as a node, itself among them."""
    parent = node.data_parent
    siblings = nodes.top if parent is None else parent.children
    return (other for other in siblings.values() if node.cases.keys() & other.cases.keys())


def above(node: SchemaNode) -> Iterator[SchemaNode]:
    """Yield the nodes around a node, the nearest first."""
    while (parent := node.data_parent) is not None:
        yield parent
        node = parent


def within(node: SchemaNode) -> Iterator[SchemaNode]:
    """Yield a node and all configuration inside it."""
    if node.is_config and node.kind not in (NodeKind.RPC, NodeKind.NOTIFICATION, NodeKind.ACTION):
        yield node
        for child in node.children.values():
            yield from within(child)


def _way(entries: SchemaNode, leaf: SchemaNode) -> Iterator[SchemaNode]:
    """Yield the steps from a list to a leaf in it."""
    parent = leaf.data_parent
    if parent is not None and parent is not entries:
        yield from _way(entries, parent)
    yield leaf


def _at_parent(condition: Condition) -> Callable[[DataNode], bool]:
    def holds(node: DataNode) -> bool:
        parent = node.parent
        return parent is not None and condition.holds(parent)

    return holds
