"""Commits in the order in which they were made, one line each, behind a datastore's file.

A line is the CRC-32 of what follows, in hexadecimal, a blank, and the commit. It is on the disk
when ``append`` returns. Of a crash at the worst moment a line without its end may remain, which
nobody was told about; it is cut off. Anything else that cannot be read is damage, and an error.
"""

from __future__ import annotations

import os
from binascii import crc32
from pathlib import Path

from netconf_server.storage.persistence import StoredConfigurationError
from netconf_server.storage.stored_files import flush_directory


class CommitLog:
    """One file of commits, written at its end only."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = 0
        #: How many commits there are.
        self.count = 0
        #: True if what a failed ``append`` left could not be taken away: never append again.
        self.is_broken = False
        self._descriptor: int | None = None

    def read(self) -> list[bytes]:
        """Return all commits, none if there is no file; raises StoredConfigurationError.

        A torn end is cut off.
        """
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return []
        except OSError as fault:
            raise StoredConfigurationError(
                self.path, f"cannot be read: {fault.strerror}"
            ) from fault
        *lines, torn = content.split(b"\n")
        commits = [_content_of(line) for line in lines]
        if commits and commits[-1] is None:
            torn = lines[-1] + b"\n" + torn
            commits.pop()
        self.size = len(content) - len(torn)
        if torn:
            os.truncate(self.path, self.size)
        found = [commit for commit in commits if commit is not None]
        if len(found) != len(commits):
            raise StoredConfigurationError(self.path, f"damaged: line {commits.index(None) + 1}")
        self.count = len(found)
        return found

    def append(self, commit: bytes) -> None:
        """Write a commit, durably; raises OSError with the file as it was before."""
        line = b"%08x %s\n" % (crc32(commit), commit)
        descriptor = self.open()
        try:
            _write_all(descriptor, line)
            os.fdatasync(descriptor)
        except BaseException:
            self._cut_back(descriptor)
            raise
        self.size += len(line)
        self.count += 1

    def _cut_back(self, descriptor: int) -> None:
        """Take away what nobody was told about; it would come back at the next start."""
        self.is_broken = True
        os.ftruncate(descriptor, self.size)
        os.fdatasync(descriptor)
        self.is_broken = False

    def open(self) -> int:
        """Create the file if there is none; raises OSError."""
        if self._descriptor is None:
            self._descriptor = self._create()
        return self._descriptor

    def _create(self) -> int:
        """Open the file, whose name is then safe on the disk."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        # Secrets may be in a configuration: nobody else may read it.
        descriptor = os.open(self.path, flags, 0o600)
        try:
            flush_directory(self.path.parent)
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor

    def close(self) -> None:
        """Close the file; it stays as it is."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _content_of(line: bytes) -> bytes | None:
    """Return the commit in a line, None if it is not what was written."""
    checksum, _, commit = line.partition(b" ")
    return commit if checksum == b"%08x" % crc32(commit) else None


def _write_all(descriptor: int, content: bytes) -> None:
    written = 0
    while written < len(content):
        written += os.write(descriptor, content[written:])
