"""Kea understands our Relay-forward messages, and we its Relay-reply messages.

Kea is unpacked and not installed, since it would be a service of this machine. It stands in a
namespace of its own at the other end of a cable.
"""

from __future__ import annotations

import socket
import uuid
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv6Address, IPv6Network
from pathlib import Path
from typing import Final

import pytest

from nf.cli.demo.namespaces import Namespace, connect_namespaces, entered
from nf.codec.dhcpv6 import decode_dhcp_message, encode_dhcp_message
from nf.codec.dhcpv6_messages import (
    DhcpMessage,
    DhcpMessageType,
    DhcpStatusCode,
    IaPd,
    IaPrefix,
)
from nf.codec.dhcpv6_relay import decode_relay_message, encode_relay_message
from nf.codec.dhcpv6_relay_messages import RelayMessage, RelayMessageType
from tests.relay.kea import start_kea

pytestmark = pytest.mark.kernel

SERVER: Final = "2001:db8:f::1"
RELAY: Final = "2001:db8:f::11"
PORT: Final = 547
POOL: Final = IPv6Network("2001:db8:a000::/40")
MNP: Final = IPv6Network("2001:db8:a0a1::/56")
#: How often a message is sent, a second apart, before Kea counts as deaf.
ATTEMPTS: Final = 20

_TYPE = DhcpMessageType
SOLICIT: Final = DhcpMessage(
    message_type=_TYPE.SOLICIT,
    transaction_id=1,
    client_duid=bytes.fromhex("00030001020000000001"),
    elapsed_time_cs=0,
    ia_pds=(
        IaPd(
            iaid=1,
            prefixes=(IaPrefix(prefix=MNP, preferred_lifetime_s=0, valid_lifetime_s=0),),
        ),
    ),
)
FORWARD: Final = RelayMessage(
    message_type=RelayMessageType.RELAY_FORWARD,
    link_address=IPv6Address("2001:db8:1::1"),
    peer_address=IPv6Address("fe80::2"),
    relayed=b"",
    interface_id=b"access0",
    subscriber_id=b"mn1@example.net",
)


def configuration(folder: Path) -> dict[str, object]:
    """Return Kea's configuration: one link, and a pool of which it delegates /56."""
    pool = {"prefix": str(POOL.network_address), "prefix-len": POOL.prefixlen, "delegated-len": 56}
    return {
        "Dhcp6": {
            "interfaces-config": {"interfaces": [f"core0/{SERVER}"]},
            "lease-database": {"type": "memfile", "persist": False},
            "data-directory": str(folder),
            "valid-lifetime": 600,
            "preferred-lifetime": 500,
            "subnet6": [{"id": 1, "subnet": "2001:db8:1::/64", "pd-pools": [pool]}],
        }
    }


@pytest.fixture(scope="module")
def core(tmp_path_factory: pytest.TempPathFactory) -> Iterator[socket.socket]:
    """Have a relay agent's socket, connected to a Kea of its own."""
    folder = tmp_path_factory.mktemp("kea")
    label = f"kea{uuid.uuid4().hex[:6]}"
    server, relay = Namespace(f"{label}-server"), Namespace(f"{label}-relay")
    try:
        server.create()
        relay.create()
        connect_namespaces(server, "core0", relay, "core0")
        for host, addresses in ((server, (SERVER, "fe80::1")), (relay, (RELAY, "fe80::11"))):
            for address in addresses:
                host.ip("address", "add", f"{address}/64", "dev", "core0", "nodad")
        start_kea(server, folder, configuration(folder))
        with entered(relay):
            made = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        with made:
            made.bind((RELAY, PORT))
            made.connect((SERVER, PORT))
            made.settimeout(1)
            yield made
    finally:
        server.delete()
        relay.delete()


def asked(core: socket.socket, message: DhcpMessage) -> tuple[RelayMessage, DhcpMessage]:
    """Relay a message until Kea, which may be starting, answers it; answers to others are late."""
    octets = encode_relay_message(replace(FORWARD, relayed=encode_dhcp_message(message)))
    for _ in range(ATTEMPTS):
        try:
            core.send(octets)
            reply = decode_relay_message(core.recv(65535))
        except (TimeoutError, ConnectionRefusedError):
            continue
        answer = decode_dhcp_message(reply.relayed)
        if answer.transaction_id == message.transaction_id:
            return reply, answer
    raise AssertionError("no answer from Kea")


@pytest.mark.rfc("8415 §9.2", "8415 §21.18")
def test_the_relay_reply_repeats_what_leads_to_the_client(core: socket.socket) -> None:
    reply, advertised = asked(core, SOLICIT)
    assert reply.message_type is RelayMessageType.RELAY_REPLY
    assert reply.hop_count == FORWARD.hop_count
    assert reply.link_address == FORWARD.link_address
    assert reply.peer_address == FORWARD.peer_address
    assert reply.interface_id == FORWARD.interface_id
    assert advertised.message_type is _TYPE.ADVERTISE


def test_a_prefix_that_is_hinted_at_is_delegated_and_released(core: socket.socket) -> None:
    _, advertised = asked(core, SOLICIT)
    request = replace(
        SOLICIT,
        message_type=_TYPE.REQUEST,
        transaction_id=2,
        server_duid=advertised.server_duid,
        ia_pds=advertised.ia_pds,
    )
    _, delegated = asked(core, request)
    assert delegated.message_type is _TYPE.REPLY
    ((granted,),) = (ia.prefixes for ia in delegated.ia_pds)
    assert (granted.prefix, granted.valid_lifetime_s) == (MNP, 600)

    release = replace(
        request, message_type=_TYPE.RELEASE, transaction_id=3, ia_pds=delegated.ia_pds
    )
    _, reply = asked(core, release)
    (released,) = reply.ia_pds
    assert released.prefixes == ()
    assert released.status is not None
    assert released.status.code == DhcpStatusCode.SUCCESS
