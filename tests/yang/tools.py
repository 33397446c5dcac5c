"""The two independent YANG compilers, as commands. A missing one is a failure, never a skip."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

YANG: Final = Path(__file__).parents[2] / "yang"
MODULES: Final = ("pmip6-types.yang", "pmip6.yang")


def pyang(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run pyang in the folder of the modules."""
    return _run(str(Path(sys.executable).with_name("pyang")), *arguments)


def yanglint(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run yanglint in the folder of the modules."""
    return _run("yanglint", *arguments)


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=YANG, capture_output=True, text=True, check=False)
