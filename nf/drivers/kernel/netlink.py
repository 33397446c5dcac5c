"""Netlink by hand: requests that wait for the kernel's answer, changes at once, dumps.

Own packing instead of pyroute2, which in 0.9.7 writes ``encap`` where ``encap.red`` is asked for
and knows no nexthop objects. What a message means lives in the modules beside this one.
"""

from __future__ import annotations

import errno
import os
import socket
import time
from collections.abc import Callable, Iterator, Sequence, Set
from struct import Struct
from typing import Final, NamedTuple, Protocol, TypeAlias

from nf.drivers.kernel.octets import HEADER, Message, messages

#: Marks all that we install: as routing protocol of routes, rules and nexthop objects and as group
#: of links. 223 is assigned to nobody in iproute2's rt_protos, and above the range of the kernel.
OWNER: Final = 223
#: Marks what the kernel installs itself.
KERNEL: Final = 2

NLM_F_REQUEST: Final = 0x01
NLM_F_ACK: Final = 0x04
NLM_F_DUMP_INTR: Final = 0x10
NLM_F_DUMP: Final = 0x300
NLM_F_REPLACE: Final = 0x100
NLM_F_EXCL: Final = 0x200
NLM_F_CREATE: Final = 0x400

#: The kernel's words for "there is no such thing".
GONE: Final = frozenset({errno.ENOENT, errno.ESRCH, errno.ENODEV, errno.ENXIO})

_NLMSG_ERROR: Final = 2
_NLMSG_DONE: Final = 3
_SOL_NETLINK: Final = 270
_NETLINK_GET_STRICT_CHK: Final = 12
_NUMBER: Final = Struct("=i")
_BUFFER_SIZE: Final = 1 << 18
#: What is over in a moment: no memory, no room in a socket for a request or its answer.
_SHORTAGES: Final = frozenset({errno.ENOMEM, errno.ENOBUFS, errno.EMSGSIZE})
_TRIES: Final = 1000
_PAUSE_S: Final = 0.001


#: Changes that the kernel is asked for at once: what it refuses of them fits its answer's room.
_BATCH: Final = 128

#: What is asked of the kernel, in words; made only where they are needed.
Words: TypeAlias = str | Callable[[], str]


class KernelError(OSError):
    """The kernel refused an operation."""

    def __init__(self, number: int, operation: str) -> None:
        super().__init__(number, f"{operation}: {os.strerror(number)}")
        self.operation = operation


class Change(NamedTuple):
    """A request that changes something; ``tolerated`` are refusals that are none."""

    kind: int
    flags: int
    body: bytes
    operation: Words
    tolerated: Set[int] = frozenset()


class Changes(Protocol):
    """Takes changes, to make them now or later."""

    def change(self, kind: int, flags: int, body: bytes, operation: Words) -> None:
        """Take one change."""


class Netlink:
    """One blocking netlink socket, in the network namespace where it is made."""

    def __init__(self, protocol: int = socket.NETLINK_ROUTE) -> None:
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, protocol)
        self._socket.bind((0, 0))
        self._sequence = 0
        self._postponed: list[Change] = []
        self._refusals: list[KernelError] = []
        #: How often a change is tried that the kernel has no room for.
        self._tries = _TRIES
        if protocol == socket.NETLINK_ROUTE:
            self._socket.setsockopt(_SOL_NETLINK, _NETLINK_GET_STRICT_CHK, 1)

    def close(self) -> None:
        """Give the socket back."""
        self._socket.close()

    def postpone(self, change: Change) -> None:
        """Have a change made before anything else is asked, together with others."""
        self._postponed.append(change)

    def flush(self) -> list[KernelError]:
        """Make the postponed changes; return what was refused of them since this was called last.

        The kernel makes them one after the other, and says no more than that it has made the
        last one and which it refuses.
        """
        while self._postponed:
            batch, self._postponed = self._postponed[:_BATCH], self._postponed[_BATCH:]
            self._make(batch)
        refusals, self._refusals = self._refusals, []
        return refusals

    def change(self, kind: int, flags: int, body: bytes, operation: Words) -> None:
        """Have the kernel change something; raises KernelError where it refuses.

        Routes with an encapsulation of their own take per-CPU memory without waiting for it, so a
        burst of them meets ENOMEM until the kernel has made more: such a request is repeated. But
        once that was in vain, each is made only once until one succeeds: a shortage that lasts
        holds nobody up.
        """
        self._flush_first()
        self._change(kind, flags, body, operation)

    def ask(self, kind: int, flags: int, body: bytes, operation: Words) -> list[bytes]:
        """Send one request and return the messages that answer it, without their headers."""
        self._flush_first()
        return self._ask(kind, flags, body, operation)

    def dump(self, kind: int, body: bytes, operation: str) -> list[bytes]:
        """Return all objects of a kind."""
        return self.ask(kind, NLM_F_DUMP, body, operation)

    def dump_each(self, kind: int, body: bytes, operation: str) -> Iterator[bytes]:
        """Yield all objects of a kind as they come; nothing else may be asked meanwhile.

        What changes meanwhile may be yielded twice or not at all.
        """
        self._flush_first()
        self._send(kind, NLM_F_DUMP, body)
        while True:
            for message in messages(self._socket.recv(_BUFFER_SIZE)):
                if message.sequence != self._sequence:
                    continue
                if message.kind in (_NLMSG_ERROR, _NLMSG_DONE):
                    _raise_refusal(message.body, operation)
                    return
                yield message.body

    def _change(self, kind: int, flags: int, body: bytes, operation: Words) -> None:
        for _ in range(self._tries):
            try:
                self._ask(kind, flags | NLM_F_ACK, body, operation)
            except OSError as fault:
                if fault.errno not in _SHORTAGES:
                    raise
                time.sleep(_PAUSE_S)
            else:
                self._tries = _TRIES
                return
        self._tries = 1
        raise KernelError(errno.ENOMEM, _text(operation))

    def _ask(self, kind: int, flags: int, body: bytes, operation: Words) -> list[bytes]:
        while True:
            self._send(kind, flags, body)
            answers, whole = self._collect(bool(flags & (NLM_F_ACK | NLM_F_DUMP)), operation)
            if whole:
                return answers

    def _flush_first(self) -> None:
        """Make the postponed changes before anything else; what is refused is told later."""
        if self._postponed:
            self._refusals = self.flush()

    def _make(self, batch: Sequence[Change]) -> None:
        """Make changes at once; one by one from the first on that lacks memory.

        Where there was no room for the request or for its answer, nobody knows what was made: all
        of them are made again.
        """
        try:
            numbers = self._refused(batch)
        except OSError as fault:
            if fault.errno not in _SHORTAGES:
                raise
            numbers = {0: errno.ENOMEM}
        for place, number in sorted(numbers.items()):
            if number in _SHORTAGES:
                self._make_each(batch[place:])
                return
            if number not in batch[place].tolerated:
                self._refusals.append(KernelError(number, _text(batch[place].operation)))

    def _make_each(self, batch: Sequence[Change]) -> None:
        for kind, flags, body, operation, tolerated in batch:
            try:
                self._change(kind, flags, body, operation)
            except KernelError as refusal:
                if refusal.errno not in tolerated:
                    self._refusals.append(refusal)

    def _refused(self, batch: Sequence[Change]) -> dict[int, int]:
        """Send changes at once; return the errors, by the place of the change."""
        before, last = self._sequence, self._sequence + len(batch)
        requests: list[bytes] = []
        for sequence, (kind, flags, body, _, _) in enumerate(batch, before + 1):
            wanted = flags | NLM_F_REQUEST | (NLM_F_ACK if sequence == last else 0)
            length = HEADER.size + len(body)
            requests += (HEADER.pack(length, kind, wanted, sequence, 0), body)
        self._sequence = last
        self._socket.send(b"".join(requests))
        numbers: dict[int, int] = {}
        while True:
            for message in messages(self._socket.recv(_BUFFER_SIZE)):
                if before < message.sequence <= last and message.kind == _NLMSG_ERROR:
                    (number,) = _NUMBER.unpack_from(message.body)
                    if number:
                        numbers[message.sequence - before - 1] = -number
                    if message.sequence == last:
                        return numbers

    def _send(self, kind: int, flags: int, body: bytes) -> None:
        self._sequence += 1
        length = HEADER.size + len(body)
        header = HEADER.pack(length, kind, flags | NLM_F_REQUEST, self._sequence, 0)
        self._socket.send(header + body)

    def _collect(self, until_end: bool, operation: Words) -> tuple[list[bytes], bool]:
        """Return the answers, and whether no change disturbed them while they were made."""
        answers: list[bytes] = []
        whole = True
        for message in self._messages():
            whole = whole and not message.flags & NLM_F_DUMP_INTR
            if message.kind in (_NLMSG_ERROR, _NLMSG_DONE):
                _raise_refusal(message.body, operation)
                break
            answers.append(message.body)
            if not until_end:
                break
        return answers, whole

    def _messages(self) -> Iterator[Message]:
        """Yield what answers the last request; without end."""
        while True:
            for message in messages(self._socket.recv(_BUFFER_SIZE)):
                if message.sequence == self._sequence:
                    yield message


class Later:
    """Changes that are postponed; ``tolerated``: refusals that are none."""

    def __init__(self, netlink: Netlink, tolerated: Set[int] = frozenset()) -> None:
        self._netlink = netlink
        self._tolerated = tolerated

    def change(self, kind: int, flags: int, body: bytes, operation: Words) -> None:
        """Take one change."""
        self._netlink.postpone(Change(kind, flags, body, operation, self._tolerated))


def _text(words: Words) -> str:
    return words if isinstance(words, str) else words()


def _raise_refusal(body: bytes, operation: Words) -> None:
    (number,) = _NUMBER.unpack_from(body) if len(body) >= _NUMBER.size else (0,)
    if number:
        raise KernelError(-number, _text(operation))
