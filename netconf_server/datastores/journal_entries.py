"""The single changes that a journal is made of; each can be taken back and made again.

A node that is out of the tree is kept by its entry, so handles to it stay good until the entry is
settled one way or the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from netconf_server.schema.data import DataNode
from netconf_server.schema.tree import DataTree


class Entry(Protocol):
    """One recorded change.

    ``exactly`` puts nodes where they were even if nothing depends on it: possible while all entries
    are undone or redone in turn, since a neighbour may be missing otherwise.
    """

    def undo(self, tree: DataTree, *, exactly: bool) -> None:
        """Change the tree back."""

    def redo(self, tree: DataTree, *, exactly: bool) -> None:
        """Change the tree again as before."""

    def settle_done(self) -> None:
        """Free what only the way back needs."""

    def settle_undone(self) -> None:
        """Free what only the way forth needs; the entry is undone."""


@dataclass(slots=True)
class Added:
    """A node came in, as last of its siblings of the same kind.

    When it comes back, it is in front of the one that was ``following`` when it was taken out.
    """

    node: DataNode
    parent: DataNode | None
    following: DataNode | None = None

    def undo(self, tree: DataTree, *, exactly: bool) -> None:
        """Take the node out."""
        self.following = self.node.following
        tree.unlink(self.node)

    def redo(self, tree: DataTree, *, exactly: bool) -> None:
        """Put the node back to its place."""
        _put(tree, self.node, self.parent, self.following, exactly=True)

    def settle_done(self) -> None:
        """Nothing is kept: the node is in the tree."""

    def settle_undone(self) -> None:
        """Free what had come in."""
        self.node.free()


@dataclass(frozen=True, slots=True)
class Removed:
    """A node went out; ``following`` was the next of its kind."""

    node: DataNode
    parent: DataNode | None
    following: DataNode | None

    def undo(self, tree: DataTree, *, exactly: bool) -> None:
        """Put the node back."""
        _put(tree, self.node, self.parent, self.following, exactly=exactly)

    def redo(self, tree: DataTree, *, exactly: bool) -> None:
        """Take the node out again."""
        tree.unlink(self.node)

    def settle_done(self) -> None:
        """Free what went out."""
        self.node.free()

    def settle_undone(self) -> None:
        """Nothing is kept: the node is in the tree."""


@dataclass(slots=True)
class Moved:
    """An entry of a user-ordered list changed its place; the next ones before and after."""

    node: DataNode
    parent: DataNode | None
    following: DataNode | None
    new_following: DataNode | None = None

    def undo(self, tree: DataTree, *, exactly: bool) -> None:
        """Move the node back."""
        tree.unlink(self.node)
        _put(tree, self.node, self.parent, self.following, exactly=exactly)

    def redo(self, tree: DataTree, *, exactly: bool) -> None:
        """Move the node again."""
        tree.unlink(self.node)
        _put(tree, self.node, self.parent, self.new_following, exactly=exactly)

    def settle_done(self) -> None:
        """Nothing is kept: the node is in the tree."""

    def settle_undone(self) -> None:
        """Nothing is kept: the node is in the tree."""


@dataclass(frozen=True, slots=True)
class Exchanged:
    """The whole content was replaced; the tree that is not in use is kept."""

    other: DataTree

    def undo(self, tree: DataTree, *, exactly: bool) -> None:
        """Bring the previous content back."""
        tree.exchange(self.other)

    def redo(self, tree: DataTree, *, exactly: bool) -> None:
        """Bring the new content back."""
        tree.exchange(self.other)

    def settle_done(self) -> None:
        """Free what went out."""
        self.other.free()

    def settle_undone(self) -> None:
        """Free what had come in."""
        self.other.free()


def _put(
    tree: DataTree,
    node: DataNode,
    parent: DataNode | None,
    following: DataNode | None,
    *,
    exactly: bool,
) -> None:
    """Insert a node in front of another one, where that matters or is asked for; else as last."""
    if following is not None and (exactly or node.schema.is_user_ordered):
        tree.move_before(node, following)
    else:
        tree.insert(parent, node)
