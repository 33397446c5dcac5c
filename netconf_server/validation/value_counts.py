"""How often each value is there, where values must be unique or are referred to.

RFC 7950 §7.8.3 and §9.9: whether a value may come or go depends on all others of its kind; counted
once, that is a look-up.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import TypeAlias, TypeVar

from netconf_server.data_paths import parent_of
from netconf_server.datastores.journal import Journal
from netconf_server.provider import DataPath
from netconf_server.schema.data import DataNode
from netconf_server.schema.nodes import SchemaNode
from netconf_server.schema.tree import DataTree
from netconf_server.validation.constraints import Constraints, Rules, Unique
from netconf_server.validation.regions import NeedsWholeCheckError, Region

#: The values of a unique statement's leafs in one entry, and where its list is if in many places.
_Key: TypeAlias = "str | tuple[str, ...]"
#: A node and the rules for its kind.
Found: TypeAlias = "tuple[DataNode, Rules]"

_KeyT = TypeVar("_KeyT", str, "_Key")


class ValueCounts:
    """The counts for the running configuration."""

    def __init__(self, constraints: Constraints) -> None:
        self._constraints = constraints
        self.references: dict[SchemaNode, Counter[str]] = {}
        self.uniques: dict[Unique, Counter[_Key]] = {}
        self._is_prepared = False

    def forget(self) -> None:
        """Count anew before the next use."""
        self.references.clear()
        self.uniques.clear()
        self._is_prepared = False

    def prepare(self, journal: Journal) -> None:
        """Count what is in running, if that was not done yet."""
        if self._is_prepared:
            return
        running = journal.original
        for leaf in self._constraints.referrers:
            self.references[leaf] = Counter(running.count_values(leaf.data_path))
        for unique in self._constraints.uniques:
            self.uniques[unique] = _count_unique(running, unique)
        self._is_prepared = True


def _count_unique(tree: DataTree, unique: Unique) -> Counter[_Key]:
    if len(unique.leafs) == 1 and not unique.is_nested:
        return Counter(tree.count_values(unique.leafs[0][-1].data_path))
    keys = (_key_of(unique, entry) for entry in tree.select(unique.entries.data_path))
    return Counter(key for key in keys if key is not None)


class ValueChanges:
    """What one change does to the counts."""

    def __init__(self, constraints: Constraints, counts: ValueCounts, journal: Journal) -> None:
        self._constraints = constraints
        self._counts = counts
        self._journal = journal
        self._references: defaultdict[SchemaNode, Counter[str]] = defaultdict(Counter)
        self._targets: defaultdict[SchemaNode, Counter[str]] = defaultdict(Counter)
        self._uniques: defaultdict[Unique, Counter[_Key]] = defaultdict(Counter)
        self._entries: set[DataPath] = set()
        self._has_removals = False

    def note(self, region: Region, before: Iterable[Found], after: Iterable[Found]) -> None:
        """Take the nodes of a region into account."""
        self._has_removals |= bool(region.before)
        for sign, found in ((-1, before), (1, after)):
            for node, rules in found:
                self._note_node(node, rules, sign)
        for entries in self._constraints.of(region.schema).unique_entries:
            if entries is not region.schema:
                self._note_entry(region.parent, entries)

    def _note_node(self, node: DataNode, rules: Rules, sign: int) -> None:
        if rules.is_referrer:
            self._references[node.schema][node.value] += sign
        if rules.referrers:
            self._targets[node.schema][node.value] += sign
        for unique in rules.uniques:
            self._note_key(unique, _key_of(unique, node), sign)

    def _note_entry(self, node: DataNode, entries: SchemaNode) -> None:
        """Take an entry into account in which something changed."""
        while node.schema is not entries:
            parent = node.parent
            assert parent is not None, "the entry is around its leafs"
            node = parent
        path = node.path
        if path in self._entries:
            return
        self._entries.add(path)
        for unique in self._constraints.of(entries).uniques:
            self._note_key(unique, _key_of(unique, node), 1)
            with self._journal.before(path) as tree:
                before = tree.find(path)
                self._note_key(unique, None if before is None else _key_of(unique, before), -1)

    def _note_key(self, unique: Unique, key: _Key | None, sign: int) -> None:
        if key is not None:
            self._uniques[unique][key] += sign

    def check(self) -> None:
        """Find out whether all is well afterwards; raises NeedsWholeCheckError."""
        for unique, keys in self._uniques.items():
            counts = self._counts.uniques[unique]
            if any(change > 0 and counts[key] + change > 1 for key, change in keys.items()):
                raise NeedsWholeCheckError(f"two entries of {unique.entries.name} are alike")
        for target, changes in self._targets.items():
            gone = [value for value, change in changes.items() if change < 0]
            for leaf in self._constraints.of(target).referrers:
                if any(self._number(leaf, value) for value in gone):
                    raise NeedsWholeCheckError(f"{leaf.name} refers to what has gone")
        if self._has_removals and any(map(self._is_used, self._constraints.opaque_referrers)):
            raise NeedsWholeCheckError("what has gone may be referred to from anywhere")

    def _number(self, leaf: SchemaNode, value: str) -> int:
        changes = self._references.get(leaf)
        return self._counts.references[leaf][value] + (0 if changes is None else changes[value])

    def _is_used(self, leaf: SchemaNode) -> bool:
        return self._counts.references[leaf].total() > 0

    def settle(self) -> None:
        """Bring the counts up to date."""
        for leaf, changes in self._references.items():
            _add(self._counts.references[leaf], changes)
        for unique, changed_keys in self._uniques.items():
            _add(self._counts.uniques[unique], changed_keys)


def _add(counts: Counter[_KeyT], changes: Counter[_KeyT]) -> None:
    for value, change in changes.items():
        counts[value] += change
        if not counts[value]:
            del counts[value]


def _key_of(unique: Unique, entry: DataNode) -> _Key | None:
    """Return the values of an entry; None if one is missing, for then nothing is alike."""
    values = [value for way in unique.leafs for value in _value_at(entry, way)]
    if len(values) < len(unique.leafs):
        return None
    if unique.is_nested:
        values.append(parent_of(entry.path))
    return values[0] if len(values) == 1 else tuple(values)


def _value_at(entry: DataNode, way: tuple[SchemaNode, ...]) -> Iterator[str]:
    node: DataNode | None = entry
    for step in way:
        node = None if node is None else node.find_child(step)
    if node is not None:
        yield node.value
