"""Running on the disk: a whole configuration, and the commits since, so that each costs itself.

``running.xml`` says in its attribute ``commits`` which log continues it: with 7, first
``running.7.commits`` and then ``running.8.commits`` and so on, as far as there are any. When the
logs have grown, a copy of the process writes the whole file anew in the background while commits go
to the next log; only when the new file has its name are the logs that it contains removed. So at
every moment the file and the logs that follow it hold every commit.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from netconf_server.storage.commit_log import CommitLog
from netconf_server.storage.persistence import (
    ConfigurationFiles,
    StoredConfigurationError,
    StoredFile,
    document_of,
)
from netconf_server.storage.stored_files import flush_directory, write_durably

_NAME: Final = "running"
_LOG: Final = re.compile(r"running\.(\d+)\.commits")

_STDERR: Final = 2

#: The least size of the logs at which the file is written anew for their size.
_LEAST_BYTES: Final = 1024 * 1024

#: The logs may grow to this part of the file.
_PART_OF_FILE: Final = 2

#: They may hold so many commits: each takes a tenth of a millisecond at a start.
_MOST_COMMITS: Final = 5000

#: Prints the whole configuration as it is after the last commit.
PrintAll = Callable[[], bytes]


class RunningStore:
    """Stores running, commit by commit."""

    def __init__(self, files: ConfigurationFiles, least_bytes: int | None = None) -> None:
        self._files = files
        self._least_bytes = _LEAST_BYTES if least_bytes is None else least_bytes
        self._log: CommitLog | None = None
        self._generation = 0
        self._file_bytes = 0
        self._older_bytes = 0
        self._older_count = 0
        self._writer: int | None = None

    def load(self) -> tuple[StoredFile, list[bytes]] | None:
        """Return the file and the commits after it, None if running was never stored.

        Raises StoredConfigurationError.
        """
        self._remove_left_files()
        stored = self._files.read(_NAME)
        if stored is None:
            return None
        self._file_bytes = len(stored.document)
        generation = stored.generation
        commits = [] if generation is None else self._read_logs(generation)
        self._require_no_other_log(stored)
        return stored, commits

    def _read_logs(self, generation: int) -> list[bytes]:
        commits = self._read_log(generation)
        while self._log_at(self._generation + 1).path.exists():
            self._keep_older()
            commits += self._read_log(self._generation + 1)
        for number in self._log_numbers():
            if number < generation:
                self._log_at(number).path.unlink()
        return commits

    def _require_no_other_log(self, stored: StoredFile) -> None:
        """Stop at commits that do not belong to the file, as when somebody put another one there.

        They are neither used nor removed in silence.
        """
        for number in self._log_numbers():
            if number > self._generation:
                path = self._log_at(number).path
                raise StoredConfigurationError(path, f"does not continue {stored.path}; remove one")

    def _read_log(self, generation: int) -> list[bytes]:
        self._generation = generation
        self._log = self._log_at(generation)
        return self._log.read()

    def append(self, commit: bytes, print_all: PrintAll) -> None:
        """Store a commit, durably; raises OSError, as if nothing had been tried."""
        self._finish_writing(wait=False)
        if self._log is None or self._log.is_broken:
            self._write_whole(print_all)
            return
        self._log.append(commit)
        self.compact(print_all)

    def compact(self, print_all: PrintAll) -> None:
        """Begin to write the whole file anew if the logs have grown."""
        if self._log is None or self._writer is not None:
            return
        limit = max(self._least_bytes, self._file_bytes // _PART_OF_FILE)
        is_large = self._older_bytes + self._log.size > limit
        if is_large or self._older_count + self._log.count > _MOST_COMMITS:
            self._begin_writing(print_all)

    def close(self) -> None:
        """Wait for what is being written, and close the log."""
        self._finish_writing(wait=True)
        if self._log is not None:
            self._log.close()
            self._log = None

    # The whole file.

    def _write_whole(self, print_all: PrintAll) -> None:
        self._finish_writing(wait=True)
        generation = max([self._generation, *self._log_numbers()]) + 1
        elements = print_all()
        self._files.save(_NAME, elements, generation)
        self._begin_log(generation)
        self._settle(len(elements))

    def _begin_writing(self, print_all: PrintAll) -> None:
        """Let a copy of this process, which nothing changes any more, write the file."""
        generation = self._generation + 1
        try:
            child = os.fork()
        except OSError:
            return  # it is tried again with the next commit
        if child == 0:
            self._write_and_exit(print_all, generation)
        self._writer = child
        self._keep_older()
        self._begin_log(generation)

    def _write_and_exit(self, print_all: PrintAll, generation: int) -> None:
        status = 1
        try:
            os.closerange(_STDERR + 1, os.sysconf("SC_OPEN_MAX"))  # no socket may outlive us
            os.nice(10)
            path = self._new_file_of(os.getpid())
            write_durably(path, *document_of(print_all(), generation))
            status = 0
        finally:
            os._exit(status)

    def _finish_writing(self, *, wait: bool) -> None:
        """Give the new file its name once it is complete."""
        if self._writer is None:
            return
        try:
            child, status = os.waitpid(self._writer, 0 if wait else os.WNOHANG)
        except ChildProcessError:  # with SIGCHLD ignored nobody learns whether the file is whole
            child, status = self._writer, -1
        if child == 0:
            return
        self._writer = None
        if status == 0:
            path = self._files.path_of(_NAME)
            with suppress(OSError):  # the old file and the logs are as good
                self._new_file_of(child).replace(path)
                flush_directory(path.parent)
                self._settle(path.stat().st_size)

    def _new_file_of(self, writer: int) -> Path:
        """Return where a process writes; one that outlives its daemon has a file of its own."""
        return self._files.directory / f"{_NAME}.xml.{writer}.new"

    def _remove_left_files(self) -> None:
        for path in self._files.directory.glob(f"{_NAME}.xml.*.new"):
            path.unlink(missing_ok=True)

    def _settle(self, file_bytes: int) -> None:
        """Forget what the new file contains."""
        self._file_bytes = file_bytes
        self._older_bytes = self._older_count = 0
        for number in self._log_numbers():
            if number < self._generation:
                self._log_at(number).path.unlink()

    # The logs.

    def _keep_older(self) -> None:
        """Remember what there is before the next log."""
        self._older_bytes += self._open_log.size
        self._older_count += self._open_log.count

    @property
    def _open_log(self) -> CommitLog:
        assert self._log is not None, "running has been loaded or stored"
        return self._log

    def _begin_log(self, generation: int) -> None:
        if self._log is not None:
            self._log.close()
        self._generation = generation
        self._log = self._log_at(generation)
        with suppress(OSError):  # it is tried again, and told, by the next commit
            self._log.open()

    def _log_at(self, generation: int) -> CommitLog:
        return CommitLog(self._files.directory / f"{_NAME}.{generation}.commits")

    def _log_numbers(self) -> Iterator[int]:
        directory = self._files.directory
        for path in list(directory.iterdir()) if directory.is_dir() else []:
            name = _LOG.fullmatch(path.name)
            if name:
                yield int(name[1])
