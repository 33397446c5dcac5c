"""Secrets stand in files, which may be written anew at any time."""

from __future__ import annotations

import errno
import os
import stat
from typing import Final

#: More than any secret has; a file that has more is another one.
_MOST_OCTETS: Final = 4096


def read_secret(path: str, *, fewest_octets: int = 1) -> bytes:
    """Return the secret in a file as it is now; a line break at the end is no part of it.

    Raises OSError, also where the file is no regular one, or the secret is too short.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    with open(descriptor, "rb") as file:  # noqa: PTH123 - a descriptor
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "no regular file", path)
        octets = file.read(_MOST_OCTETS + 1)
    secret = octets.rstrip(b"\r\n")
    if not fewest_octets <= len(secret) <= _MOST_OCTETS:
        raise OSError(errno.EINVAL, f"{len(secret)} octets are no secret", path)
    return secret
