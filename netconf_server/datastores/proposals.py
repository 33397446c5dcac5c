"""A configuration that has been found valid, before anybody has been asked or told about it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Protocol

from netconf_server.datastores.changes import (
    Look,
    OpenChangeSet,
    changes_between,
    changes_in,
    look_at,
)
from netconf_server.datastores.committed import CommittedChange, committed_change, committed_in
from netconf_server.datastores.journal import Journal, Touched
from netconf_server.provider import Change
from netconf_server.schema.data import DataFormat
from netconf_server.schema.tree import DataTree
from netconf_server.validation.incremental import Outcome


class Proposal(Protocol):
    """What would become running.

    It ends with ``accept`` or ``withdraw``, one of them. A proposal may differ from running without
    changes: a default that is set explicitly to its value must be stored, but no provider can see
    it.
    """

    @property
    def changes(self) -> tuple[Change, ...]:
        """What a provider is told."""

    @property
    def committed(self) -> CommittedChange:
        """What is stored."""

    @property
    def is_different(self) -> bool:
        """True if there is anything to be stored or told."""

    @property
    def sides(self) -> tuple[Look, Look]:
        """Show how it was and how it would be."""

    def change_set(self) -> OpenChangeSet:
        """Return the changes with views on both sides."""

    def print_all(self) -> bytes:
        """Print the whole configuration."""

    def accept(self) -> Journal:
        """Make it running; returns the journal to go on with."""

    def withdraw(self) -> None:
        """Leave everything as it was before."""


class InPlaceProposal:
    """The journal's own tree, in which checking has completed what the edits left out."""

    def __init__(self, journal: Journal, mark: int, outcome: Outcome) -> None:
        """Take over what checking found out; undoing to ``mark`` takes back what it added."""
        self._journal = journal
        self._mark = mark
        self._settle = outcome.settle
        with outcome.images:
            self.changes = changes_in(outcome.regions)
            self.committed = committed_in(outcome.regions)

    @property
    def is_different(self) -> bool:
        """True if there is anything to be stored or told."""
        return bool(self.changes or self.committed.redo)

    @property
    def sides(self) -> tuple[Look, Look]:
        """Show how it was and how it would be."""
        return self._journal.before, look_at(self._journal.tree)

    def change_set(self) -> OpenChangeSet:
        """Return the changes with views on both sides."""
        return OpenChangeSet(self.changes, *self.sides)

    def print_all(self) -> bytes:
        """Print the whole configuration."""
        return self._journal.tree.print(DataFormat.XML)

    def accept(self) -> Journal:
        """Make it running; returns the journal to go on with."""
        self._settle()
        self._journal.forget()
        return self._journal

    def withdraw(self) -> None:
        """Take back what checking added."""
        self._journal.undo(self._mark)


class WholeProposal:
    """A tree of its own beside the journal of running."""

    def __init__(
        self, journal: Journal, tree: DataTree, touched: Touched, settle: Callable[[], None]
    ) -> None:
        self._journal = journal
        self._tree = tree
        self._settle = settle
        self._touched = touched
        self.changes = changes_between(journal.original, tree, touched)

    @cached_property
    def committed(self) -> CommittedChange:
        """What is stored."""
        return committed_change(self._journal.original, self._tree, self._touched)

    @property
    def is_different(self) -> bool:
        """True if there is anything to be stored or told."""
        return bool(self.changes or self.committed.redo)

    @property
    def sides(self) -> tuple[Look, Look]:
        """Show how it was and how it would be."""
        return look_at(self._journal.original), look_at(self._tree)

    def change_set(self) -> OpenChangeSet:
        """Return the changes with views on both sides."""
        return OpenChangeSet(self.changes, *self.sides)

    def print_all(self) -> bytes:
        """Print the whole configuration."""
        return self._tree.print(DataFormat.XML)

    def accept(self) -> Journal:
        """Make it running; returns the journal to go on with."""
        self._settle()
        self._journal.close()
        return Journal(self._tree)

    def withdraw(self) -> None:
        """Free the tree."""
        self._tree.free()
