"""Frozen dataclasses that are made by the thousand each second: messages, events, effects."""

from __future__ import annotations

from dataclasses import field, fields, make_dataclass
from typing import TypeVar

T = TypeVar("T", bound=type)


def unguarded(cls: T) -> T:
    """Let a frozen dataclass be made three times as fast; put it above ``dataclass``.

    A guarded one asks ``object`` to set each field behind its own back. This one's fields are set
    as those of any object, so at run time nothing refuses to change one later: mypy alone does,
    for which it is as frozen as before. Equality, hash and slots stay what they are.
    """
    copies = [
        (
            each.name,
            each.type,
            field(
                default=each.default,
                default_factory=each.default_factory,
                kw_only=each.kw_only,
            ),
        )
        for each in fields(cls)
    ]
    thawed = make_dataclass(cls.__name__, copies)
    type.__setattr__(cls, "__init__", vars(thawed)["__init__"])
    for guard in ("__setattr__", "__delattr__"):
        type.__delattr__(cls, guard)
    return cls
