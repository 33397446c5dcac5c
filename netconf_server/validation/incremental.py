"""Holding a change against the constraints, not the configuration that it is made to.

What was valid stays so where nothing changed that it depends on. So for each place of the change
its own nodes are checked, what must be around them, and what looks at them from afar (see
constraints). The answer is "valid" or "cannot tell": the latter also where something seems wrong,
so that errors are found, and worded, in one way only. On the way the tree is completed as whole
validation would: defaults appear (RFC 7950 §7.6.1).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from netconf_server.datastores.journal import Journal
from netconf_server.schema.data import DataNode, LibraryError
from netconf_server.schema.nodes import NodeKind, SchemaNode
from netconf_server.schema.schema import Schema
from netconf_server.schema.tree import DataTree
from netconf_server.validation.constraints import (
    Check,
    Constraints,
    Dependent,
    Rules,
    above,
    within,
)
from netconf_server.validation.regions import NeedsWholeCheckError, Region, images_of, regions_of
from netconf_server.validation.value_counts import Found, ValueChanges, ValueCounts

#: As many instances are checked because of one change; with more, everything is.
_MOST_INSTANCES = 100


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is known of a valid change.

    ``images`` holds what was at its places, and the regions point into it: the receiver frees it
    when it is done with them, and calls ``settle`` once the change is taken over.
    """

    regions: list[Region]
    images: DataTree
    settle: Callable[[], None]


class IncrementalCheck:
    """Checks changes of a configuration that is valid."""

    def __init__(self, schema: Schema) -> None:
        self._constraints = schema.constraints
        self._counts = ValueCounts(self._constraints)

    def explain(self) -> list[str]:
        """Tell what in the schema makes changes need a check of everything, a line each."""
        return self._constraints.explain()

    def prepare(self, journal: Journal) -> None:
        """Count the values of the running configuration now, and not at the first change."""
        self._counts.prepare(journal)

    def forget(self) -> None:
        """Count anew when it is needed: running was replaced as a whole."""
        self._counts.forget()

    def check(self, journal: Journal) -> Outcome:
        """Check a journal's changes; raises NeedsWholeCheckError.

        What the check adds to the journal stays in either case, for the caller to undo.
        """
        self._counts.prepare(journal)
        images = images_of(journal)
        try:
            run = _Run(self._constraints, self._counts, journal)
            regions = run.check(list(regions_of(journal, images)))
        except LibraryError as error:
            images.free()
            raise NeedsWholeCheckError(error.fault.message) from error
        except BaseException:
            images.free()
            raise
        return Outcome(regions, images, run.settle)


class _Run:
    """One check of one change."""

    def __init__(self, constraints: Constraints, counts: ValueCounts, journal: Journal) -> None:
        self._constraints = constraints
        self._journal = journal
        self._values = ValueChanges(constraints, counts, journal)
        self._conditional: list[DataNode] = []
        self._done: set[tuple[Dependent, DataNode | None]] = set()

    def settle(self) -> None:
        """Remember the change as part of what is valid."""
        self._values.settle()
        for node in self._conditional:
            node.mark_condition_true()

    def check(self, regions: list[Region]) -> list[Region]:
        """Check all places; first complete them, since conditions may look at defaults."""
        regions = [self._completed(region) for region in regions]
        for region in regions:
            self._check_around(region)
            before, after = self._interesting(region.before), self._interesting(region.after)
            for node, rules in after:
                self._check_new(node, rules)
            for dependent in self._dependents(region.schema, (*before, *after)):
                self._check_dependent(dependent, region.parent)
            self._values.note(region, before, after)
        self._values.check()
        return regions

    def _interesting(self, tops: Iterable[DataNode]) -> list[Found]:
        """Return what in some subtrees constraints have to do with."""
        found: list[Found] = []
        for top in tops:
            self._collect(top, self._constraints.of(top.schema), found)
        return found

    def _collect(self, node: DataNode, rules: Rules, found: list[Found]) -> None:
        found.append((node, rules))
        if not rules.is_inner:
            return
        children, is_twice = node.select_children(self._constraints.wanted)
        selectors = [(child.schema, child.own_selector) for child, of in children if of.is_entry]
        if is_twice or len(set(selectors)) < len(selectors):
            raise NeedsWholeCheckError(f"something in {node.schema.name} is given twice")
        for child, rules_of_child in children:
            self._collect(child, rules_of_child, found)

    # Defaults.

    def _completed(self, region: Region) -> Region:
        rules = self._constraints.of(region.schema)
        if rules.is_in_live_choice:
            raise NeedsWholeCheckError("in a choice something comes into being by itself")
        if rules.grows and region.schema.kind is NodeKind.LEAF_LIST:
            raise NeedsWholeCheckError("the defaults of a leaf-list go or come back")
        for node in region.after:
            if node.schema.is_inner:
                node.add_defaults()
        if region.after or not rules.grows:
            return region
        if any(self._constraints.of(node).has_conditions for node in within(region.schema)):
            raise NeedsWholeCheckError("a condition decides whether a default comes back")
        with region.parent.defaults_below(region.schema) as defaults:
            for node in defaults:
                self._journal.add(region.parent, node)
        after = tuple(_instances(region.parent, region.schema))
        return replace(region, after=after)

    # What is here.

    def _check_around(self, region: Region) -> None:
        requirement = self._constraints.of(region.schema).around
        if requirement is not None and not requirement.is_met(region.parent):
            raise NeedsWholeCheckError(f"something is missing at {region.path}, or too much there")

    def _check_new(self, node: DataNode, rules: Rules) -> None:
        """Check what must hold at a new node, and right below it."""
        if rules.unknown:
            raise NeedsWholeCheckError(rules.unknown)
        if rules.is_inner and node.is_new_default_container:
            raise NeedsWholeCheckError("an empty container is given")
        for check in rules.checks:
            _require(check, node)
        for requirement in rules.requirements:
            if not requirement.is_met(node):
                raise NeedsWholeCheckError(f"something is missing in {node.schema.name}")
        if rules.has_conditions:
            self._conditional.append(node)

    # What looks at it.

    def _dependents(self, schema: SchemaNode, found: Iterable[Found]) -> Iterator[Dependent]:
        """Yield what looks at a region's nodes from outside of it."""
        if not self._constraints.is_seen_from_outside(schema):
            return
        around = set(above(schema))
        for _, rules in found:
            for dependent in rules.dependents:
                if dependent.scope is None or dependent.scope in around:
                    yield dependent

    def _check_dependent(self, dependent: Dependent, parent: DataNode) -> None:
        scope = _ancestor(parent, dependent.scope)
        if (dependent, scope) in self._done:
            return
        self._done.add((dependent, scope))
        check = dependent.check
        number = 0
        for number, node in enumerate(self._places(scope, check), start=1):
            if number > _MOST_INSTANCES:
                raise NeedsWholeCheckError(f"many instances of {check.owner.name} look at it")
            if node is not None:
                _require(check, node)
            elif not self._constraints.of(check.owner).is_inert:
                raise NeedsWholeCheckError(f"{check.owner.name} may have to come into being")

    def _places(self, scope: DataNode | None, check: Check) -> Iterator[DataNode | None]:
        """Yield the instances in a scope, None where one could be and is not, if that matters."""
        way = list(_way(check.owner, None if scope is None else scope.schema))
        if not way:
            yield scope
            return
        parents: list[DataNode | None] = [scope]
        for step in way[:-1]:
            parents = [*self._some(node for at in parents for node in self._at(at, step))]
        for parent in parents:
            found = False
            for node in self._at(parent, way[-1]):
                found = True
                yield node
            if check.is_existence and not found:
                yield None

    def _at(self, parent: DataNode | None, step: SchemaNode) -> Iterator[DataNode]:
        if parent is not None:
            return _instances(parent, step)
        first = self._journal.tree.find_top(step)
        return _from(first)

    def _some(self, nodes: Iterator[DataNode]) -> Iterator[DataNode]:
        for number, node in enumerate(nodes):
            if number >= _MOST_INSTANCES:
                raise NeedsWholeCheckError("a condition in many entries looks at it")
            yield node


def _require(check: Check, node: DataNode) -> None:
    if not check.holds(node):
        raise NeedsWholeCheckError(f"a condition of {check.owner.name} does not hold")


def _instances(parent: DataNode, schema: SchemaNode) -> Iterator[DataNode]:
    return _from(parent.find_child(schema))


def _from(node: DataNode | None) -> Iterator[DataNode]:
    while node is not None:
        yield node
        node = node.following


def _way(schema: SchemaNode, scope: SchemaNode | None) -> Iterator[SchemaNode]:
    """Yield the steps from a scope down to a node."""
    if schema is not scope:
        parent = schema.data_parent
        if parent is not None:
            yield from _way(parent, scope)
        yield schema


def _ancestor(node: DataNode, schema: SchemaNode | None) -> DataNode | None:
    """Return the node itself or what is around it of a kind; None for the root."""
    if schema is None:
        return None
    while node.schema is not schema:
        parent = node.parent
        assert parent is not None, "the scope is around the node"
        node = parent
    return node
