"""The kernel driver ip6tnl, on a kernel that has it: the tests beside this one, run there."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.kernel.user_mode_linux import run_pytest

pytestmark = pytest.mark.kernel

FOLDER = Path(__file__).parent


#: What one kernel each runs: it uses one processor only.
PARTS = (
    ("test_tunnel.py", "test_path_mtu.py"),
    ("test_reconciliation.py",),
    ("test_dead_ends.py", "test_bird.py", "test_multihoming.py", "test_local_routing.py"),
)


def test_ip6tnl_passes_the_same_tests(tmp_path: Path) -> None:
    """All kernels run at once."""

    def run(files: tuple[str, ...]) -> tuple[int, str]:
        directory = tmp_path / files[0]
        directory.mkdir()
        paths = [str(FOLDER / file) for file in files]
        return run_pytest(["-k", "ip6tnl", *paths], directory, timeout_s=600)

    with ThreadPoolExecutor(len(PARTS)) as pool:
        for status, output in pool.map(run, PARTS):
            assert status == 0, output
            assert " passed" in output
