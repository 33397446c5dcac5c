"""What a disk does at the worst moment: a commit is either refused or there, and never both."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from netconf_server.storage import commit_log
from netconf_server.storage.commit_log import CommitLog
from netconf_server.storage.persistence import ConfigurationFiles
from netconf_server.storage.running_store import RunningStore
from tests.netconf.config.bench import edit_config, served_shop, texts_in
from tests.netconf.protocol.fakes import is_ok


def refuse(*_arguments: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def started(directory: Path, least_bytes: int = 1 << 20) -> RunningStore:
    store = RunningStore(ConfigurationFiles(directory), least_bytes)
    store.load()
    return store


def stored(directory: Path) -> tuple[bytes | None, list[bytes]]:
    loaded = RunningStore(ConfigurationFiles(directory)).load()
    assert loaded is not None
    return loaded[0].plain_elements(), loaded[1]


class TestNextLogThatCannotBeMade:
    """The commit is on the disk before the log of later ones is made."""

    def test_when_the_file_is_written_anew_is_no_matter_of_the_commit(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store = started(tmp_path, least_bytes=1)
        store.append(b"1", lambda: b"<a/>")
        with monkeypatch.context() as disk:
            disk.setattr(CommitLog, "_create", refuse)
            store.append(b"2", lambda: b"<b/>")
        store.append(b"3", lambda: b"<c/>")
        store.close()
        assert stored(tmp_path) == (b"<b/>", [b"3"])

    def test_after_the_first_file_is_told_by_the_next_commit(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store = started(tmp_path)
        with monkeypatch.context() as disk:
            disk.setattr(CommitLog, "_create", refuse)
            store.append(b"1", lambda: b"<a/>")
            with pytest.raises(OSError, match="No space left"):
                store.append(b"2", lambda: b"<b/>")
        store.append(b"3", lambda: b"<c/>")
        store.close()
        assert stored(tmp_path) == (b"<a/>", [b"3"])

    def test_leaves_running_as_it_is_told(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What a client is told, what it reads, and what is there after a restart agree."""
        with served_shop(tmp_path, writable_running=True) as served, monkeypatch.context() as disk:
            client = served.client()
            disk.setattr(CommitLog, "_create", refuse)
            assert is_ok(client.ask(edit_config("<floor>5</floor>", "running")))
            assert not is_ok(client.ask(edit_config("<floor>6</floor>", "running")))
            assert texts_in(client) == ["floor=5"]
        with served_shop(tmp_path) as again:
            assert texts_in(again.client()) == ["floor=5"]


def test_log_whose_name_is_not_safe_is_not_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[Path] = []

    def fail_once(directory: Path) -> None:
        flushed.append(directory)
        if len(flushed) == 1:
            raise OSError(errno.EIO, "broken")

    monkeypatch.setattr(commit_log, "flush_directory", fail_once)
    log = CommitLog(tmp_path / "log")
    with pytest.raises(OSError, match="broken"):
        log.append(b"one")
    log.append(b"two")
    log.close()
    assert flushed == [tmp_path, tmp_path]
    assert CommitLog(tmp_path / "log").read() == [b"two"]


def test_writer_whose_end_is_told_to_nobody_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever starts the server may have told the kernel to keep no status of children."""

    def no_child(_writer: int, _options: int) -> tuple[int, int]:
        raise ChildProcessError(errno.ECHILD, "No child processes")

    store = started(tmp_path, least_bytes=1)
    store.append(b"1", lambda: b"<a/>")
    store.append(b"2", lambda: b"<b/>")
    with monkeypatch.context() as system:
        system.setattr(os, "waitpid", no_child)
        store.append(b"3", lambda: b"<c/>")
    store.close()
    found, commits = stored(tmp_path)
    assert (found, commits) in [(b"<a/>", [b"2", b"3"]), (b"<c/>", [])]
