"""The extensions by which modules call nodes sensitive (RFC 8341 §3.5.2)."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from netconf_server.schema.native import array_length, known_text
from netconf_server.schema.nodes import SchemaNode

_MODULE: Final = "ietf-netconf-acm"


class Sensitivity(IntEnum):
    """What is denied without a rule; the greater includes the less."""

    NOTHING = 0
    WRITE = 1
    EVERYTHING = 2


_WORDS: Final = {
    "default-deny-write": Sensitivity.WRITE,
    "default-deny-all": Sensitivity.EVERYTHING,
}


def sensitivity_of(node: SchemaNode) -> Sensitivity:
    """Return what is denied at a node by its own statement or one around it (§3.4.5, 9 and 10)."""
    found = Sensitivity.NOTHING
    current: SchemaNode | None = node
    while current is not None:
        found = max(found, _own(current))
        current = current.statement_parent
    return found


def _own(node: SchemaNode) -> Sensitivity:
    extensions = node.pointer.exts
    found = Sensitivity.NOTHING
    for index in range(array_length(extensions)):
        definition = getattr(extensions[index], "def")
        if known_text(definition.module.name) == _MODULE:
            word = known_text(definition.name)
            found = max(found, _WORDS.get(word, Sensitivity.NOTHING))
    return found
