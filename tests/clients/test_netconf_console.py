"""netconf-console2: one command line, one session."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.clients.requests import NAMESPACE, depot
from tests.clients.served import Served, connect
from tests.clients.sessions import ask_console, run_console

PREFIX = f"--ns=d={NAMESPACE}"


@pytest.fixture
def edit(tmp_path: Path) -> Path:
    """Return a file with a configuration."""
    path = tmp_path / "edit.xml"
    path.write_text(depot("<name>north</name>"))
    return path


def test_it_shows_the_hello(server: Served) -> None:
    printed = ask_console(server, "--hello")
    assert "urn:ietf:params:netconf:capability:candidate:1.0" in printed
    assert "urn:example:legacy?module=example-legacy" in printed


def test_it_edits_in_one_run_and_commits_in_the_next(server: Served, edit: Path) -> None:
    ask_console(server, "--db=candidate", f"--edit-config={edit}")
    ask_console(server, "--validate=candidate", "--commit")
    assert "<name>north</name>" in ask_console(server, "--get-config", PREFIX, "-x", "/d:depot")


def test_it_locks_edits_and_commits_in_one_run(server: Served, edit: Path) -> None:
    ask_console(server, "--db=candidate", "--lock", f"--edit-config={edit}", "--commit", "--unlock")
    assert "<name>north</name>" in ask_console(server, "--get-config")


def test_it_sets_and_deletes_by_path(server: Served) -> None:
    ask_console(server, "--db=candidate", PREFIX, "--set=/d:depot/d:name=south", "--commit")
    assert "<name>south</name>" in ask_console(server, "--get-config")
    ask_console(server, "--db=candidate", PREFIX, "--delete=/d:depot/d:name", "--commit")
    assert "south" not in ask_console(server, "--get-config")


def test_a_subtree_filter_needs_no_type(server: Served) -> None:
    printed = ask_console(server, PREFIX, "--filter=/d:depot/d:status", "--get")
    assert "<gates>open</gates>" in printed
    assert "netconf-state" not in printed


def test_what_is_refused_is_shown_with_its_reason(server: Served) -> None:
    finished = run_console(server, "--db=candidate", PREFIX, f"--set=/d:depot/d:name={'x' * 21}")
    printed = finished.stdout + finished.stderr
    assert "/example-depot:depot/example-depot:name" in printed
    assert "length" in printed


def test_running_is_not_edited_behind_the_candidates_back(server: Served, edit: Path) -> None:
    finished = run_console(server, f"--edit-config={edit}")
    assert ":writable-running" in finished.stdout + finished.stderr


def test_it_keeps_running_for_the_next_start(server: Served, edit: Path) -> None:
    ask_console(server, "--db=candidate", f"--edit-config={edit}", "--commit")
    ask_console(server, "--copy-running-to-startup")
    assert "<name>north</name>" in ask_console(server, "--db=startup", "--get-config")


def test_it_fetches_a_module(server: Served) -> None:
    assert "module example-depot {" in ask_console(server, "--get-schema=example-depot")


def test_it_ends_another_session(server: Served) -> None:
    with connect(server.port) as victim:
        victim.lock("candidate")
        ask_console(server, f"--kill-session={victim.session_id}")
        ask_console(server, "--db=candidate", "--lock", "--unlock")


def test_it_invokes_an_rpc_and_an_action(server: Served, tmp_path: Path) -> None:
    rpc = tmp_path / "rpc.xml"
    rpc.write_text(f'<open-gates xmlns="{NAMESPACE}"><how-many>3</how-many></open-gates>')
    assert "<opened" in ask_console(server, f"--rpc={rpc}")
    ask_console(server, "--db=candidate", PREFIX, "--create=/d:depot/d:bus[d:id='B-7']", "--commit")
    action = "--action=/d:depot/d:bus[d:id='B-7']/d:park[d:bay='5']"
    assert "bay 5" in ask_console(server, PREFIX, action)
