"""A Solicit gets other prefixes, and keeps everything else octet by octet."""

from __future__ import annotations

from ipaddress import IPv6Network
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nf.codec.dhcpv6 import decode_dhcp_message, encode_dhcp_message
from nf.codec.dhcpv6_hints import with_hints
from nf.codec.dhcpv6_messages import DhcpMessage, DhcpMessageType, IaPd, IaPrefix
from nf.codec.dhcpv6_option_area import write_option
from nf.codec.errors import DecodeError, RejectReason
from tests.codec.strategies import DHCP_MESSAGES

MNP: Final = IPv6Network("2001:db8:a100::/56")
OTHER_MNP: Final = IPv6Network("2001:db8:a200::/56")
WISH: Final = IaPrefix(
    prefix=IPv6Network("2001:db8:bad::/48"), preferred_lifetime_s=60, valid_lifetime_s=90
)
#: Of an option that no RFC knows.
STRANGE: Final = 65_001


def solicit(*ia_pds: IaPd, rapid_commit: bool = False) -> bytes:
    return encode_dhcp_message(
        DhcpMessage(
            message_type=DhcpMessageType.SOLICIT,
            transaction_id=7,
            client_duid=b"\0\x03\0\x01abcdef",
            elapsed_time_cs=12,
            rapid_commit=rapid_commit,
            ia_pds=ia_pds,
        )
    )


def hint(prefix: IPv6Network) -> IaPrefix:
    return IaPrefix(prefix=prefix, preferred_lifetime_s=0, valid_lifetime_s=0)


@pytest.mark.rfc("draft-nemo §3.2")
@pytest.mark.parametrize("wishes", [(), (WISH,), (WISH, WISH)])
def test_what_a_client_wished_is_replaced_by_the_hint(wishes: tuple[IaPrefix, ...]) -> None:
    hinted = with_hints(solicit(IaPd(iaid=1, t1_s=5, t2_s=8, prefixes=wishes)), {1: (MNP,)})
    assert hinted == solicit(IaPd(iaid=1, t1_s=5, t2_s=8, prefixes=(hint(MNP),)))


def test_each_association_gets_its_own_hints() -> None:
    octets = solicit(IaPd(iaid=1), IaPd(iaid=2))
    hinted = decode_dhcp_message(with_hints(octets, {2: (MNP,), 1: (OTHER_MNP,)}))
    assert [(ia.iaid, ia.prefixes) for ia in hinted.ia_pds] == [
        (1, (hint(OTHER_MNP),)),
        (2, (hint(MNP),)),
    ]


def test_association_without_a_hint_is_left_out() -> None:
    hinted = with_hints(solicit(IaPd(iaid=1), IaPd(iaid=2)), {1: (MNP,), 2: ()})
    assert hinted == solicit(IaPd(iaid=1, prefixes=(hint(MNP),)))


def test_rapid_commit_is_left_out() -> None:
    hinted = with_hints(solicit(IaPd(iaid=1), rapid_commit=True), {1: (MNP,)})
    assert hinted == solicit(IaPd(iaid=1, prefixes=(hint(MNP),)))


def test_options_that_we_do_not_know_stay_at_every_depth() -> None:
    strange = write_option(STRANGE, b"what it says")
    inner = (1).to_bytes(4) + bytes(8) + strange
    octets = solicit() + strange + write_option(25, inner) + strange
    hinted = with_hints(octets, {1: (MNP,)})
    prefix = write_option(26, bytes(8) + bytes((56,)) + MNP.network_address.packed)
    expected = write_option(25, inner[:12] + prefix + strange)
    assert hinted == solicit() + strange + expected + strange


@given(DHCP_MESSAGES, st.integers(0, 3))
def test_nothing_but_prefixes_and_rapid_commit_changes(message: DhcpMessage, spare: int) -> None:
    hints = {ia.iaid: (MNP,) for ia in message.ia_pds[spare:]}
    octets = encode_dhcp_message(message)
    hinted = decode_dhcp_message(with_hints(octets, hints))
    assert [ia.iaid for ia in hinted.ia_pds] == list(hints)
    assert all(ia.prefixes == (hint(MNP),) for ia in hinted.ia_pds)
    assert not hinted.rapid_commit
    for name in ("transaction_id", "client_duid", "ia_nas", "other_options", "option_request"):
        assert getattr(hinted, name) == getattr(message, name)


@pytest.mark.parametrize(
    ("tail", "reason"),
    [
        ("0001", RejectReason.TRUNCATED),
        ("0001 0004 00", RejectReason.BAD_OPTION_LENGTH),
        ("0019 000e 000000010000000000000000 0001", RejectReason.TRUNCATED),
    ],
)
def test_octets_that_are_no_message_are_refused(tail: str, reason: RejectReason) -> None:
    with pytest.raises(DecodeError) as refusal:
        with_hints(solicit() + bytes.fromhex(tail), {1: (MNP,)})
    assert refusal.value.reason is reason
