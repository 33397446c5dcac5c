"""The page that leads from rules to tests is that of the sources as they are."""

from __future__ import annotations

from tests.compliance.gather import carried_out, documents, shown
from tests.compliance.page import PAGE, page


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text() == page(), "run `make compliance`"


def test_every_section_that_a_test_names_is_listed() -> None:
    listed = {(each.name, number) for each in documents() for number in each.sections}
    names = {each.name for each in documents()}
    strays = {key: places for key, places in shown().items() if key[0] in names}
    assert set(strays) <= listed, {key: strays[key] for key in set(strays) - listed}


def test_nothing_is_both_carried_out_and_not() -> None:
    for each in documents():
        assert not set(each.sections) & set(each.outside), each.name


def test_a_section_without_a_test_shows_as_a_gap() -> None:
    gaps = [
        (each.name, number)
        for each in documents()
        for number in each.sections
        if (each.name, number) not in shown()
    ]
    assert page().count("**gap** |") == len(gaps)


def test_references_that_are_broken_over_lines_are_found() -> None:
    assert "nf/engine/lma/lookup.py" in carried_out()["RFC 5213", "5.4.1.1"]
