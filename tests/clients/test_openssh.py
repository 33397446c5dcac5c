"""OpenSSH's ``ssh -s``: the server's SSH as the reference client sees it, and NETCONF by hand."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from lxml import etree

from netconf_server.markup import BASE
from netconf_server.protocol.framing import END_OF_MESSAGE, FrameDecoder
from tests.clients.requests import config
from tests.clients.served import HOST, USER, Served, connect
from tests.clients.waiting import wait_for_lock

BASE_1_0 = "urn:ietf:params:netconf:base:1.0"
BASE_1_1 = "urn:ietf:params:netconf:base:1.1"


@pytest.fixture
def known_hosts(server: Served, tmp_path: Path) -> Path:
    """Learn the host key as an operator does."""
    command = ("ssh-keyscan", "-p", str(server.port), HOST)
    scanned = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    path = tmp_path / "known_hosts"
    path.write_text(scanned.stdout)
    return path


def talk(server: Served, known_hosts: Path, octets: bytes, *extra: str) -> bytes:
    """Send octets through ``ssh -s`` and return all that comes back until the server closes."""
    options = ("-o", "BatchMode=yes", "-o", f"UserKnownHostsFile={known_hosts}", "-F", "none")
    way_in = ("-i", str(server.key_file), "-p", str(server.port), f"{USER}@{HOST}")
    finished = subprocess.run(
        ["ssh", "-s", *options, *extra, *way_in, "netconf"],
        input=octets,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert finished.stdout, finished.stderr.decode()
    return finished.stdout


def hello(base: str) -> bytes:
    capabilities = f"<capabilities><capability>{base}</capability></capabilities>"
    return f'<hello xmlns="{BASE}">{capabilities}</hello>'.encode() + END_OF_MESSAGE


def rpc(message_id: str, operation: str) -> bytes:
    return f'<rpc message-id="{message_id}" xmlns="{BASE}">{operation}</rpc>'.encode()


def chunks(message: bytes, size: int) -> bytes:
    """Cut a message into chunks of a size (RFC 6242 §4.2)."""
    parts = [message[start : start + size] for start in range(0, len(message), size)]
    return b"".join(b"\n#%d\n%b" % (len(part), part) for part in parts) + b"\n##\n"


def messages(octets: bytes, *, chunked: bool) -> list[etree._Element]:
    """Take what came apart; the hello is always framed in the old way."""
    decoder = FrameDecoder(10_000_000)
    decoder.feed(octets)
    found = []
    while (message := decoder.next_message()) is not None:
        found.append(etree.fromstring(message))
        if chunked and len(found) == 1:
            decoder.switch_to_chunked()
    return found


CLOSE = rpc("bye", "<close-session/>")


@pytest.mark.rfc("6242 §4.3")
def test_end_of_message_framing(server: Served, known_hosts: Path) -> None:
    request = rpc("a&amp;b", "<get-config><source><running/></source></get-config>")
    octets = hello(BASE_1_0) + request + END_OF_MESSAGE + CLOSE + END_OF_MESSAGE
    greeting, data, bye = messages(talk(server, known_hosts, octets), chunked=False)
    assert greeting.tag == f"{{{BASE}}}hello"
    assert data.get("message-id") == "a&b"
    assert data[0].tag == f"{{{BASE}}}data"
    assert bye[0].tag == f"{{{BASE}}}ok"


@pytest.mark.rfc("6242 §4.2")
@pytest.mark.parametrize("size", [1, 7, 4096])
def test_chunked_framing_all_at_once(server: Served, known_hosts: Path, size: int) -> None:
    edit = f"<edit-config><target><candidate/></target>{config('north')}</edit-config>"
    read = "<get-config><source><candidate/></source></get-config>"
    octets = hello(BASE_1_1) + b"".join(
        chunks(message, size) for message in (rpc("1", edit), rpc("2", read), CLOSE)
    )
    greeting, edited, data, _ = messages(talk(server, known_hosts, octets), chunked=True)
    assert greeting.find(f"{{{BASE}}}session-id") is not None
    assert edited[0].tag == f"{{{BASE}}}ok"
    assert b"<name>north</name>" in etree.tostring(data)


def test_a_client_that_is_cut_off_leaves_nothing_locked(server: Served, known_hosts: Path) -> None:
    lock = rpc("1", "<lock><target><candidate/></target></lock>")
    talk(server, known_hosts, hello(BASE_1_0) + lock + END_OF_MESSAGE)
    with connect(server.port) as other:
        wait_for_lock(other, "candidate")


@pytest.mark.parametrize(
    "algorithms",
    [
        "KexAlgorithms=curve25519-sha256",
        "KexAlgorithms=ecdh-sha2-nistp256",
        "Ciphers=aes128-gcm@openssh.com",
        "Ciphers=aes256-gcm@openssh.com",
        "Ciphers=aes128-ctr",
        "RekeyLimit=1K",
    ],
)
def test_the_usual_algorithms(server: Served, known_hosts: Path, algorithms: str) -> None:
    octets = hello(BASE_1_0) + CLOSE + END_OF_MESSAGE
    answered = talk(server, known_hosts, octets, "-o", algorithms)
    assert len(messages(answered, chunked=False)) == 2
