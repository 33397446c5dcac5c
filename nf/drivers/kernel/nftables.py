"""The kernel's packet filter by hand: tables, chains, rules, sets and counters of family ip6.

Changes are made in transactions: all of one, or nothing.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator, Sequence
from struct import Struct
from typing import Final, NamedTuple

from nf.drivers.kernel.netlink import (
    GONE,
    NLM_F_ACK,
    NLM_F_CREATE,
    NLM_F_REQUEST,
    KernelError,
    Netlink,
)
from nf.drivers.kernel.nft_expressions import number, text
from nf.drivers.kernel.octets import HEADER, attribute, attributes, each_attribute, messages, nested

_NETLINK_NETFILTER: Final = 12
_SUBSYSTEM: Final = 10
_BATCH_BEGIN, _BATCH_END = 16, 17
_NEW_TABLE, _GET_TABLE, _DELETE_TABLE = 0xA00, 0xA01, 0xA02
_NEW_CHAIN, _NEW_RULE = 0xA03, 0xA06
_NEW_SET, _GET_SET = 0xA09, 0xA0A
_NEW_ELEMENT, _GET_ELEMENT, _DELETE_ELEMENT = 0xA0C, 0xA0D, 0xA0E
_NEW_OBJECT, _GET_OBJECT = 0xA12, 0xA13
_NLM_F_APPEND: Final = 0x800
_NLMSG_ERROR: Final = 2
_PREROUTING: Final = 0
_COUNTER: Final = 1
_LIST_ELEMENT: Final = 1
#: The number of the type of a device's name, which is padded to 16 octets.
INTERFACE_NAME: Final = 41
INTERFACE_NAME_LENGTH: Final = 16
#: For those who print a set: its keys are text, which has the byte order of this machine.
_TEXT_KEYS: Final = bytes((0, 4)) + (1).to_bytes(4, sys.byteorder)
#: nfgenmsg: family, version, resource in network order.
_GENERAL: Final = Struct("=BBH")
_NUMBER: Final = Struct("=i")
_I32: Final = Struct("!i")
_U64: Final = Struct("!Q")
_BUFFER_SIZE: Final = 1 << 18
_IP6: Final = _GENERAL.pack(socket.AF_INET6, 0, 0)
_BATCH: Final = _GENERAL.pack(0, 0, socket.htons(_SUBSYSTEM))


class Step(NamedTuple):
    """One change of a transaction."""

    kind: int
    flags: int
    body: bytes


def new_table(table: str, comment: str) -> Step:
    """Have a table."""
    octets = text(comment)
    body = attribute(1, text(table)) + attribute(6, bytes([0, len(octets)]) + octets)
    return Step(_NEW_TABLE, NLM_F_CREATE, _IP6 + body)


def delete_table(table: str) -> Step:
    """Have a table no longer, nor anything in it."""
    return Step(_DELETE_TABLE, 0, _IP6 + attribute(1, text(table)))


def new_chain(table: str, chain: str, priority: int | None = None) -> Step:
    """Have a chain; with a priority every packet that comes in begins with it."""
    body = attribute(1, text(table)) + attribute(3, text(chain))
    if priority is not None:
        hook = nested(4, attribute(1, number(_PREROUTING)), attribute(2, _I32.pack(priority)))
        body += hook + attribute(7, text("filter"))
    return Step(_NEW_CHAIN, NLM_F_CREATE, _IP6 + body)


def new_rule(table: str, chain: str, *expressions: bytes, is_last: bool = False) -> Step:
    """Have one more rule, before the others of its chain or behind them."""
    body = attribute(1, text(table)) + attribute(2, text(chain)) + nested(4, *expressions)
    return Step(_NEW_RULE, NLM_F_CREATE | (_NLM_F_APPEND if is_last else 0), _IP6 + body)


def new_set(table: str, name: str, key_type: int, key_length: int) -> Step:
    """Have a set; the type of its keys is for those who print it."""
    body = attribute(1, text(table)) + attribute(2, text(name)) + attribute(3, number(0))
    body += attribute(4, number(key_type)) + attribute(5, number(key_length))
    if key_type == INTERFACE_NAME:
        body += attribute(13, _TEXT_KEYS)
    return Step(_NEW_SET, NLM_F_CREATE, _IP6 + body + attribute(10, number(1)))


def new_counter(table: str, name: str) -> Step:
    """Have a counter; no harm if it is there."""
    body = attribute(1, text(table)) + attribute(2, text(name)) + attribute(3, number(_COUNTER))
    return Step(_NEW_OBJECT, NLM_F_CREATE, _IP6 + body + nested(4))


def add(table: str, set_name: str, keys: Sequence[bytes]) -> Step:
    """Have keys in a set; no harm if they are there."""
    return Step(_NEW_ELEMENT, NLM_F_CREATE, _elements(table, set_name, keys))


def discard(table: str, set_name: str, keys: Sequence[bytes]) -> Step:
    """Take keys out of a set; all of them must be there."""
    return Step(_DELETE_ELEMENT, 0, _elements(table, set_name, keys))


class Nftables:
    """One socket to the packet filter of the network namespace where it is made."""

    def __init__(self) -> None:
        self._netlink = Netlink(_NETLINK_NETFILTER)
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_NETFILTER)
        self._socket.bind((0, 0))
        self._sequence = 0

    def close(self) -> None:
        """Give the sockets back."""
        self._netlink.close()
        self._socket.close()

    def commit(self, steps: Sequence[Step], operation: str) -> None:
        """Make all changes or, where the kernel refuses one, none: then raises KernelError."""
        begin = self._sequence + 1
        self._sequence = last = begin + len(steps)
        parts = [_message(_BATCH_BEGIN, 0, begin, _BATCH)]
        for sequence, step in enumerate(steps, begin + 1):
            flags = step.flags | (NLM_F_ACK if sequence == last else 0)
            parts.append(_message(step.kind, flags, sequence, step.body))
        parts.append(_message(_BATCH_END, 0, last + 1, _BATCH))
        self._sequence += 1
        self._socket.send(b"".join(parts))
        refusal = self._first_refusal(begin, last)
        if refusal:
            raise KernelError(refusal, operation)

    def table_comment(self, table: str) -> str | None:
        """Return the comment of a table, None if there is no such table."""
        body = _IP6 + attribute(1, text(table))
        try:
            (answer,) = self._netlink.ask(_GET_TABLE, 0, body, f"find table {table}")
        except KernelError as refusal:
            if refusal.errno in GONE:
                return None
            raise
        data = attributes(answer, _GENERAL.size).get(6, b"")
        return data[2:].rstrip(b"\0").decode(errors="replace")

    def has_table(self, table: str) -> bool:
        """Tell whether there is a table; where there is no packet filter there is none."""
        try:
            return self.table_comment(table) is not None
        except KernelError:
            return False

    def sets(self, table: str) -> list[str]:
        """Return the names of a table's sets."""
        body = _IP6 + attribute(1, text(table))
        found = self._netlink.dump(_GET_SET, body, f"list the sets of table {table}")
        return [attributes(each, _GENERAL.size)[2].rstrip(b"\0").decode() for each in found]

    def keys(self, table: str, set_name: str) -> Iterator[bytes]:
        """Yield what is in a set."""
        body = _IP6 + attribute(1, text(table)) + attribute(2, text(set_name))
        for answer in self._netlink.dump(_GET_ELEMENT, body, f"list set {set_name}"):
            elements = attributes(answer, _GENERAL.size).get(3, b"")
            for element in each_attribute(elements):
                yield attributes(attributes(element)[1])[1]

    def packets(self, table: str, counter: str) -> int:
        """Return how many packets a counter has seen; 0 if it is not there."""
        body = _IP6 + attribute(1, text(table)) + attribute(2, text(counter))
        body += attribute(3, number(_COUNTER))
        try:
            (answer,) = self._netlink.ask(_GET_OBJECT, 0, body, f"read counter {counter}")
        except KernelError:
            return 0
        data = attributes(attributes(answer, _GENERAL.size)[4])
        return int(_U64.unpack(data[2])[0])

    def _first_refusal(self, begin: int, last: int) -> int:
        """Return the first error of a transaction, 0 if there is none.

        Errors come in the order of the changes, and what becomes of the last change always does.
        An error that belongs to the beginning is one of all.
        """
        first = 0
        while True:
            for message in messages(self._socket.recv(_BUFFER_SIZE)):
                if begin <= message.sequence <= last + 1 and message.kind == _NLMSG_ERROR:
                    first = first or -_NUMBER.unpack_from(message.body)[0]
                    if message.sequence != last and message.sequence != begin:
                        continue
                    return first


def _message(kind: int, flags: int, sequence: int, body: bytes) -> bytes:
    length = HEADER.size + len(body)
    return HEADER.pack(length, kind, flags | NLM_F_REQUEST, sequence, 0) + body


def _elements(table: str, set_name: str, keys: Sequence[bytes]) -> bytes:
    elements = (nested(_LIST_ELEMENT, nested(1, attribute(1, key))) for key in keys)
    return _IP6 + attribute(1, text(table)) + attribute(2, text(set_name)) + nested(3, *elements)
