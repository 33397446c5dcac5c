"""Configurations in files that clients name by URL (RFC 6241 §8.8): one folder, and nothing else.

A name is that of a file in the folder itself. Links are not followed, and nothing but plain files
is read, so whatever lies there, no client gets out of it.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from lxml import etree

from netconf_server.errors import ErrorTag, ErrorType, RpcError
from netconf_server.storage.persistence import StoredConfigurationError, StoredFile, document_of
from netconf_server.storage.stored_files import remove_durably, replace_durably

#: No dot in front, so that there are no hidden files; ``.new`` is what is still being written.
_NAME: Final = re.compile(r"(?!.*\.new$)[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")

_READ: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC

#: More files than this are not made.
MOST_FILES: Final = 100


class UrlFiles:
    """The files of one folder by their URLs, ``file:///name``; every fault is an RpcError."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def read(self, url: str) -> etree._Element:
        """Return the ``config`` element in a file."""
        path = self._path_of(url)
        with _explained(url, "read"):
            stored = StoredFile(path, _content_of(path))
        try:
            return stored.element()
        except StoredConfigurationError as error:
            raise _failed(f"{url} is {error.reason}") from error

    def write(self, url: str, elements: bytes) -> None:
        """Make or replace a file of top-level elements, durably."""
        path = self._path_of(url)
        with _explained(url, "written"):
            if not path.exists():
                self._require_room()
            replace_durably(path, *document_of(elements, None))

    def delete(self, url: str) -> None:
        """Remove a file that is there, durably."""
        path = self._path_of(url)
        with _explained(url, "deleted"):
            path.lstat()
            remove_durably(path)

    def delete_all(self) -> None:
        """Remove every file, half-written ones too."""
        for path in self._directory.glob("*"):
            with _explained(f"file:///{path.name}", "deleted"):
                remove_durably(path)

    def is_same(self, url: str, other: str) -> bool:
        """Tell whether two URLs are of one file."""
        return self._path_of(url) == self._path_of(other)

    def _require_room(self) -> None:
        if len(list(self._directory.glob("*"))) >= MOST_FILES:
            raise RpcError(
                tag=ErrorTag.RESOURCE_DENIED,
                message=f"there are {MOST_FILES} files already: delete one, or replace one",
            )

    def _path_of(self, url: str) -> Path:
        """Find the file that a URL means; it need not be there."""
        try:
            parts = urlsplit(url)
        except ValueError as fault:
            raise _invalid(f"{url!r} is not a URL: {fault}") from fault
        if parts.scheme != "file":
            raise RpcError(
                tag=ErrorTag.OPERATION_NOT_SUPPORTED,
                type=ErrorType.PROTOCOL,
                message=f"{url!r}: the only scheme here is file (see the :url capability)",
            )
        name = unquote(parts.path).removeprefix("/")
        if parts.netloc not in ("", "localhost") or parts.query or parts.fragment:
            raise _invalid(f"{url!r} is not of the form file:///name")
        if not _NAME.fullmatch(name):
            raise _invalid(f"{url!r}: {name!r} is not a name for a file here")
        return self._directory / name


def _content_of(path: Path) -> bytes:
    descriptor = os.open(path, _READ)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "not a plain file")
        return file.read()


@contextmanager
def _explained(url: str, participle: str) -> Iterator[None]:
    """Turn the system's fault into an error that tells nothing of where the folder is."""
    try:
        yield
    except OSError as fault:
        raise _failed(f"{url} cannot be {participle}: {fault.strerror}") from fault


def _failed(reason: str) -> RpcError:
    return RpcError(tag=ErrorTag.OPERATION_FAILED, message=reason)


def _invalid(reason: str) -> RpcError:
    return RpcError(tag=ErrorTag.INVALID_VALUE, type=ErrorType.PROTOCOL, message=reason)
