"""Which options fill which fields of a message that has many: one table to read and write it by."""

from __future__ import annotations

from collections.abc import Mapping
from operator import attrgetter
from typing import Any, Final, NamedTuple

from nf.codec.errors import DecodeError
from nf.codec.mobility_option_area import OptionFormat, OptionReader, OptionWriter
from nf.codec.registry import OptionType

_PAD1: Final = int(OptionType.PAD1)
_PADN: Final = int(OptionType.PADN)
_HEADER_SIZE: Final = 2


class OptionField(NamedTuple):
    """A field of a message and the option that fills it; ``is_repeated``: it is a tuple of them."""

    name: str
    form: OptionFormat[Any]
    is_repeated: bool = False


class OptionFields:
    """All fields of a message that options fill; the cost goes with the options that there are."""

    def __init__(self, *fields: OptionField) -> None:
        """Take the fields in the order in which their options are sent."""
        self._by_type = {int(field.form.type): field for field in fields}
        self._in_order = fields
        self._values = attrgetter(*(field.name for field in fields))

    def read(self, packet: bytes, start: int, end: int) -> Mapping[str, Any]:
        """Return the fields for which there are options, to make the message of.

        Raises DecodeError.
        """
        plain = self.read_plain(packet, start, end)
        return self.read_any(OptionReader(packet, start, end)) if plain is None else plain

    def read_plain(self, packet: bytes, start: int, end: int) -> Mapping[str, Any] | None:
        """Read what nearly all packets are, in one go; None where anything is out of the ordinary.

        That is an option that is unknown or faulty, or stands twice where it may stand once:
        ``read_any`` knows what to make of it, and of all else it makes the same as this.
        """
        values: dict[str, Any] = {}
        fields = self._by_type
        at = start
        while at < end:
            option_type = packet[at]
            if option_type == _PAD1:
                at += 1
                continue
            data_at = at + _HEADER_SIZE
            if data_at > end:
                return None
            at = data_at + packet[data_at - 1]
            if option_type == _PADN and at <= end:
                continue
            if at > end or option_type not in fields:
                return None
            name, form, is_repeated = fields[option_type]
            data = packet[data_at:at]
            if (name in values and not is_repeated) or not form.fits(data):
                return None
            try:
                value = form.read(data, data_at)
            except DecodeError:
                return None
            values[name] = (*values.get(name, ()), value) if is_repeated else value
        return values

    def read_any(self, options: OptionReader) -> Mapping[str, Any]:
        """Read any packet, or find what is wrong with it; faults in the order of the fields."""
        values: dict[str, Any] = {}
        for name, form, is_repeated in self._in_order:
            value = options.repeated(form) if is_repeated else options.single(form)
            if value is not None:
                values[name] = value
        values["unknown_options"] = options.unknown()
        return values

    def write(self, writer: OptionWriter, message: Any) -> None:  # noqa: ANN401 - has the fields
        """Append an option for each field that is there, then the unknown ones."""
        values = self._values(message)
        for value, (_, form, is_repeated) in zip(values, self._in_order, strict=True):
            if is_repeated:
                for each in value:
                    writer.append(form, each)
            elif value is not None and value is not False:
                writer.append(form, value)
        if message.unknown_options:
            writer.unknown(message.unknown_options, [field.form for field in self._in_order])
