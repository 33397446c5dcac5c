"""What docs/netconf-matrix.md says is shown by tests that exist."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from typing import Final

import pytest

from tests.compliance.gather import ROOT

MATRIX: Final = ROOT / "docs" / "netconf-matrix.md"
_TEST: Final = re.compile(r"`([\w/]+\.py)::((?:\w+::)?test_\w+)`")
_ROW: Final = re.compile(r"^\| (?!\||-)(.+) \|$", re.MULTILINE)


def named() -> list[tuple[str, str]]:
    """Return the file and the name of every test that the matrix has."""
    return sorted(set(_TEST.findall(MATRIX.read_text())))


def rows() -> list[str]:
    """Return the rows of all tables, without their heads."""
    return _ROW.findall(MATRIX.read_text())


@cache
def defined_in(file: str) -> frozenset[str]:
    """Return the names of the tests of a file, those of a class with it before them."""
    return frozenset(_names(ast.parse((ROOT / "tests" / file).read_text()), ""))


def _names(tree: ast.Module | ast.ClassDef, prefix: str) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield from _names(node, f"{node.name}::")
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield prefix + node.name


@pytest.mark.parametrize(("file", "name"), named())
def test_every_test_that_is_named_exists(file: str, name: str) -> None:
    assert name in defined_in(file)


@pytest.mark.parametrize("row", rows())
def test_what_is_there_is_shown_by_a_test(row: str) -> None:
    is_absent = re.search(r" \| no\b", row) is not None
    assert is_absent or _TEST.search(row), row


def test_rows_and_tests_are_found() -> None:
    assert len(rows()) > 80
    assert len(named()) > 100
