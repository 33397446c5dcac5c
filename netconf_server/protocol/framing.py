"""How messages are delimited on the byte stream (RFC 6242 §4); no I/O, no XML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import Final

END_OF_MESSAGE: Final = b"]]>]]>"
END_OF_CHUNKS: Final = b"\n##\n"

#: The largest chunk-size that RFC 6242 §4.2 allows.
MAX_CHUNK_SIZE: Final = 4294967295

#: How much one piece of output carries: small enough to share an event loop fairly, and with its
#: header in one packet of SSH as clients take them.
PIECE_BYTES: Final = 32000

_HEADER = re.compile(rb"\n#(?:(#)|([1-9][0-9]{0,9}))\n")
_HEADER_BEGUN = re.compile(rb"\n(?:#(?:#|[1-9][0-9]{0,9})?)?")
_HEADER_MAX_BYTES: Final = len(b"\n#4294967295\n")


class Framing(Enum):
    """The two framing mechanisms of RFC 6242 §4."""

    END_OF_MESSAGE = "end-of-message"
    CHUNKED = "chunked"


class FramingError(Exception):
    """The byte stream breaks the framing; RFC 6242 §4.2: the channel must be closed."""


class FrameDecoder:
    """Takes bytes in any portions, gives whole messages one at a time.

    Messages are pulled, not pushed: the framing may change between two messages of one portion,
    since a client may send its first chunked request right behind its hello.
    """

    def __init__(self, max_message_bytes: int) -> None:
        self._buffer = bytearray()
        self._framing = Framing.END_OF_MESSAGE
        self._max_message_bytes = max_message_bytes
        self._scanned = 0
        self._chunks = bytearray()
        self._message_bytes = 0
        self._chunk_bytes_left = 0

    def feed(self, data: bytes) -> None:
        """Add what was received."""
        self._buffer += data

    def switch_to_chunked(self) -> None:
        """Expect chunks from the next message on (RFC 6242 §4.1: after the hellos)."""
        self._framing = Framing.CHUNKED

    def next_message(self) -> bytes | None:
        """Return the next whole message, None if it has not arrived yet; raises FramingError."""
        if self._framing is Framing.CHUNKED or self._is_early_chunk():
            return self._next_chunked()
        return self._next_terminated()

    def _is_early_chunk(self) -> bool:
        """Tell chunks from XML: some clients send even their hello in chunks."""
        return bool(self._chunks) or self._chunk_bytes_left > 0 or self._buffer[:2] == b"\n#"

    def _next_terminated(self) -> bytes | None:
        """Cut off a message before its end-of-message sequence (RFC 6242 §4.3)."""
        end = self._buffer.find(END_OF_MESSAGE, self._scanned)
        if end < 0:
            self._scanned = max(0, len(self._buffer) - len(END_OF_MESSAGE) + 1)
            self._check_size(self._scanned)
            return None
        self._check_size(end)
        message = bytes(self._buffer[:end])
        del self._buffer[: end + len(END_OF_MESSAGE)]
        self._scanned = 0
        return message

    def _next_chunked(self) -> bytes | None:
        """Collect chunks until the end-of-chunks (RFC 6242 §4.2)."""
        while True:
            if not self._take_chunk_data():
                return None
            header = self._take_header()
            if header is None:
                return None
            if header.group(1):
                return self._finish_chunked()
            self._begin_chunk(int(header.group(2)))

    def _take_chunk_data(self) -> bool:
        """Move what has arrived of the current chunk; True when it is complete."""
        if self._chunk_bytes_left and self._buffer:
            data = self._buffer[: self._chunk_bytes_left]
            del self._buffer[: len(data)]
            self._chunk_bytes_left -= len(data)
            self._chunks += data
        return self._chunk_bytes_left == 0

    def _take_header(self) -> re.Match[bytes] | None:
        """Take a chunk's header or the end-of-chunks; None while it may still become one."""
        start = bytes(self._buffer[:_HEADER_MAX_BYTES])
        header = _HEADER.match(start)
        if header is not None:
            del self._buffer[: header.end()]
        elif start and not _HEADER_BEGUN.fullmatch(start):
            raise FramingError(f"no chunk header: {start!r}")
        return header

    def _begin_chunk(self, size: int) -> None:
        if size > MAX_CHUNK_SIZE:
            raise FramingError(f"chunk-size {size} exceeds {MAX_CHUNK_SIZE}")
        self._message_bytes += size
        self._check_size(self._message_bytes)
        self._chunk_bytes_left = size

    def _finish_chunked(self) -> bytes:
        if not self._chunks:
            raise FramingError("end of chunks without a chunk")
        message = bytes(self._chunks)
        self._chunks.clear()
        self._message_bytes = 0
        return message

    def _check_size(self, size: int) -> None:
        if size > self._max_message_bytes:
            raise FramingError(f"message exceeds {self._max_message_bytes} bytes")


def encode(message: bytes, framing: Framing, piece_bytes: int = PIECE_BYTES) -> Iterator[bytes]:
    """Yield a framed message in pieces of at most ``piece_bytes`` of content."""
    return encode_slices((message,), framing, piece_bytes)


def encode_slices(
    slices: Iterable[bytes], framing: Framing, piece_bytes: int = PIECE_BYTES
) -> Iterator[bytes]:
    """Yield a framed message in pieces, each a chunk where chunked; an empty slice is passed on.

    What comes without a pause goes out together, as far as a piece can hold it: every piece costs
    a packet. The end goes out with the last.
    """
    is_chunked = framing is Framing.CHUNKED
    held = bytearray()
    for data in slices:
        held += data
        while len(held) > piece_bytes or (held and not data):
            yield _framed(bytes(held[:piece_bytes]), is_chunked=is_chunked)
            del held[:piece_bytes]
        if not data:
            yield data
    last = _framed(bytes(held), is_chunked=is_chunked) if held else b""
    yield last + (END_OF_CHUNKS if is_chunked else END_OF_MESSAGE)


def _framed(piece: bytes, *, is_chunked: bool) -> bytes:
    return b"\n#%d\n%b" % (len(piece), piece) if is_chunked else piece
