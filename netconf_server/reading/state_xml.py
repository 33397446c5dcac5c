"""Writes operational state as XML, straight from the provider's JSON values (RFC 7951 to RFC 7950).

For each schema node a writer is made once; an entry then costs little more than its text. Names and
the shape of the data are checked, values are the provider's own affair, as far as XML allows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias

from netconf_server.errors import ErrorTag, RpcError
from netconf_server.provider import Json
from netconf_server.schema.native import Fault
from netconf_server.schema.nodes import NodeKind, SchemaNode
from netconf_server.schema.values import needs_resolution, resolve
from netconf_server.xml_text import declaration, escape, is_plain, name_in_start_tag

#: Appends the elements of one schema node with its value to a list.
Write: TypeAlias = Callable[[Json, "list[str]"], None]

#: Turns a leaf's value into what follows the name in its start tag, and its text.
_Render: TypeAlias = Callable[[Json], "tuple[str, str]"]

#: How many different values of a leaf are remembered, of types that need work.
_REMEMBERED: Final = 1024

_NAME: Final = re.compile(
    r"""(?P<quoted>'[^']*'|"[^"]*")|(?:(?P<module>[A-Za-z_][\w.-]*):)?(?P<name>[A-Za-z_][\w.-]*)"""
)
_DATA: Final = frozenset(
    {NodeKind.CONTAINER, NodeKind.LIST, NodeKind.LEAF, NodeKind.LEAF_LIST, NodeKind.ANY}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Child:
    """How a child is written; ``start`` is empty if its value is not simply put between tags."""

    key: str
    start: str
    end: str
    write: Write


class StateWriters:
    """The writers of one schema."""

    def __init__(self, modules: Mapping[str, tuple[str, str]]) -> None:
        """Take the prefix and the namespace of each module by its name."""
        self._modules = modules
        self._writers: dict[SchemaNode, Write] = {}

    def entries(self, node: SchemaNode, entries: Sequence[Json]) -> bytes:
        """Write entries of a list as they stand inside of their parent; raises RpcError."""
        out: list[str] = []
        self._writer(node)(list(entries), out)
        return "".join(out).encode()

    def _writer(self, node: SchemaNode) -> Write:
        writer = self._writers.get(node)
        if writer is None:
            writer = self._writers[node] = self._make(node)
        return writer

    def _make(self, node: SchemaNode) -> Write:
        match node.kind:
            case NodeKind.LEAF:
                return self._leaf(node)
            case NodeKind.LEAF_LIST:
                return _each(node, self._leaf(node))
            case NodeKind.LIST:
                return _each(node, self._inner(node))
            case _:
                return self._inner(node)

    def _leaf(self, node: SchemaNode) -> Write:
        name, render = name_in_start_tag(node), self._render(node)
        end = f"</{node.name}>"

        def write(value: Json, out: list[str]) -> None:
            declarations, text = render(value)
            if text:
                out.append(f"<{name}{declarations}>{text}{end}")
            else:
                out.append(f"<{name}/>")

        if needs_resolution(node):
            return write
        begin = f"<{name}>"

        def write_plainly(value: Json, out: list[str]) -> None:
            text = escape(value if value.__class__ is str else _text_of(node, value))
            out.append(f"{begin}{text}{end}" if text else f"<{name}/>")

        return write_plainly

    def _render(self, node: SchemaNode) -> _Render:
        @lru_cache(_REMEMBERED)
        def resolved(text: str) -> tuple[str, str]:
            result = resolve(node, text)
            if isinstance(result, Fault):
                raise _misfit(node, result.message)
            canonical, has_names = result
            return self._with_prefixes(canonical) if has_names else ("", escape(canonical))

        return lambda value: resolved(_text_of(node, value))

    def _with_prefixes(self, value: str) -> tuple[str, str]:
        """Put prefixes in place of module names, each declared; a name without has the last one's.

        RFC 7951 §6.8, §6.11: so identityrefs and instance-identifiers are written in JSON.
        """
        used: dict[str, str] = {}
        module = ""

        def replace(match: re.Match[str]) -> str:
            nonlocal module
            if match["quoted"] is not None:
                return match[0]
            module = match["module"] or module
            prefix = self._prefix(module, used)
            return f"{prefix}:{match['name']}"

        text = _NAME.sub(replace, value)
        declared = "".join(declaration(prefix, uri) for prefix, uri in used.items())
        return declared, escape(text)

    def _prefix(self, module: str, used: dict[str, str]) -> str:
        """Return a module's own prefix, or its name where another module has the prefix too."""
        prefix, namespace = self._modules[module]
        chosen = prefix if used.get(prefix, namespace) == namespace else module
        used[chosen] = namespace
        return chosen

    def _inner(self, node: SchemaNode) -> Write:
        name, end = name_in_start_tag(node), f"</{node.name}>"
        children = self._children(node)
        names = frozenset(child.key for child in children)
        parts = tuple((child.key, child.start, child.end, child.write) for child in children)
        is_kept = node.is_presence or node.kind is NodeKind.LIST
        begin, empty = f"<{name}>", [f"<{name}/>"] if is_kept else []

        def write(value: Json, out: list[str]) -> None:
            if value.__class__ is not dict:
                raise _misfit(node, f"an object is wanted, not {value!r:.40}")
            if not value.keys() <= names:
                value = _plain_names(node, value, names)
            mark = len(out)
            append, get = out.append, value.get
            append(begin)
            for key, start_of_leaf, end_of_leaf, write_child in parts:
                child = get(key)
                is_simple = isinstance(child, str) and is_plain(child)
                if start_of_leaf and (is_simple or child.__class__ is int):
                    append(f"{start_of_leaf}{child}{end_of_leaf}")
                elif child is not None:
                    write_child(child, out)
            if len(out) > mark + 1:
                out.append(end)
            else:
                out[mark:] = empty

        return write

    def _children(self, node: SchemaNode) -> list[_Child]:
        return [self._child(child, node) for child in node.children.values() if child.kind in _DATA]

    def _child(self, child: SchemaNode, parent: SchemaNode) -> _Child:
        """Describe a child by its name in JSON (RFC 7951 §4)."""
        is_simple = child.kind is NodeKind.LEAF and not needs_resolution(child)
        return _Child(
            key=child.name if child.module == parent.module else f"{child.module}:{child.name}",
            start=f"<{name_in_start_tag(child)}>" if is_simple else "",
            end=f"</{child.name}>",
            write=self._writer(child),
        )


def is_writable(node: SchemaNode) -> bool:
    """Tell whether everything below can be written: anydata has no schema to be written by."""
    if node.kind is NodeKind.ANY:
        return False
    return all(is_writable(child) for child in node.children.values() if child.kind in _DATA)


def _each(node: SchemaNode, write_one: Write) -> Write:
    def write(value: Json, out: list[str]) -> None:
        if value.__class__ is not list:
            raise _misfit(node, f"an array is wanted, not {value!r:.40}")
        for item in value:
            write_one(item, out)

    return write


def _text_of(node: SchemaNode, value: Json) -> str:
    """Return a leaf's value as text; ``[null]`` is that of the type empty (RFC 7951 §6.9)."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case int():
            return str(value)
        case [None]:
            return ""
        case _:
            raise _misfit(node, f"{value!r:.40} is no value of a leaf")


def _plain_names(node: SchemaNode, value: dict[str, Json], known: Iterable[str]) -> dict[str, Json]:
    """Drop module names that need not be there; refuse what the schema does not have."""
    names = {f"{node.module}:{name}": name for name in known if ":" not in name}
    plain = {names.get(name, name): child for name, child in value.items()}
    unknown = plain.keys() - set(known)
    if unknown:
        raise _misfit(node, f"there is no {min(unknown)!r} in it")
    return plain


def _misfit(node: SchemaNode, reason: str) -> RpcError:
    return RpcError(
        tag=ErrorTag.OPERATION_FAILED,
        message=f"operational state that does not fit the schema: {node.data_path}: {reason}",
    )
