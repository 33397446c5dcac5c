"""The modules satisfy two compilers and the rules of RFC 8407, and their pictures are current."""

from __future__ import annotations

import pytest

from tests.yang.tools import MODULES, YANG, pyang, yanglint

LINT = (
    "--strict",
    "--lint",
    "--lint-namespace-prefix=urn:pmip6:yang:",
    "--lint-modulename-prefix=pmip6",
    "--lint-ensure-hyphenated-names",
    "--max-line-length=72",
)
#: The one complaint that stands: pyang wants "pmip6-" before every name, the plain one included.
WAIVED = (
    'pmip6.yang:1: warning: RFC 8407: 4.1: the module name should start with the string "pmip6-"\n'
)


def test_every_module_in_the_folder_is_checked() -> None:
    assert sorted(path.name for path in YANG.glob("*.yang")) == sorted(MODULES)


def test_pyang_finds_nothing_to_complain_about_but_the_plain_name() -> None:
    result = pyang(*LINT, *MODULES)
    assert (result.stdout + result.stderr, result.returncode) == (WAIVED, 0)


@pytest.mark.parametrize("features", ["pmip6:*", "pmip6:"])
def test_yanglint_compiles_the_modules_with_every_feature_and_with_none(features: str) -> None:
    result = yanglint("-F", features, *MODULES)
    assert (result.stdout + result.stderr, result.returncode) == ("", 0)


def test_no_line_has_trailing_space_or_a_tab() -> None:
    for module in MODULES:
        for line in (YANG / module).read_text().splitlines():
            assert line == line.rstrip()
            assert "\t" not in line


def test_tree_diagram_is_that_of_the_module() -> None:
    result = pyang("-f", "tree", "pmip6.yang")
    assert result.stdout == (YANG / "tree" / "pmip6.txt").read_text()
