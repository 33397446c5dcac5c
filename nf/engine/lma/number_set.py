"""A set of numbers that mostly follow one another: a bit for each instead of 100 octets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

#: Numbers whose bits make up one page.
_PAGE: Final = 256


class NumberSet:
    """Numbers from 0; memory goes with the pages that have any."""

    def __init__(self) -> None:
        self._pages: dict[int, int] = {}
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def __contains__(self, number: int) -> bool:
        page, bit = divmod(number, _PAGE)
        return bool(self._pages.get(page, 0) >> bit & 1)

    def __iter__(self) -> Iterator[int]:
        for page, bits in self._pages.items():
            yield from (page * _PAGE + bit for bit in range(_PAGE) if bits >> bit & 1)

    def add(self, number: int) -> None:
        """Take up a number; no harm if it is there."""
        if number not in self:
            page, bit = divmod(number, _PAGE)
            self._pages[page] = self._pages.get(page, 0) | 1 << bit
            self._size += 1

    def remove(self, number: int) -> None:
        """Forget a number; raises KeyError where it is not there."""
        if number not in self:
            raise KeyError(number)
        page, bit = divmod(number, _PAGE)
        self._pages[page] ^= 1 << bit
        self._size -= 1
        if not self._pages[page]:
            del self._pages[page]
