"""Parameters that no honest client sends get an error that says what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from netconf_server.markup import BASE
from tests.netconf.config.bench import ServedShop, edit_config, served_shop, shop_xml, texts_in
from tests.netconf.protocol.fakes import error_of, is_ok

MANY_DIGITS = "9" * 5_000


@pytest.fixture
def served(tmp_path: Path) -> Iterator[ServedShop]:
    with served_shop(tmp_path) as served:
        yield served


@pytest.mark.parametrize(
    ("operation", "element"),
    [
        (
            f"<commit><confirmed/><confirm-timeout>{MANY_DIGITS}</confirm-timeout></commit>",
            "confirm-timeout",
        ),
        (f"<kill-session><session-id>{MANY_DIGITS}</session-id></kill-session>", "session-id"),
    ],
)
def test_a_number_of_thousands_of_digits_is_out_of_range(
    served: ServedShop, operation: str, element: str
) -> None:
    error = error_of(served.client().ask(operation))
    assert (error["error-tag"], error["bad-element"]) == ("bad-element", element)


@pytest.mark.parametrize("timeout", ["0", "4294967296", "+5", "5.0", "\u0665", "00", ""])
def test_a_timeout_is_a_number_of_seconds(served: ServedShop, timeout: str) -> None:
    operation = f"<commit><confirmed/><confirm-timeout>{timeout}</confirm-timeout></commit>"
    assert error_of(served.client().ask(operation))["error-tag"] == "bad-element"


@pytest.mark.parametrize("timeout", ["1", "007", "4294967295"])
def test_what_is_in_range_is_taken_with_zeros_in_front_too(
    served: ServedShop, timeout: str
) -> None:
    operation = f"<commit><confirmed/><confirm-timeout>{timeout}</confirm-timeout></commit>"
    assert is_ok(served.client().ask(operation))


@pytest.mark.rfc("6241 §7.2")
def test_an_operation_inside_a_whole_configuration_is_refused(served: ServedShop) -> None:
    client = served.client()
    assert is_ok(client.ask(edit_config("<name>n</name>")))
    content = shop_xml(f'<name xmlns:nc="{BASE}" nc:operation="remove">x</name>')
    source = f"<source><config>{content}</config></source>"
    error = error_of(
        client.ask(f"<copy-config><target><candidate/></target>{source}</copy-config>")
    )
    assert (error["error-tag"], error["bad-attribute"]) == ("unknown-attribute", "operation")
    assert texts_in(client, "candidate") == ["name=n"]


@pytest.mark.rfc("6241 §7.5")
def test_running_is_locked_by_nobody_while_the_commit_of_one_that_has_gone_waits(
    served: ServedShop,
) -> None:
    first, second = served.client(), served.client()
    assert is_ok(first.ask(edit_config("<name>n</name>")))
    assert is_ok(first.ask("<commit><confirmed/><persist>token</persist></commit>"))
    lock = "<lock><target><running/></target></lock>"
    assert error_of(second.ask(lock))["session-id"] == str(first.record.session_id)
    assert is_ok(first.ask("<close-session/>"))
    assert error_of(second.ask(lock))["session-id"] == "0"
