"""Packets for foreign eyes: IPv6 around a message, a capture file, and what tshark reads there."""

from __future__ import annotations

import json
import struct
import subprocess
from collections.abc import Iterator
from ipaddress import IPv6Address
from pathlib import Path
from typing import Any, Final

from nf.codec.checksum import upper_layer_checksum
from nf.codec.messages import MobilityMessage
from nf.codec.mobility import encode_mobility_message

MAG: Final = IPv6Address("2001:db8:f::11")
LMA: Final = IPv6Address("2001:db8:f::1")
TSHARK: Final = "/usr/bin/tshark"
UDP: Final = 17
ICMPV6: Final = 58
MOBILITY: Final = 135
#: Where the checksum stands in each upper layer.
_CHECKSUM_AT: Final = {UDP: 6, ICMPV6: 2, MOBILITY: 4}
#: Link type: packets that begin at the IPv6 header.
_LINKTYPE_IPV6: Final = 229
#: Severities of tshark's experts begin to trouble here (PI_WARN).
_WARNING: Final = 0x600000


def ipv6_packet(next_header: int, payload: bytes, hop_limit: int = 64) -> bytes:
    """Return an IPv6 packet from MAG to LMA, the checksum of its payload filled in."""
    at = _CHECKSUM_AT[next_header]
    value = upper_layer_checksum(MAG, LMA, next_header, payload)
    payload = payload[:at] + struct.pack("!H", value) + payload[at + 2 :]
    head = struct.pack("!IHBB", 6 << 28, len(payload), next_header, hop_limit)
    return head + MAG.packed + LMA.packed + payload


def udp_datagram(source_port: int, destination_port: int, data: bytes) -> bytes:
    return struct.pack("!HHHH", source_port, destination_port, 8 + len(data), 0) + data


def dissect(folder: Path, packets: list[bytes]) -> list[dict[str, Any]]:
    """Return tshark's view of each packet: its layers, with raw octets beside the fields."""
    output = _tshark(folder, packets, "-T", "json", "-x", "--no-duplicate-keys")
    return [frame["_source"]["layers"] for frame in json.loads(output)]


def troubled(folder: Path, packets: list[bytes]) -> dict[int, str]:
    """Return which packets, counted from 0, tshark calls malformed or warns of, and its words."""
    trouble = f"_ws.malformed || _ws.expert.severity >= {_WARNING}"
    names = ("-e", "frame.number", "-e", "_ws.expert.message")
    output = _tshark(folder, packets, "-Y", trouble, "-T", "fields", *names)
    lines = (line.split("\t") for line in output.splitlines())
    return {int(number) - 1: words for number, words in lines}


def seen(folder: Path, message: MobilityMessage) -> dict[str, Any]:
    """Return tshark's view of a message, which it must not complain about."""
    (layers,) = dissect(folder, [ipv6_packet(MOBILITY, encode_mobility_message(message))])
    assert complaints(layers) == []
    return layers


def one(layers: dict[str, Any], *names: str) -> tuple[str, ...]:
    """Return fields of which there is one each."""
    return tuple(value for name in names for (value,) in [fields(layers, name)])


def fields(tree: object, name: str) -> list[Any]:
    """Return all values of a field, wherever in the tree they stand, in order."""
    return list(_walk(tree, name))


def complaints(layers: dict[str, Any]) -> list[str]:
    """Return what tshark calls malformed, an error or a warning."""
    severities = [int(value) for value in fields(layers, "_ws.expert.severity")]
    return ["malformed"] * ("_ws.malformed" in json.dumps(layers)) + [
        f"severity {value:#x}" for value in severities if value >= _WARNING
    ]


def _tshark(folder: Path, packets: list[bytes], *options: str) -> str:
    """Return what tshark prints about packets, each of which begins at its IPv6 header."""
    capture = folder / "packets.pcap"
    records = (struct.pack("<IIII", 0, 0, len(each), len(each)) + each for each in packets)
    head = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, _LINKTYPE_IPV6)
    capture.write_bytes(head + b"".join(records))
    command = [TSHARK, "-r", str(capture), *options]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _walk(tree: object, name: str) -> Iterator[Any]:
    if isinstance(tree, dict):
        for key, value in tree.items():
            if key == name:
                yield from value if isinstance(value, list) else [value]
            else:
                yield from _walk(value, name)
    elif isinstance(tree, list):
        for item in tree:
            yield from _walk(item, name)
