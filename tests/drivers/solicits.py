"""Solicits as frames: of one node, or a flood of them whose nodes and DUIDs are random.

As a program it sends so many of them on an interface over and over, and prints a line each time
that all have been sent.
"""

from __future__ import annotations

import random
import socket
import sys
from collections.abc import Iterator
from ipaddress import IPv6Address

from nf.codec.checksum import upper_layer_checksum
from nf.drivers.access.frames import ALL_DHCP_AGENTS, ETHERTYPE_IPV6, UDP
from nf.drivers.access.headers import ipv6_header
from nf.engine.values import LinkLayerAddress

#: Where Solicits go (RFC 8415 §7.1, RFC 2464 §7).
_GROUP = bytes.fromhex("333300010002")
_ELAPSED_TIME = bytes.fromhex("000800020000")
_IA_PD = bytes.fromhex("0019000c") + bytes(12)


def solicit(node: LinkLayerAddress, duid: bytes, transaction: int) -> bytes:
    """Return a frame of a node that asks for a prefix."""
    client = (1).to_bytes(2) + len(duid).to_bytes(2) + duid
    message = b"\x01" + transaction.to_bytes(3) + client + _ELAPSED_TIME + _IA_PD
    source = IPv6Address(b"\xfe\x80" + bytes(8) + node)
    ports = (546).to_bytes(2) + (547).to_bytes(2) + (8 + len(message)).to_bytes(2)
    sum_of = upper_layer_checksum(source, ALL_DHCP_AGENTS, UDP, ports + bytes(2) + message)
    packet = ports + sum_of.to_bytes(2) + message
    header = ipv6_header(UDP, 1, source, ALL_DHCP_AGENTS, len(packet))
    return _GROUP + node + ETHERTYPE_IPV6.to_bytes(2) + header + packet


def of_strangers(count: int, seed: int = 0) -> Iterator[bytes]:
    """Yield Solicits, each of another node with another DUID."""
    chance = random.Random(seed)
    for _ in range(count):
        node = LinkLayerAddress(b"\x02" + chance.randbytes(5))
        yield solicit(node, b"\x00\x04" + chance.randbytes(16), chance.randrange(1 << 24))


def main(interface: str, count: int) -> None:
    """Flood an interface until the process is killed."""
    frames = list(of_strangers(count))
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as speaker:
        speaker.bind((interface, 0))
        while True:
            for frame in frames:
                speaker.send(frame)
            print(count, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
