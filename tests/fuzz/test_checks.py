from __future__ import annotations

import pytest

from nf.codec.errors import DecodeError, RejectReason
from tests.fuzz import checks
from tests.fuzz.checks import CHECKS
from tests.fuzz.seeds import seeds

SEEDS = seeds()


def test_every_check_has_seeds() -> None:
    assert SEEDS.keys() == CHECKS.keys()
    assert len(SEEDS["mobility"]) > 100


@pytest.mark.parametrize("name", CHECKS)
def test_seeds_pass_their_check(name: str) -> None:
    for octets in SEEDS[name]:
        CHECKS[name](octets)


@pytest.mark.parametrize("name", CHECKS)
def test_refused_octets_pass(name: str) -> None:
    CHECKS[name](b"")


def test_a_prefix_preferred_for_longer_than_it_is_valid_passes() -> None:
    prefix = "0304 40c0 00000001 00000002 00000000" + "20010db8" + "00" * 12
    checks.check_router_advertisement(bytes.fromhex("8600" + "00" * 14 + prefix))


@pytest.mark.parametrize(
    ("name", "decoder", "breach"),
    [
        ("mobility", "decode_mobility_message", IndexError()),
        ("dhcpv6", "decode_dhcp_message", RecursionError()),
        ("dhcpv6-relay", "decode_relay_message", IndexError()),
        (
            "router-solicitation",
            "decode_router_solicitation",
            DecodeError(RejectReason.TRUNCATED, offset=3, field="", section=""),
        ),
        ("router-advertisement", "decode_router_advertisement", ValueError()),
    ],
)
def test_a_breach_raises(
    monkeypatch: pytest.MonkeyPatch, name: str, decoder: str, breach: Exception
) -> None:
    def broken(_octets: bytes) -> None:
        raise breach

    monkeypatch.setattr(checks, decoder, broken)
    with pytest.raises((type(breach), AssertionError)):
        CHECKS[name](b"..")
