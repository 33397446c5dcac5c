"""The kernel driver ip6tnl, on a kernel that has it: the tests beside this one, run there."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.kernel.user_mode_linux import run_pytest

pytestmark = pytest.mark.kernel

FOLDER = Path(__file__).parent


FILES = ("test_tunnel.py", "test_reconciliation.py")


def test_ip6tnl_passes_the_same_tests(tmp_path: Path) -> None:
    """Each file has a kernel of its own, and all run at once: one uses one processor only."""

    def run(file: str) -> tuple[int, str]:
        directory = tmp_path / file
        directory.mkdir()
        return run_pytest(["-k", "ip6tnl", str(FOLDER / file)], directory, timeout_s=600)

    with ThreadPoolExecutor(len(FILES)) as pool:
        for status, output in pool.map(run, FILES):
            assert status == 0, output
            assert " passed" in output
