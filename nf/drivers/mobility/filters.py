"""Packet filters that tell by whom a message is sent, before it takes room in a buffer.

They are classic BPF, which knows no tables: a program compares the four words of the source one
after the other. It has no room for more than some thousand peers, so a long list is compared by its
first words only: then strangers out of the same networks pass for peers, and no peer for a
stranger.
"""

from __future__ import annotations

import ctypes
import errno
import os
import socket
import struct
from collections.abc import Collection, Sequence
from enum import Enum
from ipaddress import IPv6Address
from itertools import groupby
from typing import Final, TypeAlias

from nf.codec.registry import MessageType


class Traffic(Enum):
    """What messages are told apart by; each is of exactly one kind."""

    #: Heartbeats of peers.
    HEARTBEATS = "heartbeats"
    #: All else that peers send.
    PEERS = "peers"
    #: Whatever others send.
    STRANGERS = "strangers"


#: struct sock_filter: operation, how many to skip if it holds and if not, value.
Instruction: TypeAlias = tuple[int, int, int, int]

#: The words of a source address; as many are compared as there is room for.
WORDS: Final = 4
#: BPF_MAXINSNS (linux/bpf_common.h).
MOST_INSTRUCTIONS: Final = 4096

_ATTACH_FILTER: Final = 26
_INSTRUCTION: Final = struct.Struct("=HBBI")
_ADDRESS: Final = struct.Struct(">IIII")
#: As far as a comparison can skip by itself.
_FARTHEST: Final = 255
_LOAD_WORD, _LOAD_OCTET, _JUMP, _IF_EQUAL, _RETURN = 0x20, 0x30, 0x05, 0x15, 0x06
#: Where the source stands: SKF_NET_OFF (linux/filter.h), eight octets into the IPv6 header.
_SOURCE: Final = 0xFFF0_0000 + 8
#: Where the message type stands, from the Mobility Header on (RFC 6275 §6.1.1).
_TYPE: Final = 2
_PASS: Final[Instruction] = (_RETURN, 0, 0, 0x4_0000)
_DROP: Final[Instruction] = (_RETURN, 0, 0, 0)
#: Lets nothing pass.
NOTHING: Final = (_DROP,)


def program(traffic: Traffic, peers: Collection[IPv6Address], words: int) -> list[Instruction]:
    """Return the program that lets one kind of traffic pass, comparing so many words of sources."""
    sources = sorted({_ADDRESS.unpack(peer.packed)[:words] for peer in peers})
    if traffic is Traffic.STRANGERS:
        return _by_source(sources, 0, hit=_DROP, miss=_PASS)
    is_wanted, is_not = (1, 0) if traffic is Traffic.HEARTBEATS else (0, 1)
    return [
        (_LOAD_OCTET, 0, 0, _TYPE),
        (_IF_EQUAL, is_wanted, is_not, MessageType.HEARTBEAT),
        _DROP,
        *_by_source(sources, 0, hit=_PASS, miss=_DROP),
    ]


def attach(receiver: socket.socket, instructions: Sequence[Instruction]) -> None:
    """Have a socket receive what a program lets pass; raises OSError where there is no room."""
    if len(instructions) > MOST_INSTRUCTIONS:
        raise OSError(errno.E2BIG, os.strerror(errno.E2BIG))
    code = b"".join([_INSTRUCTION.pack(*each) for each in instructions])
    buffer = ctypes.create_string_buffer(code)
    header = struct.pack("@HP", len(instructions), ctypes.addressof(buffer))
    receiver.setsockopt(socket.SOL_SOCKET, _ATTACH_FILTER, header)


def _by_source(
    sources: Sequence[tuple[int, ...]], at: int, *, hit: Instruction, miss: Instruction
) -> list[Instruction]:
    """Compare the word ``at`` of the source, and behind each that fits the words that follow it."""
    if sources and not sources[0]:
        return [hit]
    code: list[Instruction] = [(_LOAD_WORD, 0, 0, _SOURCE + 4 * at)]
    for word, group in groupby(sources, key=lambda source: source[0]):
        behind = _by_source([source[1:] for source in group], at + 1, hit=hit, miss=miss)
        if len(behind) <= _FARTHEST:
            code += [(_IF_EQUAL, 0, len(behind), word), *behind]
        else:
            code += [(_IF_EQUAL, 1, 0, word), (_JUMP, 0, 0, len(behind)), *behind]
    return [*code, miss]
