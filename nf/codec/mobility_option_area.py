"""The options area of a Mobility Header: type, length, value and the padding between.

Reading accepts options in any order and at any alignment; writing keeps the alignment that each
option asks for. What an option means stands in ``mobility_options``.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from nf.codec.errors import DecodeError, EncodeError, RejectReason
from nf.codec.fields import unsigned
from nf.codec.messages import UnknownOption
from nf.codec.registry import OptionType

T = TypeVar("T")

_HEADER_SIZE = 2
_PAD1 = int(OptionType.PAD1)
_PADN = int(OptionType.PADN)
_SECTION = "RFC 6275 §6.2.1"


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

    ``read`` gets the data and its offset in the message, ``alignment`` the length of the data.
    Data that does not begin with ``discriminator`` belongs to a variant that we do not know.
    """

    type: OptionType
    section: str
    lengths: Container[int]
    alignment: Callable[[int], Alignment]
    read: Callable[[bytes, int], T]
    write: Callable[[T], bytes]
    discriminator: bytes = b""


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
        if form.type not in self._found:
            return None
        values = self._take(form)
        if len(values) > 1:
            reason = RejectReason.DUPLICATE_OPTION
            raise _error(reason, values[1][0] - _HEADER_SIZE, "Option Type", form.section)
        return form.read(values[0][1], values[0][0]) if values else None

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
        if not form.discriminator:
            return values
        known = [value for value in values if value[1].startswith(form.discriminator)]
        if len(known) < len(values):
            self._found[form.type] = [
                value for value in values if not value[1].startswith(form.discriminator)
            ]
        return known


class OptionWriter:
    """Appends options to the fixed part of a message, each where its alignment wants it."""

    __slots__ = ("_forms", "_octets")

    def __init__(self, fixed_part: bytes) -> None:
        self._octets = bytearray(fixed_part)
        self._forms: list[tuple[int, bytes]] = [(_PAD1, b""), (_PADN, b"")]

    def single(self, form: OptionFormat[T], value: T | None) -> None:
        """Append an option, or nothing for None."""
        self.repeated(form, () if value is None else (value,))

    def repeated(self, form: OptionFormat[T], values: tuple[T, ...]) -> None:
        """Append an option for each value."""
        self._forms.append((form.type, form.discriminator))
        for value in values:
            data = form.write(value)
            self._pad(form.alignment(len(data)))
            self._append(form.type, data)

    def unknown(self, options: tuple[UnknownOption, ...]) -> None:
        """Append options as they are, without alignment; call it after all known ones.

        Refuses what a receiver would take for padding or for an option that has a field.
        """
        for option in options:
            for known_type, discriminator in self._forms:
                if option.type == known_type and option.data.startswith(discriminator):
                    raise EncodeError(f"option type {option.type} is not unknown")
            self._append(option.type, option.data)

    def octets(self) -> bytes:
        """Return the whole, padded to the multiple of 8 octets that RFC 6275 §6.1.1 demands."""
        self._pad(Alignment(8, 0))
        return bytes(self._octets)

    def _append(self, option_type: int, data: bytes) -> None:
        length = unsigned(len(data), 8, "Option Length")
        self._octets += bytes((unsigned(option_type, 8, "Option Type"), length))
        self._octets += data

    def _pad(self, alignment: Alignment) -> None:
        """RFC 6275 §6.2.2, §6.2.3: Pad1 for one octet, one PadN for more."""
        missing = (alignment.remainder - len(self._octets)) % alignment.multiple
        if missing == 1:
            self._octets.append(_PAD1)
        elif missing:
            self._octets += bytes((_PADN, missing - _HEADER_SIZE)) + bytes(missing - _HEADER_SIZE)


def _error(reason: RejectReason, offset: int, field: str, section: str = _SECTION) -> DecodeError:
    return DecodeError(reason, offset=offset, field=field, section=section)
