"""A client that only waits for the end of each reply; a library would be measured too."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from types import TracebackType

from benchmarks.netconf.data import BASE

_END = b"]]>]]>"

#: An error stands within as many octets from the beginning of a reply.
_BEGIN_BYTES = 4096

_HELLO = (
    f'<hello xmlns="{BASE}"><capabilities><capability>urn:ietf:params:netconf:base:1.0'
    "</capability></capabilities></hello>"
)


class RefusedError(Exception):
    """The server answered with an error."""


class Client:
    """One session through the pipes of a program: ``ssh -s``, or a server's own subsystem."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **environment},
        )
        self._number = 0
        self._read()
        self._write(_HELLO)

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.wait()

    def call(self, *operations: str) -> float:
        """Send requests, each after the reply to the one before; return the time in ms."""
        began = time.perf_counter()
        for operation in operations:
            self._number += 1
            self._write(f'<rpc xmlns="{BASE}" message-id="{self._number}">{operation}</rpc>')
            reply = self._read()
            if b"<rpc-error" in reply or b":rpc-error" in reply:
                raise RefusedError(reply[:2000].decode())
        return (time.perf_counter() - began) * 1000

    def _write(self, message: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(message.encode() + _END)
        self._process.stdin.flush()

    def _read(self) -> bytes:
        """Read a message; return what it begins with.

        Looking through large ones would hold up the thread that measures echoes.
        """
        assert self._process.stdout is not None
        begin = tail = b""
        while _END not in tail:
            piece = os.read(self._process.stdout.fileno(), 1 << 20)
            if not piece:
                raise ConnectionError("the server has closed the session")
            if len(begin) < _BEGIN_BYTES:
                begin += piece
            tail = tail[-len(_END) :] + piece
        return begin
