from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nf.codec.messages import Timestamp
from nf.codec.timestamp import timestamp_from_utc_us, utc_us_from_timestamp
from tests.codec.strategies import TIMESTAMPS


@pytest.mark.rfc("5213 §8.8")
class TestTimestamp:
    @pytest.mark.parametrize(
        ("utc_us", "timestamp"),
        [
            (0, 0),
            (1_000_000, 1 << 16),
            (1_700_000_000_500_000, (1_700_000_000 << 16) + (1 << 15)),
            (15, 0),
            (16, 1),
            (999_999, 65535),
        ],
    )
    def test_seconds_fill_48_bits_and_their_fraction_16(self, utc_us: int, timestamp: int) -> None:
        assert timestamp_from_utc_us(utc_us) == timestamp

    @given(TIMESTAMPS)
    def test_a_timestamp_survives_the_way_by_microseconds(self, timestamp: Timestamp) -> None:
        assert timestamp_from_utc_us(utc_us_from_timestamp(timestamp)) == timestamp

    @given(st.integers(0, 2**60))
    def test_a_moment_comes_back_less_than_a_tick_earlier(self, utc_us: int) -> None:
        assert 0 <= utc_us - utc_us_from_timestamp(timestamp_from_utc_us(utc_us)) <= 15
