"""From the configuration below ``/nacm`` to a policy; a change costs what it changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final, cast

from netconf_server.data_paths import prefixes_of
from netconf_server.nacm.policy import ALL, Access, Defaults, Policy, Rule, RuleList
from netconf_server.provider import ChangeSet, ConfigurationView, DataPath, Json

ROOT: Final = "/ietf-netconf-acm:nacm"

_GROUPS: Final = f"{ROOT}/groups/group"
_RULE_LISTS: Final = f"{ROOT}/rule-list"


def changed_policy(policy: Policy, changes: ChangeSet) -> Policy:
    """Return the policy after a change; rule lists that it leaves alone are the same objects."""
    touched = {prefix for change in changes.changes for prefix in prefixes_of(change.path)}
    is_all = any(change.path == ROOT for change in changes.changes)
    if is_all or _GROUPS.rpartition("/")[0] in touched:
        policy = replace(policy, groups=_groups(changes.after))
    if is_all or _RULE_LISTS in touched:
        known = {f"{_RULE_LISTS}{_selector(rules.name)}": rules for rules in policy.rule_lists}
        kept = {} if is_all else {path: known[path] for path in known.keys() - touched}
        policy = replace(policy, rule_lists=_rule_lists(changes.after, kept))
    return _with_switches(policy, changes.after)


def rule_paths(changes: ChangeSet) -> Iterator[tuple[DataPath, str]]:
    """Yield the paths of the rules that a change touches, each behind the place where it is."""
    touched = {prefix for change in changes.changes for prefix in prefixes_of(change.path)}
    for path in changes.after.keys(_RULE_LISTS):
        if ROOT in {change.path for change in changes.changes} or path in touched:
            for rule in _rule_list(_members(changes.after.read(path))).rules:
                if rule.path is not None:
                    yield f"{path}/rule{_selector(rule.name)}/path", rule.path


def _selector(name: str) -> str:
    quote = '"' if "'" in name else "'"
    return f"[name={quote}{name}{quote}]"


def _with_switches(policy: Policy, view: ConfigurationView) -> Policy:
    def is_value(leaf: str, value: Json, default: Json) -> bool:
        found = view.read(f"{ROOT}/{leaf}")
        return (default if found is None else found) == value

    return replace(
        policy,
        is_enabled=is_value("enable-nacm", True, True),
        are_external_groups_used=is_value("enable-external-groups", True, True),
        defaults=Defaults(
            may_read=is_value("read-default", "permit", "permit"),
            may_write=is_value("write-default", "permit", "deny"),
            may_execute=is_value("exec-default", "permit", "permit"),
        ),
    )


def _groups(view: ConfigurationView) -> dict[str, frozenset[str]]:
    entries = (_members(view.read(path)) for path in view.keys(_GROUPS))
    return {str(entry["name"]): frozenset(_texts(entry.get("user-name"))) for entry in entries}


def _rule_lists(view: ConfigurationView, kept: dict[DataPath, RuleList]) -> tuple[RuleList, ...]:
    paths = view.keys(_RULE_LISTS)
    return tuple(kept.get(path) or _rule_list(_members(view.read(path))) for path in paths)


def _rule_list(entry: dict[str, Json]) -> RuleList:
    rules = entry.get("rule", [])
    return RuleList(
        name=str(entry["name"]),
        groups=frozenset(_texts(entry.get("group"))),
        rules=tuple(_rule(_members(rule)) for rule in cast("list[Json]", rules)),
    )


def _rule(entry: dict[str, Json]) -> Rule:
    return Rule(
        name=str(entry["name"]),
        is_permit=entry["action"] == "permit",
        module_name=str(entry.get("module-name", ALL)),
        rpc_name=_text(entry.get("rpc-name")),
        notification_name=_text(entry.get("notification-name")),
        path=_text(entry.get("path")),
        accesses=_accesses(str(entry.get("access-operations", ALL))),
    )


def _accesses(text: str) -> frozenset[Access]:
    if text == ALL:
        return frozenset(Access)
    return frozenset(Access(word) for word in text.split())


def _members(value: Json) -> dict[str, Json]:
    return cast("dict[str, Json]", value)


def _text(value: Json) -> str | None:
    return None if value is None else str(value)


def _texts(value: Json) -> Iterable[str]:
    return (str(text) for text in cast("list[Json]", value or []))
