"""Reads the sources: which section is named by which file, and shown by which test."""

from __future__ import annotations

import ast
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, TypeAlias

ROOT: Final = Path(__file__).parent.parent.parent
#: A document's name and a section's number.
Section: TypeAlias = tuple[str, str]
Places: TypeAlias = Mapping[Section, list[str]]

_DRAFT_NAMES: Final = ("draft-wakikawa-netext-pmip6-nemo-support-00", "draft-nemo", "draft")
#: A document, and the sections that follow its name: "RFC 5213 §5.3.1, §5.5".
_REFERENCE: Final = re.compile(r"(RFC\s+\d+|NEMO\s+draft)\s+(§[\d.]*\d(?:[,\s]+§[\d.]*\d)*)")
#: The argument of `pytest.mark.rfc`: "5213 §5.3.4", "draft-nemo §3.4.2", "6241 Appendix A".
_MARK: Final = re.compile(r"(\d{4}|draft[\w-]*) (§[\d.]*\d|Appendix [A-Z])")
_NUMBER: Final = re.compile(r"§([\d.]*\d)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One RFC or draft: what is carried out of it, and what not for which reason."""

    name: str
    title: str
    sections: Mapping[str, str]
    outside: Mapping[str, str]


def documents() -> list[Document]:
    """Return what ``sections.toml`` lists, in its order."""
    listed = tomllib.loads((Path(__file__).parent / "sections.toml").read_text())["document"]
    return [
        Document(
            name=entry["name"],
            title=entry["title"],
            sections=entry["sections"],
            outside=entry.get("outside", {}),
        )
        for entry in listed
    ]


@cache
def carried_out() -> Places:
    """Return the files of ``nf`` whose docstrings and comments name each section."""
    places: dict[Section, list[str]] = defaultdict(list)
    for path in sorted((ROOT / "nf").rglob("*.py")):
        for section in sorted(set(_named(path.read_text()))):
            places[section].append(str(path.relative_to(ROOT)))
    return places


@cache
def shown() -> Places:
    """Return the test files and conformance folders that are marked with each section."""
    places: dict[Section, list[str]] = defaultdict(list)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        text = path.read_text()
        for mark in sorted(set(_marks(text) if "mark.rfc" in text else ())):
            places[_section(mark)].append(str(path.relative_to(ROOT)))
    for path in sorted((ROOT / "tests" / "conformance").rglob("test.toml")):
        for mark in tomllib.loads(path.read_text())["rfc"]:
            places[_section(mark)].append(str(path.parent.relative_to(ROOT)))
    return places


def _named(text: str) -> Iterator[Section]:
    """Yield the sections that a text names; a name may be broken over lines."""
    for name, sections in _REFERENCE.findall(re.sub(r"\n\s*(?:#:?)?\s*", " ", text)):
        for number in _NUMBER.findall(sections):
            yield re.sub(r"\s+", " ", name), number


def _marks(text: str) -> Iterator[str]:
    """Yield what of a module's texts has the form of a mark, wherever the mark is put together."""
    tree = ast.parse(text)
    constants = dict(_constants(tree))
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str(mark)) if _MARK.fullmatch(mark):
                yield mark
            case ast.BinOp(left=ast.Name(id=name), right=ast.Constant(value=str(section))):
                if _MARK.fullmatch(mark := constants.get(name, "") + section):
                    yield mark


def _constants(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str(text))):
                yield name, text


def _section(mark: str) -> Section:
    """Split a mark, "5213 §5.3.4" or "draft-nemo §3.4.2", into document and section."""
    name, _, section = mark.replace("§", "").rpartition(" ")
    if name in _DRAFT_NAMES:
        return "NEMO draft", section
    return f"RFC {name.removesuffix(' Appendix')}", section
