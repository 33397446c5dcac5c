"""Files with secrets, which nobody but their owner may read."""

from __future__ import annotations

import stat
from pathlib import Path


def laxness(path: Path) -> str | None:
    """Say what is wrong with the mode of such a file, None if nothing is; raises OSError."""
    mode = stat.S_IMODE(path.stat().st_mode)
    return f"mode {mode:04o} lets others in; it must be 0600" if mode & 0o077 else None
