"""Confirmed commits when the managed thing fails where it must not, or the disk on the way back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from netconf_server.management import SessionEnd
from netconf_server.provider import ChangeSet
from tests.netconf.config.test_confirmed_commit import (
    TENTATIVELY,
    Life,
    read_only_disk,
    set_name,
    tag_of,
    tentative,
)
from tests.netconf.protocol.fakes import is_ok

pytestmark = pytest.mark.rfc("6241 §8.4")


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    life = Life(tmp_path)
    client = life.client()
    set_name(client, "old")
    assert is_ok(client.ask("<commit/>"))
    life.end(client, SessionEnd.CLOSED)
    yield life
    life.crash()


def failing(wanted: str) -> Callable[[str, ChangeSet], None]:
    """Make a provider's fault, which is a bug, in one phase."""

    def fail(phase: str, _changes: ChangeSet) -> None:
        if phase == wanted:
            raise RuntimeError("a bug")

    return fail


def nothing(_phase: str, _changes: ChangeSet) -> None:
    """Let the provider work again."""


class TestProviderThatFailsToApply:
    """What it has been told is in running and on the disk all the same."""

    def test_does_not_make_a_confirmed_commit_last(self, life: Life) -> None:
        client = life.client()
        set_name(client, "new")
        life.provider.observe = failing("apply")
        assert tag_of(client.ask(TENTATIVELY)) == "operation-failed"
        life.provider.observe = nothing
        assert life.name == "vault name=new"
        assert life.told == [("start", 600)]
        life.time.advance(600)
        assert life.name == "vault name=old"

    def test_does_not_take_a_later_commit_along_at_the_next_start(
        self, life: Life, tmp_path: Path
    ) -> None:
        client = life.client()
        set_name(client, "new")
        life.provider.observe = failing("apply")
        assert tag_of(client.ask(TENTATIVELY)) == "operation-failed"
        life.provider.observe = nothing
        set_name(client, "later")
        assert is_ok(client.ask("<commit/>"))
        life.crash()
        after = Life(tmp_path)
        assert after.name == "vault name=later"
        after.crash()

    def test_is_told_of_the_way_back_again(self, life: Life) -> None:
        tentative(life)
        life.provider.observe = failing("apply")
        life.time.advance(600)
        life.provider.observe = nothing
        life.time.advance(60)
        assert life.told[-1] == ("timeout", None)
        assert is_ok(life.client().ask("<commit/>"))

    def test_does_not_keep_a_session_from_ending(self, life: Life) -> None:
        client = tentative(life)
        life.provider.observe = failing("apply")
        life.end(client)
        assert life.management.sessions.totals.dropped_sessions == 1


def test_provider_that_fails_to_validate_leaves_nothing_to_confirm(life: Life) -> None:
    client = life.client()
    set_name(client, "new")
    life.provider.observe = failing("validate")
    assert tag_of(client.ask(TENTATIVELY)) == "operation-failed"
    life.provider.observe = nothing
    assert life.told == []
    assert life.name == "vault name=old"
    assert is_ok(life.client().ask("<commit/>"))
    assert life.name == "vault name=new"


class TestFileThatStaysWhenItsCommitHasBeenTakenBack:
    @pytest.fixture
    def disk(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
        with monkeypatch.context() as disk:
            disk.setattr("netconf_server.storage.way_back.remove_durably", read_only_disk)
            yield disk

    @pytest.mark.parametrize("request_", ["<commit/>", TENTATIVELY])
    def test_leaves_nothing_to_confirm(
        self, life: Life, disk: pytest.MonkeyPatch, request_: str
    ) -> None:
        client = tentative(life)
        assert tag_of(client.ask("<cancel-commit/>")) == "operation-failed"
        disk.undo()
        assert tag_of(client.ask(request_)) == "in-use"
        assert life.name == "vault name=old"

    def test_is_removed_by_cancelling_again(self, life: Life, disk: pytest.MonkeyPatch) -> None:
        client = tentative(life)
        assert tag_of(client.ask("<cancel-commit/>")) == "operation-failed"
        disk.undo()
        assert is_ok(client.ask("<cancel-commit/>"))
        assert life.told[-1] == ("cancel", None)
        assert is_ok(life.client().ask("<commit/>"))
