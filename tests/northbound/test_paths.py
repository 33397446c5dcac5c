"""Data paths: taken apart and put together."""

from __future__ import annotations

import pytest

from nf.northbound.paths import ROOT, Step, entry_path, node_path, parse_path, value_path


def test_path_is_taken_apart_into_names_and_keys() -> None:
    path = "/pmip6:pmip6/mobile-node[identifier='bus-7@operator.example']/enabled"
    assert parse_path(path) == (
        Step(ROOT),
        Step("mobile-node", (("identifier", "bus-7@operator.example"),)),
        Step("enabled"),
    )


def test_keys_may_hold_slashes_brackets_and_the_other_quote() -> None:
    path = """/pmip6:pmip6/a[x='b/c[d]'][y="o'neill"]/z[.='2001:db8::/32']"""
    assert parse_path(path)[1:] == (
        Step("a", (("x", "b/c[d]"), ("y", "o'neill"))),
        Step("z", ((".", "2001:db8::/32"),)),
    )


@pytest.mark.parametrize("key", ["plain", "o'neill", "", "a]b", "/"])
def test_path_that_was_put_together_is_taken_apart_again(key: str) -> None:
    path = entry_path(node_path(), "mobile-node", "identifier", key)
    steps = parse_path(path)
    assert steps == (Step(ROOT), Step("mobile-node", (("identifier", key),)))
    assert node_path(*steps[1:]) == path


def test_value_of_a_leaf_list_is_named_by_a_dot() -> None:
    assert value_path("/a:b/c", 7) == "/a:b/c[.='7']"


@pytest.mark.parametrize("path", ["pmip6:pmip6", "/a//b", "/a[b]", "/a[b='c", "/a[b=c]", "/a/"])
def test_what_is_no_path_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="no data path"):
        parse_path(path)
