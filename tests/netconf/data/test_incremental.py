"""Checking a change must find what checking everything finds; and every way back is exact."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from hypothesis import assume, event, given, settings
from hypothesis import strategies as st
from lxml import etree

from netconf_server.datastores.committed import CommittedChange
from netconf_server.datastores.journal import Journal
from netconf_server.datastores.proposals import InPlaceProposal
from netconf_server.editing.attributes import Operation
from netconf_server.editing.edit import edit
from netconf_server.errors import RpcError
from netconf_server.markup import BASE
from netconf_server.schema.data import DataFormat, LibraryError
from netconf_server.schema.schema import Schema, SchemaError
from netconf_server.schema.tree import DataTree
from netconf_server.validation.incremental import IncrementalCheck
from netconf_server.validation.regions import NeedsWholeCheckError
from tests.netconf.data.random_yang import BEGINNINGS, edits, load, modules


@contextmanager
def whole_verdict(journal: Journal) -> Iterator[DataTree | None]:
    """Validate a copy of everything; None if it is not valid."""
    with journal.tree.duplicate() as tree:
        try:
            tree.validate()
        except LibraryError:
            yield None
        else:
            yield tree


def content(tree: DataTree) -> bytes:
    """Print everything, defaults included."""
    return tree.print(DataFormat.XML, with_implicit=True)


def explicit(tree: DataTree) -> list[bytes]:
    """Write what clients set, entries that the system orders in any order."""
    root = etree.fromstring(b"<data>" + tree.print(DataFormat.XML) + b"</data>")
    for element in reversed(list(root.iter())):
        element[:] = sorted(element, key=etree.tostring)
    return [etree.tostring(child, method="c14n") for child in root]


class Server:
    """Running and candidate of one schema, without anything around them."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.check = IncrementalCheck(schema)
        self.journal = Journal(schema.new_tree())

    def edit(self, text: str) -> None:
        config = etree.fromstring(f'<config xmlns:nc="{BASE}">{text}</config>')
        candidate = self.journal.tree.print(DataFormat.XML)
        try:
            edit(self.schema, self.journal, config, Operation.MERGE)
        except RpcError:
            assert self.journal.tree.print(DataFormat.XML) == candidate

    def begin(self) -> None:
        """Take a configuration to begin with that is valid."""
        for beginning in BEGINNINGS:
            self.edit(beginning)
            with whole_verdict(self.journal) as valid:
                if valid is not None:
                    self.take_over(valid)
                    return
            self.journal.undo()

    def commit(self) -> None:
        """Commit what is valid; both ways must agree about that and about the result."""
        with whole_verdict(self.journal) as valid:
            candidate = self.journal.tree.print(DataFormat.XML)
            mark = self.journal.mark
            try:
                outcome = self.check.check(self.journal)
            except NeedsWholeCheckError as reason:
                event(f"whole: {reason}" if valid else "whole: it is wrong")
                self.journal.undo(mark)
                assert self.journal.tree.print(DataFormat.XML) == candidate
                if valid is not None:
                    self.take_over(valid)
                return
            assert valid is not None, "the incremental check has overlooked something"
            event("incremental")
            assert content(self.journal.tree) == content(valid)
            self.accept(InPlaceProposal(self.journal, mark, outcome))
        self.require_true_counts()

    def accept(self, proposal: InPlaceProposal) -> None:
        before = self.journal.original.duplicate()
        after = self.journal.tree.duplicate()
        change = CommittedChange.from_json(proposal.committed.to_json())
        self.journal = proposal.accept()
        self.require_between(change, before, after)

    def require_between(self, change: CommittedChange, before: DataTree, after: DataTree) -> None:
        """Make sure that a change leads from one tree to another and back."""
        journal = Journal(before)
        was = explicit(before)
        change.apply(journal)
        assert explicit(before) == explicit(after)
        change.inverse.apply(journal)
        assert explicit(before) == was
        journal.forget()
        before.free()
        after.free()

    def take_over(self, valid: DataTree) -> None:
        self.journal.close()
        self.journal = Journal(valid.duplicate())
        self.check.forget()

    def require_true_counts(self) -> None:
        fresh = IncrementalCheck(self.schema)
        fresh.prepare(self.journal)
        assert fresh._counts.references == self.check._counts.references
        assert fresh._counts.uniques == self.check._counts.uniques

    def discard(self, running: bytes) -> None:
        candidate = content(self.journal.tree)
        assert content(self.journal.original) == running
        assert content(self.journal.tree) == candidate
        self.journal.undo()
        assert content(self.journal.tree) == running


@settings(max_examples=60, deadline=None)
@given(modules(), st.lists(st.tuples(edits(), st.sampled_from("eccccd")), min_size=3, max_size=12))
def test_verdict_on_a_change_is_that_on_everything_and_undo_is_exact(
    text: str, steps: list[tuple[str, str]]
) -> None:
    try:
        server = Server(load(text))
    except SchemaError:
        assume(False)
    server.begin()
    running = content(server.journal.tree)
    for change, then in steps:
        server.edit(change)
        if then == "c":
            server.commit()
        if then == "d":
            server.discard(running)
        running = content(server.journal.original)
    server.journal.close()
