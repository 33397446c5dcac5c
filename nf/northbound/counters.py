"""Counters of the engine as lists of YANG: by status, by word."""

from __future__ import annotations

from collections.abc import Mapping

from nf.codec.registry import RevocationStatus, Status
from nf.northbound.json_values import Json, JsonObject
from nf.northbound.words import long_number, word


def by_status(counter: Mapping[int, int]) -> list[Json]:
    """Return the entries of ``pba-by-status``."""
    return [
        {"status": word(Status, status), "count": long_number(count)}
        for status, count in sorted(counter.items())
    ]


def by_revocation_status(counter: Mapping[int, int]) -> list[Json]:
    """Return the entries of ``revocation-acknowledgements``."""
    return [
        {"status": word(RevocationStatus, status), "count": long_number(count)}
        for status, count in sorted(counter.items())
    ]


def by_number(counter: Mapping[int, int]) -> list[Json]:
    """Return the entries of a list whose key is a status without words."""
    return [
        {"status": status, "count": long_number(count)} for status, count in sorted(counter.items())
    ]


def by_word(key: str, counter: Mapping[str, int]) -> list[Json]:
    """Return the entries of a list whose key is a word."""
    return [{key: name, "count": long_number(count)} for name, count in sorted(counter.items())]


def without_empty(node: JsonObject) -> JsonObject:
    """Return a node without its absent leaves and without lists that have no entries."""
    return {name: value for name, value in node.items() if value is not None and value != []}
