"""The shared candidate, when one of several that have changed it is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from netconf_server.management import SessionEnd
from netconf_server.provider import ChangeSet
from tests.netconf.config.bench import ServedShop, edit_config, served_shop, texts_in
from tests.netconf.protocol.fakes import is_ok

pytestmark = pytest.mark.rfc("6241 §8.3")


@pytest.fixture
def served(tmp_path: Path) -> Iterator[ServedShop]:
    with served_shop(tmp_path) as served:
        yield served


class TestLossOfASession:
    @pytest.mark.parametrize("end", [SessionEnd.DROPPED, SessionEnd.KILLED, SessionEnd.TIMEOUT])
    def test_leaves_what_a_session_that_closed_has_left(
        self, served: ServedShop, end: SessionEnd
    ) -> None:
        first, second = served.client(), served.client()
        assert is_ok(first.ask(edit_config("<name>first</name>")))
        assert is_ok(first.ask("<close-session/>"))
        assert is_ok(second.ask(edit_config("<floor>2</floor>")))
        served.management.end_session(second.record, end)
        assert texts_in(served.client(), "candidate") == ["name=first", "floor=2"]

    def test_of_all_that_have_edited_leaves_nothing(self, served: ServedShop) -> None:
        first, second = served.client(), served.client()
        assert is_ok(first.ask(edit_config("<name>first</name>")))
        assert is_ok(second.ask(edit_config("<floor>2</floor>")))
        for client in (first, second):
            served.management.end_session(client.record, SessionEnd.DROPPED)
        assert texts_in(served.client(), "candidate") == []

    def test_that_committed_but_for_the_provider_leaves_what_others_edit(
        self, served: ServedShop
    ) -> None:
        def fail(phase: str, _changes: ChangeSet) -> None:
            if phase == "apply":
                raise RuntimeError("a bug")

        first, second = served.client(), served.client()
        assert is_ok(first.ask(edit_config("<name>first</name>")))
        served.provider.observe = fail
        assert not is_ok(first.ask("<commit/>"))
        assert is_ok(second.ask(edit_config("<floor>2</floor>")))
        assert is_ok(second.ask("<close-session/>"))
        served.management.end_session(first.record, SessionEnd.DROPPED)
        assert texts_in(served.client(), "candidate") == ["name=first", "floor=2"]
