"""The engine's only fault: peers and nodes cannot make it raise, a bug can."""

from __future__ import annotations


class InvariantBroken(Exception):  # noqa: N818 - it says what is the case, not what failed
    """The engine's own state is not what its rules allow; the runtime stops on it."""
