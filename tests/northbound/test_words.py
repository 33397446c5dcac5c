"""How single values are written in YANG."""

from __future__ import annotations

import pytest

from nf.codec.messages import Timestamp
from nf.codec.registry import AccessTechnologyType, Status
from nf.northbound.words import (
    code,
    date_and_time,
    hex_octets,
    long_number,
    octets,
    seconds_left,
    timestamp_as_date_and_time,
    word,
)


@pytest.mark.parametrize("number", range(256))
def test_every_status_is_written_and_read_back_known_or_not(number: int) -> None:
    assert code(Status, word(Status, number)) == number


def test_known_numbers_are_words_and_unknown_ones_stay_numbers() -> None:
    assert word(AccessTechnologyType, 4) == "ieee-802-11"
    assert word(AccessTechnologyType, 8) == 8


@pytest.mark.parametrize("text", ["02:00:00:00:00:0a", "02:00:00:00:00:0A"])
def test_octets_may_be_written_in_either_case(text: str) -> None:
    assert octets(text) == bytes.fromhex("02000000000a")
    assert hex_octets(octets(text)) == "02:00:00:00:00:0a"


def test_no_octets_are_no_text() -> None:
    assert octets("") == b""
    assert hex_octets(b"") == ""


def test_moments_keep_their_microseconds_and_say_that_they_are_utc() -> None:
    assert date_and_time(0) == "1970-01-01T00:00:00.000000+00:00"
    assert date_and_time(1_795_413_602_512_345) == "2026-11-23T06:00:02.512345+00:00"


@pytest.mark.rfc("5213 §8.8")
def test_timestamp_counts_in_units_of_one_65536th_of_a_second() -> None:
    assert timestamp_as_date_and_time(Timestamp(65_536 + 32_768)).startswith(
        "1970-01-01T00:00:01.5"
    )


def test_timestamp_beyond_the_year_9999_is_shown_as_its_last_moment() -> None:
    shown = timestamp_as_date_and_time(Timestamp(2**64 - 1))
    assert shown == "9999-12-31T23:59:59.999999+00:00"


def test_gauges_of_64_bits_stop_at_their_end() -> None:
    assert long_number(2**64 - 1) == long_number(2**80) == "18446744073709551615"


@pytest.mark.parametrize(
    ("until_ms", "seconds"), [(10_000, 5), (9_001, 5), (9_000, 4), (5_001, 1), (5_000, 0), (1, 0)]
)
def test_time_left_is_zero_only_when_it_is_over(until_ms: int, seconds: int) -> None:
    assert seconds_left(until_ms, 5_000) == seconds
