"""Locks, and what they keep others from."""

from __future__ import annotations

import pytest

from tests.netconf.protocol.fakes import Bench, error_of, is_ok
from tests.netconf.protocol.operation_requests import content, edit, lock, unlock


class TestLocks:
    @pytest.mark.rfc("6241 §7.5")
    @pytest.mark.parametrize("name", ["running", "candidate", "startup"])
    def test_a_second_lock_is_denied_with_the_holder(self, name: str) -> None:
        bench = Bench()
        first, second = bench.client(), bench.client()
        assert is_ok(first.ask(lock(name)))
        error = error_of(second.ask(lock(name)))
        assert (error["error-tag"], error["error-type"]) == ("lock-denied", "protocol")
        assert error["session-id"] == str(first.record.session_id)

    @pytest.mark.rfc("6241 §7.5")
    def test_the_holder_cannot_lock_again(self) -> None:
        client = Bench().client()
        client.ask(lock("running"))
        assert error_of(client.ask(lock("running")))["session-id"] == "1"

    @pytest.mark.rfc("6241 §7.5")
    def test_a_modified_candidate_cannot_be_locked(self) -> None:
        bench = Bench()
        first, second = bench.client(), bench.client()
        first.ask(edit())
        error = error_of(second.ask(lock("candidate")))
        assert (error["error-tag"], error["session-id"]) == ("lock-denied", "0")
        first.ask("<discard-changes/>")
        assert is_ok(second.ask(lock("candidate")))

    @pytest.mark.rfc("6241 §7.6")
    def test_a_lock_is_released_by_its_holder_only(self) -> None:
        bench = Bench()
        first, second = bench.client(), bench.client()
        first.ask(lock("running"))
        assert error_of(second.ask(unlock("running")))["error-tag"] == "lock-denied"
        assert is_ok(first.ask(unlock("running")))
        assert is_ok(second.ask(lock("running")))

    @pytest.mark.rfc("6241 §7.6")
    def test_what_is_not_locked_cannot_be_unlocked(self) -> None:
        error = error_of(Bench().client().ask(unlock("running")))
        assert error["error-tag"] == "operation-failed"

    @pytest.mark.rfc("6241 §8.3.5.2")
    def test_unlocking_candidate_discards_its_changes(self) -> None:
        client = Bench().client()
        client.ask(lock("candidate"))
        client.ask(edit())
        assert is_ok(client.ask(unlock("candidate")))
        assert content(client, "candidate") == []

    @pytest.mark.parametrize(
        ("locked", "operation"),
        [
            ("candidate", edit()),
            ("candidate", "<discard-changes/>"),
            ("candidate", "<commit/>"),
            ("running", "<commit/>"),
            ("startup", "<delete-config><target><startup/></target></delete-config>"),
            (
                "startup",
                "<copy-config><target><startup/></target><source><running/></source></copy-config>",
            ),
            (
                "candidate",
                "<copy-config><target><candidate/></target><source><startup/></source>"
                "</copy-config>",
            ),
        ],
    )
    @pytest.mark.rfc("6241 §8.3.4.1")
    def test_others_cannot_change_what_is_locked(self, locked: str, operation: str) -> None:
        bench = Bench()
        first, second = bench.client(), bench.client()
        first.ask(lock(locked))
        assert error_of(second.ask(operation))["error-tag"] == "in-use"
        assert is_ok(first.ask(operation))
