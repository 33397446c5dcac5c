"""What a scenario ends with where something that must hold does not."""

from __future__ import annotations

from collections.abc import Set


class BrokenRuleError(AssertionError):
    """Something that must always hold does not."""


def require(condition: bool, *told: object) -> None:
    """Raise BrokenRuleError, with what is told, unless the condition holds."""
    if not condition:
        raise BrokenRuleError(" ".join(map(str, told)))


def require_same(what: str, found: Set[object], wanted: Set[object]) -> None:
    """Raise BrokenRuleError unless two sets are the same; tells the difference."""
    if found != wanted:
        extra, missing = sorted(map(str, found - wanted)), sorted(map(str, wanted - found))
        raise BrokenRuleError(f"{what}: too many {extra}, missing {missing}")
