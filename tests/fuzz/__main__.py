"""Fuzz the decoders one after the other and say what came of it."""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

from tests.fuzz.checks import CHECKS
from tests.fuzz.seeds import seeds

ROOT: Final = Path(__file__).parent.parent.parent
#: Where inputs that opened new code are kept for the next run, and those that broke something.
KEPT: Final = ROOT / ".fuzz"
LONGEST_INPUT: Final = 1024
#: An input that takes longer is a finding.
TIMEOUT_S: Final = 2
EXECUTIONS: Final = re.compile(r"stat::number_of_executed_units:\s*(\d+)")


class Outcome(NamedTuple):
    """What a run of one target came to."""

    executions: int
    is_clean: bool
    output: str


def fuzz(name: str, corpus_seeds: Iterable[bytes], duration_s: int) -> Outcome:
    """Run one target for a time, beginning with its seeds and what earlier runs kept."""
    corpus = KEPT / name / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, octets in enumerate(sorted(corpus_seeds)):
        (corpus / f"seed-{number:04}").write_bytes(octets)
    command = [sys.executable, "-m", "tests.fuzz.target", name, str(corpus)]
    command += [f"-max_total_time={duration_s}", f"-max_len={LONGEST_INPUT}"]
    command += [f"-timeout={TIMEOUT_S}", f"-artifact_prefix={corpus.parent}/"]
    command += ["-print_final_stats=1", "-use_value_profile=1"]
    run = subprocess.run(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    found = EXECUTIONS.search(run.stdout)
    executions = int(found[1]) if found else 0
    return Outcome(executions, run.returncode == 0 and executions > 0, run.stdout)


def main() -> int:
    """Return 0 where no target found anything."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("target", nargs="*", help=f"any of {', '.join(CHECKS)}; none: all")
    parser.add_argument("--seconds", type=int, default=60, help="time for each target")
    arguments = parser.parse_args()
    unknown = set(arguments.target) - CHECKS.keys()
    if unknown:
        parser.error(f"no such target: {', '.join(sorted(unknown))}")
    is_clean = True
    corpora = seeds()
    for name in arguments.target or CHECKS:
        outcome = fuzz(name, corpora[name], arguments.seconds)
        finding = "no finding" if outcome.is_clean else f"FOUND something, see {KEPT / name}"
        print(f"{name}: {outcome.executions} executions, {finding}", flush=True)
        if not outcome.is_clean:
            print(outcome.output[-4000:], file=sys.stderr)
            is_clean = False
    return 0 if is_clean else 1


if __name__ == "__main__":
    sys.exit(main())
