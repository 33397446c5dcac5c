"""Running that clients may edit: validated, committed and stored at one stroke."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from netconf_server.events import ConfigurationChanged, ServerEvent
from netconf_server.protocol.capabilities import server_capabilities
from tests.netconf.config.bench import (
    ServedShop,
    copy_config,
    edit_config,
    errors_of,
    served_shop,
    shop_xml,
    texts_in,
)
from tests.netconf.protocol.fakes import error_of, is_ok

pytestmark = pytest.mark.rfc("6241 §8.2")

INLINE = f"<config>{shop_xml('<name>copied</name>')}</config>"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[ServedShop]:
    with served_shop(tmp_path, writable_running=True) as served:
        yield served


class TestSwitch:
    def test_is_announced_if_it_is_on(self) -> None:
        capability = "urn:ietf:params:netconf:capability:writable-running:1.0"
        assert capability in server_capabilities((), "0", is_running_writable=True)
        assert capability not in server_capabilities((), "0")

    @pytest.mark.parametrize(
        "request_", [edit_config("<name>n</name>", "running"), copy_config(INLINE, "<running/>")]
    )
    def test_is_off_unless_somebody_turns_it_on(self, tmp_path: Path, request_: str) -> None:
        with served_shop(tmp_path) as served:
            error = error_of(served.client().ask(request_))
        assert error["error-tag"] == "operation-not-supported"
        assert ":writable-running" in error["error-message"]


class TestEdit:
    def test_is_in_force_told_and_stored_at_once(self, served: ServedShop) -> None:
        events: list[ServerEvent] = []
        served.management.events.subscribe(events.append)
        client = served.client()
        assert is_ok(client.ask(edit_config("<name>n</name>", "running")))
        assert [call.phase for call in served.provider.calls[-2:]] == ["validate", "apply"]
        [event] = [event for event in events if isinstance(event, ConfigurationChanged)]
        assert (event.datastore, event.session) == ("running", client.record)
        served.management.datastores.close()
        with served_shop(served.directory) as again:
            assert texts_in(again.client()) == ["name=n"]

    @pytest.mark.parametrize("option", ["", "<test-option>set</test-option>"])
    @pytest.mark.rfc("7950 §8.3.3")
    def test_that_breaks_a_constraint_changes_nothing(
        self, served: ServedShop, option: str
    ) -> None:
        client = served.client()
        error = error_of(client.ask(edit_config("<alarm/>", "running", option)))
        assert error["error-tag"] == "missing-element"
        assert texts_in(client) == texts_in(client, "candidate") == []

    def test_to_be_tested_only_changes_nothing(self, served: ServedShop) -> None:
        client = served.client()
        option = "<test-option>test-only</test-option>"
        assert is_ok(client.ask(edit_config("<name>n</name>", "running", option)))
        assert texts_in(client) == texts_in(client, "candidate") == []

    @pytest.mark.rfc("6241 §7.2")
    def test_that_goes_on_behind_faults_is_committed_without_them(self, served: ServedShop) -> None:
        client = served.client()
        option = "<error-option>continue-on-error</error-option>"
        content = "<floor>99</floor><name>n</name><size>none</size>"
        errors = errors_of(client.ask(edit_config(content, "running", option)))
        assert [tag for tag, _message in errors] == ["invalid-value", "invalid-value"]
        assert all(message and message.startswith("/shop:shop/") for _tag, message in errors)
        assert texts_in(client) == ["name=n"]


class TestCopy:
    def test_replaces_running(self, served: ServedShop) -> None:
        client = served.client()
        assert is_ok(client.ask(edit_config("<floor>1</floor>", "running")))
        assert is_ok(client.ask(copy_config(INLINE, "<running/>")))
        assert texts_in(client) == ["name=copied"]

    def test_of_what_is_not_valid_changes_nothing(self, served: ServedShop) -> None:
        client = served.client()
        invalid = f"<config>{shop_xml('<alarm/>')}</config>"
        error = error_of(client.ask(copy_config(invalid, "<running/>")))
        assert error["error-tag"] == "missing-element"
        assert texts_in(client) == texts_in(client, "candidate") == []


@pytest.mark.parametrize(
    "request_", [edit_config("<floor>1</floor>", "running"), copy_config(INLINE, "<running/>")]
)
class TestOthers:
    def test_keep_their_edits_of_candidate(self, served: ServedShop, request_: str) -> None:
        first, second = served.client(), served.client()
        assert is_ok(first.ask(edit_config("<name>mine</name>")))
        assert error_of(second.ask(request_))["error-tag"] == "in-use"
        assert texts_in(first, "candidate") == ["name=mine"]

    @pytest.mark.parametrize("name", ["running", "candidate"])
    def test_keep_their_locks(self, served: ServedShop, request_: str, name: str) -> None:
        first, second = served.client(), served.client()
        assert is_ok(first.ask(f"<lock><target><{name}/></target></lock>"))
        assert error_of(second.ask(request_))["error-tag"] == "in-use"
        assert is_ok(first.ask(request_))

    @pytest.mark.rfc("6241 §8.4.1")
    def test_keep_their_unconfirmed_commit(self, served: ServedShop, request_: str) -> None:
        first, second = served.client(), served.client()
        assert is_ok(first.ask(edit_config("<name>mine</name>")))
        assert is_ok(first.ask("<commit><confirmed/></commit>"))
        assert error_of(second.ask(request_))["error-tag"] == "in-use"
