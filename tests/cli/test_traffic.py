"""The demonstration's figures: what an outage is made of, and when nothing can be said."""

from __future__ import annotations

from pathlib import Path

import pytest

from nf.cli.demo.traffic import Echo, outage, read_echoes

MS = 1_000_000


def echo(number: int, sent_ms: int, received_ms: int) -> Echo:
    return Echo(number=number, sent_ns=sent_ms * MS, received_ns=received_ms * MS)


def test_an_outage_is_the_longest_silence_and_what_never_came_back() -> None:
    echoes = [echo(0, 0, 1), echo(1, 5, 6), echo(5, 25, 40), echo(6, 30, 41)]
    found = outage(echoes, 0, 100 * MS)
    assert (found.gap_ms, found.sent, found.lost) == (34.0, 7, 3)


def test_only_what_was_sent_in_the_window_counts() -> None:
    echoes = [echo(0, 0, 1), echo(7, 50, 51), echo(8, 55, 56), echo(20, 200, 300)]
    found = outage(echoes, 10 * MS, 100 * MS)
    assert (found.gap_ms, found.sent, found.lost) == (5.0, 2, 0)


def test_nothing_is_said_of_a_window_without_echoes() -> None:
    with pytest.raises(ValueError, match="no echo came back"):
        outage([echo(0, 0, 1)], 0, 100 * MS)


def test_a_line_that_is_still_being_written_is_left_for_later(tmp_path: Path) -> None:
    path = tmp_path / "traffic"
    path.write_text("udp 0 10 20\ntcp 0 11 21\nudp 1 3")
    assert read_echoes(path, "udp") == [Echo(number=0, sent_ns=10, received_ns=20)]
    assert read_echoes(path, "tcp") == [Echo(number=0, sent_ns=11, received_ns=21)]
