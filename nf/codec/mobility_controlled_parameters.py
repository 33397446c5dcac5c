"""The LMA-Controlled MAG Parameters option and its sub-options: RFC 8127 §3."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from nf.codec.errors import DecodeError, EncodeError, RejectReason
from nf.codec.fields import unsigned
from nf.codec.messages import (
    BindingReregistrationControl,
    HeartbeatControl,
    LmaControlledParameters,
)
from nf.codec.mobility_option_area import Alignment, OptionFormat
from nf.codec.registry import OptionType

_REREGISTRATION_CONTROL = 1
_HEARTBEAT_CONTROL = 2
#: The unit of Re-registration-Start-Time (RFC 8127 §3.1.1).
_START_UNIT_S = 4

_HEADER_SIZE = 2
_THREE_NUMBERS = struct.Struct("!HHH")
_Numbers = tuple[int, int, int]


def _read_parameters(data: bytes, at: int) -> LmaControlledParameters | None:
    """Read one sub-option of each kind that we know, None where there is no such.

    +------+--------+-------+-------+-------+------+--------+-----
    |  1   |   6   | start | first | max   |  2   |   6   | ...
    +------+--------+-------+-------+-------+------+--------+-----

    RFC 8127 §3: sub-options come in any order; more than one of a kind is an error, a kind that
    we do not know is skipped.
    """
    found: dict[int, _Numbers] = {}
    for kind, value, value_at in _sub_options(data, at):
        if kind not in (_REREGISTRATION_CONTROL, _HEARTBEAT_CONTROL):
            continue
        if kind in found:
            raise _error(RejectReason.DUPLICATE_OPTION, value_at - _HEADER_SIZE, "LCMP Type")
        if len(value) != _THREE_NUMBERS.size:
            raise _error(RejectReason.BAD_OPTION_LENGTH, value_at - 1, "LCMP Length")
        found[kind] = _THREE_NUMBERS.unpack(value)
    return _parameters(found) if found else None


def _sub_options(data: bytes, at: int) -> Iterator[tuple[int, bytes, int]]:
    """Walk over sub-options: type, data and where in the message the data begins."""
    start = 0
    while start < len(data):
        value_start = start + _HEADER_SIZE
        if value_start > len(data):
            raise _error(RejectReason.TRUNCATED, at + len(data), "LCMP Length")
        end = value_start + data[start + 1]
        if end > len(data):
            raise _error(RejectReason.BAD_OPTION_LENGTH, at + start + 1, "LCMP Length")
        yield data[start], data[value_start:end], at + value_start
        start = end


def _parameters(found: dict[int, _Numbers]) -> LmaControlledParameters:
    reregistration = heartbeat = None
    if _REREGISTRATION_CONTROL in found:
        start, initial, maximum = found[_REREGISTRATION_CONTROL]
        reregistration = BindingReregistrationControl(
            reregistration_start_s=start * _START_UNIT_S,
            initial_retransmission_s=initial,
            maximum_retransmission_s=maximum,
        )
    if _HEARTBEAT_CONTROL in found:
        interval, delay, retransmissions = found[_HEARTBEAT_CONTROL]
        heartbeat = HeartbeatControl(
            interval_s=interval,
            retransmission_delay_s=delay,
            maximum_retransmissions=retransmissions,
        )
    return LmaControlledParameters(reregistration=reregistration, heartbeat=heartbeat)


def _write_parameters(parameters: LmaControlledParameters | None) -> bytes:
    """Return the sub-options; RFC 8127 §3 demands one at least."""
    octets = b""
    if parameters and parameters.reregistration:
        octets += _write_reregistration(parameters.reregistration)
    if parameters and parameters.heartbeat:
        octets += _write_heartbeat(parameters.heartbeat)
    if not octets:
        raise EncodeError("LMA-Controlled MAG Parameters without a sub-option")
    return octets


def _write_reregistration(control: BindingReregistrationControl) -> bytes:
    """Return the Binding Re-registration Control sub-option: RFC 8127 §3.1.1."""
    units, rest = divmod(control.reregistration_start_s, _START_UNIT_S)
    if rest:
        start_s = control.reregistration_start_s
        raise EncodeError(f"Re-registration-Start-Time {start_s} s is no multiple of 4 s")
    return _sub_option(
        _REREGISTRATION_CONTROL,
        unsigned(units, 16, "Re-registration-Start-Time"),
        unsigned(control.initial_retransmission_s, 16, "Initial-Retransmission-Time"),
        unsigned(control.maximum_retransmission_s, 16, "Maximum-Retransmission-Time"),
    )


def _write_heartbeat(control: HeartbeatControl) -> bytes:
    """Return the Heartbeat Control sub-option: RFC 8127 §3.1.2."""
    return _sub_option(
        _HEARTBEAT_CONTROL,
        unsigned(control.interval_s, 16, "HB-Interval"),
        unsigned(control.retransmission_delay_s, 16, "HB-Retransmission-Delay"),
        unsigned(control.maximum_retransmissions, 16, "HB-Max-Retransmissions"),
    )


def _sub_option(kind: int, *numbers: int) -> bytes:
    return bytes((kind, _THREE_NUMBERS.size)) + _THREE_NUMBERS.pack(*numbers)


def _error(reason: RejectReason, offset: int, field: str) -> DecodeError:
    return DecodeError(reason, offset=offset, field=field, section="RFC 8127 §3.1")


LMA_CONTROLLED_PARAMETERS: Final[OptionFormat[LmaControlledParameters | None]] = OptionFormat(
    type=OptionType.LMA_CONTROLLED_PARAMETERS,
    section="RFC 8127 §3",
    lengths=range(_HEADER_SIZE, 256),
    alignment=Alignment(4, 2),
    read=_read_parameters,
    write=_write_parameters,
)
