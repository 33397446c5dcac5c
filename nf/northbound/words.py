"""How single values are written in YANG: registry numbers, octets, moments, counters."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import IntEnum
from functools import cache
from typing import Final

from nf.codec.messages import Timestamp
from nf.northbound.json_values import Json, as_text

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
#: The last moment that date-and-time can tell; a mobile node's own timestamp may lie beyond it.
LAST_UTC_US: Final = (datetime.max.replace(tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)
#: Where a gauge64 or counter64 ends.
LAST_64_BIT: Final = 2**64 - 1


def word(registry: type[IntEnum], code: int) -> str | int:
    """Return the word for a registry's number, the number itself where there is no word."""
    return _words(registry).get(code, code)


def code(registry: type[IntEnum], value: Json) -> int:
    """Return the number that ``word`` has written."""
    if isinstance(value, int):
        return value
    return _codes(registry)[as_text(value)]


def octets(text: str) -> bytes:
    """Return the octets of a phys-address, mac-address or hex-string (RFC 6991 §3)."""
    return bytes.fromhex(text.replace(":", ""))


def hex_octets(value: bytes) -> str:
    """Return octets as phys-address, mac-address and hex-string want them (RFC 6991 §3)."""
    return value.hex(":")


def moment(utc_us: int) -> datetime:
    """Return microseconds since 1970 UTC as a moment, the last one where they tell a later one."""
    return EPOCH + timedelta(microseconds=min(utc_us, LAST_UTC_US))


def date_and_time(utc_us: int) -> str:
    """Return microseconds since 1970 UTC as a date-and-time in canonical form (RFC 6991 §3)."""
    return moment(utc_us).isoformat(timespec="microseconds")


def timestamp_as_date_and_time(timestamp: Timestamp) -> str:
    """Return a Timestamp option's value (RFC 5213 §8.8) as a date-and-time."""
    return date_and_time(timestamp * 1_000_000 // 65_536)


def long_number(value: int) -> str:
    """Return a number of a 64-bit type, which JSON writes as a string (RFC 7951 §6.1)."""
    return str(min(value, LAST_64_BIT))


def seconds_left(until_ms: int, now_ms: int) -> int:
    """Return the whole seconds until a moment has come, 0 only when it has."""
    return max(0, -((now_ms - until_ms) // 1000))


@cache
def _words(registry: type[IntEnum]) -> dict[int, str]:
    return {member.value: member.name.lower().replace("_", "-") for member in registry}


@cache
def _codes(registry: type[IntEnum]) -> dict[str, int]:
    return {name: value for value, name in _words(registry).items()}
