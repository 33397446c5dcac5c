"""RFC 5213 §5.5: which PBU may follow which."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nf.codec.messages import SequenceNumber, Timestamp
from nf.codec.registry import Status
from nf.codec.timestamp import timestamp_from_utc_us
from nf.engine.lma.ordering import check_sequence_number, check_timestamp
from nf.engine.values import Instant

NOW = Instant(0, 1_767_225_600_000_000)
HERE = timestamp_from_utc_us(NOW.utc_us)
MS = 1000


@pytest.mark.rfc("5213 §5.5")
class TestTimestamp:
    @pytest.mark.parametrize("offset_us", [-299 * MS, 0, 299 * MS])
    def test_within_the_window_is_accepted(self, offset_us: int) -> None:
        stamp = timestamp_from_utc_us(NOW.utc_us + offset_us)
        assert check_timestamp(stamp, None, NOW, 300) is Status.BINDING_UPDATE_ACCEPTED

    @pytest.mark.parametrize("offset_us", [-301 * MS, 301 * MS])
    def test_outside_the_window_is_a_mismatch(self, offset_us: int) -> None:
        stamp = timestamp_from_utc_us(NOW.utc_us + offset_us)
        assert check_timestamp(stamp, None, NOW, 300) is Status.TIMESTAMP_MISMATCH

    def test_the_clock_does_not_judge_what_mobile_nodes_generate(self) -> None:
        assert check_timestamp(Timestamp(5), Timestamp(4), NOW, None) == 0

    def test_what_mobile_nodes_generate_must_grow_too(self) -> None:
        lower = check_timestamp(Timestamp(4), Timestamp(5), NOW, None)
        assert lower is Status.TIMESTAMP_LOWER_THAN_PREV_ACCEPTED

    def test_equal_is_not_greater(self) -> None:
        assert check_timestamp(HERE, HERE, NOW, 300) is Status.TIMESTAMP_MISMATCH

    def test_lower_goes_before_out_of_window(self) -> None:
        status = check_timestamp(Timestamp(1), HERE, NOW, 300)
        assert status is Status.TIMESTAMP_LOWER_THAN_PREV_ACCEPTED


@pytest.mark.rfc("6275 §9.5.1")
class TestSequenceNumber:
    def test_a_session_without_a_past_takes_any(self) -> None:
        assert check_sequence_number(SequenceNumber(60000), None) == 0

    @pytest.mark.parametrize("number", [0, 15, 32783, 65535])
    def test_the_example_of_the_rfc_is_refused(self, number: int) -> None:
        status = check_sequence_number(SequenceNumber(number), SequenceNumber(15))
        assert status is Status.SEQUENCE_NUMBER_OUT_OF_WINDOW

    @pytest.mark.parametrize("number", [16, 32782])
    def test_just_outside_of_the_example_is_accepted(self, number: int) -> None:
        assert check_sequence_number(SequenceNumber(number), SequenceNumber(15)) == 0

    @given(st.integers(0, 65535), st.integers(0, 65535))
    def test_of_two_numbers_never_both_are_greater(self, one: int, other: int) -> None:
        first = check_sequence_number(SequenceNumber(one), SequenceNumber(other)) == 0
        second = check_sequence_number(SequenceNumber(other), SequenceNumber(one)) == 0
        assert not (first and second)
