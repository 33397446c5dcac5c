"""Access control (RFC 8341) as a user who is bound by it sees it."""

from __future__ import annotations

import pytest
from ncclient.operations import RPCError

from tests.clients.requests import config, config_of_rule, depot
from tests.clients.served import GUEST, Served, connect
from tests.clients.sessions import ncclient_session

STATUS = ("subtree", depot("<status/>"))
OPEN = "<gates>open</gates>"


@pytest.mark.rfc("8341 §3.2.2")
def test_a_guest_may_read_but_not_write(server: Served) -> None:
    with ncclient_session(server, username=GUEST) as guest:
        assert "<gates>open</gates>" in guest.get(("subtree", depot("<status/>"))).data_xml
        with pytest.raises(RPCError) as denied:
            guest.edit_config(target="candidate", config=config("north"))
    assert denied.value.tag == "access-denied"


@pytest.mark.rfc("8341 §3.3.5")
def test_a_rule_lets_the_guest_write_in_one_module(server: Served) -> None:
    with connect(server.port) as session:
        session.edit_config(config_of_rule(GUEST, "example-depot", "permit"), target="candidate")
        session.commit()
    with ncclient_session(server, username=GUEST) as guest:
        guest.edit_config(target="candidate", config=config("north"))
        guest.commit()
        with pytest.raises(RPCError) as denied:
            guest.edit_config(target="candidate", config=config_of_rule(GUEST, "*", "permit"))
        assert "<name>north</name>" in guest.get_config("running").data_xml
    assert denied.value.tag == "access-denied"


@pytest.mark.rfc("8341 §3.2.4")
def test_what_a_rule_denies_is_not_there_for_the_guest(server: Served) -> None:
    with ncclient_session(server, username=GUEST) as guest:
        assert OPEN in guest.get(STATUS).data_xml
        with connect(server.port) as session:
            rule = config_of_rule(GUEST, "example-depot", "deny")
            session.edit_config(rule, target="candidate")
            session.commit()
        assert OPEN not in guest.get(STATUS).data_xml
