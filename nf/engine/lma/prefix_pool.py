"""Prefixes cut into pieces that are handed out, each to one node at a time.

What was never handed out comes first, then what was given back, longest ago first: a prefix is
given to another node as late as possible. Memory goes with what is in use, not with the size.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from ipaddress import IPv6Network

from nf.codec.packed_prefix import PackedPrefix, address_number
from nf.engine.configuration import PrefixPool
from nf.engine.lma.number_set import NumberSet
from nf.engine.values import PrefixKind

ADDRESS_BITS = 128


class PrefixRange:
    """One prefix of a pool and its pieces, which are known by their number from 0."""

    def __init__(self, prefix: IPv6Network, piece_length: int) -> None:
        self.prefix = prefix
        self.piece_length = piece_length
        self._first = address_number(prefix)
        self._shift = ADDRESS_BITS - piece_length
        self._length_octet = bytes((piece_length,))
        #: How many pieces there are.
        self.size = 1 << (piece_length - prefix.prefixlen)
        self._taken = NumberSet()
        #: How many reserved prefixes lie in a piece.
        self._reserved: Counter[int] = Counter()
        #: Stretches from low to below high that have not been handed out, in order of use.
        self._fresh: deque[tuple[int, int]] = deque([(0, self.size)])
        self._returned: deque[int] = deque()

    @property
    def used(self) -> int:
        """How many pieces are handed out."""
        return len(self._taken)

    def pieces(self) -> Iterator[IPv6Network]:
        """Yield the pieces that are handed out."""
        return (self._piece(number) for number in self._taken)

    def take(self) -> IPv6Network | None:
        """Hand out a piece, None where none is left."""
        number = self._next_number()
        if number is None:
            return None
        self._taken.add(number)
        return self._piece(number)

    def take_this(self, piece: IPv6Network) -> bool:
        """Hand out one piece in particular, as it was before a restart; False if it cannot be.

        Pieces before it are used after those behind it: they were handed out earlier.
        """
        if not self.owns(piece):
            return False
        number = self._number(piece)
        if number in self._taken or number in self._reserved:
            return False
        low, high = self._fresh[0] if self._fresh else (0, 0)
        if low <= number < high:
            self._fresh[0] = (number + 1, high)
            if low < number:
                self._fresh.append((low, number))
        self._taken.add(number)
        return True

    def give_back(self, piece: IPv6Network) -> None:
        """Take back a piece that was handed out."""
        number = self._number(piece)
        self._taken.remove(number)
        self._returned.append(number)

    def owns(self, piece: IPv6Network) -> bool:
        """Tell whether a prefix is one of the pieces."""
        return piece.prefixlen == self.piece_length and 0 <= self._number(piece) < self.size

    def reserve(self, prefix: IPv6Network) -> None:
        """Hand out nothing that overlaps a prefix."""
        if prefix.prefixlen >= self.piece_length and prefix.subnet_of(self.prefix):
            self._reserved[self._number(prefix)] += 1
        elif prefix.overlaps(self.prefix):
            self._exclude(*self._stretch(prefix))

    def unreserve(self, prefix: IPv6Network) -> None:
        """Hand out again what overlaps a prefix that was reserved."""
        if prefix.prefixlen >= self.piece_length and prefix.subnet_of(self.prefix):
            number = self._number(prefix)
            self._reserved[number] -= 1
            if not self._reserved[number]:
                del self._reserved[number]
                self._returned.append(number)
        elif prefix.overlaps(self.prefix):
            self._fresh.append(self._stretch(prefix))

    def _next_number(self) -> int | None:
        while self._fresh:
            low, high = self._fresh.popleft()
            if low + 1 < high:
                self._fresh.appendleft((low + 1, high))
            if low < high and self._is_free(low):
                return low
        while self._returned:
            number = self._returned.popleft()
            if self._is_free(number):
                return number
        return None

    def _is_free(self, number: int) -> bool:
        return number not in self._taken and number not in self._reserved

    def _exclude(self, first: int, end: int) -> None:
        """Cut a stretch out of the fresh ones."""
        cut = [
            each
            for low, high in self._fresh
            for each in ((low, min(high, first)), (max(low, end), high))
            if each[0] < each[1]
        ]
        self._fresh = deque(cut)

    def _stretch(self, prefix: IPv6Network) -> tuple[int, int]:
        """Return the pieces that lie in a prefix, from low to below high."""
        low = max(0, self._number(prefix))
        high = ((int(prefix.broadcast_address) - self._first) >> self._shift) + 1
        return low, min(high, self.size)

    def _number(self, prefix: IPv6Network) -> int:
        return (address_number(prefix) - self._first) >> self._shift

    def _piece(self, number: int) -> IPv6Network:
        address = self._first + (number << self._shift)
        return PackedPrefix(self._length_octet + address.to_bytes(ADDRESS_BITS // 8))


class PoolSpace:
    """The prefixes of one configured pool."""

    def __init__(self, kind: PrefixKind, configuration: PrefixPool) -> None:
        self.kind = kind
        self.configuration = configuration
        self.ranges: dict[IPv6Network, PrefixRange] = {}
        #: Whether the threshold was reached when it was looked at last.
        self.is_above = False

    @property
    def size(self) -> int:
        """How many prefixes can be handed out."""
        return sum(each.size for each in self.ranges.values())

    @property
    def used(self) -> int:
        """How many prefixes are handed out."""
        return sum(each.used for each in self.ranges.values())

    @property
    def is_threshold_reached(self) -> bool:
        """Whether so much is in use that operators want to know."""
        threshold = self.configuration.high_threshold
        return threshold is not None and self.used * 100 >= threshold * self.size

    def take(self) -> IPv6Network | None:
        """Hand out a prefix, None where none is left."""
        for each in self.ranges.values():
            piece = each.take()
            if piece is not None:
                return piece
        return None

    def range_of(self, piece: IPv6Network) -> PrefixRange | None:
        """Return the range that a prefix is a piece of."""
        for each in self.ranges.values():
            if each.owns(piece):
                return each
        return None
