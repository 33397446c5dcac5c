"""Data that YANG would have refused are a bug, and said to be one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from nf.northbound.json_values import (
    Json,
    JsonObject,
    as_object,
    entries,
    flag,
    number,
    number_or_none,
    text,
    text_or_none,
    texts,
)


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (text, 1),
        (text_or_none, None),
        (number, "1"),
        (number, True),
        (number_or_none, "1"),
        (flag, "true"),
        (flag, 1),
        (texts, "a"),
        (texts, [1]),
        (entries, {}),
        (entries, ["a"]),
    ],
)
def test_value_of_another_type_is_refused(
    read: Callable[[JsonObject, str], object], value: Json
) -> None:
    with pytest.raises(TypeError):
        read({"leaf": value}, "leaf")


def test_what_is_no_object_is_refused() -> None:
    with pytest.raises(TypeError):
        as_object(["a"])


@pytest.mark.parametrize(
    ("read", "nothing"), [(text_or_none, None), (number_or_none, None), (texts, ()), (entries, ())]
)
def test_what_is_absent_is_none_or_empty(
    read: Callable[[JsonObject, str], object], nothing: object
) -> None:
    assert read({}, "leaf") == nothing
