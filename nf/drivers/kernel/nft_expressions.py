"""What a rule of nftables is made of: expressions that load, compare, look up, count and judge.

Registers are numbered by four octets. What is loaded by several expressions stands side by side, so
that a set can be asked for all of it at once.
"""

from __future__ import annotations

from enum import IntEnum
from struct import Struct
from typing import Final

from nf.drivers.kernel.octets import attribute, nested

#: The first register of four octets; 16 octets take four of them.
FIRST: Final = 8
SECOND: Final = FIRST + 4

_LIST_ELEMENT, _NAME, _DATA = 1, 1, 2
_VALUE, _VERDICT = 1, 2
_VERDICT_REGISTER: Final = 0
_COUNTER_OBJECT: Final = 1
#: What the routing tables are asked by, and for (linux/netfilter/nf_tables.h, NFTA_FIB_F_…).
_SOURCE, _DESTINATION, _BY_INPUT, _IS_PRESENT = 1, 2, 8, 32
_DEVICE, _KIND = 1, 3
_U32: Final = Struct("!I")
_I32: Final = Struct("!i")


class Base(IntEnum):
    """Where the octets of a packet are counted from."""

    NETWORK = 1
    TRANSPORT = 2


class Meta(IntEnum):
    """What is known of a packet besides its octets."""

    INPUT_NAME = 6
    NEXT_HEADER = 16


class Verdict(IntEnum):
    """What becomes of a packet."""

    DROP = 0
    ACCEPT = 1
    JUMP = -3


def number(value: int) -> bytes:
    """Return a number as nftables has them: big-endian."""
    return _U32.pack(value)


def text(value: str) -> bytes:
    """Return a name as nftables has them."""
    return value.encode() + b"\0"


def payload(base: Base, offset: int, length: int, register: int) -> bytes:
    """Load octets of the packet."""
    return _expression(
        "payload",
        attribute(1, number(register)),
        attribute(2, number(base)),
        attribute(3, number(offset)),
        attribute(4, number(length)),
    )


def meta(key: Meta, register: int) -> bytes:
    """Load what is known of the packet."""
    return _expression("meta", attribute(1, number(register)), attribute(2, number(key)))


def mask(octets: bytes, register: int) -> bytes:
    """Leave only these bits of what is in a register."""
    return _expression(
        "bitwise",
        attribute(1, number(register)),
        attribute(2, number(register)),
        attribute(3, number(len(octets))),
        nested(4, attribute(_VALUE, octets)),
        nested(5, attribute(_VALUE, bytes(len(octets)))),
    )


def equals(octets: bytes, register: int) -> bytes:
    """Go on only if this is in a register."""
    return _compared(octets, register, 0)


def differs(octets: bytes, register: int) -> bytes:
    """Go on only if this is not in a register."""
    return _compared(octets, register, 1)


def way_back(register: int) -> bytes:
    """Load an octet: whether the source is reached by the device where the packet came in."""
    return _looked_up(_SOURCE | _BY_INPUT | _IS_PRESENT, _DEVICE, register)


def kind_of_destination(register: int) -> bytes:
    """Load of what kind the route to the destination is, as a number of the machine."""
    return _looked_up(_DESTINATION, _KIND, register)


def is_in(set_name: str, register: int) -> bytes:
    """Go on only if a set has what is in a register and those behind it."""
    return _expression("lookup", attribute(1, text(set_name)), attribute(2, number(register)))


def count(name: str) -> bytes:
    """Count the packet by a counter that has a name."""
    return _expression("objref", attribute(1, number(_COUNTER_OBJECT)), attribute(2, text(name)))


def judge(verdict: Verdict, chain: str = "") -> bytes:
    """Accept the packet, drop it, or have another chain judge."""
    parts = attribute(1, _I32.pack(verdict)) + (attribute(2, text(chain)) if chain else b"")
    data = nested(2, nested(_VERDICT, parts))
    return _expression("immediate", attribute(1, number(_VERDICT_REGISTER)), data)


def _compared(octets: bytes, register: int, operation: int) -> bytes:
    value = nested(3, attribute(_VALUE, octets))
    return _expression(
        "cmp", attribute(1, number(register)), attribute(2, number(operation)), value
    )


def _looked_up(flags: int, result: int, register: int) -> bytes:
    """Ask the routing tables."""
    parts = (attribute(1, number(register)), attribute(2, number(result)))
    return _expression("fib", *parts, attribute(3, number(flags)))


def _expression(name: str, *attributes: bytes) -> bytes:
    return nested(_LIST_ELEMENT, attribute(_NAME, text(name)), nested(_DATA, *attributes))
