"""Commits that are appended to a log: what a crash, a full disk and foreign hands do to them."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from netconf_server.storage.commit_log import CommitLog
from netconf_server.storage.persistence import ConfigurationFiles, StoredConfigurationError
from netconf_server.storage.running_store import RunningStore


def log_with(path: Path, *commits: bytes) -> CommitLog:
    log = CommitLog(path)
    for commit in commits:
        log.append(commit)
    log.close()
    return log


class TestLog:
    def test_gives_back_what_was_appended(self, tmp_path: Path) -> None:
        log_with(tmp_path / "log", b"one", "zwei ü".encode())
        assert CommitLog(tmp_path / "log").read() == [b"one", "zwei ü".encode()]

    def test_is_empty_without_a_file(self, tmp_path: Path) -> None:
        assert CommitLog(tmp_path / "log").read() == []

    def test_every_torn_end_is_cut_off_and_written_over(self, tmp_path: Path) -> None:
        log_with(tmp_path / "whole", b"one", b"two")
        content = (tmp_path / "whole").read_bytes()
        first = content.index(b"\n") + 1
        for length in range(first, len(content)):
            path = tmp_path / f"torn-{length}"
            path.write_bytes(content[:length])
            log = CommitLog(path)
            assert log.read() == [b"one"]
            log.append(b"three")
            log.close()
            assert CommitLog(path).read() == [b"one", b"three"]

    def test_last_line_of_which_a_part_never_reached_the_disk_is_cut_off(
        self, tmp_path: Path
    ) -> None:
        path = tmp_path / "log"
        log_with(path, b"one", b"two")
        path.write_bytes(path.read_bytes()[:-3] + b"\0\0\n")
        assert CommitLog(path).read() == [b"one"]

    def test_damage_before_the_end_is_an_error_that_names_file_and_line(
        self, tmp_path: Path
    ) -> None:
        path = tmp_path / "log"
        log_with(path, b"one", b"two", b"three")
        path.write_bytes(path.read_bytes().replace(b"two", b"twp"))
        with pytest.raises(StoredConfigurationError, match=r"log: damaged: line 2"):
            CommitLog(path).read()

    def test_file_that_cannot_be_read_is_an_error(self, tmp_path: Path) -> None:
        with pytest.raises(StoredConfigurationError, match="cannot be read"):
            CommitLog(tmp_path).read()

    def test_nobody_else_may_read_it(self, tmp_path: Path) -> None:
        log_with(tmp_path / "log", b"one")
        assert (tmp_path / "log").stat().st_mode & 0o777 == 0o600

    def test_commit_that_could_not_be_flushed_is_taken_away_again(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        log = CommitLog(tmp_path / "log")
        log.append(b"one")
        flush, calls = os.fdatasync, []

        def fail_once(descriptor: int) -> None:
            calls.append(descriptor)
            if len(calls) == 1:
                raise OSError(errno.EIO, "broken")
            flush(descriptor)

        monkeypatch.setattr(os, "fdatasync", fail_once)
        with pytest.raises(OSError, match="broken"):
            log.append(b"two")
        assert not log.is_broken
        log.append(b"three")
        log.close()
        assert CommitLog(tmp_path / "log").read() == [b"one", b"three"]


class TestRunning:
    def store(self, directory: Path, least_bytes: int = 1 << 20) -> RunningStore:
        return RunningStore(ConfigurationFiles(directory), least_bytes)

    def started(self, directory: Path, least_bytes: int = 1 << 20) -> RunningStore:
        store = self.store(directory, least_bytes)
        store.load()
        return store

    def loaded(self, directory: Path) -> tuple[bytes | None, list[bytes]]:
        loaded = self.store(directory).load()
        assert loaded is not None
        return loaded[0].plain_elements(), loaded[1]

    def test_first_commit_stores_everything_and_the_next_ones_themselves(
        self, tmp_path: Path
    ) -> None:
        store = self.started(tmp_path)
        store.append(b"1", lambda: b"<a/>")
        store.append(b"2", lambda: b"<b/>")
        store.append(b"3", lambda: b"<c/>")
        store.close()
        assert self.loaded(tmp_path) == (b"<a/>", [b"2", b"3"])

    def test_file_is_written_anew_in_the_background_when_the_log_has_grown(
        self, tmp_path: Path
    ) -> None:
        store = self.started(tmp_path, least_bytes=1)
        store.append(b"1", lambda: b"<a/>")
        store.append(b"2", lambda: b"<b/>")
        store.close()
        assert self.loaded(tmp_path) == (b"<b/>", [])
        assert sorted(path.name for path in tmp_path.iterdir()) == [
            "running.2.commits",
            "running.xml",
        ]

    def test_commits_meanwhile_are_in_the_next_log(self, tmp_path: Path) -> None:
        go = tmp_path / "go"
        os.mkfifo(go)

        def wait_then_print() -> bytes:
            go.read_bytes()
            return b"<b/>"

        store = self.started(tmp_path, least_bytes=1)
        store.append(b"1", lambda: b"<a/>")
        store.append(b"2", wait_then_print)
        store.append(b"3", lambda: b"<c/>")
        assert self.loaded(tmp_path) == (b"<a/>", [b"2", b"3"])
        go.write_bytes(b"go")
        store.close()
        assert self.loaded(tmp_path) == (b"<b/>", [b"3"])

    def test_writer_that_fails_loses_nothing(self, tmp_path: Path) -> None:
        def fail() -> bytes:
            raise MemoryError

        store = self.started(tmp_path, least_bytes=1)
        store.append(b"1", lambda: b"<a/>")
        store.append(b"2", fail)
        store.append(b"3", fail)
        store.close()
        assert self.loaded(tmp_path) == (b"<a/>", [b"2", b"3"])

    def test_file_that_somebody_put_there_begins_anew(self, tmp_path: Path) -> None:
        ConfigurationFiles(tmp_path).save("running", b"<mine/>")
        store = self.started(tmp_path)
        store.append(b"1", lambda: b"<mine/><a/>")
        store.append(b"2", lambda: b"")
        store.close()
        assert self.loaded(tmp_path) == (b"<mine/><a/>", [b"2"])

    def test_log_that_does_not_belong_to_the_file_stops_the_start(self, tmp_path: Path) -> None:
        store = self.started(tmp_path)
        store.append(b"1", lambda: b"<a/>")
        store.append(b"2", lambda: b"<b/>")
        store.close()
        ConfigurationFiles(tmp_path).save("running", b"<old/>")
        with pytest.raises(StoredConfigurationError, match=r"running\.1\.commits: does not contin"):
            self.store(tmp_path).load()

    def test_log_that_cannot_be_mended_is_not_used_again(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store = self.started(tmp_path)
        store.append(b"1", lambda: b"<a/>")

        def fail(_descriptor: int) -> None:
            raise OSError(errno.EIO, "broken")

        monkeypatch.setattr(os, "fdatasync", fail)
        with pytest.raises(OSError, match="broken"):
            store.append(b"2", lambda: b"<b/>")
        monkeypatch.undo()
        store.append(b"3", lambda: b"<c/>")
        store.close()
        assert self.loaded(tmp_path) == (b"<c/>", [])

    def test_writer_that_outlived_its_daemon_takes_nothing_from_the_next(
        self, tmp_path: Path
    ) -> None:
        """A daemon was killed while a copy of it wrote the file; that one goes on for a while."""
        store = self.started(tmp_path, least_bytes=1)
        store.append(b"{}", lambda: b"<a/>")
        store.append(b"{}", lambda: b"<new/>")
        orphan = os.fork()
        if orphan == 0:
            self.store(tmp_path)._write_and_exit(lambda: b"<old/>", 7)
        os.waitpid(orphan, 0)
        store.close()
        assert self.loaded(tmp_path) == (b"<new/>", [])

    def test_what_such_a_writer_left_is_removed_at_the_next_start(self, tmp_path: Path) -> None:
        store = self.started(tmp_path)
        store.append(b"{}", lambda: b"<a/>")
        store.close()
        left = tmp_path / "running.xml.4711.new"
        left.write_bytes(b"<con")
        self.loaded(tmp_path)
        assert not left.exists()
