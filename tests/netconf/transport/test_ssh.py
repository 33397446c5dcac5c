"""SSH on loopback: who gets in, what is served, and what a lost or killed session leaves behind."""

from __future__ import annotations

import stat
from pathlib import Path

import asyncssh
import pytest

from netconf_server.datastores.datastore import DatastoreName
from netconf_server.markup import BASE, new_element
from netconf_server.protocol.framing import Framing, encode
from netconf_server.settings import Limits
from netconf_server.transport.ssh_keys import SshKeyError, load_host_keys
from netconf_server.users.users import User
from tests.netconf.protocol.fakes import TOY, Bench, hello
from tests.netconf.protocol.running import ADMIN, Running, settings_in
from tests.netconf.transport.raw_ssh import (
    HELLO_1_0,
    RawClient,
    SshService,
    log_in,
    logged_in,
    serve,
)

LOCK = "<lock><target><candidate/></target></lock>"
EDIT = '<edit-config><target><candidate/></target><config><x xmlns="urn:x"/></config></edit-config>'


class TestLogIn:
    def refused(self, directory: Path, user: User, **options: object) -> bool:
        async def attempt(port: int) -> bool:
            try:
                await log_in(port, **options)
            except asyncssh.PermissionDenied:
                return True
            return False

        with serve(Bench(), settings_in(directory, user)) as running:
            return running.run(attempt(running.port))

    def test_the_right_password_is_let_in(self, tmp_path: Path) -> None:
        assert not self.refused(tmp_path, ADMIN)

    @pytest.mark.parametrize("options", [{"password": "wrong"}, {"username": "nobody"}])
    def test_a_wrong_password_or_name_is_refused(
        self, tmp_path: Path, options: dict[str, object]
    ) -> None:
        assert self.refused(tmp_path, ADMIN, **options)

    def test_the_cipher_that_is_slow_here_is_not_spoken(self, tmp_path: Path) -> None:
        async def attempt(port: int) -> None:
            with pytest.raises(asyncssh.KeyExchangeFailed):
                await log_in(port, encryption_algs=["chacha20-poly1305@openssh.com"])

        with serve(Bench(), settings_in(tmp_path, ADMIN)) as running:
            running.run(attempt(running.port))

    @pytest.mark.parametrize("kind", ["ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"])
    def test_the_users_key_is_let_in_and_no_other(self, tmp_path: Path, kind: str) -> None:
        own, other = asyncssh.generate_private_key(kind), asyncssh.generate_private_key(kind)
        line = own.export_public_key().decode()
        user = User(name=ADMIN.name, authorized_keys=(line,))
        assert not self.refused(tmp_path, user, client_keys=[own], password=None)
        assert self.refused(tmp_path, user, client_keys=[other], password=None)

    def test_a_key_does_not_open_the_account_of_another(self, tmp_path: Path) -> None:
        key = asyncssh.generate_private_key("ssh-ed25519")
        user = User(name="other", authorized_keys=(key.export_public_key().decode(),))
        assert self.refused(tmp_path, user, client_keys=[key], password=None)

    def test_an_authorized_key_that_is_none_is_reported_at_the_start(self, tmp_path: Path) -> None:
        user = User(name="admin", authorized_keys=("no key",))
        with (
            pytest.raises(SshKeyError, match="user admin: authorized key"),
            serve(Bench(), settings_in(tmp_path, user)),
        ):
            pass


class TestHostKey:
    def test_it_is_the_same_after_a_restart_and_private(self, tmp_path: Path) -> None:
        async def key_of(port: int) -> bytes:
            async with logged_in(port) as connection:
                key = connection.get_server_host_key()
                assert key is not None
                return key.export_public_key()

        seen = []
        for _ in range(2):
            with serve(Bench(), settings_in(tmp_path)) as running:
                seen.append(running.run(key_of(running.port)))
        assert seen[0] == seen[1]
        assert seen[0].startswith(b"ssh-ed25519 ")
        assert [path.name for path in tmp_path.iterdir()] == ["ssh_host_ed25519_key"]
        mode = (tmp_path / "ssh_host_ed25519_key").stat().st_mode
        assert stat.S_IMODE(mode) == 0o600

    def test_keys_of_other_kinds_beside_it_are_used_too(self, tmp_path: Path) -> None:
        ecdsa = tmp_path / "ssh_host_ecdsa_key"
        asyncssh.generate_private_key("ecdsa-sha2-nistp256").write_private_key(ecdsa)
        ecdsa.chmod(0o600)
        keys = load_host_keys(tmp_path / "ssh_host_ed25519_key")
        assert [key.get_algorithm() for key in keys] == ["ssh-ed25519", "ecdsa-sha2-nistp256"]

    def test_a_key_that_others_may_read_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "ssh_host_ed25519_key"
        load_host_keys(path)
        path.chmod(0o644)
        with pytest.raises(SshKeyError, match="must be 0600"):
            load_host_keys(path)

    def test_a_file_that_is_no_key_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "ssh_host_ed25519_key"
        path.write_text("no key")
        path.chmod(0o600)
        with pytest.raises(SshKeyError, match="ssh_host_ed25519_key"):
            load_host_keys(path)


class TestChannels:
    @pytest.mark.rfc("6242 §3")
    def test_the_hello_comes_at_once_and_a_client_of_1_0_is_served(self, tmp_path: Path) -> None:
        async def scenario(port: int) -> list[str]:
            async with logged_in(port) as connection:
                client = await RawClient.open(connection)
                greeting = await client.receive()
                client.send(HELLO_1_0)
                reply = await client.ask("<close-session/>")
                assert await client.receive_end() == b""
                return [str(greeting.tag), str(reply[0].tag)]

        with serve(Bench(), settings_in(tmp_path)) as running:
            tags = running.run(scenario(running.port))
        assert tags == [f"{{{BASE}}}hello", f"{{{BASE}}}ok"]

    @pytest.mark.parametrize("hello_framing", Framing)
    def test_a_first_request_that_comes_with_the_hello_is_served(
        self, tmp_path: Path, hello_framing: Framing
    ) -> None:
        async def scenario(port: int) -> bytes:
            async with logged_in(port) as connection:
                writer, reader, _ = await connection.open_session(
                    subsystem="netconf", encoding=None
                )
                greeting = hello("urn:ietf:params:netconf:base:1.1")
                close = f'<rpc message-id="1" xmlns="{BASE}"><close-session/></rpc>'.encode()
                first, second = encode(greeting, hello_framing), encode(close, Framing.CHUNKED)
                writer.write(b"".join((*first, *second)))
                received: bytes = await reader.read()
                return received

        with serve(Bench(), settings_in(tmp_path)) as running:
            assert b"<ok/>" in running.run(scenario(running.port))

    @pytest.mark.parametrize(
        "request_", [{"command": "id"}, {"subsystem": "sftp"}, {"term_type": "vt100"}, {}]
    )
    def test_nothing_but_the_netconf_subsystem_is_served(
        self, tmp_path: Path, request_: dict[str, str]
    ) -> None:
        async def scenario(port: int) -> None:
            async with logged_in(port) as connection:
                await connection.open_session(encoding=None, **request_)

        with (
            serve(Bench(), settings_in(tmp_path)) as running,
            pytest.raises(asyncssh.ChannelOpenError),
        ):
            running.run(scenario(running.port))

    def test_a_reply_larger_than_every_buffer_arrives_whole(self, tmp_path: Path) -> None:
        async def scenario(port: int) -> int:
            async with logged_in(port) as connection:
                client = await RawClient.greeted(connection)
                return len((await client.ask("<get/>"))[0][0].text or "")

        bench = Bench()
        top = new_element("top", TOY)
        top.text = "x" * 9_000_000
        bench.datastores.contents[DatastoreName.RUNNING] = {"top": top}
        with serve(bench, settings_in(tmp_path)) as running:
            assert running.run(scenario(running.port)) == 9_000_000

    def test_two_sessions_share_a_connection(self, tmp_path: Path) -> None:
        async def scenario(port: int) -> list[int]:
            async with logged_in(port) as connection:
                first = await RawClient.greeted(connection)
                second = await RawClient.greeted(connection)
                return [len(await first.ask("<get/>")), len(await second.ask("<get/>"))]

        with serve(Bench(), settings_in(tmp_path)) as running:
            assert running.run(scenario(running.port)) == [1, 1]

    def test_a_session_beyond_the_limit_is_refused(self, tmp_path: Path) -> None:
        async def scenario(port: int) -> None:
            async with logged_in(port) as connection:
                await RawClient.greeted(connection)
                with pytest.raises(asyncssh.ChannelOpenError):
                    await RawClient.open(connection)

        with serve(Bench(), settings_in(tmp_path, limits=Limits(max_sessions=1))) as running:
            running.run(scenario(running.port))

    def test_a_client_that_says_no_hello_is_disconnected(self, tmp_path: Path) -> None:
        async def scenario(port: int) -> bytes:
            async with logged_in(port) as connection:
                client = await RawClient.open(connection)
                await client.receive()
                return await client.receive_end()

        with serve(Bench(), settings_in(tmp_path, limits=Limits(hello_timeout_s=0))) as running:
            assert running.run(scenario(running.port)) == b""

    def test_stopping_the_server_ends_the_sessions(self, tmp_path: Path) -> None:
        bench = Bench()
        with serve(bench, settings_in(tmp_path)) as running:

            async def scenario(port: int) -> RawClient:
                client = await RawClient.greeted(await log_in(port))
                await client.ask(LOCK)
                return client

            running.run(scenario(running.port))
        assert len(bench.management.sessions) == 0
        assert bench.management.locks.get(DatastoreName.CANDIDATE) is None


class TestLoss:
    @pytest.mark.rfc("6241 §8.3.5.2")
    @pytest.mark.parametrize("how", ["end of file", "connection closed", "connection aborted"])
    def test_locks_and_changes_go_with_a_session_that_is_lost(
        self, tmp_path: Path, how: str
    ) -> None:
        async def lose(connection: asyncssh.SSHClientConnection, client: RawClient) -> None:
            if how == "end of file":
                client.send_end()
                await client.receive_end()
            elif how == "connection closed":
                connection.close()
            else:
                connection.abort()

        async def scenario(port: int) -> None:
            connection = await log_in(port)
            client = await RawClient.greeted(connection)
            await client.ask(LOCK)
            await client.ask(EDIT)
            assert bench.datastores.candidate_modified
            await lose(connection, client)
            await service.sessions.has_ended.wait()
            connection.close()

        bench = Bench()
        service = SshService(bench, settings_in(tmp_path))
        with Running(lambda: service) as running:
            running.run(scenario(running.port))
        assert bench.management.locks.get(DatastoreName.CANDIDATE) is None
        assert not bench.datastores.candidate_modified
        assert bench.management.sessions.totals.dropped_sessions == 1

    @pytest.mark.rfc("6241 §7.9")
    def test_a_killed_session_is_disconnected(self, tmp_path: Path) -> None:
        async def scenario(port: int) -> None:
            victim_connection = await log_in(port)
            victim = await RawClient.greeted(victim_connection)
            await victim.ask(LOCK)
            async with logged_in(port) as connection:
                killer = await RawClient.greeted(connection)
                await killer.ask("<kill-session><session-id>1</session-id></kill-session>")
                assert await victim.receive_end() == b""
                await victim_connection.wait_closed()
                assert (await killer.ask(LOCK))[0].tag == f"{{{BASE}}}ok"
                assert bench.management.sessions.totals.dropped_sessions == 0

        bench = Bench()
        with serve(bench, settings_in(tmp_path)) as running:
            running.run(scenario(running.port))

    @pytest.mark.rfc("6241 §7.9")
    def test_another_session_of_the_same_connection_survives_the_kill(self, tmp_path: Path) -> None:
        async def scenario(port: int) -> str:
            async with logged_in(port) as connection:
                victim = await RawClient.greeted(connection)
                killer = await RawClient.greeted(connection)
                await killer.ask("<kill-session><session-id>1</session-id></kill-session>")
                assert await victim.receive_end() == b""
                return str((await killer.ask("<get/>"))[0].tag)

        with serve(Bench(), settings_in(tmp_path)) as running:
            assert running.run(scenario(running.port)) == f"{{{BASE}}}data"
