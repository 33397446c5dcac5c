"""Every folder is one test: a start, steps, and what the engine must want after each."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path

import pytest

from nf.journal import Json
from tests.conformance.replay import Line, Replay

HERE = Path(__file__).parent
NODES = sorted(path.parent for path in HERE.glob("topologies/*/*/events.jsonl"))
CASES = sorted(path.parent for path in HERE.glob("*/*/test.toml"))
STEP_FILE = re.compile(r"\d\d-(event\.jsonl|effects\.jsonl|operational\.json)")


def read_lines(path: Path) -> list[Line]:
    """Return the objects of a file with one in each line, none where there is no file."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def write_lines(path: Path, lines: Iterable[Line]) -> None:
    """Write objects one in each line; no file where there are none."""
    text = "".join(json.dumps(line) + "\n" for line in lines)
    path.write_text(text) if text else path.unlink(missing_ok=True)


def write_state(path: Path, state: Json) -> None:
    """Write a state for people to read."""
    path.write_text(json.dumps(state, indent=1) + "\n")


def settings_of(case: Path) -> dict[str, object]:
    """Return what a case says of itself."""
    return tomllib.loads((case / "test.toml").read_text())


def start(node: Path, *, elapse: bool = False) -> Replay:
    """Return the node as its recording leaves it."""
    replay = Replay(elapse=elapse, is_strict=False)
    for line in read_lines(node / "events.jsonl"):
        replay.play(line)
    replay.is_strict = True
    return replay


def case_parameter(case: Path) -> object:
    """Return a case as a parameter that bears the marks of its RFC sections."""
    sections = settings_of(case)["rfc"]
    assert isinstance(sections, list)
    marks = [pytest.mark.rfc(section) for section in sections]
    return pytest.param(case, id=f"{case.parent.name}/{case.name}", marks=marks)


@pytest.fixture
def is_recording(request: pytest.FixtureRequest) -> bool:
    """Tell whether expectations are to be rewritten instead of compared."""
    return bool(request.config.getoption("--record", default=False))


@pytest.mark.parametrize("node", NODES, ids=lambda path: "/".join(path.parts[-2:]))
def test_topology(node: Path, is_recording: bool) -> None:
    replay = Replay(is_strict=False)
    effects = [each for line in read_lines(node / "events.jsonl") for each in replay.play(line)]
    state = replay.operational_state()
    if is_recording:
        write_lines(node / "effects.jsonl", effects)
        write_state(node / "operational.json", state)
    assert effects == read_lines(node / "effects.jsonl")
    assert state == json.loads((node / "operational.json").read_text())


@pytest.mark.parametrize("case", [case_parameter(case) for case in CASES])
def test_case(case: Path, is_recording: bool) -> None:
    settings = settings_of(case)
    node = HERE / "topologies" / str(settings["topology"]) / str(settings["node"])
    replay = start(node, elapse=bool(settings.get("elapse", False)))
    expected = replay.operational_state()
    for event_file in sorted(case.glob("[0-9][0-9]-event.jsonl")):
        number = event_file.name[:2]
        effects_file = case / f"{number}-effects.jsonl"
        state_file = case / f"{number}-operational.json"
        effects = [each for line in read_lines(event_file) for each in replay.play(line)]
        state = replay.operational_state()
        if is_recording:
            write_lines(effects_file, effects)
            state_file.unlink(missing_ok=True)
            if state != expected:
                write_state(state_file, state)
        assert effects == read_lines(effects_file), f"effects of step {number}"
        expected = json.loads(state_file.read_text()) if state_file.exists() else expected
        assert state == expected, f"state after step {number}"


@pytest.mark.parametrize("case", CASES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_file_of_a_case_is_read(case: Path) -> None:
    names = {path.name for path in case.iterdir()} - {"test.toml"}
    assert {name for name in names if not STEP_FILE.fullmatch(name)} == set()
    steps = sorted({name[:2] for name in names})
    assert steps == [f"{number:02}" for number in range(1, len(steps) + 1)]
    assert {f"{step}-event.jsonl" for step in steps} <= names
    assert settings_of(case).keys() - {"elapse"} == {"topology", "node", "rfc", "says"}


def test_no_folder_is_forgotten() -> None:
    folders = {path for path in HERE.glob("*/*") if path.is_dir() and path.name != "__pycache__"}
    assert folders == set(CASES) | set(HERE.glob("topologies/*"))
    assert len(CASES) > 30
