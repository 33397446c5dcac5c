"""Giving memory back to the system after something large (glibc keeps it otherwise)."""

from __future__ import annotations

import ctypes

_library = ctypes.CDLL(None)


def release_memory() -> None:
    """Return free memory of the C library; takes some milliseconds, may run in any thread."""
    trim = getattr(_library, "malloc_trim", None)
    if trim is not None:
        trim(0)
