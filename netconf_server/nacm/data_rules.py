"""The rules on data for one kind of access, compiled (RFC 8341 §3.4.5).

For each schema node it is decided once what holds for its instances. Only where a rule's path has
keys in it, it depends on the instance, and then it is asked whose entries those are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from netconf_server.nacm.instances import Instance, ancestry
from netconf_server.schema.nodes import SchemaNode

#: The keys that a rule asks for in one list: canonical values by name, None for what cannot be.
Keys: TypeAlias = "Mapping[str, str] | None"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DataRule:
    """One rule that may match data; without a target it is about all data.

    ``keys`` are those that its path names, by the list, the outermost first.
    """

    place: int
    is_permit: bool
    module: str | None
    target: SchemaNode | None
    keys: Mapping[SchemaNode, Keys] = field(default_factory=dict)

    def is_about(self, node: SchemaNode) -> bool:
        """Tell whether a node is of the module that the rule is about."""
        return self.module in (None, node.module)


@dataclass(frozen=True, slots=True)
class Decision:
    """What holds for the instances of a node: the first condition that is met, or the outcome."""

    conditions: tuple[DataRule, ...]
    outcome: bool

    def possible(self, is_met: Callable[[DataRule], bool | None]) -> set[bool]:
        """Return every outcome that there can be, if some conditions cannot be told."""
        found: set[bool] = set()
        for rule in self.conditions:
            met = is_met(rule)
            if met is not False:
                found.add(rule.is_permit)
            if met:
                return found
        return found | {self.outcome}


#: The rules of which all keys that can be told at a place are as they ask for.
Live: TypeAlias = frozenset[DataRule]

_NONE: Final[Live] = frozenset()


class DataRules:
    """Decides about data nodes; ``default`` knows what holds where no rule matches."""

    def __init__(self, rules: Iterable[DataRule], default: Callable[[SchemaNode], bool]) -> None:
        self._default = default
        self._general: list[DataRule] = []
        self._by_target: dict[SchemaNode, list[DataRule]] = {}
        self._anchored: dict[SchemaNode, _Anchored] = {}
        self._decisions: dict[SchemaNode, Decision] = {}
        self._anchors: dict[SchemaNode, tuple[SchemaNode, ...]] = {}
        for rule in rules:
            self._add(rule)

    def _add(self, rule: DataRule) -> None:
        if rule.target is None:
            self._general.append(rule)
        else:
            self._by_target.setdefault(rule.target, []).append(rule)
        for place, (node, keys) in enumerate(rule.keys.items()):
            self._anchored.setdefault(node, _Anchored()).add(rule, keys, is_first=place == 0)

    def decision(self, node: SchemaNode) -> Decision:
        """Return what holds for the instances of a node."""
        found = self._decisions.get(node)
        if found is None:
            found = self._decisions[node] = self._decide(node)
        return found

    def _decide(self, node: SchemaNode) -> Decision:
        conditions: list[DataRule] = []
        for rule in sorted(self._matching(node), key=lambda rule: rule.place):
            if not rule.keys:
                return _decision(conditions, rule.is_permit)
            conditions.append(rule)
        return _decision(conditions, self._default(node))

    def _matching(self, node: SchemaNode) -> Iterator[DataRule]:
        """Yield the rules about a node; a path is about its node and all that is below (§3.4.5)."""
        for around in ancestry(node):
            yield from (rule for rule in self._by_target.get(around, ()) if rule.is_about(node))
        yield from (rule for rule in self._general if rule.is_about(node))

    def anchors(self, node: SchemaNode) -> tuple[SchemaNode, ...]:
        """Return the lists around and at a node of which rules ask keys, the outermost first."""
        found = self._anchors.get(node)
        if found is None:
            around = [each for each in ancestry(node) if each in self._anchored]
            found = self._anchors[node] = tuple(reversed(around))
        return found

    def live(self, node: SchemaNode, instance: Instance) -> Live | None:
        """Return the rules whose keys an instance has, so far; None if they cannot be told."""
        live = _NONE
        for anchor in self.anchors(node):
            keys = instance.keys(anchor)
            if len(keys) < max(1, len(anchor.keys)):
                return None
            live = self._anchored[anchor].carried(live, keys)
        return live

    def singled_out(self, node: SchemaNode) -> frozenset[tuple[str, ...]] | None:
        """Return the keys of all entries of a list that are live for some rule.

        None where that does not follow from all the entry's own keys, and nothing else.
        """
        if self.anchors(node) != (node,):
            return None
        return self._anchored[node].whole_keys([key.name for key in node.keys])

    def is_permitted(self, node: SchemaNode, instance: Instance) -> bool:
        """Decide about an instance; what cannot be told is denied."""
        decision = self.decision(node)
        if not decision.conditions:
            return decision.outcome
        live = self.live(node, instance)
        if live is None:
            return decision.possible(lambda _rule: None) == {True}
        return decision.possible(lambda rule: rule in live) == {True}

    def outcomes(self, node: SchemaNode, within: SchemaNode | None, live: Live) -> set[bool]:
        """Return what may hold for instances of a node within one instance of another.

        ``live`` are the rules whose keys that other instance has.
        """
        decision = self.decision(node)
        if not decision.conditions:
            return {decision.outcome}
        told = frozenset(self.anchors(within)) if within is not None else frozenset()

        def is_met(rule: DataRule) -> bool | None:
            if told.isdisjoint(rule.keys):
                return None
            if rule not in live:
                return False
            return True if rule.keys.keys() <= told else None

        return decision.possible(is_met)


def _decision(conditions: Sequence[DataRule], outcome: bool) -> Decision:
    """Leave out the last conditions if they say what is said without them."""
    needed = list(conditions)
    while needed and needed[-1].is_permit == outcome:
        needed.pop()
    return Decision(tuple(needed), outcome)


class _Anchored:
    """The rules that ask for keys of one list, found by those keys."""

    def __init__(self) -> None:
        self._rules: set[DataRule] = set()
        self._beginning: set[DataRule] = set()
        self._by_keys: dict[tuple[str, ...], dict[tuple[str, ...], set[DataRule]]] = {}

    def add(self, rule: DataRule, keys: Keys, *, is_first: bool) -> None:
        """Enter a rule; ``is_first`` if it asks for no keys further out."""
        self._rules.add(rule)
        if is_first:
            self._beginning.add(rule)
        if keys is not None:
            known = self._by_keys.setdefault(tuple(keys), {})
            known.setdefault(tuple(keys.values()), set()).add(rule)

    def whole_keys(self, names: Sequence[str]) -> frozenset[tuple[str, ...]] | None:
        """Return all keys that are asked for, in an order; None if not all names always are."""
        if any(sorted(asked) != sorted(names) for asked in self._by_keys):
            return None
        found = (
            dict(zip(asked, values, strict=True))
            for asked, known in self._by_keys.items()
            for values in known
        )
        return frozenset(tuple(keys[name] for name in names) for keys in found)

    def carried(self, live: Live, keys: Mapping[str, str]) -> Live:
        """Return what is live in an entry, given what is live around it."""
        matched = (
            rules.get(tuple(keys.get(name, "") for name in names))
            for names, rules in self._by_keys.items()
        )
        here = _NONE.union(*(rules for rules in matched if rules))
        if not here and (not live or live.isdisjoint(self._rules)):
            return live
        return (live - self._rules) | (here & (live | self._beginning))
