"""Files that survive a crash at any moment: replaced as a whole, or not at all."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def replace_durably(path: Path, *parts: bytes) -> None:
    """Write a file; it is on the disk when this returns. Raises OSError, the old file untouched.

    The new file is written and flushed beside the old one and then takes its name, so a crash
    leaves one or the other, both whole.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = new_path(path)
    try:
        write_durably(temporary, *parts)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    flush_directory(path.parent)


def remove_durably(path: Path) -> None:
    """Remove a file, if there is one; it does not come back. Raises OSError."""
    with suppress(FileNotFoundError):
        path.unlink()
        flush_directory(path.parent)


def new_path(path: Path) -> Path:
    """Return where the next content of a file is written."""
    return path.with_suffix(f"{path.suffix}.new")


def write_durably(path: Path, *parts: bytes) -> None:
    """Write a new file and flush it; its name is flushed with the directory.

    What had the name before is not written to: a process that was killed may have left another one
    that still does.
    """
    path.unlink(missing_ok=True)
    # Secrets may be in a configuration: nobody else may read it.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        for part in parts:
            file.write(part)
        file.flush()
        os.fsync(file.fileno())


def flush_directory(directory: Path) -> None:
    """Make names in a directory durable."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
