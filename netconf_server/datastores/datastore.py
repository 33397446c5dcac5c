"""The datastores of RFC 6241 §5: running, candidate and startup, their edits and their commit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import Enum
from pathlib import Path
from typing import Final, TypeAlias

from lxml import etree

from netconf_server.access import ALL_RIGHTS, ReadGate, Rights, WriteGate
from netconf_server.datastores.changes import changes_between, look_at
from netconf_server.datastores.commit_check import CommitCheck
from netconf_server.datastores.committed import CommittedChange
from netconf_server.datastores.journal import EVERYTHING, Journal
from netconf_server.datastores.loading import load_file, load_stored, parse_config
from netconf_server.datastores.proposals import Proposal
from netconf_server.editing.attributes import Operation
from netconf_server.editing.edit import edit
from netconf_server.errors import ErrorTag, ErrorType, RpcError
from netconf_server.filters.filter import Filter, XPathFilter
from netconf_server.filters.xpath import select
from netconf_server.invocation import Invocation, child_of_action
from netconf_server.markup import elements_in
from netconf_server.memory import release_memory
from netconf_server.provider import Change, DataPath, Provider
from netconf_server.reading.prune import prune
from netconf_server.reading.reader import Reader
from netconf_server.reading.request import Reading
from netconf_server.schema.data import DataFormat, DataNode, LibraryError
from netconf_server.schema.schema import Schema
from netconf_server.schema.tree import DataTree
from netconf_server.storage.persistence import ConfigurationFiles, StoredConfigurationError
from netconf_server.storage.running_store import RunningStore


class DatastoreName(Enum):
    """The conventional configuration datastores."""

    RUNNING = "running"
    CANDIDATE = "candidate"
    STARTUP = "startup"


class PresetName(Enum):
    """The configuration that is there before anybody configures (RFC 8808 §3); only to be read."""

    FACTORY_DEFAULT = "factory-default"


#: Where a configuration comes from: a datastore, or a ``config`` element.
Source: TypeAlias = DatastoreName | PresetName | etree._Element


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


#: After a commit of more than this, memory is given back.
_MANY_CHANGES: Final = 1000

#: Told what each commit did, after everything else; must not raise.
CommitListener: TypeAlias = Callable[[CommittedChange, tuple[Change, ...]], None]


#: Told what is about to be stored; may raise RpcError.
Prepare: TypeAlias = Callable[[Proposal], None]


class Datastores:
    """Running, candidate and startup over one schema and one provider.

    Locks and sessions live elsewhere: whoever calls has the right to. Every fault is an RpcError.
    Running and candidate are one tree, with a journal of the edits that lie between them.
    """

    def __init__(
        self,
        schema: Schema,
        provider: Provider,
        directory: Path,
        factory_default: Path | None = None,
    ) -> None:
        """Keep files in the directory; the file with the factory default may be anywhere."""
        self._schema = schema
        self._provider = provider
        self._factory_default = factory_default
        self._files = ConfigurationFiles(directory)
        self._store = RunningStore(self._files)
        self._check = CommitCheck(schema, provider)
        self._invocation = Invocation(schema, provider)
        self._journal = Journal(schema.new_tree())
        self._reader = Reader(schema, provider.read_state)
        self._listeners: list[CommitListener] = []

    @property
    def directory(self) -> Path:
        """Where the server keeps what must survive it."""
        return self._files.directory

    def start(self) -> None:
        """Load running and hand it to the provider.

        If running was never stored it is startup, and without that the factory default. Raises
        StoredConfigurationError, with the file's name, if it is damaged or not valid.
        """
        path, stored = load_stored(self._schema, self._files, self._store, self._factory_default)
        try:
            proposal = self._check.propose_other(self._journal, stored)
        except RpcError as error:
            raise StoredConfigurationError(path, str(error)) from error
        self._take_over(proposal)
        self._check.prepare(self._journal)
        self._store.compact(proposal.print_all)
        release_memory()

    def close(self) -> None:
        """Free all data; the datastores are of no use afterwards."""
        self._store.close()
        self._journal.close()

    def get_config(self, name: DatastoreName, selection: Filter | None) -> list[etree._Element]:
        """Return the top-level configuration elements that the filter selects; all without one."""
        return elements_in(b"".join(self.read(name, Reading(selection=selection))))

    def get(self, selection: Filter | None) -> list[etree._Element]:
        """Return running together with the provider's operational state, filtered (RFC 6241 §7.7).

        Only what the filter can need is taken from either, and then filtered exactly.
        """
        reading = Reading(selection=selection, with_state=True)
        return elements_in(b"".join(self.read(DatastoreName.RUNNING, reading)))

    def read(self, source: Source, reading: Reading) -> Iterator[bytes]:
        """Yield the top-level elements that are asked for, printed, in slices.

        What is yielded is the content of now, whatever becomes of it meanwhile.
        """
        journal = self._journal
        if source is DatastoreName.RUNNING:
            return self._reader.read(reading, lambda: journal.original, journal.reads_of_original)
        if source is DatastoreName.CANDIDATE and (journal.is_clean or not reading.adds_defaults):
            return self._reader.read(reading, lambda: journal.tree, journal.reads)
        tree = self._content_of(source)
        if reading.adds_defaults:
            tree.add_defaults(with_state=False)
        return self._reader.read_and_free(reading, tree)

    def selected_in_running(self, selection: XPathFilter, gate: ReadGate | None) -> list[DataPath]:
        """Return the paths of the nodes of running, defaults too, that an expression selects.

        What may not be read is not there.
        """
        expression, namespaces = selection.expression, selection.namespaces
        if gate is None:
            found = select(self._schema, self._journal.original, expression, namespaces)
            return [node.path for node in found]
        with self._journal.original.duplicate() as tree:
            prune(tree, gate)
            return [node.path for node in select(self._schema, tree, expression, namespaces)]

    def settle_reads(self) -> Iterator[None]:
        """Bring what is being read to its end, in steps: something may be about to change."""
        yield from self._journal.reads.advance()
        yield from self._journal.reads_of_original.advance()

    def edit(
        self,
        name: DatastoreName,
        config: etree._Element,
        default_operation: DefaultOperation,
        test_option: TestOption,
        gate: WriteGate | None = None,
        faults: list[RpcError] | None = None,
    ) -> None:
        """Apply the children of ``config`` to candidate, all or nothing (RFC 6241 §7.2).

        A test holds candidate, as it becomes, against what validate does. With a list for
        ``faults``, elements at fault are noted there and left out; a failed test is no such fault.
        """
        if name is not DatastoreName.CANDIDATE:
            raise _not_supported(f"{name.value} cannot be edited: edit candidate and commit")
        mark = self._journal.mark
        operation = Operation(default_operation.value)
        edit(self._schema, self._journal, config, operation, gate, faults)
        is_kept = test_option is TestOption.SET
        try:
            if test_option is not TestOption.SET:
                self.validate(name)
                is_kept = test_option is TestOption.TEST_THEN_SET
        finally:
            if not is_kept:
                self._journal.undo(mark)

    def copy(
        self,
        source: Source,
        target: DatastoreName,
        rights: Rights = ALL_RIGHTS,
    ) -> None:
        """Replace ``target`` by ``source``, a datastore or an inline ``<config>`` (RFC 6241 §7.3).

        RFC 7950 §8.3.3: startup must be valid in the end, candidate need not be. RFC 8341 §3.2.6:
        what may not be read is not copied, and what really changes must be writable; but running
        goes to startup as it is, and to candidate by discarding the changes there.
        """
        if target is DatastoreName.RUNNING:
            raise _not_supported("running cannot be copied to: copy to candidate and commit")
        if source is target:
            return
        if target is DatastoreName.STARTUP:
            with self._permitted_content(source, rights) as content:
                self._check.validate(content)
                if source is not DatastoreName.RUNNING and rights.write is not None:
                    with self._content_of(target) as before:
                        _require_changes(rights.write, before, content)
                self._save_startup(content)
        elif source is DatastoreName.RUNNING:
            self.discard_changes()
        else:
            self._exchange_candidate(self._permitted_content(source, rights), rights.write)

    def _permitted_content(self, source: Source, rights: Rights) -> DataTree:
        """Return a tree, for the caller to free, of what may be copied."""
        content = self._content_of(source)
        if isinstance(source, Enum) and source is not DatastoreName.RUNNING:
            prune(content, rights.read)
        return content

    def _exchange_candidate(self, content: DataTree, gate: WriteGate | None) -> None:
        try:
            if gate is not None:
                _require_changes(gate, self._journal.tree, content)
        except RpcError:
            content.free()
            raise
        self._journal.exchange(content)

    def delete(self, target: DatastoreName) -> None:
        """Delete startup; running cannot be deleted (RFC 6241 §7.4)."""
        if target is not DatastoreName.STARTUP:
            raise _not_supported(f"{target.value} cannot be deleted, only startup")
        self._files.delete(target.value)

    def validate(self, source: Source) -> None:
        """Validate a datastore or an inline one, by YANG and the provider (RFC 6241 §8.6.4.1)."""
        if source is DatastoreName.CANDIDATE:
            proposal = self._check.propose(self._journal)
        else:
            proposal = self._check.propose_other(self._journal, self._content_of(source))
        proposal.withdraw()

    def commit(
        self,
        gate: WriteGate | None = None,
        prepare: Prepare | None = None,
    ) -> bool:
        """Make candidate running: validate, ask the provider, store, swap, apply; False: no change.

        A fault before the change is on the disk leaves everything as it was, and is an RpcError.
        Any other is the provider's own, over what is in force all the same. The cost is that of
        the change. ``prepare`` is told what is about to be stored; it may raise RpcError too.
        """
        if self._journal.is_clean:
            return False
        proposal = self._check.propose(self._journal)
        if not proposal.is_different:
            proposal.withdraw()
            self.discard_changes()
            return False
        try:
            if gate is not None:
                gate.require_changes(proposal.changes, *proposal.sides)
            if prepare is not None:
                prepare(proposal)
            self._store.append(proposal.committed.to_json(), proposal.print_all)
        except RpcError:
            proposal.withdraw()
            raise
        except OSError as fault:
            proposal.withdraw()
            path = self._files.path_of(DatastoreName.RUNNING.value)
            raise _not_written(path, fault) from fault
        try:
            self._take_over(proposal)
        finally:
            for listener in self._listeners:
                listener(proposal.committed, proposal.changes)
        if len(proposal.changes) > _MANY_CHANGES:
            release_memory()
        return True

    def on_commit(self, listener: CommitListener) -> None:
        """Have a listener told of every commit from now on."""
        self._listeners.append(listener)

    def revert(self, change: CommittedChange) -> None:
        """Take a commit back in candidate, as an edit that is still to be committed.

        Of several commits the last comes first. Raises RpcError, with candidate as it was.
        """
        mark = self._journal.mark
        try:
            change.inverse.apply(self._journal)
        except LibraryError as error:
            self._journal.undo(mark)
            raise _operation_failed(f"cannot be taken back: {error.fault.message}") from error

    def discard_changes(self) -> None:
        """Set candidate back to running (RFC 6241 §8.3.4.2)."""
        self._journal.undo()

    @property
    def candidate_modified(self) -> bool:
        """True while candidate holds edits that running does not have."""
        return not self._journal.is_clean

    def invoke_rpc(self, element: etree._Element) -> list[etree._Element]:
        """Carry out an rpc that a YANG module defines (RFC 7950 §7.14); return its output."""
        return self._invocation.invoke_rpc(element, self._journal.original)

    def invoke_action(
        self, element: etree._Element, authorize: Callable[[DataNode], None]
    ) -> list[etree._Element]:
        """Carry out the action in an ``action`` element or its child (RFC 7950 §7.15).

        ``authorize`` is asked about the action's node, and raises RpcError.
        """
        running = self._journal.original
        return self._invocation.invoke_action(child_of_action(element), running, authorize)

    def _take_over(self, proposal: Proposal) -> None:
        """Make a proposal running and tell the provider, which cannot refuse any more."""
        try:
            with proposal.change_set() as change_set:
                self._provider.apply(change_set)
        finally:
            self._journal = proposal.accept()

    def _content_of(self, source: Source) -> DataTree:
        """Return a tree for the caller to change and free."""
        match source:
            case DatastoreName.RUNNING:
                return self._journal.original.duplicate()
            case DatastoreName.CANDIDATE:
                return self._journal.tree.duplicate()
            case DatastoreName.STARTUP:
                return self._loaded(self._files.path_of(source.value))
            case PresetName.FACTORY_DEFAULT:
                return self._loaded(self._factory_default)
            case _:
                return parse_config(self._schema, source)

    def _loaded(self, path: Path | None) -> DataTree:
        try:
            return load_file(self._schema, path)
        except StoredConfigurationError as error:
            raise _operation_failed(str(error)) from error

    def _save_startup(self, content: DataTree) -> None:
        name = DatastoreName.STARTUP.value
        try:
            self._files.save(name, content.print(DataFormat.XML))
        except OSError as fault:
            raise _not_written(self._files.path_of(name), fault) from fault


def _require_changes(gate: WriteGate, before: DataTree, after: DataTree) -> None:
    changes = changes_between(before, after, EVERYTHING)
    gate.require_changes(changes, look_at(before), look_at(after))


def _not_supported(reason: str) -> RpcError:
    return RpcError(tag=ErrorTag.OPERATION_NOT_SUPPORTED, type=ErrorType.PROTOCOL, message=reason)


def _operation_failed(reason: str) -> RpcError:
    return RpcError(tag=ErrorTag.OPERATION_FAILED, message=reason)


def _not_written(path: Path, fault: OSError) -> RpcError:
    return _operation_failed(f"{path} cannot be written: {fault.strerror}")
