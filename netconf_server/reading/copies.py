"""Reading in a copy of the process, where it takes long and cannot be done in slices.

Nobody waits for such a read: it has a processor for itself, and less of one than the others. The
copy sees the data of one moment; all that becomes of it is what it sends back.
"""

from __future__ import annotations

import json
import os
import resource
import select
import signal
import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from enum import IntEnum
from typing import BinaryIO, Final, NoReturn

from netconf_server.errors import ErrorTag, ErrorType, RpcError
from netconf_server.reading.tokens import PAUSE

#: So many copies are at work at the same time, at most.
_MOST: Final = 4

#: A copy gets so much time of a processor.
_LIMIT_S: Final = 300

#: What is waited for a copy before others have their turn.
_WAIT_MS: Final = 1

_READ_BYTES: Final = 65536
_STDERR: Final = 2
_HEAD: Final = struct.Struct(">BI")


class _Kind(IntEnum):
    """What a copy sends, behind a head with the length."""

    DATA = 0
    ERROR = 1
    FAULT = 2
    END = 3


class CopyError(Exception):
    """A copy has failed, for a reason that is nobody's but ours."""


class Copies:
    """Makes copies of the process, each for one read."""

    def __init__(self, most: int = _MOST, limit_s: int = _LIMIT_S) -> None:
        self._most = most
        self._limit_s = limit_s
        self._at_work = 0

    def read(self, work: Callable[[], Iterator[bytes]]) -> Iterator[bytes]:
        """Begin now, and yield what the work yields, with pauses; raises RpcError as it does.

        What is not read to its end is ended when the iterator is closed, or forgotten.
        """
        if self._at_work >= self._most:
            raise _denied(f"{self._most} expressions that take long are being evaluated already")
        pieces = self._pieces(work)
        next(pieces)
        return pieces

    def _pieces(self, work: Callable[[], Iterator[bytes]]) -> Iterator[bytes]:
        source, sink = os.pipe()
        try:
            child = os.fork()
        except OSError as fault:
            os.close(source)
            os.close(sink)
            raise _denied(f"the expression cannot be evaluated now: {fault.strerror}") from fault
        if child == 0:
            _work_and_exit(work, sink, self._limit_s)
        os.close(sink)
        self._at_work += 1
        is_left = True
        try:
            yield PAUSE
            yield from _received(source, self._limit_s)
            yield from _ending(child)
            is_left = False
        finally:
            self._at_work -= 1
            os.close(source)
            if is_left:
                _end(child)


def _denied(reason: str) -> RpcError:
    return RpcError(tag=ErrorTag.RESOURCE_DENIED, type=ErrorType.PROTOCOL, message=reason)


# On this side.


def _end(child: int) -> None:
    """End a copy that nobody wants any more."""
    with suppress(ProcessLookupError, ChildProcessError):  # with SIGCHLD ignored it may be gone
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def _ending(child: int) -> Iterator[bytes]:
    """Yield pauses until a copy that has finished has given its memory back."""
    with suppress(ChildProcessError):
        while os.waitpid(child, os.WNOHANG) == (0, 0):
            select.poll().poll(_WAIT_MS)
            yield PAUSE


def _received(source: int, limit_s: int) -> Iterator[bytes]:
    """Yield what a copy sends until it says that this was all."""
    waiting = select.poll()
    waiting.register(source, select.POLLIN)
    buffer = bytearray()
    while True:
        if not waiting.poll(_WAIT_MS):
            yield PAUSE
            continue
        data = os.read(source, _READ_BYTES)
        if not data:
            raise _denied(f"to evaluate the expression takes more than {limit_s} seconds")
        buffer += data
        for kind, content in _messages(buffer):
            if kind is _Kind.END:
                return
            _raise_fault(kind, content)
            yield content


def _messages(buffer: bytearray) -> Iterator[tuple[_Kind, bytes]]:
    """Take what is there as a whole out of the buffer."""
    while len(buffer) >= _HEAD.size:
        kind, length = _HEAD.unpack_from(buffer)
        end = _HEAD.size + length
        if len(buffer) < end:
            return
        content = bytes(buffer[_HEAD.size : end])
        del buffer[:end]
        yield _Kind(kind), content


def _raise_fault(kind: _Kind, content: bytes) -> None:
    if kind is _Kind.FAULT:
        raise CopyError(content.decode())
    if kind is _Kind.ERROR:
        error = json.loads(content)
        tag, error_type = ErrorTag(error.pop("tag")), ErrorType(error.pop("type"))
        raise RpcError(tag=tag, type=error_type, **error)


# In the copy.


def _work_and_exit(work: Callable[[], Iterator[bytes]], sink: int, limit_s: int) -> NoReturn:
    try:
        _become_a_worker(sink, limit_s)
        with open(sink, "wb") as pipe:
            _work(work, pipe)
    finally:
        os._exit(0)


def _become_a_worker(sink: int, limit_s: int) -> None:
    """Leave all sockets to the original, and be stopped by what stops other processes."""
    os.closerange(_STDERR + 1, sink)
    os.closerange(sink + 1, os.sysconf("SC_OPEN_MAX"))
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CPU, (limit_s, limit_s))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(10)


def _work(work: Callable[[], Iterator[bytes]], pipe: BinaryIO) -> None:
    try:
        for data in work():
            if data:
                _send(pipe, _Kind.DATA, data)
        _send(pipe, _Kind.END, b"")
    except RpcError as error:
        _send(pipe, _Kind.ERROR, _as_json(error))
    except BrokenPipeError:
        pass  # nobody reads any more
    except Exception as fault:  # the original tells of it, and goes on
        _send(pipe, _Kind.FAULT, repr(fault).encode())


def _send(pipe: BinaryIO, kind: _Kind, content: bytes) -> None:
    pipe.write(_HEAD.pack(kind, len(content)) + content)
    pipe.flush()


def _as_json(error: RpcError) -> bytes:
    fields = {
        "tag": error.tag.value,
        "type": error.type.value,
        "message": error.message,
        "app_tag": error.app_tag,
        "path": error.path,
        "info": error.info,
    }
    return json.dumps(fields).encode()
