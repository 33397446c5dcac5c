"""Whether a configuration may become running: YANG's word first, then the provider's.

Here, and only here, a whole configuration is held against the schema's constraints.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from netconf_server.changes import OpenChangeSet, changes_between
from netconf_server.errors import ErrorTag, MultipleRpcError, RpcError
from netconf_server.journal import Touched
from netconf_server.payload import data_error
from netconf_server.provider import Change, DataPath, Provider, ProviderError
from netconf_server.schema import Schema
from netconf_server.schema_data import LibraryError
from netconf_server.schema_tree import DataTree
from netconf_server.violations import violation


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a configuration changes; it may differ without changing anything.

    A default that is set explicitly to its value is such a difference: it must be stored, but no
    provider can see it.
    """

    changes: tuple[Change, ...]
    is_different: bool


class CommitCheck:
    """Checks configurations before they are taken over."""

    def __init__(self, schema: Schema, provider: Provider) -> None:
        self._schema = schema
        self._provider = provider

    def validate(self, tree: DataTree) -> Sequence[DataPath]:
        """Validate by YANG alone; adds defaults, returns what it changed; raises RpcError."""
        try:
            return tree.validate()
        except LibraryError as error:
            raise violation(self._schema, tree, error.fault) from error

    def check(self, running: DataTree, tree: DataTree, touched: Touched) -> Verdict:
        """Validate a tree that would become running; raises RpcError.

        Validation may remove nodes whose ``when`` no longer holds: that is part of the change.
        """
        changed = self.validate(tree)
        touched = replace(touched, paths=touched.paths | set(changed))
        changes = changes_between(running, tree, touched)
        if changes:
            self._ask_provider(changes, running, tree)
        is_different = bool(changes or changes_between(running, tree, touched, with_defaults=True))
        return Verdict(changes=changes, is_different=is_different)

    def _ask_provider(self, changes: tuple[Change, ...], running: DataTree, tree: DataTree) -> None:
        with OpenChangeSet(changes, running, tree) as change_set:
            refusals = tuple(self._provider.validate(change_set))
        if refusals:
            raise _refusal(refusals)


def _refusal(refusals: Sequence[ProviderError]) -> RpcError:
    first, *others = (
        data_error(ErrorTag.OPERATION_FAILED, refusal.path, refusal.message, refusal.app_tag)
        for refusal in refusals
    )
    if not others:
        return first
    return MultipleRpcError(
        tag=first.tag,
        message=first.message,
        app_tag=first.app_tag,
        path=first.path,
        others=tuple(others),
    )
