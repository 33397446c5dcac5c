"""The file with the way back from a confirmed commit (RFC 6241 §8.4.1)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from netconf_server.datastores.committed import CommittedChange
from netconf_server.errors import ErrorTag, RpcError
from netconf_server.storage.persistence import StoredConfigurationError
from netconf_server.storage.stored_files import remove_durably, replace_durably


class WayBack:
    """The commits that wait for confirmation, on the disk; without any there is no file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def load(self) -> tuple[CommittedChange, ...] | None:
        """Return what is there, None without a file; raises StoredConfigurationError."""
        try:
            lines = json.loads(self.path.read_bytes())
            return tuple(CommittedChange.from_json(line.encode()) for line in lines)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as fault:
            raise StoredConfigurationError(self.path, f"damaged: {fault}") from fault

    def save(self, changes: tuple[CommittedChange, ...]) -> None:
        """Write all, durably; raises RpcError, the old file whole."""
        lines = [change.to_json().decode() for change in changes]
        with self._explained("written"):
            replace_durably(self.path, json.dumps(lines).encode())

    def remove(self) -> None:
        """Remove the file, if there is one, durably; raises RpcError."""
        with self._explained("removed"):
            remove_durably(self.path)

    @contextmanager
    def _explained(self, participle: str) -> Iterator[None]:
        try:
            yield
        except OSError as fault:
            reason = f"{self.path} cannot be {participle}: {fault.strerror}"
            raise RpcError(tag=ErrorTag.OPERATION_FAILED, message=reason) from fault
