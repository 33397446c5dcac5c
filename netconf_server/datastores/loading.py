"""From what is stored to trees of data; nothing is validated here."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lxml import etree

from netconf_server.datastores.committed import CommittedChange
from netconf_server.datastores.journal import Journal
from netconf_server.editing.attributes import Operation, require_no_operations
from netconf_server.editing.edit import edit
from netconf_server.errors import RpcError
from netconf_server.schema.data import DataFormat, LibraryError
from netconf_server.schema.schema import Schema
from netconf_server.schema.tree import DataTree
from netconf_server.storage.persistence import (
    ConfigurationFiles,
    StoredConfigurationError,
    StoredFile,
    read_stored,
)
from netconf_server.storage.running_store import RunningStore

_STARTUP = "startup"


def load_stored(
    schema: Schema,
    files: ConfigurationFiles,
    store: RunningStore,
    factory_default: Path | None = None,
) -> tuple[Path, DataTree]:
    """Return the file to begin with, and what is in it.

    That is running; startup if running was never stored; or else the factory default. Raises
    StoredConfigurationError.
    """
    loaded = store.load()
    if loaded is None:
        startup = files.path_of(_STARTUP)
        first = startup if factory_default is None or startup.exists() else factory_default
        return first, load_file(schema, first)
    stored, commits = loaded
    tree = _parse_file(schema, stored)
    try:
        _apply(tree, commits)
    except (LibraryError, ValueError, KeyError, TypeError) as fault:
        tree.free()
        reason = f"the commits after it do not fit: {fault}"
        raise StoredConfigurationError(stored.path, reason) from fault
    return stored.path, tree


def load_file(schema: Schema, path: Path | None) -> DataTree:
    """Return what is in a file, nothing if there is none; raises StoredConfigurationError."""
    stored = None if path is None else read_stored(path)
    return schema.new_tree() if stored is None else _parse_file(schema, stored)


def parse_config(schema: Schema, config: etree._Element) -> DataTree:
    """Make a tree of the children of a ``config`` element; raises RpcError."""
    require_no_operations(config)
    journal = Journal(schema.new_tree())
    try:
        edit(schema, journal, config, Operation.MERGE)
    except BaseException:
        journal.close()
        raise
    journal.forget()
    return journal.tree


def _parse_file(schema: Schema, stored: StoredFile) -> DataTree:
    """Parse a file at one stroke; as an edit if that fails, which says where the fault is."""
    elements = stored.plain_elements()
    if elements is not None:
        try:
            return schema.parse(elements, DataFormat.XML)
        except LibraryError:
            pass
    try:
        return parse_config(schema, stored.element())
    except RpcError as error:
        raise StoredConfigurationError(stored.path, str(error)) from error


def _apply(tree: DataTree, commits: Sequence[bytes]) -> None:
    journal = Journal(tree)
    for commit in commits:
        CommittedChange.from_json(commit).apply(journal)
        journal.forget()
