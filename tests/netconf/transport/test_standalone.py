"""``python -m netconf_server`` as its users meet it: a process, a port, files."""

from __future__ import annotations

import signal
from pathlib import Path

import asyncssh
import pytest
from lxml import etree
from netconf_client.connect import (  # type: ignore[import-untyped]
    CallhomeManager,
    connect_ssh,
)
from netconf_client.ncclient import Manager  # type: ignore[import-untyped]

from netconf_server.__main__ import main
from tests.netconf.transport.certificates import LOOPBACK, authority
from tests.netconf.transport.process import USER, YANG_DIRECTORY, Client, Standalone, run

USERS = "http://example.com/schema/1.2/config"
#: Takes the names of three files, a fingerprint and a port.
SETTINGS = """
    [tls]
    host = "127.0.0.1"
    port = 0
    certificate = "{}"
    private-key = "{}"
    trusted-certificates = "{}"
    [[tls.cert-to-name]]
    fingerprint = "{}"
    map-type = "common-name"
    [[call-home]]
    host = "127.0.0.1"
    port = {}
    transport = "tls"
"""
LIBRARY = "urn:ietf:params:xml:ns:yang:ietf-yang-library"
MODULE = ("--yang", YANG_DIRECTORY, "--module", "example-users")


def config(name: str) -> str:
    """Write a configuration with one user."""
    return (
        f'<config><top xmlns="{USERS}"><users><user><name>{name}</name></user></users></top>'
        "</config>"
    )


def names_in(session: Client, source: str = "running") -> list[str | None]:
    """Read the names of all users."""
    data: etree._Element = session.get_config(source).data_ele
    return [element.text for element in data.iter(f"{{{USERS}}}name")]


def features_of(session: Client, module: str) -> set[str | None]:
    """Read from the YANG library which features of a module are served."""
    asked = f"""
        <yang-library xmlns="{LIBRARY}"><module-set><module>
          <name>{module}</name><feature/>
        </module></module-set></yang-library>"""
    data: etree._Element = session.get(f"<filter>{asked}</filter>").data_ele
    return {element.text for element in data.iter(f"{{{LIBRARY}}}feature")}


def commit(session: Client, name: str) -> None:
    """Commit one more user."""
    session.edit_config(config(name), target="candidate")
    session.commit()


class TestServing:
    def test_an_edit_is_committed_and_read_back(self, tmp_path: Path) -> None:
        with Standalone(tmp_path, *MODULE) as server, server.connect() as session:
            commit(session, "fred")
            assert names_in(session) == ["fred"]

    @pytest.mark.parametrize("switches", [(), ("--writable-running",)])
    def test_the_library_tells_whether_running_is_writable(
        self, tmp_path: Path, switches: tuple[str, ...]
    ) -> None:
        with Standalone(tmp_path, *MODULE, *switches) as server, server.connect() as session:
            features = features_of(session, "ietf-netconf")
            assert ("writable-running" in features) == bool(switches)

    def test_a_module_is_served_with_all_its_features(self, tmp_path: Path) -> None:
        modules = (*MODULE, "--module", "ietf-ip", "--module", "ietf-snmp")
        with Standalone(tmp_path, *modules) as server, server.connect() as session:
            assert features_of(session, "ietf-ip") == {
                "ipv4-non-contiguous-netmasks",
                "ipv6-privacy-autoconf",
            }
            assert "notification-filter" in features_of(session, "ietf-snmp")

    def test_only_the_named_features_are_served_when_some_are_named(self, tmp_path: Path) -> None:
        modules = ("--module", "ietf-ip", "--module", "ietf-interfaces")
        features = ("--feature", "ietf-ip:ipv6-privacy-autoconf", "--feature", "ietf-interfaces:")
        with Standalone(tmp_path, *modules, *features) as server, server.connect() as session:
            assert features_of(session, "ietf-ip") == {"ipv6-privacy-autoconf"}
            assert features_of(session, "ietf-interfaces") == set()

    def test_an_rpc_of_a_module_is_refused_since_nothing_would_be_done(
        self, tmp_path: Path
    ) -> None:
        with (
            Standalone(tmp_path, "--module", "ietf-system") as server,
            server.connect() as session,
            pytest.raises(Exception, match="stores configuration only"),
        ):
            session.dispatch('<system-restart xmlns="urn:ietf:params:xml:ns:yang:ietf-system"/>')

    def test_the_printed_fingerprint_is_that_of_the_key_in_the_file(self, tmp_path: Path) -> None:
        key = asyncssh.generate_private_key("ssh-ed25519")
        key.write_private_key(tmp_path / "key")
        (tmp_path / "key").chmod(0o600)
        with Standalone(tmp_path, *MODULE, "--host-key", tmp_path / "key") as server:
            assert server.fingerprint == key.get_fingerprint()

    def test_a_host_key_is_made_when_absent_and_used_again(self, tmp_path: Path) -> None:
        file = tmp_path / "keys" / "host"
        with Standalone(tmp_path, *MODULE, "--host-key", file) as first:
            pass
        with Standalone(tmp_path, *MODULE, "--host-key", file) as second:
            assert second.fingerprint == first.fingerprint

    def test_a_listed_key_is_let_in(self, tmp_path: Path) -> None:
        key = asyncssh.generate_private_key("ssh-ed25519")
        key.write_private_key(tmp_path / "id")
        (tmp_path / "keys").write_bytes(b"# mine\n\n" + key.export_public_key())
        with (
            Standalone(tmp_path, *MODULE, "--authorized-keys", tmp_path / "keys") as server,
            connect_ssh(
                "127.0.0.1", server.port, USER, None, key_filename=str(tmp_path / "id")
            ) as session,
        ):
            assert session.session_id > 0

    def test_it_listens_everywhere_on_one_port_when_told_to(self, tmp_path: Path) -> None:
        with Standalone(tmp_path, *MODULE, "--host", "") as server, server.connect() as session:
            assert names_in(session) == []

    @pytest.mark.filterwarnings("ignore:ssl.PROTOCOL_TLSv1_2")
    def test_a_file_can_set_up_a_call_home_by_tls(self, tmp_path: Path) -> None:
        root = authority()
        server = root.issue("server", LOOPBACK)
        certificate, key = root.issue("ann").write(tmp_path)
        names = [path.name for path in (*server.write(tmp_path), root.write(tmp_path)[0])]
        authorities = str(tmp_path / names[2])
        with CallhomeManager(bind_to="127.0.0.1", port=0) as manager:
            (tmp_path / "settings.toml").write_text(
                SETTINGS.format(*names, root.fingerprint, manager.server_socket.getsockname()[1])
            )
            with (
                Standalone(tmp_path, *MODULE, "--settings", tmp_path / "settings.toml"),
                Manager(
                    manager.accept_one_tls(
                        keyfile=str(key),
                        certfile=str(certificate),
                        ca_certs=authorities,
                    ),
                    timeout=30,
                ) as session,
            ):
                assert names_in(session) == []


class TestEnding:
    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_a_signal_ends_it_cleanly_and_without_a_word(
        self, tmp_path: Path, number: signal.Signals
    ) -> None:
        with Standalone(tmp_path, *MODULE) as server, server.connect():
            ended = server.end(number)
        assert (ended.status, ended.output, ended.errors) == (0, "", "")

    def test_nothing_stays_without_a_folder_for_data(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        temporary = tmp_path / "temporary"
        temporary.mkdir()
        monkeypatch.setenv("TMPDIR", str(temporary))
        with Standalone(tmp_path, *MODULE) as server:
            with server.connect() as session:
                commit(session, "fred")
            assert list(temporary.iterdir())
            server.end()
        assert not list(temporary.iterdir())

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
    def test_what_was_committed_is_there_after_a_restart(
        self, tmp_path: Path, number: signal.Signals
    ) -> None:
        arguments = (*MODULE, "--data-dir", tmp_path / "data")
        with Standalone(tmp_path, *arguments) as server, server.connect() as session:
            commit(session, "fred")
            commit(session, "barney")
            session.edit_config(config("uncommitted"), target="candidate")
            server.end(number)
        with Standalone(tmp_path, *arguments) as server, server.connect() as session:
            assert names_in(session) == ["fred", "barney"]
            assert names_in(session, "candidate") == ["fred", "barney"]

    def test_the_host_key_stays_with_the_data(self, tmp_path: Path) -> None:
        arguments = (*MODULE, "--data-dir", tmp_path / "data")
        with Standalone(tmp_path, *arguments) as first:
            first.end()
        with Standalone(tmp_path, *arguments) as second:
            assert second.fingerprint == first.fingerprint


class TestRefusingToStart:
    def refusal(self, capfd: pytest.CaptureFixture[str], *arguments: str | Path) -> str:
        """Return the one line in which the server says why it does not start."""
        try:
            status: int | str | None = main([*map(str, arguments)])
        except SystemExit as fault:
            status = fault.code
        said = capfd.readouterr()
        assert (status, said.out) == (2, "")
        assert said.err.count("\n") == 1
        return said.err

    @pytest.fixture
    def good(self, tmp_path: Path) -> tuple[str | Path, ...]:
        (tmp_path / "password").write_text("secret")
        user = ("--user", USER, "--password-file", tmp_path / "password")
        return (*MODULE, *user, "--port", "0")

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (("--module", "nowhere"), '"nowhere" not found'),
            (("--feature", "example-users:flight"), '"flight" not found'),
            (("--feature", "flight"), "not of the form MODULE:FEATURE"),
            (("--yang", "/nowhere"), "/nowhere is not a folder"),
            (("--port", "65536"), "'65536' is not a port"),
            (("--port", "-1"), "'-1' is not a port"),
            (("--password-file", "/nowhere"), "/nowhere: No such file"),
            (("--password-file", "/dev/null"), "the first line of /dev/null is empty"),
            (("--authorized-keys", "/dev/null"), "/dev/null has no key"),
            (("--data-dir", "/dev/null/data"), "/dev/null"),
            (("--host-key", "/dev/null/key"), "/dev/null"),
            (("--host", "192.0.2.1"), "192.0.2.1"),
            (("--colour", "red"), "--colour"),
            (("--settings", "/nowhere"), "/nowhere"),
        ],
    )
    def test_a_bad_argument_is_told_in_one_line(
        self,
        good: tuple[str | Path, ...],
        arguments: tuple[str, ...],
        words: str,
        capfd: pytest.CaptureFixture[str],
    ) -> None:
        assert words in self.refusal(capfd, *good, *arguments)

    def test_the_status_of_the_process_says_it(self) -> None:
        ended = run(*MODULE)
        assert (ended.status, ended.output, ended.errors.count("\n")) == (2, "", 1)

    def test_somebody_must_be_able_to_log_in(self, capfd: pytest.CaptureFixture[str]) -> None:
        assert "--password-file or --authorized-keys" in self.refusal(
            capfd, *MODULE, "--user", USER
        )

    def test_a_module_with_a_fault_is_told_with_its_name(
        self, tmp_path: Path, good: tuple[str | Path, ...], capfd: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "bad.yang").write_text('module bad { namespace "urn:b"; prefix b; leaf x; }')
        words = self.refusal(capfd, *good, "--yang", tmp_path, "--module", "bad")
        assert words.startswith("netconf_server: YANG module bad: ")

    def test_a_file_that_holds_no_key_is_told(
        self, tmp_path: Path, good: tuple[str | Path, ...], capfd: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "keys").write_text("ssh-ed25519 AAAA")
        assert "authorized key" in self.refusal(
            capfd, *good, "--authorized-keys", tmp_path / "keys"
        )

    def test_a_damaged_configuration_is_told_with_its_file(
        self, tmp_path: Path, good: tuple[str | Path, ...], capfd: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "running.xml").write_text("<config")
        assert str(tmp_path / "running.xml") in self.refusal(capfd, *good, "--data-dir", tmp_path)

    def test_data_that_another_server_uses_is_left_alone(
        self, tmp_path: Path, good: tuple[str | Path, ...], capfd: pytest.CaptureFixture[str]
    ) -> None:
        arguments = ("--data-dir", tmp_path / "data")
        with Standalone(tmp_path, *MODULE, *arguments):
            assert "is used by another server" in self.refusal(capfd, *good, *arguments)
