"""How netlink lays out its messages and the attributes in them."""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct
from typing import Final, NamedTuple

#: nlmsghdr: length, type, flags, sequence number, port.
HEADER: Final = Struct("=IHHII")

_ATTRIBUTE: Final = Struct("=HH")
_NESTED: Final = 0x8000
_TYPE_MASK: Final = 0x3FFF


def attribute(kind: int, payload: bytes) -> bytes:
    """Return one attribute, padded to four octets."""
    packed = _ATTRIBUTE.pack(_ATTRIBUTE.size + len(payload), kind) + payload
    return packed + bytes(-len(packed) % 4)


def nested(kind: int, *attributes_: bytes) -> bytes:
    """Return an attribute that holds attributes."""
    return attribute(kind | _NESTED, b"".join(attributes_))


def attributes(data: bytes, begin: int = 0) -> dict[int, bytes]:
    """Return the attributes of a message by their kind."""
    return dict(_each(data, begin))


def each_attribute(data: bytes) -> Iterator[bytes]:
    """Yield the attributes of a list, whose kind is always the same."""
    return (payload for _, payload in _each(data, 0))


def _each(data: bytes, begin: int) -> Iterator[tuple[int, bytes]]:
    while begin + _ATTRIBUTE.size <= len(data):
        length, kind = _ATTRIBUTE.unpack_from(data, begin)
        if length < _ATTRIBUTE.size:
            break
        yield kind & _TYPE_MASK, data[begin + _ATTRIBUTE.size : begin + length]
        begin += (length + 3) & ~3


class Message(NamedTuple):
    """One netlink message; ``flags`` and ``kind`` as in its header."""

    kind: int
    flags: int
    sequence: int
    body: bytes


def messages(data: bytes) -> Iterator[Message]:
    """Yield the messages of what one read returned."""
    begin = 0
    while begin + HEADER.size <= len(data):
        length, kind, flags, sequence, _ = HEADER.unpack_from(data, begin)
        yield Message(kind, flags, sequence, data[begin + HEADER.size : begin + length])
        begin += max(HEADER.size, (length + 3) & ~3)
