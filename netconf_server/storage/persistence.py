"""Configurations in files of their own, as XML; knows XML, not YANG."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lxml import etree

from netconf_server.markup import BASE
from netconf_server.storage.stored_files import flush_directory, new_path, replace_durably

_BEGIN: Final = re.compile(rb'<config xmlns="%s"(?: commits="(\d+)")?>' % re.escape(BASE.encode()))
_END: Final = b"</config>\n"


class StoredConfigurationError(Exception):
    """A file with a configuration cannot be used; the message names it."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


@dataclass(frozen=True, slots=True)
class StoredFile:
    """What a file holds, as octets: what is in its ``config`` element, if the server wrote it.

    ``generation`` says which commits come on top of it (see running_store); without, none do.
    """

    path: Path
    document: bytes

    @property
    def generation(self) -> int | None:
        """The number in the ``commits`` attribute."""
        begin = _BEGIN.match(self.document)
        number = (begin[1] or b"").decode() if begin else self.element().get("commits", "")
        return int(number) if number.isdecimal() else None

    def plain_elements(self) -> bytes | None:
        """Return the elements inside as they were saved; None if somebody else wrote the file."""
        begin = _BEGIN.match(self.document)
        if begin is None or not self.document.endswith(_END):
            return None
        return self.document[begin.end() : -len(_END)]

    def element(self) -> etree._Element:
        """Return the ``config`` element; raises StoredConfigurationError."""
        parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
        try:
            root = etree.fromstring(self.document, parser)
        except etree.XMLSyntaxError as fault:
            raise StoredConfigurationError(self.path, f"damaged: {fault}") from fault
        if root.tag != f"{{{BASE}}}config":
            reason = f"damaged: its root is {root.tag}, not config"
            raise StoredConfigurationError(self.path, reason)
        return root


def read_stored(path: Path) -> StoredFile | None:
    """Return what is in a file, None if there is no such file.

    Raises StoredConfigurationError for a file that cannot be read: what was stored must never be
    lost in silence.
    """
    try:
        return StoredFile(path, path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as fault:
        raise StoredConfigurationError(path, f"cannot be read: {fault.strerror}") from fault


class ConfigurationFiles:
    """One file per datastore in one directory, each replaced as a whole or not at all."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def path_of(self, name: str) -> Path:
        """Return where a datastore is kept."""
        return self.directory / f"{name}.xml"

    def read(self, name: str) -> StoredFile | None:
        """Return what is stored, None if there is no such file; raises as ``read_stored`` does."""
        return read_stored(self.path_of(name))

    def load(self, name: str) -> etree._Element | None:
        """Return the stored ``config`` element, None without a file; raises as ``read`` does."""
        stored = self.read(name)
        return None if stored is None else stored.element()

    def save(self, name: str, elements: bytes, generation: int | None = None) -> None:
        """Store the serialized top-level elements, durably; raises OSError, the old file whole."""
        replace_durably(self.path_of(name), *document_of(elements, generation))

    def delete(self, name: str) -> None:
        """Remove a datastore's file, if there is one, durably."""
        self.path_of(name).unlink(missing_ok=True)
        new_path(self.path_of(name)).unlink(missing_ok=True)
        if self.directory.is_dir():
            flush_directory(self.directory)


def document_of(elements: bytes, generation: int | None) -> tuple[bytes, bytes, bytes]:
    """Return the parts of a file."""
    commits = "" if generation is None else f' commits="{generation}"'
    return f'<config xmlns="{BASE}"{commits}>'.encode(), elements, _END
