"""Octets that mean harm: no decoder raises anything but DecodeError, nor works without bound."""

from __future__ import annotations

import struct
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nf.codec.dhcpv6 import decode_dhcp_message
from nf.codec.errors import DecodeError
from nf.codec.mobility import decode_mobility_message
from nf.codec.ndisc import decode_router_advertisement, decode_router_solicitation
from tests.fuzz.checks import CHECKS
from tests.fuzz.seeds import seeds

if TYPE_CHECKING:
    from types import FrameType

    from _typeshed import TraceFunction

SEEDS: Final = {name: sorted(octets) for name, octets in seeds().items()}
#: Where to strike, how many octets go, and what comes instead.
STRIKES: Final = st.lists(
    st.tuples(st.integers(0, 400), st.integers(0, 8), st.binary(max_size=8)),
    min_size=1,
    max_size=4,
)


@pytest.mark.parametrize("name", CHECKS)
@settings(max_examples=300, deadline=None)
@given(data=st.data(), strikes=STRIKES)
def test_a_damaged_message_decodes_or_is_refused(
    name: str, data: st.DataObject, strikes: list[tuple[int, int, bytes]]
) -> None:
    octets = data.draw(st.sampled_from(SEEDS[name]))
    for at, gone, instead in strikes:
        start = at % (len(octets) + 1)
        octets = octets[:start] + instead + octets[start + gone :]
    CHECKS[name](octets)


def mobility(kind: int, option: str, count: int) -> bytes:
    """Return a message of options that repeat, and of Pad1 up to its end."""
    octets = bytes.fromhex(option) * count
    octets += bytes(-(len(octets) + 12) % 8)
    return bytes((59, (len(octets) + 12) // 8 - 1, kind)) + bytes(9) + octets


def nested(code: int, head: int, inner: int, count: int) -> bytes:
    """Return a DHCPv6 Solicit with an option full of empty options."""
    options = struct.pack("!HH", inner, 0) * count
    body = bytes(head) + options
    return b"\x01\x00\x00\x01" + struct.pack("!HH", code, len(body)) + body


def router(kind: int, size: int, option: str, count: int) -> bytes:
    return bytes((kind,)) + bytes(size - 1) + bytes.fromhex(option) * count


#: Intent, decoder, octets for a count of repetitions.
HOSTILE: Final[tuple[tuple[str, Callable[[bytes], object], Callable[[int], bytes]], ...]] = (
    ("Pad1", decode_mobility_message, lambda n: mobility(5, "00", 8 * n)),
    ("empty PadN", decode_mobility_message, lambda n: mobility(6, "0100", 8 * n)),
    ("unknown options", decode_mobility_message, lambda n: mobility(5, "c800", 8 * n)),
    ("unknown identifiers", decode_mobility_message, lambda n: mobility(16, "080102", 8 * n)),
    (
        "home network prefixes",
        decode_mobility_message,
        lambda n: mobility(19, "1612" + "00" * 18, n),
    ),
    (
        "sub-options",
        decode_mobility_message,
        lambda n: mobility(6, f"3e{2 * n:02x}" + "0900" * n, 1),
    ),
    ("empty options", decode_dhcp_message, lambda n: nested(17, 0, 99, 100 * n)),
    ("options in an IA", decode_dhcp_message, lambda n: nested(25, 12, 99, 100 * n)),
    (
        "empty IAs",
        decode_dhcp_message,
        lambda n: b"\x01\x00\x00\x01" + (b"\x00\x19\x00\x0c" + bytes(12)) * (100 * n),
    ),
    (
        "solicitation options",
        decode_router_solicitation,
        lambda n: router(133, 8, "0101020000000001", 100 * n),
    ),
    (
        "advertised prefixes",
        decode_router_advertisement,
        lambda n: router(134, 16, "0304" + "00" * 30, 100 * n),
    ),
)


def work(decode: Callable[[bytes], object], octets: bytes) -> int:
    """Return how many lines and calls a decoder goes through."""
    steps = 0

    def count(_frame: FrameType, _event: str, _argument: object) -> TraceFunction:
        nonlocal steps
        steps += 1
        return count

    previous = sys.gettrace()
    sys.settrace(count)
    try:
        decode(octets)
    except DecodeError:
        pass
    finally:
        sys.settrace(previous)
    return steps


@pytest.mark.parametrize(
    ("decode", "octets"), [row[1:] for row in HOSTILE], ids=[row[0] for row in HOSTILE]
)
def test_work_grows_no_faster_than_the_octets(
    decode: Callable[[bytes], object], octets: Callable[[int], bytes]
) -> None:
    once, twice = work(decode, octets(10)), work(decode, octets(20))
    assert twice <= 2 * once + 100
