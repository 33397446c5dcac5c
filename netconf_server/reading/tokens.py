"""What a walk over data yields, and putting it together: elements open only around content."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from netconf_server.schema.nodes import SchemaNode

#: A slice is handed on when it has grown to this.
SLICE_BYTES: Final = 32768

#: Of content that is made while it is sent, so many pieces are handed on at most: time counts too.
_PIECES_A_SLICE: Final = 4

#: Between two pieces of work: what is there is sent, and others have their turn.
PAUSE: Final = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Begin:
    """An element begins; it is left out if nothing comes before its end, unless it is kept."""

    node: SchemaNode
    start: bytes
    end: bytes
    is_kept: bool = False


@dataclass(frozen=True, slots=True)
class End:
    """The element that began last ends."""


END: Final = End()

#: Bytes are content; an iterator is content that need not be made before it is sent.
Token: TypeAlias = "bytes | Begin | End | Iterator[bytes]"


def assemble(tokens: Iterable[Token]) -> Iterator[bytes]:
    """Yield what the tokens amount to in slices, an empty one for a pause with nothing to send."""
    return _Assembler().slices(tokens)


class _Assembler:
    """Keeps the elements that have begun: the first ``_open`` of them have been written."""

    def __init__(self) -> None:
        self._begun: list[Begin] = []
        self._open = 0
        self._buffer = bytearray()

    def slices(self, tokens: Iterable[Token]) -> Iterator[bytes]:
        for token in tokens:
            match token:
                case bytes():
                    yield from self._add(token)
                case Begin():
                    self._begun.append(token)
                case End():
                    self._end()
                case _:
                    for number, data in enumerate(token, start=1):
                        yield from self._add(data)
                        if data and number % _PIECES_A_SLICE == 0:
                            yield self._take()
        if self._buffer:
            yield self._take()

    def _add(self, data: bytes) -> Iterator[bytes]:
        if data:
            self._open_all()
            self._buffer += data
        if not data or len(self._buffer) >= SLICE_BYTES:
            yield self._take()

    def _open_all(self) -> None:
        for begin in self._begun[self._open :]:
            self._buffer += begin.start
        self._open = len(self._begun)

    def _end(self) -> None:
        is_open = self._open == len(self._begun)
        begin = self._begun.pop()
        if is_open:
            self._open -= 1
            self._buffer += begin.end
        elif begin.is_kept:
            self._open_all()
            self._buffer += begin.start.removesuffix(b">") + b"/>"

    def _take(self) -> bytes:
        data = bytes(self._buffer)
        self._buffer.clear()
        return data
