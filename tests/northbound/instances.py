"""Instance data for the tests: completed and judged by libyang, read through a dict."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import libyang

from nf.northbound.json_values import Json, JsonObject
from nf.northbound.paths import Step, entry_path, parse_path

YANG: Final = Path(__file__).parents[2] / "yang"

#: A list's only key, by the list's name.
KEYS: Final = {
    "policy-profile": "name",
    "mobile-node": "identifier",
    "mobile-access-gateway": "proxy-care-of-address",
    "home-network-prefix-pool": "name",
    "mobile-network-prefix-pool": "name",
    "access-link": "interface",
}


@cache
def context() -> Any:  # noqa: ANN401 - libyang has no types
    """Return a context with our modules and all their features."""
    made = libyang.Context(str(YANG))
    made.load_module("pmip6").feature_enable_all()
    return made


def example(name: str) -> Any:  # noqa: ANN401 - JSON of any shape
    """Return one of the examples of the yang folder."""
    return json.loads((YANG / "examples" / f"{name}.json").read_text())


def completed(data: JsonObject) -> JsonObject:
    """Return a configuration with its defaults; raises where YANG refuses it."""
    tree = _parse(data, no_state=True)
    printed = tree.print_mem("json", with_siblings=True, include_implicit_defaults=True)
    tree.free()
    result: JsonObject = json.loads(printed)
    return result


def check_state(data: JsonObject) -> JsonObject:
    """Return data of <get> as libyang understands them; raises where YANG refuses them."""
    tree = _parse(data, no_state=False)
    printed = tree.print_mem("json", with_siblings=True)
    tree.free()
    result: JsonObject = json.loads(printed)
    return result


def check_notification(data: JsonObject) -> JsonObject:
    """Return a notification as libyang understands it; raises where YANG refuses it."""
    node = context().parse_op_mem("json", json.dumps(data), libyang.DataType.NOTIF_YANG)
    result: JsonObject = json.loads(node.print_mem("json", with_siblings=True))
    node.free()
    return result


def merged(pieces: Iterable[Json]) -> JsonObject:
    """Merge fragments: containers by name, lists by appending or by their entries' first leaf."""
    result: JsonObject = {}
    for piece in pieces:
        assert isinstance(piece, dict)
        _merge(result, piece)
    return result


class DictView:
    """A configuration with its defaults, which counts what is read of it."""

    def __init__(self, data: JsonObject | None = None) -> None:
        self.data: JsonObject = {} if data is None else completed(data)
        self.reads: list[str] = []

    def read(self, path: str) -> Json | None:
        """Return the value at ``path``."""
        self.reads.append(path)
        value: Json | None = self.data
        for step in parse_path(path):
            value = value.get(step.name) if isinstance(value, dict) else None
            if step.keys and isinstance(value, list):
                value = next((one for one in value if _has_keys(one, step)), None)
        return value

    def keys(self, path: str) -> Iterator[str]:
        """Yield the paths of the entries of the list at ``path``."""
        name = parse_path(path)[-1].name
        found = self.read(path)
        for entry in found if isinstance(found, list) else ():
            assert isinstance(entry, dict)
            key = KEYS[name]
            yield entry_path(path.rpartition("/")[0], name, key, str(entry[key]))


def _parse(data: JsonObject, *, no_state: bool) -> Any:  # noqa: ANN401 - libyang has no types
    return context().parse_data_mem(
        json.dumps(data), "json", strict=True, validate_present=True, no_state=no_state
    )


def _has_keys(entry: Json, step: Step) -> bool:
    return isinstance(entry, dict) and all(entry.get(name) == key for name, key in step.keys)


def _merge(target: JsonObject, piece: JsonObject) -> None:
    for name, value in piece.items():
        mine = target.setdefault(name, {} if isinstance(value, dict) else [])
        if isinstance(mine, dict) and isinstance(value, dict):
            _merge(mine, value)
        elif isinstance(mine, list) and isinstance(value, list):
            _merge_lists(mine, value)
        else:
            target[name] = value


def _merge_lists(mine: list[Json], others: list[Json]) -> None:
    for other in others:
        twin = next((one for one in mine if _is_same_entry(one, other)), None)
        if isinstance(twin, dict) and isinstance(other, dict):
            _merge(twin, other)
        else:
            mine.append(other)


def _is_same_entry(one: Json, other: Json) -> bool:
    if not (isinstance(one, dict) and isinstance(other, dict)):
        return False
    first = next(iter(other))
    return one.get(first) == other[first]
