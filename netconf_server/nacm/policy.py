"""The access control configuration as values (RFC 8341 §3.3, §3.5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

#: Stands for every group, module, operation, notification or kind of access.
ALL: Final = "*"


class Access(Enum):
    """The kinds of access: CRUDX (RFC 8341 §3.2.2)."""

    CREATE = "create"
    READ = "read"
    UPDATE = "update"
    DELETE = "delete"
    EXEC = "exec"

    #: That of Enum is made in Python from the name, and this is asked for with each node.
    __hash__ = object.__hash__


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule; of the three names that it can be about, one at most is given.

    With none of them it is about everything in its module (§3.3.5).
    """

    name: str
    is_permit: bool
    module_name: str = ALL
    rpc_name: str | None = None
    notification_name: str | None = None
    path: str | None = None
    accesses: frozenset[Access] = frozenset(Access)

    def is_about_module(self, module: str) -> bool:
        """Tell whether something that the module defines may match."""
        return self.module_name in (ALL, module)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RuleList:
    """Rules for some groups, in the order in which they are tried; equal to itself only."""

    name: str
    groups: frozenset[str]
    rules: tuple[Rule, ...]

    @property
    def is_for_user(self) -> bool:
        """True if a path has the variable for the user's name in it."""
        return any("=$USER]" in (rule.path or "") for rule in self.rules)

    def is_for(self, groups: frozenset[str]) -> bool:
        """Tell whether a member of the groups is bound by the rules; in no group there is none."""
        return bool(groups) and (ALL in self.groups or not groups.isdisjoint(self.groups))


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """What holds where no rule matches; without configuration as in RFC 8341 §3.5.2."""

    may_read: bool = True
    may_write: bool = False
    may_execute: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """All of the configuration; ``groups`` has the user names of each group."""

    is_enabled: bool = True
    defaults: Defaults = field(default_factory=Defaults)
    are_external_groups_used: bool = True
    groups: Mapping[str, frozenset[str]] = field(default_factory=dict)
    rule_lists: tuple[RuleList, ...] = ()

    def rule_lists_for(self, username: str, external: frozenset[str]) -> tuple[RuleList, ...]:
        """Return what binds a user, of whom the transport knows ``external`` groups (§3.4.4)."""
        own = frozenset(name for name, users in self.groups.items() if username in users)
        groups = own | external if self.are_external_groups_used else own
        return tuple(rules for rules in self.rule_lists if rules.is_for(groups))
