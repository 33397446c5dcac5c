"""The demonstration says before it begins what it lacks, and at its end what failed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from nf.cli.claim import claimed
from nf.cli.demo import demo as module
from nf.cli.demo.demo import Ride, demo
from nf.cli.demo.domain import Domain


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Let the demonstration have its files here, and touch no namespace."""
    path = tmp_path / "demo"
    path.mkdir()
    monkeypatch.setattr(module, "DIRECTORY", path)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(shutil, "which", lambda name: name)
    monkeypatch.setattr(Domain, "remove", lambda domain: shutil.rmtree(domain.directory))
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    yield path
    for number, handler in before.items():
        signal.signal(number, handler)


def raise_(fault: BaseException) -> None:
    raise fault


@pytest.mark.parametrize("remove", [False, True])
def test_it_needs_root(
    remove: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert demo(keep=False, remove=remove) == 1
    assert "it needs root" in capsys.readouterr().err


def test_it_names_the_programs_that_are_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(shutil, "which", lambda name: None if name == "dhcpcd" else name)
    assert demo(keep=False, remove=False) == 1
    assert "not installed: dhcpcd (make setup" in capsys.readouterr().err


def test_it_is_run_once_at_a_time(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with claimed(directory.parent, "nobody has it"):
        assert demo(keep=False, remove=False) == 1
    assert "another demonstration is being run" in capsys.readouterr().err


@pytest.mark.parametrize("fault", [OSError("no space"), subprocess.TimeoutExpired("tshark", 120)])
def test_a_failed_step_is_told_with_the_place_of_the_logs(
    fault: Exception,
    directory: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (directory / "lma.log").write_text("what the LMA said")
    monkeypatch.setattr(Ride, "run", lambda ride: raise_(fault))
    assert demo(keep=False, remove=False) == 1
    told = capsys.readouterr().err
    logs = directory.with_name("demo-failed")
    assert f"failed: {fault}" in told and f"are in {logs}" in told
    assert (logs / "lma.log").read_text() == "what the LMA said"
    assert not directory.exists()


def test_an_end_before_its_time_leaves_nothing(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Ride, "run", lambda ride: signal.raise_signal(signal.SIGHUP))
    with pytest.raises(KeyboardInterrupt):
        demo(keep=False, remove=False)
    assert not directory.exists()
