"""Errors say nothing about data that a session may not read (RFC 8341 §3.2.5, §3.4.3)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from netconf_server.provider import ProviderError
from tests.netconf.nacm.acme import group, rule, rule_list
from tests.netconf.nacm.served import Served, commit, edit, nacm, served, vault
from tests.netconf.protocol.fakes import error_of, is_ok

SECRET = "/vault:vault/box[owner='bob'][number='1']/secret"
OTHERS = "refused because of data that this user may not read"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Served]:
    """Let ann write everything, and read all but what is bob's."""
    with served(tmp_path) as bench:
        permit = rule("permit", "create update delete exec")
        deny = rule("deny", "read", path="/v:vault/v:box[v:owner='bob']")
        bench.configure(nacm(group("staff", "ann") + rule_list("staff", permit, deny)))
        assert is_ok(edit(bench.client("root"), vault("<name>n</name>")))
        yield bench


def errors_of_commit(bench: Served, *refusals: ProviderError) -> list[tuple[str, str, str]]:
    """Return tag, path and message of the errors that ann's commit meets."""
    bench.provider.refusals = list(refusals)
    reply = commit(bench.client("ann"))
    found = []
    for error in list(reply):
        reply[:] = [error]
        leafs = error_of(reply)
        found.append((leafs["error-tag"], leafs.get("error-path", ""), leafs["error-message"]))
    return found


@pytest.mark.rfc("8341 §3.2.5")
def test_a_fault_at_a_hidden_place_is_told_without_place_and_reason(bench: Served) -> None:
    found = errors_of_commit(bench, ProviderError(path=SECRET, message="'x' is a bad secret"))
    assert found == [("operation-failed", "", OTHERS)]


@pytest.mark.rfc("8341 §3.2.5")
def test_a_fault_elsewhere_is_told_in_full(bench: Served) -> None:
    path = SECRET.replace("bob", "ann")
    (found,) = errors_of_commit(bench, ProviderError(path=path, message="'x' is a bad secret"))
    assert found[1].endswith("vault:secret")
    assert found[2] == f"{path}: 'x' is a bad secret"


@pytest.mark.rfc("8341 §3.2.5")
def test_a_message_that_names_a_hidden_place_is_not_told(bench: Served) -> None:
    message = f'is the same as "{SECRET}"'
    found = errors_of_commit(bench, ProviderError(path="/vault:vault/name", message=message))
    assert found == [("operation-failed", "", OTHERS)]


@pytest.mark.rfc("8341 §3.2.5")
def test_each_of_several_errors_is_looked_at(bench: Served) -> None:
    found = errors_of_commit(
        bench,
        ProviderError(path="/vault:vault/name", message="no"),
        ProviderError(path=SECRET, message="no"),
        ProviderError(path='/vault:vault/box[owner="bob\'s"][number="1"]', message="no"),
    )
    messages = [message for _, _, message in found]
    assert messages == ["/vault:vault/name: no", OTHERS, messages[2]]
    assert "bob's" in messages[2]


def test_a_recovery_user_is_told_everything(bench: Served) -> None:
    bench.provider.refusals = [ProviderError(path=SECRET, message="no")]
    assert SECRET in error_of(commit(bench.client("root")))["error-message"]
