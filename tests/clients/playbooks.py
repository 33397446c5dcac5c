"""Ansible in its own environment, run from the operator's host of a domain."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from nf.cli.demo.domain import Domain

ROOT: Final = Path(__file__).parents[2]
PROGRAM: Final = ROOT / ".venvs" / "ansible" / "bin" / "ansible-playbook"
_RECAP: Final = re.compile(r"^(\S+)\s+: .*\bchanged=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)", re.M)


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What a run printed, and for each host how many tasks changed something and failed."""

    printed: str
    changed: dict[str, int]
    failed: dict[str, int]


class Playbooks:
    """Runs the playbooks of ``ansible/`` as its README says, with a home directory of its own."""

    def __init__(self, domain: Domain, home: Path) -> None:
        if not PROGRAM.exists():
            pytest.fail("Ansible is not installed: run `make ansible`")
        self._domain = domain
        self._home = home

    def play(self, *arguments: str) -> Played:
        """Run playbooks, by their names without folder and ending, with options behind them."""
        names = [name if name.startswith("-") else f"playbooks/{name}.yml" for name in arguments]
        finished = subprocess.run(
            [
                *self._domain.topology["operator"].prefix,
                *("env", f"HOME={self._home}", "ANSIBLE_NOCOLOR=1"),
                *(str(PROGRAM), *names),
            ],
            cwd=ROOT / "ansible",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        recap = _RECAP.findall(finished.stdout)
        return Played(
            printed=finished.stdout + finished.stderr,
            changed={host: int(changed) for host, changed, _, _ in recap},
            failed={host: int(lost) + int(failed) for host, _, lost, failed in recap},
        )
