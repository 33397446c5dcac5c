"""The file with limits, TLS and call home."""

from __future__ import annotations

from pathlib import Path

import pytest

from netconf_server.settings import CallHomeClient, Limits, SettingsError, TlsSettings
from netconf_server.settings_file import with_file
from netconf_server.transport.kind import TransportKind
from netconf_server.users.cert_to_name import CertToName, MapType
from tests.netconf.protocol.running import settings_in

TLS = """
    [tls]
    certificate = "server.pem"
    private-key = "/keys/server.key"
    trusted-certificates = "clients.pem"
    [[tls.cert-to-name]]
    fingerprint = "04:aa"
    map-type = "specified"
    name = "ann"
    [[tls.cert-to-name]]
    fingerprint = "04:bb"
    map-type = "san-any"
"""


def written(directory: Path, text: str) -> Path:
    path = directory / "settings.toml"
    path.write_text(text)
    return path


def test_an_empty_file_changes_nothing(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, limits=Limits(max_sessions=7))
    assert with_file(settings, written(tmp_path, "")) == settings


def test_limits_that_are_not_named_stay(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, limits=Limits(max_sessions=7))
    path = written(tmp_path, "[limits]\nidle-timeout-s = 0\nmax-sessions-per-user = 3\n")
    assert with_file(settings, path).limits == Limits(max_sessions=7, max_sessions_per_user=3)


def test_tls_is_read_with_files_beside_it(tmp_path: Path) -> None:
    assert with_file(settings_in(tmp_path), written(tmp_path, TLS)).tls == TlsSettings(
        certificate=tmp_path / "server.pem",
        private_key=Path("/keys/server.key"),
        trusted_certificates=tmp_path / "clients.pem",
        cert_to_name=(
            CertToName(id=1, fingerprint="04:aa", map_type=MapType.SPECIFIED, name="ann"),
            CertToName(id=2, fingerprint="04:bb", map_type=MapType.SAN_ANY),
        ),
    )


@pytest.mark.rfc("8071 §6.1")
def test_clients_are_called_at_the_ports_of_the_rfc_unless_told_otherwise(tmp_path: Path) -> None:
    text = """
        [[call-home]]
        host = "one.example.net"
        [[call-home]]
        host = "two.example.net"
        transport = "tls"
        [[call-home]]
        host = "2001:db8::3"
        port = 7
        name = "three"
    """
    assert with_file(settings_in(tmp_path), written(tmp_path, text)).call_home == (
        CallHomeClient(host="one.example.net", port=4334),
        CallHomeClient(host="two.example.net", port=4335, transport=TransportKind.TLS),
        CallHomeClient(host="2001:db8::3", port=7, name="three"),
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[", "settings.toml: "),
        ("[colours]", "unknown key 'colours'"),
        ("limits = 1", "settings.toml: "),
        ("[limits]\nmax-session = 1", "unknown key 'max-session'"),
        ("[limits]\nmax-sessions = '1'", "max-sessions is not a whole number"),
        ("[limits]\nmax-sessions = true", "max-sessions is not a whole number"),
        ("[limits]\nmax-sessions = 0", "max-sessions is less than 1"),
        ("[limits]\nidle-timeout-s = -1", "idle-timeout-s is less than 0"),
        ("[tls]", "'certificate' is missing"),
        (f"{TLS}\n[[tls.cert-to-name]]\nfingerprint = '04:cc'", "'map-type' is missing"),
        (TLS.replace("san-any", "any"), "'any' is not a valid MapType"),
        (TLS.replace("04:bb", "99:bb"), "its hash is not known"),
        (TLS.replace("[tls]", "[tls]\nport = 65536"), "65536 is not a port"),
        ("[[call-home]]\nport = 1", "'host' is missing"),
        ("[[call-home]]\nhost = 1", "host is not a string"),
        ("[[call-home]]\nhost = 'x'\ntransport = 'tcp'", "neither ssh nor tls"),
        ("[call-home]\nhost = 'x'", "settings.toml: "),
    ],
)
def test_a_fault_is_told_with_the_file(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(SettingsError) as fault:
        with_file(settings_in(tmp_path), written(tmp_path, text))
    assert str(fault.value).startswith(str(tmp_path))
    assert words in str(fault.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="none"):
        with_file(settings_in(tmp_path), tmp_path / "none")
