"""Writes docs/compliance.md from what was gathered."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Final

from tests.compliance.gather import ROOT, Document, Places, carried_out, documents, shown

PAGE: Final = ROOT / "docs" / "compliance.md"
_HEAD: Final = """\
# Which rule is where

Made by `make compliance` from the marks of the tests and the docstrings of the code; a test
compares. **gap**: no test is marked with the section. Folders are those of `tests/conformance`.
"""


def page() -> str:
    """Return the whole page; the same sources give the same octets."""
    listed = documents()
    parts = [_HEAD, *(_document(each) for each in listed)]
    parts.append(_others({each.name for each in listed}))
    return "\n".join(parts)


def _document(document: Document) -> str:
    lines = [f"## {document.name}: {document.title}", ""]
    lines += ["| section | rule | code | tests |", "|---|---|---|---|"]
    for number, rule in document.sections.items():
        key = (document.name, number)
        lines.append(
            f"| {number} | {rule} | {_code(carried_out(), key)} | {_tests(shown(), key)} |"
        )
    if document.outside:
        lines += ["", "Not carried out:", ""]
        lines += [f"- {number}: {reason}" for number, reason in document.outside.items()]
    return "\n".join([*lines, ""])


def _code(places: Places, key: tuple[str, str]) -> str:
    return ", ".join(path.removeprefix("nf/") for path in places.get(key, ())) or "-"


def _tests(places: Places, key: tuple[str, str]) -> str:
    named = places.get(key, [])
    files = [path.removeprefix("tests/") for path in named if path.endswith(".py")]
    folders = len(named) - len(files)
    count = [f"{folders} folder{'s' if folders > 1 else ''}"] if folders else []
    return ", ".join([*count, *files]) or "**gap**"


def _others(listed: set[str]) -> str:
    """Return the sections of documents that are not listed: those of the NETCONF server."""
    keys = sorted(key for key in shown() if key[0] not in listed)
    lines = ["## Other documents that tests name", ""]
    for name, group in groupby(keys, key=lambda key: key[0]):
        sections = sorted((number for _, number in group), key=_order)
        lines.append(f"- {name}: {', '.join(sections)}")
    return "\n".join([*lines, ""])


def _order(number: str) -> list[tuple[bool, int, str]]:
    return [
        (not part.isdigit(), int(part) if part.isdigit() else 0, part) for part in _parts(number)
    ]


def _parts(number: str) -> Iterator[str]:
    yield from number.split(".")
