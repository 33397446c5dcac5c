"""Typed access to instance data in JSON (RFC 7951) that YANG has validated already.

Data of another shape than the module's is a bug, here or in the server: it raises.
"""

from __future__ import annotations

from typing import TypeAlias

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | bool | None"
#: A container or a list entry.
JsonObject: TypeAlias = "dict[str, Json]"


def text(node: JsonObject, name: str) -> str:
    """Return a leaf that JSON writes as a string."""
    return as_text(node[name])


def text_or_none(node: JsonObject, name: str) -> str | None:
    """Return a leaf that JSON writes as a string, None where there is none."""
    return text(node, name) if name in node else None


def number(node: JsonObject, name: str) -> int:
    """Return a leaf of an integer type of 32 bits at most, which JSON writes as a number."""
    value = node[name]
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} is no number: {value!r}")
    return value


def number_or_none(node: JsonObject, name: str) -> int | None:
    """Return such a leaf, None where there is none."""
    return number(node, name) if name in node else None


def flag(node: JsonObject, name: str) -> bool:
    """Return a leaf of type boolean."""
    value = node[name]
    if not isinstance(value, bool):
        raise TypeError(f"{name} is no boolean: {value!r}")
    return value


def texts(node: JsonObject, name: str) -> tuple[str, ...]:
    """Return a leaf-list of strings, empty where there is none."""
    return tuple(as_text(value) for value in values(node, name))


def entries(node: JsonObject, name: str) -> tuple[JsonObject, ...]:
    """Return the entries of a list, none where there is none."""
    return tuple(as_object(value) for value in values(node, name))


def values(node: JsonObject, name: str) -> list[Json]:
    """Return a leaf-list of whatever type, empty where there is none."""
    value = node.get(name, [])
    if not isinstance(value, list):
        raise TypeError(f"{name} is no array: {value!r}")
    return value


def part(node: JsonObject, name: str) -> JsonObject | None:
    """Return a container, None where it is absent."""
    return as_object(node[name]) if name in node else None


def as_text(value: Json) -> str:
    """Return a value that is a string."""
    if not isinstance(value, str):
        raise TypeError(f"no string: {value!r}")
    return value


def as_object(value: Json) -> JsonObject:
    """Return a value that is an object."""
    if not isinstance(value, dict):
        raise TypeError(f"no object: {value!r}")
    return value
