"""Each example is what its name says it is, and says the same in XML and in JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.yang.tools import YANG, yanglint

EXAMPLES = YANG / "examples"
#: What follows the last hyphen of an example's name -> yanglint's word for that kind of data.
TYPES = {"config": "config", "operational": "data", "action": "rpc", "notification": "notif"}
#: In whose operational state an action finds its entry.
WHERE = {
    "attach-action": "mag1-operational.json",
    "clear-binding-action": "lma-operational.json",
    "detach-action": "mag1-operational.json",
    "re-register-action": "mag1-operational.json",
    "revoke-gateway-action": "lma-operational.json",
    "revoke-node-action": "lma-operational.json",
    "revoke-realm-action": "lma-operational.json",
}


def stems() -> list[str]:
    return sorted({path.stem for path in EXAMPLES.iterdir()})


def as_json(example: Path) -> object:
    """Validate an example and return its data."""
    arguments = ["-t", TYPES[example.stem.rpartition("-")[2]], "-f", "json"]
    if example.stem in WHERE:
        arguments += ["-O", f"examples/{WHERE[example.stem]}"]
    result = yanglint(*arguments, "pmip6.yang", f"examples/{example.name}")
    assert (result.stderr, result.returncode) == ("", 0)
    return json.loads(result.stdout)


def test_there_are_examples_of_every_kind() -> None:
    assert {stem.rpartition("-")[2] for stem in stems()} == set(TYPES)


@pytest.mark.parametrize("stem", stems())
def test_example_is_valid_and_the_same_in_xml_and_json(stem: str) -> None:
    written = json.loads((EXAMPLES / f"{stem}.json").read_text())
    assert as_json(EXAMPLES / f"{stem}.xml") == as_json(EXAMPLES / f"{stem}.json") == written


def test_configuration_of_the_anchor_is_part_of_its_operational_state() -> None:
    for name in ("lma", "mag1"):
        config = json.loads((EXAMPLES / f"{name}-config.json").read_text())
        state = json.loads((EXAMPLES / f"{name}-operational.json").read_text())
        assert merged(state, config) == state


def merged(left: object, right: object) -> object:
    """Return ``left`` with the members of ``right`` over it; lists entry by entry."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left | {name: merged(left.get(name), value) for name, value in right.items()}
    if isinstance(left, list) and isinstance(right, list):
        return [merged(one, other) for one, other in zip(left, right, strict=True)]
    return right
