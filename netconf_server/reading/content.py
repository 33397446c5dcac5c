"""The content of one reply: made in slices while it is sent, and yet of one moment.

The configuration is one tree, edited in place. A read that has begun is told before the tree
changes under it (``OpenReads.finish``), and then takes at once what it still needs. Whoever is
about to change the tree lets it do so bit by bit before (``OpenReads.advance``), so that nobody
waits for long. State of the provider is not bound to a moment: it is left to be made when it is
sent.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from weakref import WeakSet

from netconf_server.reading.tokens import Token, assemble


class Content:
    """Yields the slices of one read; ``advance`` makes some of it before it is asked for."""

    def __init__(self, tokens: Iterator[Token], refresh: Callable[[], object]) -> None:
        """Take what is to be made; ``refresh`` is called before each part that looks at a tree."""
        self._tokens = tokens
        self._refresh = refresh
        self._ahead: deque[Token] = deque()
        self._is_made = False
        self._fault: Exception | None = None

    def __iter__(self) -> Iterator[bytes]:
        return assemble(self._all_tokens())

    def _all_tokens(self) -> Iterator[Token]:
        while self._ahead or self.advance():
            yield self._ahead.popleft()
        if self._fault is not None:
            raise self._fault

    def advance(self) -> bool:
        """Make a little more; False if all is made. A fault is for the one who reads."""
        if self._is_made:
            return False
        try:
            self._refresh()
            self._ahead.append(next(self._tokens))
        except StopIteration:
            self._is_made = True
        except Exception as fault:
            self._is_made = True
            self._fault = fault
        return not self._is_made


class OpenReads:
    """The reads of one tree that are under way."""

    def __init__(self) -> None:
        self._contents: WeakSet[Content] = WeakSet()

    def add(self, content: Content) -> None:
        """Enter a read; it leaves when it is finished, or when nobody holds it any more."""
        self._contents.add(content)

    def advance(self) -> Iterator[None]:
        """Bring the reads of now to their end, in steps."""
        for content in tuple(self._contents):
            while content.advance():
                yield
            self._contents.discard(content)

    def finish(self) -> None:
        """Bring all reads to their end: the tree is about to change."""
        if self._contents:
            for _ in self.advance():
                pass
