"""Changes to a tree, recorded as they are made: what an edit touched, the way back, and forth.

One tree is both running and candidate: the journal's entries lie between the two. All or nothing
(an edit that fails is undone), discard-changes, the change set of a commit and a look at running
beside an edited candidate all come from the same record, so their cost goes with the edits and
never with the tree.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from netconf_server.data_paths import parent_of, prefixes_of, topmost
from netconf_server.datastores.journal_entries import Added, Entry, Exchanged, Moved, Removed
from netconf_server.provider import DataPath
from netconf_server.reading.content import OpenReads
from netconf_server.schema.data import DataNode
from netconf_server.schema.nodes import SchemaNode
from netconf_server.schema.tree import DataTree


@dataclass(frozen=True, kw_only=True)
class Touched:
    """Where a tree may have changed; it is looked at there, so too much is harmless.

    ``reordered`` are the paths, without keys, of user-ordered lists with entries that may have
    another place among those that were there before.
    """

    is_everything: bool = False
    paths: AbstractSet[DataPath] = frozenset()
    reordered: AbstractSet[DataPath] = frozenset()

    @cached_property
    def places(self) -> tuple[DataPath, ...]:
        """All the paths without those inside others, in their order as strings."""
        return tuple(topmost({*self.paths, *self.reordered}))


EVERYTHING: Final = Touched(is_everything=True)


class Journal:
    """Changes one tree and remembers how."""

    def __init__(self, tree: DataTree) -> None:
        self._tree = tree
        self._entries: list[Entry] = []
        #: For each entry where it belongs: all entries of a user-ordered list belong together.
        self._places: list[DataPath] = []
        #: The paths that were touched, and whether something was there before.
        self._paths: dict[DataPath, bool] = {}
        self._reordered: set[DataPath] = set()
        self._is_exchanged = False
        self._is_rewound = False
        self._index: _PlaceIndex | None = None
        self._touched: Touched | None = None
        #: Who reads one of the two sides, and is told before it changes.
        self.reads = OpenReads()
        self.reads_of_original = OpenReads()

    # Both sides.

    @property
    def tree(self) -> DataTree:
        """The tree with all changes; a handle to a node is good until ``original`` is asked for."""
        self._replay()
        return self._tree

    def _replay(self) -> None:
        if self._is_rewound:
            for entry in self._entries:
                entry.redo(self._tree, exactly=True)
            self._is_rewound = False

    @property
    def original(self) -> DataTree:
        """The tree as it was without the changes; good until ``tree`` is asked for."""
        if not self._is_rewound:
            for entry in reversed(self._entries):
                entry.undo(self._tree, exactly=True)
            self._is_rewound = True
        return self._tree

    @contextmanager
    def before(self, path: DataPath) -> Iterator[DataTree]:
        """Show what was at a path, and in it; costs the changes there and around it.

        Elsewhere the tree is as it is now.
        """
        tree = self.tree
        if self._is_exchanged:
            raise RuntimeError("after an exchange there is no part that can be looked at alone")
        if self._index is None:
            self._index = _PlaceIndex(self._places)
        entries = [self._entries[number] for number in self._index.about(path)]
        for entry in reversed(entries):
            entry.undo(tree, exactly=False)
        try:
            yield tree
        finally:
            for entry in entries:
                entry.redo(tree, exactly=False)

    # Changing.

    @property
    def _changing(self) -> DataTree:
        """The tree, which is about to change."""
        self.reads.finish()
        return self.tree

    @property
    def mark(self) -> int:
        """The present, for ``undo`` to come back to."""
        return len(self._entries)

    def create(
        self, parent: DataNode | None, xml: bytes, schema: SchemaNode, selector: str | None
    ) -> DataNode:
        """Parse an element into the tree, as last of its siblings of the same kind."""
        node = self._changing.parse_into(parent, xml, schema, selector)
        self._record(Added(node, parent), node)
        return node

    def graft(self, path: DataPath, xml: bytes) -> None:
        """Parse the element of a path into the tree; containers around it appear if need be."""
        above = parent_of(path)
        parent = self._changing.find(above) if above else None
        if above and parent is None:
            created = self._changing.create_path(above)
            self._record(Added(created, created.parent), created)
            parent = self._changing.find(above)
        node = self._changing.parse_at(parent, path, xml)
        self._record(Added(node, parent), node)

    def add(self, parent: DataNode | None, node: DataNode) -> None:
        """Put a node, wherever it was, into the tree, as last of its siblings of the same kind."""
        self._changing.insert(parent, node)
        self._record(Added(node, parent), node)

    def remove(self, node: DataNode) -> None:
        """Take a node out of the tree."""
        following = node.following
        if node.schema.is_user_ordered and following is not None:
            self._reordered.add(node.instances_path)
        self._record(Removed(node, node.parent, following), node)
        self._changing.unlink(node)

    def move_before(self, node: DataNode, sibling: DataNode) -> None:
        """Put an entry of a user-ordered list in front of another one."""
        entry = self._begin_move(node)
        self._changing.move_before(node, sibling)
        entry.new_following = node.following

    def move_behind(self, node: DataNode, sibling: DataNode) -> None:
        """Put an entry of a user-ordered list behind another one."""
        entry = self._begin_move(node)
        self._changing.move_behind(node, sibling)
        entry.new_following = node.following

    def _begin_move(self, node: DataNode) -> Moved:
        self._reordered.add(node.instances_path)
        entry = Moved(node, node.parent, node.following)
        self._record(entry, node)
        self._changing.unlink(node)
        return entry

    def exchange(self, content: DataTree) -> None:
        """Replace all of the tree by what is in ``content``, which is the journal's from now on."""
        self._changing.exchange(content)
        self._append(Exchanged(content), "")
        self._is_exchanged = True

    def _record(self, entry: Entry, node: DataNode) -> None:
        """Note a change of a node that is in the tree."""
        path = node.path
        self._paths.setdefault(path, not isinstance(entry, Added))
        self._append(entry, node.instances_path if node.schema.is_user_ordered else path)

    def _append(self, entry: Entry, place: DataPath) -> None:
        self._entries.append(entry)
        self._places.append(place)
        self._index = self._touched = None

    # What was changed.

    @property
    def touched(self) -> Touched:
        """Where the tree was changed since the journal began."""
        if self._touched is None:
            self._touched = Touched(
                is_everything=self._is_exchanged,
                paths=frozenset(self._paths),
                reordered=frozenset(self._reordered),
            )
        return self._touched

    def existed(self, path: DataPath) -> bool:
        """Tell whether something was at a touched path before the journal began."""
        return self._paths[path]

    @property
    def is_clean(self) -> bool:
        """True if nothing was changed."""
        return not self._entries

    # Settling.

    def undo(self, mark: int = 0) -> None:
        """Take back everything that came after the mark."""
        tree = self._changing
        while len(self._entries) > mark:
            entry = self._entries.pop()
            self._places.pop()
            entry.undo(tree, exactly=True)
            entry.settle_undone()
        self._index = None
        if not self._entries:
            self._clear()

    def forget(self) -> None:
        """Make the changes irrevocable and begin anew."""
        self.reads.finish()
        self.reads_of_original.finish()
        self._replay()
        for entry in self._entries:
            entry.settle_done()
        self._clear()

    def close(self) -> None:
        """Free the tree and all that the entries keep."""
        self.reads_of_original.finish()
        self.undo()
        self._tree.free()

    def _clear(self) -> None:
        self._entries.clear()
        self._places.clear()
        self._paths.clear()
        self._reordered.clear()
        self._is_exchanged = False
        self._index = self._touched = None


class _PlaceIndex:
    """Finds the entries that have a say about a path."""

    def __init__(self, places: Sequence[DataPath]) -> None:
        self._numbers: dict[DataPath, list[int]] = {}
        for number, place in enumerate(places):
            self._numbers.setdefault(place, []).append(number)
        self._sorted = sorted(self._numbers)

    def about(self, path: DataPath) -> list[int]:
        """Return the numbers of the entries at the path, inside it, or around it, in order."""
        around = [prefix for prefix in prefixes_of(path) if prefix in self._numbers]
        top = min(around, key=len, default=path)
        return sorted(number for place in self._inside(top) for number in self._numbers[place])

    def _inside(self, top: DataPath) -> Iterator[DataPath]:
        position = bisect_left(self._sorted, top)
        while position < len(self._sorted) and self._sorted[position].startswith(top):
            place = self._sorted[position]
            if place == top or place[len(top)] in "/[":
                yield place
            position += 1
