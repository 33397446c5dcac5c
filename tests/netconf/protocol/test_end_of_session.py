"""What goes with a session, however it ends."""

from __future__ import annotations

import pytest

from netconf_server.management import SessionEnd
from tests.netconf.protocol.fakes import TOY, Bench, error_of, is_ok
from tests.netconf.protocol.operation_requests import content, edit, lock


class TestEndOfSession:
    @pytest.mark.rfc("6241 §8.3.5.2")
    @pytest.mark.parametrize("end", list(SessionEnd))
    def test_locks_and_the_changes_under_them_go_with_the_session(self, end: SessionEnd) -> None:
        bench = Bench()
        first, second = bench.client(), bench.client()
        first.ask(lock("candidate"))
        first.ask(lock("running"))
        first.ask(edit())
        first.session.end(end)
        assert content(second, "candidate") == []
        assert is_ok(second.ask(lock("candidate")))
        assert is_ok(second.ask(lock("running")))

    def test_changes_without_a_lock_go_with_a_session_that_is_lost(self) -> None:
        bench = Bench()
        first, second = bench.client(), bench.client()
        first.ask(edit())
        first.session.end(SessionEnd.DROPPED)
        assert content(second, "candidate") == []

    def test_changes_without_a_lock_outlive_a_session_that_closes(self) -> None:
        bench = Bench()
        first, second = bench.client(), bench.client()
        first.ask(edit())
        first.ask("<close-session/>")
        assert content(second, "candidate") == ["top"]

    def test_a_lost_session_takes_nobody_elses_changes_along(self) -> None:
        bench = Bench()
        first, second = bench.client(), bench.client()
        first.ask(edit())
        second.ask(edit(f'<other xmlns="{TOY}"/>'))
        first.session.end(SessionEnd.DROPPED)
        assert content(second, "candidate") == ["top", "other"]

    @pytest.mark.rfc("6241 §7.9")
    def test_a_killed_session_loses_its_locks_and_its_connection(self) -> None:
        bench = Bench()
        first, second = bench.client(), bench.client()
        second.ask(lock("running"))
        assert is_ok(first.ask("<kill-session><session-id>2</session-id></kill-session>"))
        assert bench.disconnected == [2]
        assert not second.session.is_open
        assert is_ok(first.ask(lock("running")))
        assert bench.management.sessions.totals.dropped_sessions == 0

    @pytest.mark.rfc("6241 §7.9")
    @pytest.mark.parametrize("session_id", [1, 77])
    def test_neither_oneself_nor_nobody_can_be_killed(self, session_id: int) -> None:
        operation = f"<kill-session><session-id>{session_id}</session-id></kill-session>"
        assert error_of(Bench().client().ask(operation))["error-tag"] == "invalid-value"
