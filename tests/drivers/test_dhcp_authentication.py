"""DHCPv6 messages that show from whom they are, made with a secret that stands in a file."""

from __future__ import annotations

import os
from ipaddress import IPv6Address
from pathlib import Path

import pytest

from nf.codec.dhcpv6 import decode_dhcp_message, encode_dhcp_message
from nf.codec.dhcpv6_authentication import key_option, reconfigure_key, signed
from nf.codec.dhcpv6_messages import DhcpMessage, DhcpMessageType
from nf.codec.messages import MobileNodeIdentifier
from nf.drivers.access.authentication import FEWEST_OCTETS, dhcp_octets
from nf.engine.effects import SendDhcpMessage
from nf.engine.values import ReconfigureAuthentication
from nf.secret_file import read_secret

SECRET = b"a secret of more than 16 octets"
CLIENT, SERVER = b"\0\3\0\1client", b"\0\3\0\1server"
NUMBER = 7
NODE = MobileNodeIdentifier("bus-7@operator.example")
AUTHENTICATION = ReconfigureAuthentication(mobile_node_identifier=NODE, replay_detection=NUMBER)
DESCRIPTORS = Path("/proc/self/fd")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.write_bytes(SECRET + b"\n")
    return path


def effect(
    kind: DhcpMessageType, authentication: ReconfigureAuthentication | None = AUTHENTICATION
) -> SendDhcpMessage:
    message = DhcpMessage(
        message_type=kind,
        transaction_id=0,
        client_duid=CLIENT,
        server_duid=SERVER,
        reconfigure_accept=kind is DhcpMessageType.REPLY,
    )
    return SendDhcpMessage(
        link="link0",
        destination=IPv6Address("fe80::2"),
        message=message,
        authentication=authentication,
    )


REPLY, RECONFIGURE = effect(DhcpMessageType.REPLY), effect(DhcpMessageType.RECONFIGURE)


class TestMessage:
    def test_that_needs_no_authentication_is_sent_as_it_is(self, file: Path) -> None:
        plain = effect(DhcpMessageType.REPLY, None)
        assert dhcp_octets(plain, str(file)) == encode_dhcp_message(plain.message)

    @pytest.mark.rfc("8415 §20.4.2")
    def test_hands_a_client_its_key(self, file: Path) -> None:
        sent = decode_dhcp_message(dhcp_octets(REPLY, str(file)))
        assert sent.other_options == (key_option(reconfigure_key(SECRET, NODE, CLIENT), NUMBER),)
        assert sent.reconfigure_accept

    @pytest.mark.rfc("8415 §20.4.2")
    def test_that_reconfigures_is_signed_with_the_key(self, file: Path) -> None:
        plain = encode_dhcp_message(RECONFIGURE.message)
        expected = signed(plain, reconfigure_key(SECRET, NODE, CLIENT), NUMBER)
        assert dhcp_octets(RECONFIGURE, str(file)) == expected

    def test_is_made_with_the_secret_as_it_is_now(self, file: Path) -> None:
        before = dhcp_octets(RECONFIGURE, str(file))
        file.write_bytes(SECRET[::-1])
        assert dhcp_octets(RECONFIGURE, str(file)) != before

    @pytest.mark.parametrize("content", [None, b"", b"\n", b"x" * (FEWEST_OCTETS - 1)])
    def test_promises_nothing_without_a_secret(self, file: Path, content: bytes | None) -> None:
        if content is None:
            file.unlink()
        else:
            file.write_bytes(content)
        sent = decode_dhcp_message(dhcp_octets(REPLY, str(file)))
        assert not sent.reconfigure_accept
        assert sent.other_options == ()
        with pytest.raises(OSError, match=str(file)):
            dhcp_octets(RECONFIGURE, str(file))

    def test_promises_nothing_where_no_file_is_named(self) -> None:
        assert not decode_dhcp_message(dhcp_octets(REPLY, None)).reconfigure_accept


class TestSecret:
    @pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
    def test_ends_before_a_line_break(self, file: Path, end: bytes) -> None:
        file.write_bytes(SECRET + end)
        assert read_secret(str(file)) == SECRET

    def test_may_have_any_octets(self, file: Path) -> None:
        file.write_bytes(b"\0 \xff ")
        assert read_secret(str(file)) == b"\0 \xff "

    def test_is_not_waited_for_where_the_file_is_a_pipe(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(OSError, match="no regular file"):
            read_secret(str(tmp_path / "pipe"))

    @pytest.mark.parametrize("path", ["/dev/zero", "/"])
    def test_is_no_device_and_no_folder(self, path: str) -> None:
        with pytest.raises(OSError, match=r"no regular file|Is a directory"):
            read_secret(path)

    def test_is_no_file_that_has_far_too_much(self, file: Path) -> None:
        file.write_bytes(b"x" * 5000)
        with pytest.raises(OSError, match="no secret"):
            read_secret(str(file))

    def test_leaves_no_file_open(self, file: Path) -> None:
        before = len(list(DESCRIPTORS.iterdir()))
        for _ in range(3):
            read_secret(str(file))
            with pytest.raises(OSError, match="regular"):
                read_secret("/dev/zero")
        assert len(list(DESCRIPTORS.iterdir())) == before
