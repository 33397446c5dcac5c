"""What became of a configuration: the change set of a commit, and views on both sides of it.

Only the paths that the edits touched are compared, so the cost goes with the edits; what they
undid again is no change.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TypeAlias

from netconf_server.datastores.journal import Touched
from netconf_server.provider import Change, ChangeKind, ChangeSet, DataPath, Json
from netconf_server.schema.data import DataNode
from netconf_server.schema.nodes import NodeKind
from netconf_server.schema.tree import DataTree
from netconf_server.validation.regions import Region

#: Shows a tree in which a path, and what is around and in it, is as it was on one side of a change.
Look: TypeAlias = Callable[[DataPath], AbstractContextManager[DataTree]]


def look_at(tree: DataTree) -> Look:
    """Show a tree that is as it is everywhere."""
    return lambda _path: nullcontext(tree)


class TreeView:
    """Reads one configuration for a provider (see provider.ConfigurationView)."""

    def __init__(self, look: Look) -> None:
        self._look: Look | None = look

    def close(self) -> None:
        """End the call that the view was made for."""
        self._look = None

    def _open(self, path: DataPath) -> AbstractContextManager[DataTree]:
        if self._look is None:
            raise RuntimeError("a configuration view is valid during its call only")
        return self._look(path)

    def read(self, path: DataPath) -> Json | None:
        """Return the JSON value at a container, list entry or leaf; None if there is none."""
        with self._open(path) as tree:
            node = tree.find(path)
            return None if node is None else node.json_value()

    def keys(self, path: DataPath) -> Iterable[DataPath]:
        """Return the paths of all entries of the list or leaf-list at ``path``."""
        with self._open(path) as tree:
            return [node.path for node in tree.select(path)]


class OpenChangeSet:
    """A change set for the time of one call to a provider; its views end with it."""

    def __init__(self, changes: tuple[Change, ...], before: Look, after: Look) -> None:
        self._views = (TreeView(before), TreeView(after))
        self._changes = ChangeSet(changes=changes, before=self._views[0], after=self._views[1])

    def __enter__(self) -> ChangeSet:
        return self._changes

    def __exit__(self, *_fault: object) -> None:
        for view in self._views:
            view.close()


def changes_between(before: DataTree, after: DataTree, touched: Touched) -> tuple[Change, ...]:
    """Compare two trees where they were touched."""
    comparison = _Comparison()
    if touched.is_everything:
        return tuple(comparison.siblings(before.children, after.children))
    found: list[Change] = []
    for path in touched.places:
        if path in touched.reordered:
            found += comparison.siblings(before.select(path), after.select(path))
        else:
            found += comparison.pair(before.find(path), after.find(path))
    return tuple(found)


def changes_in(regions: Iterable[Region]) -> tuple[Change, ...]:
    """Compare what was with what is at each place of a change."""
    comparison = _Comparison()
    found: list[Change] = []
    for region in regions:
        if region.is_list or (region.before and region.after):
            found += comparison.siblings(region.before, region.after)
        else:
            kind = ChangeKind.CREATED if region.after else ChangeKind.DELETED
            found.append(Change(kind=kind, path=region.path))
    return tuple(found)


class _Comparison:
    """Compares subtrees and names the topmost differences."""

    def pair(self, before: DataNode | None, after: DataNode | None) -> Iterator[Change]:
        """Compare what was at a path with what is there now."""
        if before is None:
            if after is not None:
                yield Change(kind=ChangeKind.CREATED, path=after.path)
        elif after is None:
            yield Change(kind=ChangeKind.DELETED, path=before.path)
        elif not before.equals(after):
            yield from self._inside(before, after)

    def _inside(self, before: DataNode, after: DataNode) -> Iterator[Change]:
        if before.schema.is_inner:
            yield from self.siblings(before.children, after.children)
        else:
            yield Change(kind=ChangeKind.MODIFIED, path=after.path)

    def siblings(self, before: Iterable[DataNode], after: Iterable[DataNode]) -> Iterator[Change]:
        """Compare two sets of siblings, the order of user-ordered entries included."""
        was_there = {_identity(node): node for node in before}
        is_there = {_identity(node): node for node in after}
        for identity, node in was_there.items():
            yield from self.pair(node, is_there.get(identity))
        for identity, node in is_there.items():
            if identity not in was_there:
                yield from self.pair(None, node)
        common = {identity: place for place, identity in enumerate(was_there)}
        ordered = [
            (common[identity], node)
            for identity, node in is_there.items()
            if identity in common and node.schema.is_user_ordered
        ]
        for node in _moved(ordered):
            yield Change(kind=ChangeKind.MODIFIED, path=node.path)


def _moved(ordered: Sequence[tuple[int, DataNode]]) -> Iterator[DataNode]:
    """Yield the fewest entries whose moving explains the new order.

    Each entry comes with its old place. Those of a longest run of rising old places have stayed;
    of several lists among the same siblings, none can break another's run.
    """
    kept = set(_longest_rise([place for place, _ in ordered]))
    return (node for index, (_, node) in enumerate(ordered) if index not in kept)


def _longest_rise(numbers: Sequence[int]) -> Iterator[int]:
    """Yield the indices, last first, of a longest increasing subsequence."""
    ends: list[int] = []
    end_indices: list[int] = []
    previous: list[int] = []
    for index, number in enumerate(numbers):
        length = bisect_left(ends, number)
        previous.append(end_indices[length - 1] if length else -1)
        ends[length : length + 1] = [number]
        end_indices[length : length + 1] = [index]
    current = end_indices[-1] if end_indices else -1
    while current >= 0:
        yield current
        current = previous[current]


def _identity(node: DataNode) -> tuple[object, str]:
    """Return what tells a node from its siblings."""
    schema = node.schema
    if schema.kind is NodeKind.LEAF_LIST:
        return schema, node.value
    if schema.kind is NodeKind.LIST:
        return schema, node.path.removeprefix(node.instances_path)
    return schema, ""
