"""Pools: unique, exhaustible, reused late, whatever their size."""

from __future__ import annotations

from ipaddress import IPv6Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nf.engine.configuration import PrefixPool
from nf.engine.lma.prefix_pool import PoolSpace, PrefixRange
from nf.engine.values import PrefixKind


def net(text: str) -> IPv6Network:
    return IPv6Network(text)


def small() -> PrefixRange:
    return PrefixRange(net("2001:db8::/62"), 64)


def drained(pieces: PrefixRange) -> list[IPv6Network]:
    return [piece for piece in iter(pieces.take, None) if piece is not None]


class TestRange:
    def test_hands_out_every_piece_once_then_nothing(self) -> None:
        pieces = small()
        assert drained(pieces) == list(net("2001:db8::/62").subnets(new_prefix=64))
        assert (pieces.size, pieces.used) == (4, 4)

    def test_of_four_thousand_million_pieces_costs_what_is_used(self) -> None:
        pieces = PrefixRange(net("2001:db8::/32"), 64)
        assert pieces.size == 2**32
        assert [pieces.take(), pieces.take()] == [net("2001:db8::/64"), net("2001:db8:0:1::/64")]

    def test_cut_in_one_piece_has_one(self) -> None:
        assert drained(PrefixRange(net("2001:db8::/64"), 64)) == [net("2001:db8::/64")]

    def test_uses_what_was_given_back_last_and_longest_ago_first(self) -> None:
        pieces = small()
        first, second = pieces.take(), pieces.take()
        assert first is not None and second is not None
        pieces.give_back(second)
        pieces.give_back(first)
        assert drained(pieces)[-2:] == [second, first]

    def test_knows_what_is_handed_out(self) -> None:
        pieces = small()
        taken = {pieces.take(), pieces.take()}
        assert set(pieces.pieces()) == taken

    def test_goes_on_behind_what_was_taken_before_a_restart(self) -> None:
        pieces = small()
        assert pieces.take_this(net("2001:db8:0:1::/64"))
        assert [str(each) for each in drained(pieces)] == [
            "2001:db8:0:2::/64",
            "2001:db8:0:3::/64",
            "2001:db8::/64",
        ]

    @pytest.mark.parametrize("text", ["2001:db8::/63", "2001:db8:1::/64"])
    def test_hands_out_nothing_that_is_no_piece_of_it(self, text: str) -> None:
        assert not small().take_this(net(text))

    def test_hands_out_no_piece_twice(self) -> None:
        pieces = small()
        assert pieces.take_this(net("2001:db8::/64"))
        assert not pieces.take_this(net("2001:db8::/64"))

    def test_can_be_restored_when_all_was_handed_out_once(self) -> None:
        pieces = small()
        piece = drained(pieces)[0]
        pieces.give_back(piece)
        assert pieces.take_this(piece)
        assert pieces.take() is None


class TestReservation:
    @pytest.mark.parametrize("text", ["2001:db8:0:1::/64", "2001:db8:0:1:8000::/65"])
    def test_of_a_piece_or_less_keeps_that_piece_back(self, text: str) -> None:
        pieces = small()
        pieces.reserve(net(text))
        assert net("2001:db8:0:1::/64") not in drained(pieces)
        pieces.unreserve(net(text))
        assert drained(pieces) == [net("2001:db8:0:1::/64")]

    def test_of_two_parts_of_a_piece_ends_with_the_second(self) -> None:
        pieces = PrefixRange(net("2001:db8::/64"), 64)
        halves = list(net("2001:db8::/64").subnets())
        for half in halves:
            pieces.reserve(half)
        pieces.unreserve(halves[0])
        assert pieces.take() is None
        pieces.unreserve(halves[1])
        assert pieces.take() == net("2001:db8::/64")

    def test_of_several_pieces_keeps_them_all_back(self) -> None:
        pieces = small()
        pieces.reserve(net("2001:db8:0:2::/63"))
        assert [str(each) for each in drained(pieces)] == ["2001:db8::/64", "2001:db8:0:1::/64"]
        pieces.unreserve(net("2001:db8:0:2::/63"))
        assert len(drained(pieces)) == 2

    def test_of_everything_leaves_nothing(self) -> None:
        pieces = small()
        pieces.reserve(net("2001:db8::/32"))
        assert pieces.take() is None
        pieces.unreserve(net("2001:db8::/32"))
        assert len(drained(pieces)) == 4

    def test_elsewhere_changes_nothing(self) -> None:
        pieces = small()
        pieces.reserve(net("2001:db8:1::/64"))
        pieces.unreserve(net("2001:db8:1::/64"))
        assert len(drained(pieces)) == 4


class TestPool:
    def test_takes_from_its_next_prefix_when_the_first_is_used_up(self) -> None:
        prefixes = (net("2001:db8::/64"), net("2001:db8:1::/64"))
        pool = PoolSpace(
            PrefixKind.HOME, PrefixPool(name="p", prefixes=prefixes, assigned_length=64)
        )
        pool.ranges = {prefix: PrefixRange(prefix, 64) for prefix in prefixes}
        assert [pool.take(), pool.take(), pool.take()] == [*prefixes, None]


@given(st.lists(st.one_of(st.none(), st.integers(0, 7)), max_size=60))
def test_no_piece_is_ever_with_two(steps: list[int | None]) -> None:
    """None takes, a number gives back what was taken that many ago."""
    pieces = PrefixRange(net("2001:db8::/61"), 64)
    held: list[IPv6Network] = []
    for step in steps:
        if step is not None:
            if step < len(held):
                pieces.give_back(held.pop(step))
            continue
        piece = pieces.take()
        assert (piece is None) == (len(held) == 8)
        if piece is not None:
            assert piece not in held
            held.append(piece)
    assert pieces.used == len(held)
