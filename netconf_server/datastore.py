"""The datastores of RFC 6241 §5: running, candidate and startup, their edits and their commit."""

from __future__ import annotations

from enum import Enum
from pathlib import Path

from lxml import etree

from netconf_server.changes import OpenChangeSet
from netconf_server.commit_check import CommitCheck
from netconf_server.edit import edit
from netconf_server.edit_attributes import Operation
from netconf_server.errors import ErrorTag, ErrorType, RpcError
from netconf_server.filters import Filter, apply_filter
from netconf_server.invocation import Invocation, child_of_action
from netconf_server.journal import EVERYTHING, Journal
from netconf_server.operational import collect
from netconf_server.persistence import ConfigurationFiles, StoredConfigurationError
from netconf_server.provider import Change, Provider
from netconf_server.schema import Schema
from netconf_server.schema_data import DataFormat
from netconf_server.schema_tree import DataTree


class DatastoreName(Enum):
    """The conventional configuration datastores."""

    RUNNING = "running"
    CANDIDATE = "candidate"
    STARTUP = "startup"


class DefaultOperation(Enum):
    """The ``default-operation`` parameter of edit-config (RFC 6241 §7.2)."""

    MERGE = "merge"
    REPLACE = "replace"
    NONE = "none"


class TestOption(Enum):
    """The ``test-option`` parameter of edit-config (RFC 6241 §8.6.4.1)."""

    TEST_THEN_SET = "test-then-set"
    SET = "set"
    TEST_ONLY = "test-only"


class Datastores:
    """Running, candidate and startup over one schema and one provider.

    Locks and sessions live elsewhere: whoever calls has the right to. Every fault is an RpcError.
    Candidate is a copy of running that edits change in place, recorded in a journal.
    """

    def __init__(self, schema: Schema, provider: Provider, directory: Path) -> None:
        self._schema = schema
        self._provider = provider
        self._files = ConfigurationFiles(directory)
        self._check = CommitCheck(schema, provider)
        self._invocation = Invocation(schema, provider)
        self._running = schema.new_tree()
        self._candidate = Journal(schema.new_tree())

    def start(self) -> None:
        """Load running, or startup if running was never stored, and hand it to the provider.

        Raises StoredConfigurationError, with the file's name, if it is damaged or not valid.
        """
        name = DatastoreName.RUNNING
        if self._files.load(name.value) is None:
            name = DatastoreName.STARTUP
        stored = self._load(name)
        try:
            verdict = self._check.check(self._running, stored, EVERYTHING)
        except RpcError as error:
            stored.free()
            raise StoredConfigurationError(self._files.path_of(name.value), str(error)) from error
        self._swap(stored, verdict.changes)

    def close(self) -> None:
        """Free all data; the datastores are of no use afterwards."""
        self._candidate.undo()
        self._candidate.tree.free()
        self._running.free()

    def get_config(self, name: DatastoreName, selection: Filter | None) -> list[etree._Element]:
        """Return the top-level configuration elements that the filter selects; all without one."""
        match name:
            case DatastoreName.RUNNING:
                return apply_filter(self._schema, self._running, selection)
            case DatastoreName.CANDIDATE:
                return apply_filter(self._schema, self._candidate.tree, selection)
            case DatastoreName.STARTUP:
                with self._content_of(name) as tree:
                    return apply_filter(self._schema, tree, selection)

    def get(self, selection: Filter | None) -> list[etree._Element]:
        """Return running together with the provider's operational state, filtered (RFC 6241 §7.7).

        Only what the filter can need is taken from either, and then filtered exactly.
        """
        with collect(self._schema, self._running, self._provider, selection) as tree:
            return apply_filter(self._schema, tree, selection)

    def edit(
        self,
        name: DatastoreName,
        config: etree._Element,
        default_operation: DefaultOperation,
        test_option: TestOption,
    ) -> None:
        """Apply the children of ``config`` to candidate, all or nothing (RFC 6241 §7.2).

        RFC 7950 §8.3.3: only validate and commit hold candidate against the constraints, so it may
        take several edits to fill it; test-only tells what validate would say.
        """
        if name is not DatastoreName.CANDIDATE:
            raise _not_supported(f"{name.value} cannot be edited: edit candidate and commit")
        mark = self._candidate.mark
        edit(self._schema, self._candidate, config, Operation(default_operation.value))
        if test_option is TestOption.TEST_ONLY:
            try:
                self.validate(name)
            finally:
                self._candidate.undo(mark)

    def copy(self, source: DatastoreName | etree._Element, target: DatastoreName) -> None:
        """Replace ``target`` by ``source``, a datastore or an inline ``<config>`` (RFC 6241 §7.3).

        RFC 7950 §8.3.3: startup must be valid in the end, candidate need not be.
        """
        if target is DatastoreName.RUNNING:
            raise _not_supported("running cannot be copied to: copy to candidate and commit")
        if source is target:
            return
        if target is DatastoreName.STARTUP:
            with self._content_of(source) as content:
                self._check.validate(content)
                self._store(target, content)
        elif source is DatastoreName.RUNNING:
            self.discard_changes()
        else:
            self._candidate.exchange(self._content_of(source))

    def delete(self, target: DatastoreName) -> None:
        """Delete startup; running cannot be deleted (RFC 6241 §7.4)."""
        if target is not DatastoreName.STARTUP:
            raise _not_supported(f"{target.value} cannot be deleted, only startup")
        self._files.delete(target.value)

    def validate(self, source: DatastoreName | etree._Element) -> None:
        """Validate a datastore or an inline one, by YANG and the provider (RFC 6241 §8.6.4.1)."""
        is_candidate = source is DatastoreName.CANDIDATE
        touched = self._candidate.touched if is_candidate else EVERYTHING
        with self._content_of(source) as content:
            self._check.check(self._running, content, touched)

    def commit(self) -> bool:
        """Make candidate running: validate, ask the provider, store, swap, apply; False: no change.

        A fault before the new configuration is on the disk leaves everything as it was.
        """
        if self._candidate.is_clean:
            return False
        committed = self._candidate.tree.duplicate()
        try:
            verdict = self._check.check(self._running, committed, self._candidate.touched)
            if verdict.is_different:
                self._store(DatastoreName.RUNNING, committed)
        except BaseException:
            committed.free()
            raise
        if verdict.is_different:
            self._swap(committed, verdict.changes)
        else:
            committed.free()
            self.discard_changes()
        return verdict.is_different

    def discard_changes(self) -> None:
        """Set candidate back to running (RFC 6241 §8.3.4.2)."""
        self._candidate.undo()

    @property
    def candidate_modified(self) -> bool:
        """True while candidate holds edits that running does not have."""
        return not self._candidate.is_clean

    def invoke_rpc(self, element: etree._Element) -> list[etree._Element]:
        """Carry out an rpc that a YANG module defines (RFC 7950 §7.14); return its output."""
        return self._invocation.invoke(element, self._running)

    def invoke_action(self, element: etree._Element) -> list[etree._Element]:
        """Carry out the action in an ``action`` element or its child (RFC 7950 §7.15)."""
        return self._invocation.invoke(child_of_action(element), self._running)

    def _swap(self, committed: DataTree, changes: tuple[Change, ...]) -> None:
        """Make a validated tree running, tell the provider, and begin a new candidate."""
        before, self._running = self._running, committed
        try:
            with OpenChangeSet(changes, before, committed) as change_set:
                self._provider.apply(change_set)
        finally:
            before.free()
            self._candidate.forget()
            self._candidate.tree.free()
            self._candidate = Journal(committed.duplicate())

    def _content_of(self, source: DatastoreName | etree._Element) -> DataTree:
        """Return a tree for the caller to change and free."""
        match source:
            case DatastoreName.RUNNING:
                return self._running.duplicate()
            case DatastoreName.CANDIDATE:
                return self._candidate.tree.duplicate()
            case DatastoreName.STARTUP:
                try:
                    return self._load(source)
                except StoredConfigurationError as error:
                    raise _operation_failed(str(error)) from error
            case _:
                return self._parse(source)

    def _load(self, name: DatastoreName) -> DataTree:
        """Read a datastore from its file; empty if there is none."""
        config = self._files.load(name.value)
        if config is None:
            return self._schema.new_tree()
        try:
            return self._parse(config)
        except RpcError as error:
            raise StoredConfigurationError(self._files.path_of(name.value), str(error)) from error

    def _parse(self, config: etree._Element) -> DataTree:
        """Make a tree of the children of a ``config`` element."""
        tree = self._schema.new_tree()
        journal = Journal(tree)
        edit(self._schema, journal, config, Operation.MERGE)
        journal.forget()
        return tree

    def _store(self, name: DatastoreName, content: DataTree) -> None:
        try:
            self._files.save(name.value, content.print(DataFormat.XML))
        except OSError as fault:
            path = self._files.path_of(name.value)
            raise _operation_failed(f"{path} cannot be written: {fault.strerror}") from fault


def _not_supported(reason: str) -> RpcError:
    return RpcError(tag=ErrorTag.OPERATION_NOT_SUPPORTED, type=ErrorType.PROTOCOL, message=reason)


def _operation_failed(reason: str) -> RpcError:
    return RpcError(tag=ErrorTag.OPERATION_FAILED, message=reason)
