"""The places of one change: what was there, and what is there now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from netconf_server.data_paths import parent_of
from netconf_server.datastores.journal import Journal
from netconf_server.provider import DataPath
from netconf_server.schema.data import DataNode
from netconf_server.schema.nodes import NodeKind, SchemaNode
from netconf_server.schema.tree import DataTree

#: A change of more places than this costs less to check with everything else.
_MOST_PLACES = 50_000

#: So does one of a container with more entries than this.
_MOST_CHILDREN = 20_000


class NeedsWholeCheckError(Exception):
    """Everything must be checked; the message says why."""


@dataclass(frozen=True, slots=True)
class Region:
    """One place; ``before`` are copies, ``after`` the nodes in the tree.

    It is a node, or with ``is_list`` all entries of a list, in their order.
    """

    path: DataPath
    is_list: bool
    schema: SchemaNode
    parent: DataNode
    before: tuple[DataNode, ...]
    after: tuple[DataNode, ...]


def images_of(journal: Journal) -> DataTree:
    """Return copies of what was at the places that were touched, with all that is around them."""
    touched = journal.touched
    if touched.is_everything:
        raise NeedsWholeCheckError("everything was replaced")
    if len(touched.paths) > _MOST_PLACES:
        raise NeedsWholeCheckError("it is a large part of everything")
    images = journal.tree.new_like()
    try:
        for path in touched.places:
            if path in touched.reordered:
                with journal.before(path) as tree:
                    for node in tree.select(path):
                        images.copy_in(node)
            elif journal.existed(path):
                with journal.before(path) as tree:
                    _copy_one(tree.find(path), images)
    except BaseException:
        images.free()
        raise
    return images


def _copy_one(node: DataNode | None, images: DataTree) -> None:
    if node is None:
        return
    _require_small(node)
    images.copy_in(node)


def regions_of(journal: Journal, images: DataTree) -> Iterator[Region]:
    """Yield the places where something was or is; raises NeedsWholeCheckError."""
    touched, tree = journal.touched, journal.tree
    parents: dict[DataPath, DataNode | None] = {"": None}
    for path in touched.places:
        is_list = path in touched.reordered
        is_new = not is_list and not journal.existed(path)
        before = () if is_new else _nodes_at(images, path, is_list=is_list)
        after = _nodes_at(tree, path, is_list=is_list)
        for node in after:
            _require_small(node)
        if not (before or after):
            continue
        above = parent_of(path)
        if above not in parents:
            parents[above] = tree.find(above)
        parent = parents[above]
        if parent is None:
            raise NeedsWholeCheckError("a top-level node of a module came, went or changed")
        yield Region(path, is_list, (after or before)[0].schema, parent, before, after)


def _nodes_at(tree: DataTree, path: DataPath, *, is_list: bool) -> tuple[DataNode, ...]:
    if is_list:
        return tuple(tree.select(path))
    node = tree.find(path)
    return () if node is None else (node,)


def _require_small(node: DataNode) -> None:
    """Do not walk node by node through what is nearly everything."""
    if node.schema.kind is NodeKind.CONTAINER:
        for number, _ in enumerate(node.children):
            if number > _MOST_CHILDREN:
                raise NeedsWholeCheckError("it is a large part of everything")
