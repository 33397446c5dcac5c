"""The options area of a Mobility Header: type, length, value and the padding between.

Reading accepts options in any order and at any alignment; writing keeps the alignment that each
option asks for. What an option means stands in ``mobility_options``.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar

from nf.codec.errors import DecodeError, EncodeError, RejectReason
from nf.codec.fields import unsigned
from nf.codec.messages import UnknownOption
from nf.codec.registry import OptionType

T = TypeVar("T")

_HEADER_SIZE = 2
_PAD1 = int(OptionType.PAD1)
_PADN = int(OptionType.PADN)
_PADS = (_PAD1, _PADN)
#: What all alignments divide.
_UNIT = 8
_SECTION = "RFC 6275 §6.2.1"
#: By its size, the padding that fills a gap: Pad1 or one PadN (RFC 6275 §6.2.2, §6.2.3).
_PADDING = (b"", bytes((_PAD1,)), *(bytes((_PADN, size)) + bytes(size) for size in range(6)))


class Alignment(NamedTuple):
    """Where an option's type octet stands: at ``multiple * n + remainder``."""

    multiple: int
    remainder: int


#: The alignment of an option whose data has so many octets.
AlignmentOfLength: TypeAlias = Callable[[int], Alignment]


class OptionHeads(dict[int, tuple[bytes, ...]]):
    """What stands before the data of one option, made when a length is first asked for.

    By the length of the data, then by where the message has got to, modulo 8: padding, type and
    length.
    """

    def __init__(self, option_type: int, alignment: Alignment | AlignmentOfLength) -> None:
        super().__init__()
        self._type = option_type
        self._alignment = alignment

    def __missing__(self, length: int) -> tuple[bytes, ...]:
        """Make those of a length; raises EncodeError where no option is as long."""
        alignment = self._alignment
        if not isinstance(alignment, Alignment):
            alignment = alignment(length)
        multiple, remainder = alignment
        head = bytes((self._type, unsigned(length, 8, "Option Length")))
        made = tuple(_PADDING[(remainder - at) % multiple] + head for at in range(_UNIT))
        self[length] = made
        return made


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionFormat(Generic[T]):
    """How one option stands on the wire.

        +--------+--------+------------------------+
        |  type  | length |  data, length octets   |
        +--------+--------+------------------------+

    ``read`` gets the data and its offset in the message, ``alignment`` the length of the data
    where it depends on that.
    Data that is not ``is_ours`` belongs to a variant that we do not know; None: there is no such.
    """

    type: OptionType
    section: str
    lengths: Container[int]
    alignment: Alignment | AlignmentOfLength
    read: Callable[[bytes, int], T]
    write: Callable[[T], bytes]
    is_ours: Callable[[bytes], bool] | None = None

    heads: OptionHeads = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "heads", OptionHeads(self.type, self.alignment))

    def reads(self, data: bytes) -> bool:
        """Tell whether data is of the variant that we know."""
        return self.is_ours is None or self.is_ours(data)

    def fits(self, data: bytes) -> bool:
        """Tell whether data is of a length and of the variant that we know."""
        return len(data) in self.lengths and (self.is_ours is None or self.is_ours(data))


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
        values = self._take(form)
        if not values:
            return None
        if len(values) > 1:
            reason = RejectReason.DUPLICATE_OPTION
            raise _error(reason, values[1][0] - _HEADER_SIZE, "Option Type", form.section)
        ((at, data),) = values
        return form.read(data, at)

    def repeated(self, form: OptionFormat[T]) -> tuple[T, ...]:
        """Take an option that may stand often, in the order of the message."""
        read = form.read
        return tuple([read(data, at) for at, data in self._take(form)])

    def unknown(self) -> tuple[UnknownOption, ...]:
        """Return the options that were not taken, in the order of the message."""
        if not self._found:
            return ()
        left = [(at, kind, data) for kind, found in self._found.items() for at, data in found]
        return tuple([UnknownOption(type=kind, data=data) for _, kind, data in sorted(left)])

    def _take(self, form: OptionFormat[T]) -> Sequence[tuple[int, bytes]]:
        """Take out what a form can read; what is of another variant stays."""
        values = self._found.pop(form.type, ())
        lengths = form.lengths
        for at, data in values:
            if len(data) not in lengths:
                reason = RejectReason.BAD_OPTION_LENGTH
                raise _error(reason, at - 1, "Option Length", form.section)
        if form.is_ours is None:
            return values
        others = [value for value in values if not form.is_ours(value[1])]
        if not others:
            return values
        self._found[form.type] = others
        return [value for value in values if value not in others]


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
            self.append(form, value)

    def repeated(self, form: OptionFormat[T], values: tuple[T, ...]) -> None:
        """Append an option for each value."""
        self._forms.append(form)
        for value in values:
            self.append(form, value)

    def unknown(
        self, options: tuple[UnknownOption, ...], forms: Iterable[OptionFormat[Any]] = ()
    ) -> None:
        """Append options as they are, without alignment; call it after all known ones.

        Refuses what a receiver would take for padding or for an option that has a field: by
        ``forms`` and by those that were appended singly.
        """
        for option in options:
            taken = [form for form in (*self._forms, *forms) if form.type == option.type]
            if option.type in _PADS or any(form.reads(option.data) for form in taken):
                raise EncodeError(f"option type {option.type} is not unknown")
            length = unsigned(len(option.data), 8, "Option Length")
            self._octets += bytes((unsigned(option.type, 8, "Option Type"), length)) + option.data

    def append(self, form: OptionFormat[T], value: T) -> None:
        """Append one option where its alignment wants it."""
        data = form.write(value)
        octets = self._octets
        octets += form.heads[len(data)][len(octets) % _UNIT]
        octets += data

    def octets(self) -> bytes:
        """Return the whole, padded to the multiple of 8 octets that RFC 6275 §6.1.1 demands."""
        return bytes(self._octets) + _PADDING[-len(self._octets) % _UNIT]


def _error(reason: RejectReason, offset: int, field: str, section: str = _SECTION) -> DecodeError:
    return DecodeError(reason, offset=offset, field=field, section=section)
