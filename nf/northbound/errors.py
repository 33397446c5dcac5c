"""The northbound's two faults: a configuration refused, an action refused."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigError:
    """One reason to refuse a configuration; handed back in a list, never raised."""

    path: str
    message: str
    app_tag: str


class ActionError(Exception):
    """An action that cannot be carried out."""

    def __init__(self, *, path: str, message: str, app_tag: str) -> None:
        super().__init__(message)
        self.path = path
        self.message = message
        self.app_tag = app_tag
