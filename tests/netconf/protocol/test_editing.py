"""Editing, copying, committing: what the operations ask of the datastores."""

from __future__ import annotations

import pytest

from tests.netconf.protocol.fakes import Bench, error_of, is_ok
from tests.netconf.protocol.operation_requests import TOP, content, edit


class TestEditing:
    @pytest.mark.parametrize("option", ["stop-on-error", "rollback-on-error"])
    def test_error_options_that_an_all_or_nothing_edit_fulfils_are_taken(self, option: str) -> None:
        client = Bench().client()
        assert is_ok(client.ask(edit(options=f"<error-option>{option}</error-option>")))
        assert content(client, "candidate") == ["top"]

    def test_a_config_without_a_namespace_is_taken_as_ncclient_sends_it(self) -> None:
        client = Bench().client()
        assert is_ok(client.ask(edit().replace("<config>", '<config xmlns="">')))
        assert content(client, "candidate") == ["top"]
        source = f'<source><config xmlns="">{TOP}</config></source>'
        assert is_ok(client.ask(f"<validate>{source}</validate>"))

    def test_test_only_changes_nothing(self) -> None:
        client = Bench().client()
        assert is_ok(client.ask(edit(options="<test-option>test-only</test-option>")))
        assert content(client, "candidate") == []

    @pytest.mark.rfc("6241 §8.3.4.1")
    def test_an_edit_reaches_running_by_commit_only(self) -> None:
        client = Bench().client()
        client.ask(edit())
        assert content(client, "running") == []
        assert is_ok(client.ask("<commit/>"))
        assert content(client, "running") == ["top"]

    @pytest.mark.rfc("6241 §8.3.4.2")
    def test_discarded_changes_are_gone(self) -> None:
        client = Bench().client()
        client.ask(edit())
        assert is_ok(client.ask("<discard-changes/>"))
        assert content(client, "candidate") == []

    @pytest.mark.rfc("6241 §7.3")
    def test_an_inline_configuration_replaces_candidate(self) -> None:
        client = Bench().client()
        source = f"<source><config>{TOP}</config></source>"
        copy = f"<copy-config><target><candidate/></target>{source}</copy-config>"
        assert is_ok(client.ask(copy))
        assert content(client, "candidate") == ["top"]

    @pytest.mark.rfc("6241 §7.3")
    def test_a_datastore_is_not_copied_to_itself(self) -> None:
        operation = (
            "<copy-config><target><startup/></target><source><startup/></source></copy-config>"
        )
        assert error_of(Bench().client().ask(operation))["error-tag"] == "invalid-value"

    @pytest.mark.rfc("6241 §7.4")
    def test_startup_is_filled_by_copy_and_emptied_by_delete(self) -> None:
        client = Bench().client()
        client.ask(edit())
        source = "<source><candidate/></source>"
        client.ask(f"<copy-config><target><startup/></target>{source}</copy-config>")
        assert content(client, "startup") == ["top"]
        assert is_ok(client.ask("<delete-config><target><startup/></target></delete-config>"))
        assert content(client, "startup") == []
