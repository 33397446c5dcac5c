"""Users of the configuration (RFC 7317): let in and shut out by a commit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import asyncssh
import pytest

from netconf_server.schema.schema import Schema
from netconf_server.server import NetconfServer
from netconf_server.storing_provider import StoringProvider
from netconf_server.users.sha_crypt import hash_password, is_match
from netconf_server.users.system_users import SYSTEM_MODULES
from tests.netconf.protocol.running import Running, settings_in
from tests.netconf.transport.raw_ssh import RawClient, logged_in

SYSTEM = "urn:ietf:params:xml:ns:yang:ietf-system"


def server_in(directory: Path) -> Running:
    """Serve nothing but users."""
    schema = Schema([], SYSTEM_MODULES)
    return Running(lambda: NetconfServer(schema, StoringProvider(), settings_in(directory)))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Running]:
    with server_in(tmp_path) as running:
        yield running


def user(name: str, *children: str, operation: str = "merge") -> str:
    """Write an edit of one user."""
    return (
        f'<edit-config><target><candidate/></target><config><system xmlns="{SYSTEM}">'
        f'<authentication><user xmlns:nc="urn:ietf:params:xml:ns:netconf:base:1.0"'
        f' nc:operation="{operation}"><name>{name}</name>{"".join(children)}</user>'
        "</authentication></system></config></edit-config>"
    )


def password(text: str) -> str:
    return f"<password>{text}</password>"


def authorized_key(key: asyncssh.SSHKey, algorithm: str | None = None) -> str:
    kind, data = key.export_public_key().decode().split()[:2]
    return (
        f"<authorized-key><name>laptop</name><algorithm>{algorithm or kind}</algorithm>"
        f"<key-data>{data}</key-data></authorized-key>"
    )


def ask(server: Running, *operations: str) -> list[str]:
    """Send operations as the admin of the file; return what came back, as text."""

    async def scenario(port: int) -> list[str]:
        async with logged_in(port) as connection:
            client = await RawClient.greeted(connection)
            return ["".join(map(str, (await client.ask(each)).itertext())) for each in operations]

    return server.run(scenario(server.port))


def can_log_in(server: Running, **options: object) -> bool:
    async def scenario(port: int) -> bool:
        try:
            async with logged_in(port, **options):
                return True
        except asyncssh.PermissionDenied:
            return False

    return server.run(scenario(server.port))


class TestPasswords:
    @pytest.mark.rfc("7317 §3.5")
    def test_a_user_is_let_in_from_the_commit_on(self, server: Running) -> None:
        ask(server, user("ann", password("$0$secret")))
        assert not can_log_in(server, username="ann", password="secret")
        ask(server, user("ann", password("$0$secret")), "<commit/>")
        assert can_log_in(server, username="ann", password="secret")
        assert not can_log_in(server, username="ann", password="$0$secret")

    @pytest.mark.rfc("7317 §5")
    @pytest.mark.parametrize("store", ["candidate", "running"])
    def test_of_a_password_in_clear_the_hash_is_stored(self, server: Running, store: str) -> None:
        get = f"<get-config><source><{store}/></source></get-config>"
        stored = ask(server, user("ann", password("$0$secret")), "<commit/>", get)[2]
        assert stored.startswith("ann$6$")
        assert is_match(stored.removeprefix("ann"), "secret")

    @pytest.mark.rfc("7317 §5")
    def test_a_hash_is_stored_as_it_is(self, server: Running) -> None:
        given = hash_password("secret")
        get = "<get-config><source><running/></source></get-config>"
        assert ask(server, user("ann", password(given)), "<commit/>", get)[2] == f"ann{given}"
        assert can_log_in(server, username="ann", password="secret")

    @pytest.mark.parametrize(
        "unusable",
        ["$1$salt$" + "x" * 22, "$6$rounds=900000000$salt$" + "x" * 86],
    )
    def test_a_hash_that_no_log_in_can_be_held_against_is_refused(
        self, server: Running, unusable: str
    ) -> None:
        refusal = ask(server, user("ann", password(unusable)), "<commit/>")[1]
        assert "operation-failed" in refusal
        assert "/user[name='ann']/password" in refusal

    def test_a_new_password_takes_the_place_of_the_old(self, server: Running) -> None:
        ask(server, user("ann", password("$0$old")), "<commit/>")
        ask(server, user("ann", password("$0$new")), "<commit/>")
        assert can_log_in(server, username="ann", password="new")
        assert not can_log_in(server, username="ann", password="old")

    @pytest.mark.parametrize(
        ("clear", "reason"), [("", "must not be empty"), ("x" * 1025, "at most 1024 bytes")]
    )
    def test_a_password_that_cannot_be_hashed_is_refused_with_its_place(
        self, server: Running, clear: str, reason: str
    ) -> None:
        refusal = ask(server, user("ann", password(f"$0${clear}")))[0]
        assert "invalid-value" in refusal
        assert "user[ietf-system:name='ann']" in refusal
        assert reason in refusal

    def test_one_request_brings_no_more_than_can_be_hashed_quickly(self, server: Running) -> None:
        one = password("$0$secret")
        refusal = ask(server, user("ann", one * 51))[0]
        assert "resource-denied" in refusal
        assert "send their hashes" in refusal


class TestKeys:
    @pytest.mark.parametrize(
        ("kind", "algorithm"),
        [
            ("ssh-ed25519", None),
            ("ecdsa-sha2-nistp256", None),
            ("ssh-rsa", None),
            ("ssh-rsa", "rsa-sha2-256"),
        ],
    )
    def test_a_listed_key_opens_the_account(
        self, server: Running, kind: str, algorithm: str | None
    ) -> None:
        key, other = asyncssh.generate_private_key(kind), asyncssh.generate_private_key(kind)
        ask(server, user("ann", authorized_key(key, algorithm)), "<commit/>")
        assert can_log_in(server, username="ann", password=None, client_keys=[key])
        assert not can_log_in(server, username="ann", password=None, client_keys=[other])

    def test_what_is_no_key_is_refused_with_its_place(self, server: Running) -> None:
        key = asyncssh.generate_private_key("ssh-ed25519")
        refusal = ask(server, user("ann", authorized_key(key, "ssh-rsa")), "<commit/>")[1]
        assert "authorized-key[name='laptop']" in refusal


class TestLeaving:
    def test_a_deleted_user_is_let_in_no_more(self, server: Running) -> None:
        ask(server, user("ann", password("$0$secret")), "<commit/>")
        ask(server, user("ann", operation="delete"), "<commit/>")
        assert not can_log_in(server, username="ann", password="secret")

    def test_users_go_with_everything_above_them(self, server: Running) -> None:
        ask(server, user("ann", password("$0$secret")), "<commit/>")
        empty = "<config/>"
        edit = f"<target><candidate/></target><default-operation>replace</default-operation>{empty}"
        ask(server, f"<edit-config>{edit}</edit-config>", "<commit/>")
        assert not can_log_in(server, username="ann", password="secret")

    def test_the_given_user_stays_whatever_is_configured(self, server: Running) -> None:
        ask(server, user("admin", password("$0$other")), "<commit/>")
        assert can_log_in(server)
        assert can_log_in(server, password="other")
        ask(server, user("admin", operation="delete"), "<commit/>")
        assert can_log_in(server)
        assert not can_log_in(server, password="other")

    def test_users_are_there_after_a_restart(self, tmp_path: Path) -> None:
        with server_in(tmp_path) as server:
            ask(server, user("ann", password("$0$secret")), "<commit/>")
        with server_in(tmp_path) as server:
            assert can_log_in(server, username="ann", password="secret")


def test_only_what_works_of_the_module_is_there(server: Running) -> None:
    hostname = f'<system xmlns="{SYSTEM}"><hostname>me</hostname></system>'
    edit = f"<target><candidate/></target><config>{hostname}</config>"
    reply = ask(server, f"<edit-config>{edit}</edit-config>")[0]
    assert "unknown-element" in reply
