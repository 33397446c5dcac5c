"""Changes to a tree, recorded as they are made: what an edit touched, and the way back.

All or nothing (an edit that fails is undone), discard-changes and the change set of a commit come
from the same record, so their cost goes with the edits and never with the tree.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final, Protocol

from netconf_server.provider import DataPath
from netconf_server.schema_data import DataNode
from netconf_server.schema_nodes import SchemaNode
from netconf_server.schema_tree import DataTree


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """Where a tree may have changed; it is looked at there, so too much is harmless.

    ``reordered`` are the paths, without keys, of user-ordered lists whose entries or order changed.
    """

    is_everything: bool = False
    paths: AbstractSet[DataPath] = frozenset()
    reordered: AbstractSet[DataPath] = frozenset()


EVERYTHING: Final = Touched(is_everything=True)


class _Entry(Protocol):
    """One recorded change."""

    def undo(self, tree: DataTree) -> None:
        """Change the tree back."""

    def forget(self) -> None:
        """Free what is only kept for the way back."""


@dataclass(frozen=True, slots=True)
class _Created:
    node: DataNode

    def undo(self, tree: DataTree) -> None:
        tree.unlink(self.node)
        self.node.free()

    def forget(self) -> None:
        """Nothing is kept: the node is in the tree."""


@dataclass(frozen=True, slots=True)
class _Removed:
    node: DataNode
    parent: DataNode | None
    following: DataNode | None

    def undo(self, tree: DataTree) -> None:
        _put_back(tree, self.node, self.parent, self.following)

    def forget(self) -> None:
        self.node.free()


@dataclass(frozen=True, slots=True)
class _Moved:
    node: DataNode
    parent: DataNode | None
    following: DataNode | None

    def undo(self, tree: DataTree) -> None:
        tree.unlink(self.node)
        _put_back(tree, self.node, self.parent, self.following)

    def forget(self) -> None:
        """Nothing is kept: the node is in the tree."""


@dataclass(frozen=True, slots=True)
class _Exchanged:
    previous: DataTree

    def undo(self, tree: DataTree) -> None:
        tree.exchange(self.previous)
        self.previous.free()

    def forget(self) -> None:
        self.previous.free()


def _put_back(
    tree: DataTree, node: DataNode, parent: DataNode | None, following: DataNode | None
) -> None:
    """Insert a node where it was; where the order means nothing, as last of its list."""
    if following is not None and node.schema.is_user_ordered:
        tree.move_before(node, following)
    else:
        tree.insert(parent, node)


class Journal:
    """Changes one tree and remembers how."""

    def __init__(self, tree: DataTree) -> None:
        self.tree = tree
        self._entries: list[_Entry] = []
        self._paths: set[DataPath] = set()
        self._reordered: set[DataPath] = set()
        self._is_exchanged = False

    @property
    def mark(self) -> int:
        """The present, for ``undo`` to come back to."""
        return len(self._entries)

    def create(
        self, parent: DataNode | None, xml: bytes, schema: SchemaNode, selector: str | None
    ) -> DataNode:
        """Parse an element into the tree, as last of its siblings of the same kind."""
        node = self.tree.parse_into(parent, xml, schema, selector)
        self._entries.append(_Created(node))
        self._touch(node)
        return node

    def remove(self, node: DataNode) -> None:
        """Take a node out of the tree."""
        self._touch(node)
        self._entries.append(_Removed(node, node.parent, node.following))
        self.tree.unlink(node)

    def move_before(self, node: DataNode, sibling: DataNode) -> None:
        """Put an entry of a user-ordered list in front of another one."""
        self._begin_move(node)
        self.tree.move_before(node, sibling)

    def move_behind(self, node: DataNode, sibling: DataNode) -> None:
        """Put an entry of a user-ordered list behind another one."""
        self._begin_move(node)
        self.tree.move_behind(node, sibling)

    def _begin_move(self, node: DataNode) -> None:
        self._touch(node)
        self._entries.append(_Moved(node, node.parent, node.following))
        self.tree.unlink(node)

    def exchange(self, content: DataTree) -> None:
        """Replace all of the tree by what is in ``content``, which is the journal's from now on."""
        self.tree.exchange(content)
        self._entries.append(_Exchanged(content))
        self._is_exchanged = True

    def _touch(self, node: DataNode) -> None:
        if node.schema.is_user_ordered:
            self._reordered.add(node.instances_path)
        else:
            self._paths.add(node.path)

    @property
    def touched(self) -> Touched:
        """Where the tree was changed since the journal began."""
        return Touched(
            is_everything=self._is_exchanged,
            paths=frozenset(self._paths),
            reordered=frozenset(self._reordered),
        )

    @property
    def is_clean(self) -> bool:
        """True if nothing was changed."""
        return not self._entries

    def undo(self, mark: int = 0) -> None:
        """Take back everything that came after the mark."""
        while len(self._entries) > mark:
            self._entries.pop().undo(self.tree)
        if not self._entries:
            self._clear()

    def forget(self) -> None:
        """Make the changes irrevocable and begin anew."""
        for entry in self._entries:
            entry.forget()
        self._entries.clear()
        self._clear()

    def _clear(self) -> None:
        self._paths.clear()
        self._reordered.clear()
        self._is_exchanged = False
