"""The octets that go to the kernel and come back, without a kernel."""

from __future__ import annotations

import contextlib
import errno
import os
from ipaddress import IPv6Address

import pytest

from nf.drivers.kernel.encapsulation import (
    Decapsulation,
    Encapsulation,
    parse_lightweight_tunnel,
)
from nf.drivers.kernel.ip6tnl import device_of
from nf.drivers.kernel.netlink import KernelError, Netlink
from nf.drivers.kernel.octets import attribute, attributes, messages, nested
from tests.kernel.domain import FROM_MAG1, MAG1, TO_MAG1, TO_MAG2


class TestAttributes:
    def test_are_padded_to_four_octets_and_say_their_real_length(self) -> None:
        assert attribute(3, b"lo\0") == bytes.fromhex("0700 0300 6c6f00 00")

    def test_are_read_back_by_kind_and_nesting_is_no_part_of_it(self) -> None:
        packed = attribute(1, b"a") + nested(2, attribute(7, b"bc"))
        found = attributes(packed)
        assert found[1] == b"a"
        assert attributes(found[2]) == {7: b"bc"}

    def test_end_at_a_length_that_cannot_be(self) -> None:
        assert attributes(attribute(1, b"a") + bytes(4)) == {1: b"a"}


class TestMessages:
    def test_of_one_read_are_told_apart(self) -> None:
        one = bytes.fromhex("12000000 1000 0200 05000000 00000000 6162 0000")
        two = bytes.fromhex("10000000 0300 0000 06000000 00000000")
        first, second = messages(one + two)
        assert (first.kind, first.flags, first.sequence, first.body) == (16, 2, 5, b"ab")
        assert (second.kind, second.sequence, second.body) == (3, 6, b"")


class TestEncapsulation:
    def test_is_the_reduced_mode_with_one_segment(self) -> None:
        packed = Encapsulation(MAG1).pack()
        assert packed == bytes.fromhex(
            "2000 0100"  # length 32, SEG6_IPTUNNEL_SRH
            "03000000"  # encap.red
            "00 02 04 00 00 00 0000"  # length 2 * 8, type 4, segments left 0, last entry 0
            "20010db8000f00000000000000000011"
        )

    def test_in_another_mode_is_not_taken_for_ours(self) -> None:
        packed = bytearray(Encapsulation(MAG1).pack())
        packed[4] = 1
        assert parse_lightweight_tunnel(Encapsulation.type, bytes(packed)) is None

    @pytest.mark.parametrize(
        "tunnel", [Encapsulation(IPv6Address("2001:db8::1")), Decapsulation(), Decapsulation(22302)]
    )
    def test_is_read_back(self, tunnel: Encapsulation | Decapsulation) -> None:
        assert parse_lightweight_tunnel(tunnel.type, tunnel.pack()) == tunnel

    def test_of_an_unknown_type_is_none(self) -> None:
        assert parse_lightweight_tunnel(b"\2\0", Encapsulation(MAG1).pack()) is None


class TestDeviceName:
    def test_is_the_same_for_the_same_tunnel_and_fits(self) -> None:
        names = {device_of(each) for each in (TO_MAG1, TO_MAG1, TO_MAG2, FROM_MAG1)}
        assert len(names) == 3
        assert {len(name) for name in names} == {15}


def test_a_kernel_error_says_what_was_tried_and_why_not() -> None:
    refusal = KernelError(errno.EPERM, "install rule 0")
    assert isinstance(refusal, OSError)
    assert refusal.errno == errno.EPERM
    assert str(refusal).endswith(f"install rule 0: {os.strerror(errno.EPERM)}")


class TestShortageOfMemory:
    def test_is_waited_out(self, monkeypatch: pytest.MonkeyPatch) -> None:
        refusals = [KernelError(errno.ENOMEM, "install")] * 3
        assert self._attempts(monkeypatch, refusals) == 4

    def test_is_the_only_refusal_that_is(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(KernelError, match="install"):
            self._attempts(monkeypatch, [KernelError(errno.EPERM, "install")])

    @staticmethod
    def _attempts(monkeypatch: pytest.MonkeyPatch, refusals: list[KernelError]) -> int:
        """Return how often a request is sent that is refused this often."""
        sent = []

        def ask(netlink: Netlink, kind: int, flags: int, body: bytes, operation: str) -> None:
            sent.append(body)
            if len(sent) <= len(refusals):
                raise refusals[len(sent) - 1]

        monkeypatch.setattr(Netlink, "_ask", ask)
        with contextlib.closing(Netlink()) as netlink:
            netlink.change(24, 0, b"", "install")
        return len(sent)
