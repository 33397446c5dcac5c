"""Confirmed commits (RFC 6241 §8.4) as each client does them."""

from __future__ import annotations

import pytest
from ncclient.operations import RPCError

from tests.clients.requests import NAMESPACE, config
from tests.clients.served import Served, connect
from tests.clients.sessions import ask_console, ncclient_session, scrapli_driver
from tests.clients.waiting import wait_until

pytestmark = pytest.mark.rfc("6241 §8.4")


def has_name(server: Served, name: str) -> bool:
    """Say whether the depot in running has a name, in a session of its own."""
    with connect(server.port) as session:
        return f"<name>{name}</name>".encode() in session.get_config("running").data_xml


class TestNcclient:
    def test_what_is_confirmed_outlives_the_session(self, server: Served) -> None:
        with ncclient_session(server) as session:
            session.edit_config(target="candidate", config=config("north"))
            session.commit(confirmed=True, timeout="60")
            session.commit()
        assert has_name(server, "north")

    def test_what_is_not_confirmed_goes_with_the_session(self, server: Served) -> None:
        with ncclient_session(server) as session:
            session.edit_config(target="candidate", config=config("north"))
            session.commit(confirmed=True, timeout="60")
            assert has_name(server, "north")
        wait_until(lambda: not has_name(server, "north"))

    def test_a_named_one_is_cancelled_by_another_session(self, server: Served) -> None:
        with ncclient_session(server) as session:
            session.edit_config(target="candidate", config=config("north"))
            session.commit(confirmed=True, timeout="60", persist="change 7")
        assert has_name(server, "north")
        with ncclient_session(server) as session:
            with pytest.raises(RPCError) as refused:
                session.cancel_commit(persist_id="change 8")
            assert refused.value.tag == "invalid-value"
            session.cancel_commit(persist_id="change 7")
        assert not has_name(server, "north")


class TestNetconfConsole:
    def test_it_confirms_in_the_same_run_or_not_at_all(self, server: Served) -> None:
        edit = ("--db=candidate", f"--ns=d={NAMESPACE}", "--set=/d:depot/d:name=north")
        tentatively = (*edit, "--commit=confirmed", "--timeout=60")
        ask_console(server, *tentatively)
        wait_until(lambda: not has_name(server, "north"))
        ask_console(server, *tentatively, "--commit")
        assert has_name(server, "north")


class TestScrapli:
    def test_it_persists_and_confirms_by_name(self, server: Served) -> None:
        driver = scrapli_driver(server)
        driver.open()
        driver.edit_config(config("north"), target="candidate")
        assert not driver.commit(confirmed=True, timeout=60, persist=7).failed
        driver.close()
        again = scrapli_driver(server)
        again.open()
        assert not again.commit(persist_id=7).failed
        again.close()
        assert has_name(server, "north")
