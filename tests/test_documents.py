"""The documents point at what is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DRAFT = (ROOT / "docs" / "draft.md").read_text()
REFERENCES = re.findall(r"`(nf/[a-z0-9_/]+\.py)` `(\w+)`", DRAFT)
SECTIONS = ("3.1", "3.2", "3.3.1", "3.3.2", "3.4.1", "3.4.2", "3.4.3", "3.4.4")


@pytest.mark.parametrize(("path", "name"), sorted(set(REFERENCES)))
def test_what_the_draft_is_carried_out_by_exists(path: str, name: str) -> None:
    tree = ast.parse((ROOT / path).read_text())
    kinds = (ast.FunctionDef, ast.ClassDef)
    assert name in {node.name for node in ast.walk(tree) if isinstance(node, kinds)}


@pytest.mark.parametrize("section", SECTIONS)
def test_each_section_of_the_draft_leads_to_code(section: str) -> None:
    assert f"\n| {section} |" in DRAFT


@pytest.mark.parametrize(
    "document", ["README.md", "docs/design.md", "docs/draft.md", "docs/operations.md"]
)
def test_links_into_the_repository_lead_somewhere(document: str) -> None:
    page = ROOT / document
    for target in re.findall(r"\]\(([^):#]+)\)", page.read_text()):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target
