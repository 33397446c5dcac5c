"""Two users over SSH: what they are follows from how they log in, to the last byte."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from ncclient import manager
from ncclient.operations import RPCError

from netconf_server.server import NetconfServer
from netconf_server.users.users import load_users
from tests.netconf.fake_provider import FakeProvider
from tests.netconf.nacm.acme import acme_schema, rule, rule_list
from tests.netconf.nacm.served import nacm, vault
from tests.netconf.protocol.running import Running, settings_in

USERS = """
[users.root]
password = "correct horse"

[users.ann]
password = "correct horse"
groups = ["guards"]

[users.bob]
password = "correct horse"
"""
BOX = "<box><owner>ann</owner><number>1</number><secret>{}</secret></box>"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Running]:
    """Serve the users of a file; the guards may write secrets, and nobody else may read them."""
    path = tmp_path / "users.toml"
    path.write_text(USERS)
    path.chmod(0o600)
    settings = settings_in(tmp_path, *load_users(path), recovery_users=frozenset({"root"}))
    with Running(lambda: NetconfServer(acme_schema(), FakeProvider(), settings)) as running:
        guards = rule_list("guards", rule("permit", path="/v:vault/v:box"))
        hide = "<read-default>permit</read-default>"
        with connect(running, "root") as root:
            root.edit_config(target="candidate", config=config(vault(BOX.format("x"))))
            root.edit_config(target="candidate", config=config(nacm(hide + guards)))
            root.commit()
        yield running


def connect(server: Running, username: str) -> AbstractContextManager[Any]:
    """Log in."""
    session: AbstractContextManager[Any] = manager.connect(
        host="127.0.0.1",
        port=server.port,
        username=username,
        password="correct horse",
        hostkey_verify=False,
        allow_agent=False,
        look_for_keys=False,
    )
    return session


def config(content: str) -> str:
    return f'<config xmlns="urn:ietf:params:xml:ns:netconf:base:1.0">{content}</config>'


@pytest.mark.rfc("8341 §3.4.2")
def test_the_user_of_a_group_may_write_and_the_other_may_not(server: Running) -> None:
    content = config(vault(BOX.format("new")))
    with connect(server, "bob") as bob, pytest.raises(RPCError) as refusal:
        bob.edit_config(target="candidate", config=content)
    assert refusal.value.tag == "access-denied"
    assert refusal.value.path.endswith("vault:secret")
    with connect(server, "ann") as ann:
        ann.edit_config(target="candidate", config=content)
        ann.commit()
        assert "<secret>new</secret>" in ann.get_config(source="running").data_xml


@pytest.mark.rfc("8341 §3.2.4")
def test_the_rules_are_shown_to_the_recovery_user_alone(server: Running) -> None:
    for username, is_shown in (("root", True), ("ann", False), ("bob", False)):
        with connect(server, username) as session:
            assert ("guards" in session.get().data_xml) is is_shown
            assert "<secret>x</secret>" in session.get().data_xml
