from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nf.engine.lma.number_set import NumberSet

NUMBERS = st.integers(0, 600) | st.integers(0, 1 << 70)


class TestNumberSet:
    @given(st.lists(st.tuples(st.booleans(), NUMBERS), max_size=60))
    def test_is_a_set(self, steps: list[tuple[bool, int]]) -> None:
        numbers, model = NumberSet(), set[int]()
        for is_added, number in steps:
            if is_added:
                numbers.add(number)
                model.add(number)
            elif number in model:
                numbers.remove(number)
                model.remove(number)
            assert (number in numbers) is (number in model)
            assert len(numbers) == len(model)
        assert sorted(numbers) == sorted(model)

    def test_refuses_to_forget_what_it_does_not_have(self) -> None:
        numbers = NumberSet()
        numbers.add(7)
        with pytest.raises(KeyError):
            numbers.remove(8)
        assert list(numbers) == [7]

    def test_keeps_nothing_of_what_it_has_forgotten(self) -> None:
        numbers = NumberSet()
        for number in range(1000):
            numbers.add(number)
        for number in range(1000):
            numbers.remove(number)
        assert vars(numbers) == vars(NumberSet())
