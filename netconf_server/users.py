"""Who may log in, and how that is checked; no SSH in here."""

from __future__ import annotations

import hmac
import stat
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import bcrypt

#: Checked for users that do not exist, so that they cannot be told from others by the time taken.
_NOBODY_HASH: Final = bcrypt.hashpw(b"nobody", bcrypt.gensalt()).decode()

#: bcrypt looks no further.
_BCRYPT_MAX_BYTES: Final = 72


class UsersFileError(Exception):
    """The users file cannot be used; says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """One user; ``password_hash`` is of bcrypt, ``authorized_keys`` are OpenSSH public keys.

    A user without any of the three cannot log in.
    """

    name: str
    password: str | None = None
    password_hash: str | None = None
    authorized_keys: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"User(name={self.name!r})"


def is_password_valid(user: User | None, password: str) -> bool:
    """Check a password; takes as long for an unknown user, and may take a tenth of a second."""
    given = password.encode()
    if user is not None and user.password_hash is None and user.password is not None:
        return hmac.compare_digest(user.password.encode(), given)
    password_hash = user.password_hash if user is not None else None
    is_match = bcrypt.checkpw(given[:_BCRYPT_MAX_BYTES], (password_hash or _NOBODY_HASH).encode())
    return is_match and password_hash is not None


def load_users(path: Path) -> tuple[User, ...]:
    """Read users from a TOML file that nobody but its owner may read.

    Each is a table ``[users.NAME]`` with ``password-hash`` or ``password`` and/or a list
    ``authorized-keys``. Raises UsersFileError.
    """
    try:
        _require_private(path)
        tables = tomllib.loads(path.read_text())["users"]
        return tuple(_user(name, table) for name, table in tables.items())
    except (OSError, KeyError, AttributeError, TypeError, ValueError) as fault:
        raise UsersFileError(f"{path}: {fault!r}") from fault


def _require_private(path: Path) -> None:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise UsersFileError(f"{path}: mode {mode:04o} lets others in; it must be 0600")


def _user(name: str, table: dict[str, object]) -> User:
    unknown = table.keys() - {"password", "password-hash", "authorized-keys"}
    if unknown:
        raise ValueError(f"user {name}: unknown key {sorted(unknown)[0]!r}")
    keys = table.get("authorized-keys", [])
    if not isinstance(keys, list):
        raise TypeError(f"user {name}: authorized-keys is not a list")
    return User(
        name=name,
        password=_text(table, "password"),
        password_hash=_text(table, "password-hash"),
        authorized_keys=tuple(str(key) for key in keys),
    )


def _text(table: dict[str, object], key: str) -> str | None:
    value = table.get(key)
    if value is not None and not isinstance(value, str):
        raise TypeError(f"{key} is not a string")
    return value
