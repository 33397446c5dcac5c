"""One daemon for each data directory and network namespace: two would undo each other's work."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

#: What stands for this network namespace, whose kernel one daemon rules.
NETWORK_NAMESPACE: Final = Path("/proc/self/ns/net")


@contextlib.contextmanager
def claimed(path: Path, refusal: str) -> Iterator[None]:
    """Hold what a file or directory stands for; raises OSError if another process holds it.

    The kernel lets go of it with the process, however that ends.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as fault:
            raise OSError(errno.EBUSY, refusal) from fault
        yield
    finally:
        os.close(descriptor)
