"""The program that lets the frames of interest into a link's packet socket, and no flood of them.

It runs in the kernel for each frame, before the frame takes room in the socket's buffer. Three
tables belong to it: the nodes that the configuration names, which all links share; the token
buckets of those that were heard on this link, so that whoever pretends to be a node on one link
takes nothing from it on another; and one record of the link with the bucket that all strangers
share and with what was left out.

A bucket is a moment, as in the virtual scheduling of ITU-T I.371: each frame moves it on by the
time that the rate grants to one, and may not move it further ahead of now than the burst.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from struct import Struct, pack
from typing import Final, NamedTuple

from nf.drivers.access.frames import (
    DHCPV6_SERVER_PORT,
    HOP_BY_HOP,
    ICMPV6,
    LISTENER_REPORTS,
    NEIGHBOUR_SOLICITATION,
    ROUTER_SOLICITATION,
    UDP,
)
from nf.engine.values import LinkLayerAddress, RateLimit

#: The record of a link: bucket of strangers, frames left out of nodes and of strangers.
LINK_RECORD: Final = Struct("=QQQ")
#: That an address is a node's: of no meaning in itself.
NODE_RECORD: Final = Struct("=I")
BUCKET: Final = Struct("=Q")
NODE_KEY: Final = Struct("=II")

_SECOND_NS: Final = 1_000_000_000
#: As many octets of a frame as there may be.
_WHOLE: Final = 0x4_0000
#: The field pkt_type of struct __sk_buff, and the last of its values that means: for us
#: (PACKET_HOST, PACKET_BROADCAST, PACKET_MULTICAST).
_PACKET_TYPE, _LAST_FOR_US = 4, 2
#: Where a frame has the IPv6 next header, the octet behind that header, and a UDP port.
_SENDER, _NEXT_HEADER, _BEHIND, _PORT = 6, 20, 54, 56
_MAP_LOOKUP, _MAP_UPDATE, _KTIME_GET_NS = 1, 2, 5
#: Where the program keeps a sender's address, the key of the record, and a new bucket.
_ADDRESS_AT, _RECORD_AT, _BUCKET_AT = -8, -12, -24

#: Registers: 0 result, 1-5 arguments, 6-9 kept over calls, 10 the frame pointer.
_R0, _R1, _R2, _R3, _R4, _R5, _R6, _R7, _R8, _R9, _STACK = range(11)
_LOAD_OCTET, _LOAD_HALF, _LOAD_WORD = 0x30, 0x28, 0x20
_MOVE, _MOVE_NUMBER, _ADD, _ADD_NUMBER = 0xBF, 0xB7, 0x0F, 0x07
_READ, _READ_WORD, _WRITE, _WRITE_WORD, _WRITE_NUMBER, _INCREASE = (
    0x79,
    0x61,
    0x7B,
    0x63,
    0x62,
    0xDB,
)
_NUMBER_64, _MAP, _CALL, _EXIT = 0x18, 1, 0x85, 0x95
_GO, _IF_EQUAL, _IF_NOT_EQUAL, _IF_ABOVE_NUMBER = 0x05, 0x15, 0x55, 0x25
_IF_ABOVE, _IF_NOT_BELOW = 0x2D, 0x3D


class _Line(NamedTuple):
    """One instruction; ``to`` is where a jump leads."""

    operation: int
    target: int = 0
    source: int = 0
    offset: int = 0
    number: int = 0
    to: str = ""


class _Label(str):
    """A place in a program."""


_Code = Iterable[_Line | _Label]


def key_of(address: LinkLayerAddress) -> bytes:
    """Return by what a node is found: its link-layer address as the program reads it."""
    return NODE_KEY.pack(int.from_bytes(address[:4]), int.from_bytes(address[4:6]))


class Tables(NamedTuple):
    """The descriptors of what a program works with."""

    nodes: int
    buckets: int
    record: int


def flood_program(tables: Tables, *, of_node: RateLimit, of_strangers: RateLimit) -> bytes:
    """Return the program for one link."""
    return _assembled(
        [
            *_for_us(),
            *_of_interest(),
            _Label("wanted"),
            *_look_up(tables),
            _Line(_IF_EQUAL, _R8, number=0, to="stranger"),
            *_with_limit(of_node, counter=8),
            _Line(_GO, to="bucket"),
            _Label("stranger"),
            _Line(_MOVE, _R8, _R9),
            *_with_limit(of_strangers, counter=16),
            _Label("bucket"),
            *_take_token(),
            _Label("unwanted"),
            _Line(_MOVE_NUMBER, _R0, number=0),
            _Line(_EXIT),
        ]
    )


def _for_us() -> _Code:
    """Leave out what is for others, and what this host sends."""
    return (
        _Line(_MOVE, _R6, _R1),
        _Line(_READ_WORD, _R0, _R6, offset=_PACKET_TYPE),
        _Line(_IF_ABOVE_NUMBER, _R0, number=_LAST_FOR_US, to="unwanted"),
    )


def _of_interest() -> _Code:
    """Let solicitations, listener reports and DHCPv6 pass, and what has a hop-by-hop header."""
    wanted = sorted({ROUTER_SOLICITATION, NEIGHBOUR_SOLICITATION, *LISTENER_REPORTS})
    return (
        _Line(_LOAD_OCTET, number=_NEXT_HEADER),
        _Line(_IF_EQUAL, _R0, number=UDP, to="udp"),
        _Line(_IF_EQUAL, _R0, number=HOP_BY_HOP, to="hop-by-hop"),
        _Line(_IF_EQUAL, _R0, number=ICMPV6, to="icmp"),
        _Line(_GO, to="unwanted"),
        _Label("udp"),
        _Line(_LOAD_HALF, number=_PORT),
        _Line(_IF_EQUAL, _R0, number=DHCPV6_SERVER_PORT, to="wanted"),
        _Line(_GO, to="unwanted"),
        _Label("hop-by-hop"),
        _Line(_LOAD_OCTET, number=_BEHIND),
        _Line(_IF_EQUAL, _R0, number=ICMPV6, to="wanted"),
        _Line(_GO, to="unwanted"),
        _Label("icmp"),
        _Line(_LOAD_OCTET, number=_BEHIND),
        *(_Line(_IF_EQUAL, _R0, number=each, to="wanted") for each in wanted),
        _Line(_GO, to="unwanted"),
    )


def _look_up(tables: Tables) -> _Code:
    """Have the time in register 7, the sender's bucket or 0 in 8, the link's record in 9."""
    return (
        _Line(_LOAD_WORD, number=_SENDER),
        _Line(_WRITE_WORD, _STACK, _R0, offset=_ADDRESS_AT),
        _Line(_LOAD_HALF, number=_SENDER + 4),
        _Line(_WRITE_WORD, _STACK, _R0, offset=_ADDRESS_AT + 4),
        _Line(_WRITE_NUMBER, _STACK, offset=_RECORD_AT, number=0),
        *_find(tables.record, key_at=_RECORD_AT),
        _Line(_IF_EQUAL, _R0, number=0, to="unwanted"),
        _Line(_MOVE, _R9, _R0),
        _Line(_CALL, number=_KTIME_GET_NS),
        _Line(_MOVE, _R7, _R0),
        *_find(tables.nodes, key_at=_ADDRESS_AT),
        _Line(_MOVE, _R8, _R0),
        _Line(_IF_EQUAL, _R0, number=0, to="looked-up"),
        *_find(tables.buckets, key_at=_ADDRESS_AT),
        _Line(_MOVE, _R8, _R0),
        _Line(_IF_NOT_EQUAL, _R0, number=0, to="looked-up"),
        *_add_bucket(tables.buckets),
        *_find(tables.buckets, key_at=_ADDRESS_AT),
        _Line(_MOVE, _R8, _R0),
        _Label("looked-up"),
    )


def _add_bucket(buckets: int) -> _Code:
    """Give the sender a bucket that is as it was before the first frame."""
    return (
        _Line(_MOVE_NUMBER, _R0, number=0),
        _Line(_WRITE, _STACK, _R0, offset=_BUCKET_AT),
        *_number(_R1, buckets, kind=_MAP),
        _Line(_MOVE, _R2, _STACK),
        _Line(_ADD_NUMBER, _R2, number=_ADDRESS_AT),
        _Line(_MOVE, _R3, _STACK),
        _Line(_ADD_NUMBER, _R3, number=_BUCKET_AT),
        _Line(_MOVE_NUMBER, _R4, number=0),
        _Line(_CALL, number=_MAP_UPDATE),
    )


def _find(table: int, key_at: int) -> _Code:
    return (
        *_number(_R1, table, kind=_MAP),
        _Line(_MOVE, _R2, _STACK),
        _Line(_ADD_NUMBER, _R2, number=key_at),
        _Line(_CALL, number=_MAP_LOOKUP),
    )


def _with_limit(limit: RateLimit, counter: int) -> _Code:
    """Have the time of one frame in register 4, that of the others of a burst in 5."""
    frame_ns = max(1, _SECOND_NS // limit.messages_per_s)
    return (
        _Line(_MOVE_NUMBER, _R4, number=frame_ns),
        *_number(_R5, (limit.burst - 1) * frame_ns),
        _Line(_ADD_NUMBER, _R9, number=counter),
    )


def _take_token() -> _Code:
    """Let the frame pass if its bucket is not too far ahead of now, else count it.

    A bucket further ahead than one frame beyond that is of other limits, and begins anew.
    """
    return (
        _Line(_READ, _R1, _R8),
        _Line(_ADD, _R5, _R7),
        _Line(_MOVE, _R2, _R5),
        _Line(_ADD, _R2, _R4),
        _Line(_IF_ABOVE, _R1, _R2, to="anew"),
        _Line(_IF_NOT_BELOW, _R1, _R7, to="ahead"),
        _Label("anew"),
        _Line(_MOVE, _R1, _R7),
        _Label("ahead"),
        _Line(_IF_ABOVE, _R1, _R5, to="over"),
        _Line(_ADD, _R1, _R4),
        _Line(_WRITE, _R8, _R1),
        _Line(_MOVE_NUMBER, _R0, number=_WHOLE),
        _Line(_EXIT),
        _Label("over"),
        _Line(_MOVE_NUMBER, _R1, number=1),
        _Line(_INCREASE, _R9, _R1),
    )


def _number(register: int, number: int, kind: int = 0) -> Sequence[_Line]:
    """Return the two halves of the instruction that loads 64 bits."""
    low, high = (
        int.from_bytes(half, sys.byteorder, signed=True)
        for half in (pack("=I", number & 0xFFFF_FFFF), pack("=I", number >> 32))
    )
    return (_Line(_NUMBER_64, register, kind, number=low), _Line(0, number=high))


def _assembled(code: Sequence[_Line | _Label]) -> bytes:
    """Return instructions as octets (linux/bpf.h, struct bpf_insn), jumps counted."""
    places: dict[str, int] = {}
    lines: list[_Line] = []
    for each in code:
        if isinstance(each, _Label):
            places[each] = len(lines)
        else:
            lines.append(each)
    return b"".join(
        pack(
            "=BBhi",
            line.operation,
            _registers(line),
            places[line.to] - index - 1 if line.to else line.offset,
            line.number,
        )
        for index, line in enumerate(lines)
    )


def _registers(line: _Line) -> int:
    """Return the octet of both registers, whose halves stand as the machine's bit fields do."""
    if sys.byteorder == "little":
        return line.target | line.source << 4
    return line.target << 4 | line.source
