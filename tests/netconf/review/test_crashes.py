"""A server that dies at every single step: what it has acknowledged is there afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from netconf_server.storage.persistence import ConfigurationFiles
from netconf_server.storage.running_store import RunningStore
from tests.netconf.config.test_confirmed_commit import NAMED, TENTATIVELY, Life, set_name
from tests.netconf.protocol.fakes import Client, is_ok
from tests.netconf.review.crashing import CrashError, dying_at, failing_at

pytestmark = pytest.mark.rfc("6241 §8.4.1")

#: More steps than any story here has.
ENOUGH = 400

BY_NAME = "<commit><persist-id>change 7</persist-id></commit>"


def play(client: Client, story: Sequence[str], allowed: list[set[str]]) -> None:
    """Ask one thing after the other; note what may be in force after a restart at any moment.

    ``allowed`` ends with what may be found if the server dies before its next answer.
    """
    lasting = tentative = "old"
    for step in story:
        name = step.removeprefix("edit ")
        if name != step:
            set_name(client, name)
            tentative = name
            continue
        after = tentative if "confirmed" not in step and "cancel" not in step else lasting
        allowed.append({lasting, after})
        assert is_ok(client.ask(step))
        lasting = after
        tentative = lasting if "cancel" in step else tentative
        allowed.append({lasting})


def begun(directory: Path) -> Life:
    life = Life(directory)
    client = life.client()
    set_name(client, "old")
    assert is_ok(client.ask("<commit/>"))
    return life


STORIES = pytest.mark.parametrize(
    "story",
    [
        ["edit a", "<commit/>", "edit b", "<commit/>"],
        ["edit a", TENTATIVELY, "<commit/>"],
        ["edit a", TENTATIVELY, "<cancel-commit/>", "edit b", "<commit/>"],
        ["edit a", TENTATIVELY, "edit b", TENTATIVELY, "edit c", "<commit/>"],
        ["edit a", TENTATIVELY, "edit b", TENTATIVELY, "<cancel-commit/>"],
        ["edit a", NAMED, "edit b", BY_NAME, "edit c", "<commit/>"],
    ],
)


@STORIES
def test_crash_at_any_moment_leaves_what_was_acknowledged(
    tmp_path: Path, story: Sequence[str]
) -> None:
    for number in range(ENOUGH):
        directory = tmp_path / str(number)
        life = begun(directory)
        client = life.client()
        allowed = [{"old"}]
        with dying_at(number) as countdown, suppress(CrashError):
            play(client, story, allowed)
        died = countdown.left < 0
        life.crash()
        after = Life(directory)
        found = after.name.removeprefix("vault name=")
        after.crash()
        assert found in allowed[-1], f"it died at {number}"
        if not died:
            return
    raise AssertionError("it never got to the end")


def test_crash_while_the_file_is_written_anew_loses_no_commit(tmp_path: Path) -> None:
    """The new file and the next log are begun with every commit, as if each were a large one."""
    for number in range(ENOUGH):
        directory = tmp_path / str(number)
        acknowledged: list[bytes] = []
        wanted: list[bytes] = []
        store = RunningStore(ConfigurationFiles(directory), least_bytes=1)
        with dying_at(number) as countdown, suppress(CrashError):
            store.load()
            for each in (b"<a/>", b"<b/>", b"<c/>", b"<d/>", b"<e/>"):
                wanted.append(each)
                store.append(each, partial(b"".join, tuple(wanted)))
                acknowledged.append(each)
        died = countdown.left < 0
        store.close()
        found = RunningStore(ConfigurationFiles(directory)).load()
        content = b"" if found is None else (found[0].plain_elements() or b"") + b"".join(found[1])
        assert content in (b"".join(acknowledged), b"".join(wanted)), f"it died at {number}"
        if not died:
            return
    raise AssertionError("it never got to the end")


@STORIES
def test_disk_that_fails_once_at_any_moment_leaves_memory_and_disk_the_same(
    tmp_path: Path, story: Sequence[str]
) -> None:
    for number in range(ENOUGH):
        directory = tmp_path / str(number)
        life = begun(directory)
        client = life.client()
        with failing_at(number) as countdown:
            for step in story:
                if step.startswith("edit "):
                    set_name(client, step.removeprefix("edit "))
                    continue
                before = life.name
                is_done = is_ok(client.ask(step))
                is_tentative = life.management.confirmed.owner is not None
                assert is_done or is_tentative or life.name == before, f"it failed at {number}"
        life.time.advance(700)
        life.time.advance(60)
        assert life.management.confirmed.owner is None
        in_memory = life.name
        life.crash()
        after = Life(directory)
        assert after.name == in_memory, f"it failed at {number}"
        after.crash()
        if countdown.left >= 0:
            return
    raise AssertionError("it never got to the end")


def test_disk_that_fails_while_the_file_is_written_anew_leaves_what_was_acknowledged(
    tmp_path: Path,
) -> None:
    for number in range(ENOUGH):
        directory = tmp_path / str(number)
        acknowledged: list[bytes] = []
        store = RunningStore(ConfigurationFiles(directory), least_bytes=1)
        store.load()
        with failing_at(number) as countdown:
            for each in (b"<a/>", b"<b/>", b"<c/>", b"<d/>", b"<e/>"):
                with suppress(OSError):
                    store.append(each, partial(b"".join, (*acknowledged, each)))
                    acknowledged.append(each)
        store.close()
        found = RunningStore(ConfigurationFiles(directory)).load()
        content = b"" if found is None else (found[0].plain_elements() or b"") + b"".join(found[1])
        assert content == b"".join(acknowledged), f"it failed at {number}"
        if countdown.left >= 0:
            return
    raise AssertionError("it never got to the end")
