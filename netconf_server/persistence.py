"""Configurations in files that survive a crash at any moment; knows XML, not YANG."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from lxml import etree

from netconf_server.markup import BASE

_BEGIN: Final = f'<config xmlns="{BASE}">'.encode()
_END: Final = b"</config>\n"


class StoredConfigurationError(Exception):
    """A file with a configuration cannot be used; the message names it."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class ConfigurationFiles:
    """One file per datastore in one directory, each replaced as a whole or not at all."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def path_of(self, name: str) -> Path:
        """Return where a datastore is kept."""
        return self._directory / f"{name}.xml"

    def load(self, name: str) -> etree._Element | None:
        """Return the stored ``config`` element, None if there is no such file.

        Raises StoredConfigurationError for a file that cannot be read: what was stored must never
        be lost in silence.
        """
        path = self.path_of(name)
        try:
            document = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as fault:
            raise StoredConfigurationError(path, f"cannot be read: {fault.strerror}") from fault
        return _parse(path, document)

    def save(self, name: str, elements: bytes) -> None:
        """Store the serialized top-level elements; they are on the disk when this returns.

        The new file is written and flushed beside the old one and then takes its name, so a crash
        leaves one or the other, both whole. Raises OSError, with the old file untouched.
        """
        self._directory.mkdir(parents=True, exist_ok=True)
        path = self.path_of(name)
        temporary = path.with_suffix(".xml.new")
        try:
            _write_durably(temporary, _BEGIN + elements + _END)
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        _flush_directory(self._directory)

    def delete(self, name: str) -> None:
        """Remove a datastore's file, if there is one, durably."""
        self.path_of(name).unlink(missing_ok=True)
        if self._directory.is_dir():
            _flush_directory(self._directory)


def _parse(path: Path, document: bytes) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    try:
        root = etree.fromstring(document, parser)
    except etree.XMLSyntaxError as fault:
        raise StoredConfigurationError(path, f"damaged: {fault}") from fault
    if root.tag != f"{{{BASE}}}config":
        raise StoredConfigurationError(path, f"damaged: its root is {root.tag}, not config")
    return root


def _write_durably(path: Path, content: bytes) -> None:
    # Secrets may be in a configuration: nobody else may read it.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _flush_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
