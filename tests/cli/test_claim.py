"""Two daemons never share a data directory or a network namespace."""

from __future__ import annotations

from pathlib import Path

import pytest

from nf.cli.claim import NETWORK_NAMESPACE, claimed


@pytest.mark.parametrize("kind", ["directory", "network namespace"])
def test_what_is_claimed_is_refused_to_others(kind: str, tmp_path: Path) -> None:
    path = NETWORK_NAMESPACE if kind == "network namespace" else tmp_path
    with (
        claimed(path, "first"),
        pytest.raises(OSError, match="taken already"),
        claimed(path, "taken already"),
    ):
        pytest.fail("both have it")


def test_what_was_let_go_can_be_claimed_again(tmp_path: Path) -> None:
    for _ in range(2):
        with claimed(tmp_path, "not let go"):
            pass
