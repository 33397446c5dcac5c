"""Confirmed commits: what is not confirmed in time, or by nobody any more, is taken back."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from netconf_server.events import ConfirmedCommitChanged, ServerEvent
from netconf_server.management import Management, SessionEnd
from netconf_server.protocol.session import Session
from netconf_server.provider import ProviderError
from netconf_server.server import build_management
from netconf_server.storage.persistence import StoredConfigurationError
from netconf_server.users.directory import UserDirectory
from tests.netconf.fake_provider import FakeProvider
from tests.netconf.manual_time import ManualTime
from tests.netconf.nacm.acme import acme_schema
from tests.netconf.nacm.served import edit, get_config, vault
from tests.netconf.protocol.fakes import Client, error_of, is_ok
from tests.netconf.protocol.running import settings_in

pytestmark = pytest.mark.rfc("6241 §8.4")

TENTATIVELY = "<commit><confirmed/></commit>"
REFUSAL = ProviderError(path="/vault:vault/name", message="not today")
NAMED = "<commit><confirmed/><persist>change 7</persist></commit>"


class Life:
    """One run of a server over a directory, with time that stands still."""

    def __init__(self, directory: Path) -> None:
        self.time = ManualTime()
        self.provider = FakeProvider()
        self.events: list[ServerEvent] = []
        self.management = self._build(directory)

    def _build(self, directory: Path) -> Management:
        settings = settings_in(directory, recovery_users=frozenset({"root"}))
        users = UserDirectory(settings.users)
        made = build_management(
            acme_schema(), self.provider, settings, users, now=self.time.now, scheduler=self.time
        )
        made.events.subscribe(self.events.append)
        made.datastores.start()
        made.confirmed.start()
        return made

    def client(self) -> Client:
        record = self.management.open_session("root", "192.0.2.1", lambda: None)
        client = Client(Session(record, self.management, 1_000_000), record)
        client.greet("urn:ietf:params:netconf:base:1.1")
        return client

    def end(self, client: Client, end: SessionEnd = SessionEnd.DROPPED) -> None:
        self.management.end_session(client.record, end)

    def crash(self) -> None:
        """End without a word: only what is on the disk remains."""
        self.management.datastores.close()

    @property
    def name(self) -> str:
        return get_config(self.client())

    @property
    def told(self) -> list[tuple[str, int | None]]:
        return [
            (event.event.value, event.timeout_s)
            for event in self.events
            if isinstance(event, ConfirmedCommitChanged)
        ]


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    life = Life(tmp_path)
    client = life.client()
    set_name(client, "old")
    assert is_ok(client.ask("<commit/>"))
    life.end(client, SessionEnd.CLOSED)
    yield life
    life.crash()


def set_name(client: Client, name: str) -> None:
    assert is_ok(edit(client, vault(f"<name>{name}</name>")))


def tentative(life: Life, request: str = TENTATIVELY, name: str = "new") -> Client:
    """Return a client that has just committed a name for the time being."""
    client = life.client()
    set_name(client, name)
    assert is_ok(client.ask(request))
    return client


def read_only_disk(path: Path) -> None:
    raise OSError(errno.EROFS, "Read-only file system", str(path))


def tag_of(reply: etree._Element) -> str:
    return error_of(reply)["error-tag"]


class TestWaiting:
    def test_is_in_force_at_once(self, life: Life) -> None:
        tentative(life)
        assert life.name == "vault name=new"
        assert life.told == [("start", 600)]

    def test_ends_after_ten_minutes(self, life: Life) -> None:
        tentative(life)
        life.time.advance(599)
        assert life.name == "vault name=new"
        life.time.advance(1)
        assert life.name == "vault name=old"
        assert life.told[-1] == ("timeout", None)

    def test_ends_when_the_client_says(self, life: Life) -> None:
        tentative(life, "<commit><confirmed/><confirm-timeout>7</confirm-timeout></commit>")
        life.time.advance(7)
        assert life.name == "vault name=old"

    @pytest.mark.parametrize("end", [SessionEnd.DROPPED, SessionEnd.CLOSED, SessionEnd.KILLED])
    def test_ends_with_its_session_however_that_ends(self, life: Life, end: SessionEnd) -> None:
        life.end(tentative(life), end)
        assert life.name == "vault name=old"
        assert life.told[-1] == ("cancel", None)

    def test_survives_its_session_if_it_has_a_name(self, life: Life) -> None:
        life.end(tentative(life, NAMED))
        assert life.name == "vault name=new"
        life.time.advance(600)
        assert life.name == "vault name=old"

    def test_takes_edits_that_build_on_it_along(self, life: Life) -> None:
        client = tentative(life, NAMED)
        set_name(client, "later")
        life.time.advance(600)
        assert get_config(client, source="candidate") == "vault name=old"

    @pytest.mark.rfc("6241 §7.5")
    def test_keeps_others_from_locking_running(self, life: Life) -> None:
        client = tentative(life)
        lock = "<lock><target><running/></target></lock>"
        error = error_of(life.client().ask(lock))
        assert (error["error-tag"], error["session-id"]) == (
            "lock-denied",
            str(client.record.session_id),
        )
        assert is_ok(client.ask(lock))

    def test_is_told_to_the_provider_both_ways(self, life: Life) -> None:
        begin = len(life.provider.calls)
        tentative(life)
        life.time.advance(600)
        phases = [call.phase for call in life.provider.calls[begin:]]
        assert phases == ["validate", "apply", "validate", "apply"]


class TestConfirming:
    def test_makes_it_last(self, life: Life) -> None:
        client = tentative(life)
        assert is_ok(client.ask("<commit/>"))
        life.time.advance(600)
        life.end(client)
        assert life.name == "vault name=new"
        assert life.told[-1] == ("complete", None)

    def test_commits_what_came_after_it_too(self, life: Life) -> None:
        client = tentative(life)
        set_name(client, "newer")
        assert is_ok(client.ask("<commit/>"))
        life.end(client)
        assert life.name == "vault name=newer"

    def test_is_for_its_session_alone(self, life: Life) -> None:
        tentative(life)
        assert tag_of(life.client().ask("<commit/>")) == "in-use"
        assert tag_of(life.client().ask(TENTATIVELY)) == "in-use"
        assert tag_of(life.client().ask("<cancel-commit/>")) == "in-use"

    def test_needs_the_name_if_there_is_one(self, life: Life) -> None:
        client = tentative(life, NAMED)
        assert tag_of(client.ask("<commit/>")) == "in-use"
        wrong = "<commit><persist-id>change 8</persist-id></commit>"
        assert tag_of(client.ask(wrong)) == "invalid-value"
        assert is_ok(life.client().ask("<commit><persist-id>change 7</persist-id></commit>"))
        life.time.advance(600)
        assert life.name == "vault name=new"

    def test_of_nothing_by_a_name_is_refused(self, life: Life) -> None:
        named = "<commit><persist-id>change 7</persist-id></commit>"
        assert tag_of(life.client().ask(named)) == "invalid-value"


class TestFollowingUp:
    def test_begins_to_wait_anew(self, life: Life) -> None:
        client = tentative(life)
        life.time.advance(400)
        assert is_ok(client.ask(TENTATIVELY))
        life.time.advance(400)
        assert life.name == "vault name=new"
        assert life.told[-1] == ("extend", 600)

    def test_goes_back_to_before_the_first(self, life: Life) -> None:
        client = tentative(life)
        for name in ("newer", "newest"):
            set_name(client, name)
            assert is_ok(client.ask(TENTATIVELY))
        life.time.advance(600)
        assert life.name == "vault name=old"

    def test_can_give_it_a_name_and_another_session(self, life: Life) -> None:
        first = tentative(life)
        assert is_ok(first.ask(NAMED))
        life.end(first)
        more = "<commit><confirmed/><persist-id>change 7</persist-id></commit>"
        second = life.client()
        assert is_ok(second.ask(more))
        life.end(second)
        assert life.name == "vault name=old"

    def test_that_fails_leaves_the_first_as_it_was(self, life: Life) -> None:
        client = tentative(life)
        set_name(client, "refused")
        life.provider.refusals.append(REFUSAL)
        assert tag_of(client.ask(TENTATIVELY)) == "operation-failed"
        life.provider.refusals.clear()
        assert is_ok(client.ask("<discard-changes/>"))
        life.time.advance(600)
        assert life.name == "vault name=old"


class TestFailing:
    def test_arms_nothing(self, life: Life, tmp_path: Path) -> None:
        client = life.client()
        set_name(client, "refused")
        life.provider.refusals.append(REFUSAL)
        assert tag_of(client.ask(TENTATIVELY)) == "operation-failed"
        assert not (tmp_path / "confirmed-commit.json").exists()
        assert life.told == []
        assert tag_of(client.ask("<cancel-commit/>")) == "operation-failed"

    @pytest.mark.parametrize(
        ("request_", "tag"),
        [
            ("<commit><confirm-timeout>9</confirm-timeout></commit>", "invalid-value"),
            ("<commit><persist>x</persist></commit>", "invalid-value"),
            ("<commit><confirmed/><confirm-timeout>0</confirm-timeout></commit>", "bad-element"),
            ("<commit><confirmed/><confirm-timeout>soon</confirm-timeout></commit>", "bad-element"),
            ("<cancel-commit><persist-id>x</persist-id></cancel-commit>", "invalid-value"),
        ],
    )
    def test_is_told_what_is_wrong(self, life: Life, request_: str, tag: str) -> None:
        assert tag_of(life.client().ask(request_)) == tag


class TestCancelling:
    def test_takes_it_back_at_once(self, life: Life) -> None:
        assert is_ok(tentative(life).ask("<cancel-commit/>"))
        assert life.name == "vault name=old"
        assert life.told[-1] == ("cancel", None)

    def test_by_its_name_is_for_every_session(self, life: Life) -> None:
        life.end(tentative(life, NAMED))
        cancel = "<cancel-commit><persist-id>change 7</persist-id></cancel-commit>"
        assert is_ok(life.client().ask(cancel))
        assert life.name == "vault name=old"
        assert tag_of(life.client().ask(cancel)) == "invalid-value"


class TestTrouble:
    """The managed thing, or the disk, does not let go of what is to be taken back."""

    def test_on_the_way_back_is_met_by_trying_again(self, life: Life) -> None:
        tentative(life)
        life.provider.refusals.append(REFUSAL)
        life.time.advance(600)
        assert life.name == "vault name=new"
        assert tag_of(life.client().ask("<commit/>")) == "in-use"
        life.provider.refusals.clear()
        life.time.advance(60)
        assert life.name == "vault name=old"
        assert life.told[-1] == ("timeout", None)

    def test_with_cancelling_is_told(self, life: Life) -> None:
        client = tentative(life)
        life.provider.refusals.append(REFUSAL)
        assert tag_of(client.ask("<cancel-commit/>")) == "operation-failed"
        life.provider.refusals.clear()
        assert is_ok(client.ask("<cancel-commit/>"))
        assert life.name == "vault name=old"

    def test_with_the_disk_leaves_the_confirmation_open(
        self, life: Life, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What was committed with it is part of what is taken back, or confirmed, later."""
        client = tentative(life)
        set_name(client, "newer")
        with monkeypatch.context() as disk:
            disk.setattr("netconf_server.storage.way_back.remove_durably", read_only_disk)
            assert tag_of(client.ask("<commit/>")) == "operation-failed"
        assert life.name == "vault name=newer"
        life.time.advance(600)
        assert life.name == "vault name=old"


@pytest.mark.rfc("6241 §8.4.1")
class TestRestart:
    @pytest.mark.parametrize("request_", [TENTATIVELY, NAMED])
    def test_takes_back_what_was_not_confirmed(
        self, life: Life, tmp_path: Path, request_: str
    ) -> None:
        tentative(life, request_)
        life.crash()
        after = Life(tmp_path)
        assert after.name == "vault name=old"
        assert not (tmp_path / "confirmed-commit.json").exists()
        after.crash()
        again = Life(tmp_path)
        assert again.name == "vault name=old"
        again.crash()

    def test_goes_back_over_all_follow_ups(self, life: Life, tmp_path: Path) -> None:
        client = tentative(life)
        set_name(client, "newer")
        assert is_ok(client.ask(TENTATIVELY))
        life.crash()
        after = Life(tmp_path)
        assert after.name == "vault name=old"
        after.crash()

    def test_keeps_what_was_confirmed(self, life: Life, tmp_path: Path) -> None:
        assert is_ok(tentative(life).ask("<commit/>"))
        life.crash()
        after = Life(tmp_path)
        assert after.name == "vault name=new"
        after.crash()

    def test_between_the_way_back_and_the_commit_changes_nothing(
        self, life: Life, tmp_path: Path
    ) -> None:
        """The way back is written first: if the commit never came, going back is harmless."""
        tentative(life)
        way_back = (tmp_path / "confirmed-commit.json").read_bytes()
        life.time.advance(600)
        assert life.name == "vault name=old"
        (tmp_path / "confirmed-commit.json").write_bytes(way_back)
        life.crash()
        after = Life(tmp_path)
        assert after.name == "vault name=old"
        after.crash()

    def test_with_a_damaged_way_back_is_refused(self, life: Life, tmp_path: Path) -> None:
        (tmp_path / "confirmed-commit.json").write_bytes(b'["x"')
        with pytest.raises(StoredConfigurationError, match="damaged"):
            Life(tmp_path)
