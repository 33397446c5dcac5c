"""The Heartbeat message and its Restart Counter option (RFC 5847): octets to values and back."""

from __future__ import annotations

import struct
from typing import Final

from nf.codec.errors import EncodeError
from nf.codec.fields import unsigned
from nf.codec.messages import Heartbeat
from nf.codec.mobility_option_area import Alignment, OptionFormat, OptionReader, OptionWriter
from nf.codec.registry import OptionType

_UNSOLICITED = 0x0002
_RESPONSE = 0x0001

_HEARTBEAT = struct.Struct("!6xHL")
_COUNTER = struct.Struct("!L")

#: The octets before the options.
HEARTBEAT_SIZE: Final = _HEARTBEAT.size


def _read_counter(data: bytes, _at: int) -> int:
    """Read a number of 32 bits: RFC 5847 §3.4."""
    return int.from_bytes(data)


def _write_counter(counter: int) -> bytes:
    return _COUNTER.pack(unsigned(counter, 32, "Restart Counter"))


RESTART_COUNTER: Final[OptionFormat[int]] = OptionFormat(
    type=OptionType.RESTART_COUNTER,
    section="RFC 5847 §3.4",
    lengths=(_COUNTER.size,),
    alignment=Alignment(4, 2),
    read=_read_counter,
    write=_write_counter,
)


def decode_heartbeat(packet: bytes, options: OptionReader) -> Heartbeat:
    """Read a Heartbeat: RFC 5847 §3.3.

    +------------------+-+-+---------------------------+---------+
    |  0               |U|R|  sequence, 4 octets       | options |
    +------------------+-+-+---------------------------+---------+

    RFC 5847 §3.4: a restart counter means something in responses only; in a request it is kept
    as an option that nobody knows.
    """
    flags, sequence_number = _HEARTBEAT.unpack_from(packet)
    is_response = bool(flags & _RESPONSE)
    return Heartbeat(
        sequence_number=sequence_number,
        is_response=is_response,
        is_unsolicited=bool(flags & _UNSOLICITED),
        restart_counter=options.single(RESTART_COUNTER) if is_response else None,
        unknown_options=options.unknown(),
    )


def encode_heartbeat(message: Heartbeat) -> bytes:
    """Return a Heartbeat with room for its header; only responses tell a restart counter."""
    flags = message.is_unsolicited * _UNSOLICITED | message.is_response * _RESPONSE
    sequence_number = unsigned(message.sequence_number, 32, "Sequence Number")
    writer = OptionWriter(_HEARTBEAT.pack(flags, sequence_number))
    if message.is_response:
        writer.single(RESTART_COUNTER, message.restart_counter)
    elif message.restart_counter is not None:
        raise EncodeError("a Heartbeat request has no Restart Counter")
    writer.unknown(message.unknown_options)
    return writer.octets()
