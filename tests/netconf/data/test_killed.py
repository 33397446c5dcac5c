"""A server process that is killed at any moment has every commit that it acknowledged."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from netconf_server.datastores.datastore import DatastoreName, Datastores, DefaultOperation
from netconf_server.datastores.datastore import TestOption as Option
from netconf_server.storage import running_store
from tests.netconf.data.shop import SHOP, shop, shop_schema
from tests.netconf.fake_provider import FakeProvider


def commit_without_end(directory: Path, acknowledged: int) -> None:
    """Commit one entry after the other, and say so after each; never returns."""
    datastores = Datastores(shop_schema(), FakeProvider(), directory)
    datastores.start()
    number = len(stored_numbers(datastores))
    while True:
        entry = f"<article><name>{number}</name><price>1</price></article>"
        name = DatastoreName.CANDIDATE
        datastores.edit(name, shop(entry), DefaultOperation.MERGE, Option.SET)
        datastores.commit()
        os.write(acknowledged, b"%d\n" % number)
        number += 1


def stored_numbers(datastores: Datastores) -> list[int]:
    found = datastores.get_config(DatastoreName.RUNNING, None)
    names = [name.text or "" for top in found for name in top.iter(f"{{{SHOP}}}name")]
    return sorted(map(int, names))


def kill_after(directory: Path, commits: int) -> list[int]:
    """Run a process, kill it some time after so many commits; return all it acknowledged."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reading)
            commit_without_end(directory, writing)
        finally:
            os._exit(1)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        heard = [pipe.readline() for _ in range(commits)]
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        heard += [line for line in pipe if line.endswith(b"\n")]
    return [int(line) for line in heard]


@pytest.fixture
def _small_logs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the whole file written anew all the time."""
    monkeypatch.setattr(running_store, "_LEAST_BYTES", 1000)


@pytest.mark.usefixtures("_small_logs")
def test_every_acknowledged_commit_survives_being_killed(tmp_path: Path) -> None:
    known: list[int] = []
    for commits in (1, 2, 3, 5, 8, 13, 1, 21, 4, 9, 2, 30, 1, 17, 6, 3, 12, 7, 1, 25):
        known += kill_after(tmp_path, commits)
        datastores = Datastores(shop_schema(), FakeProvider(), tmp_path)
        datastores.start()
        stored = stored_numbers(datastores)
        datastores.close()
        assert stored[: len(known)] == known
        assert len(stored) - len(known) <= 1, "at most the commit that was being made"
        known = stored
