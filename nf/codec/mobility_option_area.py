"""The options area of a Mobility Header: type, length, value and the padding between.

Reading accepts options in any order and at any alignment; writing keeps the alignment that each
option asks for. What an option means stands in ``mobility_options``.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

from nf.codec.errors import DecodeError, EncodeError, RejectReason
from nf.codec.fields import unsigned
from nf.codec.messages import UnknownOption
from nf.codec.registry import OptionType

T = TypeVar("T")

_HEADER_SIZE = 2
_PAD1 = int(OptionType.PAD1)
_PADN = int(OptionType.PADN)
_PADS = (_PAD1, _PADN)
#: How many lengths an option's data can have.
_LENGTHS = 256
_SECTION = "RFC 6275 §6.2.1"
#: By its size, the padding that fills a gap: Pad1 or one PadN (RFC 6275 §6.2.2, §6.2.3).
_PADDING = (b"", bytes((_PAD1,)), *(bytes((_PADN, size)) + bytes(size) for size in range(6)))


def _always(_data: bytes) -> bool:
    return True


class Alignment(NamedTuple):
    """Where an option's type octet stands: at ``multiple * n + remainder``."""

    multiple: int
    remainder: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionFormat(Generic[T]):
    """How one option stands on the wire.

        +--------+--------+------------------------+
        |  type  | length |  data, length octets   |
        +--------+--------+------------------------+

    ``read`` gets the data and its offset in the message, ``alignment`` the length of the data
    where it depends on that.
    Data that is not ``is_ours`` belongs to a variant that we do not know.
    """

    type: OptionType
    section: str
    lengths: Container[int]
    alignment: Alignment | Callable[[int], Alignment]
    read: Callable[[bytes, int], T]
    write: Callable[[T], bytes]
    is_ours: Callable[[bytes], bool] = _always


class OptionReader:
    """The options of one message, taken out by type; what nobody takes is unknown.

    RFC 6275 §6.2: options may come in any order; ones that are not understood are skipped.
    """

    __slots__ = ("_found",)

    def __init__(self, packet: bytes, start: int, end: int) -> None:
        found: dict[int, list[tuple[int, bytes]]] = {}
        at = start
        while at < end:
            option_type = packet[at]
            if option_type == _PAD1:
                at += 1
                continue
            data_at = at + _HEADER_SIZE
            if data_at > end:
                raise _error(RejectReason.TRUNCATED, end, "Option Length")
            after = data_at + packet[at + 1]
            if after > end:
                raise _error(RejectReason.BAD_OPTION_LENGTH, at + 1, "Option Length")
            if option_type in found:
                found[option_type].append((data_at, packet[data_at:after]))
            elif option_type != _PADN:
                found[option_type] = [(data_at, packet[data_at:after])]
            at = after
        #: Per type where the data begins, and the data.
        self._found = found

    def single(self, form: OptionFormat[T]) -> T | None:
        """Take an option that may stand once, None where it is absent."""
        found = self._found.get(form.type)
        if found is None:
            return None
        at, data = found[0]
        if len(found) == 1 and len(data) in form.lengths and form.is_ours(data):
            del self._found[form.type]
            return form.read(data, at)
        values = self._take(form)
        if len(values) == 1:
            return form.read(values[0][1], values[0][0])
        if values:
            reason = RejectReason.DUPLICATE_OPTION
            raise _error(reason, values[1][0] - _HEADER_SIZE, "Option Type", form.section)
        return None

    def repeated(self, form: OptionFormat[T]) -> tuple[T, ...]:
        """Take an option that may stand often, in the order of the message."""
        if form.type not in self._found:
            return ()
        return tuple([form.read(data, at) for at, data in self._take(form)])

    def unknown(self) -> tuple[UnknownOption, ...]:
        """Return the options that were not taken, in the order of the message."""
        if not self._found:
            return ()
        left = [(at, kind, data) for kind, found in self._found.items() for at, data in found]
        return tuple([UnknownOption(type=kind, data=data) for _, kind, data in sorted(left)])

    def _take(self, form: OptionFormat[T]) -> list[tuple[int, bytes]]:
        values = self._found.pop(form.type)
        for at, data in values:
            if len(data) not in form.lengths:
                reason = RejectReason.BAD_OPTION_LENGTH
                raise _error(reason, at - 1, "Option Length", form.section)
        known = [value for value in values if form.is_ours(value[1])]
        if len(known) < len(values):
            self._found[form.type] = [value for value in values if not form.is_ours(value[1])]
        return known


class OptionWriter:
    """Appends options to the fixed part of a message, each where its alignment wants it."""

    __slots__ = ("_forms", "_octets")

    def __init__(self, fixed_part: bytes) -> None:
        self._octets = bytearray(fixed_part)
        self._forms: list[OptionFormat[Any]] = []

    def single(self, form: OptionFormat[T], value: T | None) -> None:
        """Append an option, or nothing for None."""
        self._forms.append(form)
        if value is not None:
            self._write(form, value)

    def repeated(self, form: OptionFormat[T], values: tuple[T, ...]) -> None:
        """Append an option for each value."""
        self._forms.append(form)
        for value in values:
            self._write(form, value)

    def unknown(self, options: tuple[UnknownOption, ...]) -> None:
        """Append options as they are, without alignment; call it after all known ones.

        Refuses what a receiver would take for padding or for an option that has a field.
        """
        if not options:
            return
        for option in options:
            taken = [form for form in self._forms if form.type == option.type]
            if option.type in _PADS or any(form.is_ours(option.data) for form in taken):
                raise EncodeError(f"option type {option.type} is not unknown")
            length = unsigned(len(option.data), 8, "Option Length")
            self._octets += bytes((unsigned(option.type, 8, "Option Type"), length)) + option.data

    def octets(self) -> bytes:
        """Return the whole, padded to the multiple of 8 octets that RFC 6275 §6.1.1 demands."""
        return bytes(self._octets) + _PADDING[-len(self._octets) % len(_PADDING)]

    def _write(self, form: OptionFormat[T], value: T) -> None:
        """Append one option where its alignment wants it."""
        data = form.write(value)
        octets, length, alignment = self._octets, len(data), form.alignment
        if not isinstance(alignment, Alignment):
            alignment = alignment(length)
        missing = (alignment[1] - len(octets)) % alignment[0]
        if missing:
            octets += _PADDING[missing]
        octets.append(form.type)
        octets.append(length if length < _LENGTHS else unsigned(length, 8, "Option Length"))
        octets += data


def _error(reason: RejectReason, offset: int, field: str, section: str = _SECTION) -> DecodeError:
    return DecodeError(reason, offset=offset, field=field, section=section)
