"""The kernel driver ip6tnl, on a kernel that has it: the tests beside this one, run there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kernel.user_mode_linux import run_pytest

pytestmark = pytest.mark.kernel

FOLDER = Path(__file__).parent


@pytest.mark.parametrize("name", ["test_tunnel.py", "test_reconciliation.py"])
def test_ip6tnl_passes_the_same_tests(name: str, tmp_path: Path) -> None:
    status, output = run_pytest(["-k", "ip6tnl", str(FOLDER / name)], tmp_path, timeout_s=600)
    assert status == 0, output
    assert " passed" in output
