"""One fuzzing process: the name of a check, then libFuzzer's own arguments."""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["nf.codec"]):
    from tests.fuzz.checks import CHECKS


def main() -> None:
    """Fuzz one check; libFuzzer ends the process."""
    check = CHECKS[sys.argv.pop(1)]
    atheris.Setup(sys.argv, check)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
