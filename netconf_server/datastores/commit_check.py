"""Whether a configuration may become running: YANG's word first, then the provider's.

Only what a change can affect is checked where that is known for sure; else, and whenever something
is found wrong, the whole configuration is, so that it is always the same that counts and is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from netconf_server.datastores.journal import EVERYTHING, Journal, Touched
from netconf_server.datastores.proposals import InPlaceProposal, Proposal, WholeProposal
from netconf_server.editing.payload import data_error
from netconf_server.errors import ErrorTag, RpcError, all_of
from netconf_server.provider import DataPath, Provider, ProviderError
from netconf_server.schema.data import LibraryError
from netconf_server.schema.schema import Schema
from netconf_server.schema.tree import DataTree
from netconf_server.validation.incremental import IncrementalCheck
from netconf_server.validation.plain_references import validate_all
from netconf_server.validation.regions import NeedsWholeCheckError
from netconf_server.validation.violations import violation


class CommitCheck:
    """Checks configurations before they are taken over."""

    def __init__(self, schema: Schema, provider: Provider) -> None:
        self._schema = schema
        self._provider = provider
        self._incremental = IncrementalCheck(schema)

    def validate(self, tree: DataTree) -> Sequence[DataPath]:
        """Validate by YANG alone; adds defaults, returns what it changed; raises RpcError."""
        try:
            return validate_all(tree, self._schema.constraints.plain_references)
        except LibraryError as error:
            raise violation(self._schema, tree, error.fault) from error

    def propose(self, journal: Journal) -> Proposal:
        """Validate the journal's tree as the next running; raises RpcError, nothing changed."""
        try:
            proposal: Proposal = self._propose_in_place(journal)
        except NeedsWholeCheckError:
            tree = journal.tree.duplicate()
            proposal = self._propose_whole(journal, tree, journal.touched)
        return self._asked(proposal)

    def propose_other(self, running: Journal, tree: DataTree) -> Proposal:
        """Validate a tree, which the proposal takes over, in the place of all of running."""
        return self._asked(self._propose_whole(running, tree, EVERYTHING))

    def prepare(self, running: Journal) -> None:
        """Do now what the first check would have to do for the running configuration."""
        self._incremental.prepare(running)

    def _propose_in_place(self, journal: Journal) -> Proposal:
        mark = journal.mark
        try:
            outcome = self._incremental.check(journal)
        except BaseException:
            journal.undo(mark)
            raise
        return InPlaceProposal(journal, mark, outcome)

    def _propose_whole(self, journal: Journal, tree: DataTree, touched: Touched) -> Proposal:
        """Validate everything; nodes that this removes (``when``) are part of the change."""
        try:
            changed = self.validate(tree)
        except BaseException:
            tree.free()
            raise
        touched = replace(touched, paths=touched.paths | set(changed))
        return WholeProposal(journal, tree, touched, self._incremental.forget)

    def _asked(self, proposal: Proposal) -> Proposal:
        """Ask the provider, if there is anything that it can see."""
        try:
            if proposal.changes:
                self._ask_provider(proposal)
        except BaseException:
            proposal.withdraw()
            raise
        return proposal

    def _ask_provider(self, proposal: Proposal) -> None:
        with proposal.change_set() as change_set:
            refusals = tuple(self._provider.validate(change_set))
        if refusals:
            raise _refusal(refusals)


def _refusal(refusals: Sequence[ProviderError]) -> RpcError:
    return all_of(
        data_error(ErrorTag.OPERATION_FAILED, refusal.path, refusal.message, refusal.app_tag)
        for refusal in refusals
    )
