"""The demonstration says before it begins what it lacks."""

from __future__ import annotations

import os
import shutil

import pytest

from nf.cli.demo.demo import demo


def test_it_needs_root(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert demo(keep=False, remove=False) == 1
    assert "it needs root" in capsys.readouterr().err


def test_it_names_the_programs_that_are_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(shutil, "which", lambda name: None if name == "dhcpcd" else name)
    assert demo(keep=False, remove=False) == 1
    assert "not installed: dhcpcd (make setup" in capsys.readouterr().err
