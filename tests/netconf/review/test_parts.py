"""The parts of the server beside the managed thing."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext

import pytest

from netconf_server.datastores.changes import OpenChangeSet
from netconf_server.provider import Change, ChangeKind, ChangeSet
from netconf_server.schema.tree import DataTree
from netconf_server.server_state import CompositeProvider
from tests.netconf.data.shop import shop_schema
from tests.netconf.fake_provider import FakeProvider

ABOUT_BOTH = tuple(
    Change(kind=ChangeKind.CREATED, path=path) for path in ("/own:part/x", "/shop:shop/name")
)


def failing_in(wanted: str) -> Callable[[str, ChangeSet], None]:
    def fail(phase: str, _changes: ChangeSet) -> None:
        if phase == wanted:
            raise RuntimeError("a bug")

    return fail


def applied(composite: CompositeProvider, tree: DataTree) -> None:
    def look(_path: str) -> nullcontext[DataTree]:
        return nullcontext(tree)

    with OpenChangeSet(ABOUT_BOTH, look, look) as changes:
        composite.apply(changes)


def test_part_that_fails_to_apply_keeps_nobody_else_from_it() -> None:
    """The change is in running already: who is not told would go on with the old one."""
    part, managed = FakeProvider(observe=failing_in("apply")), FakeProvider()
    with shop_schema().new_tree() as tree, pytest.raises(RuntimeError, match="a bug"):
        applied(CompositeProvider(managed, {"/own:part": part}), tree)
    assert [call.changes for call in managed.calls] == [ABOUT_BOTH[1:]]
