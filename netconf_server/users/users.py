"""Who may log in, and how that is checked; no SSH in here."""

from __future__ import annotations

import hmac
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import bcrypt

from netconf_server.storage.private_files import laxness
from netconf_server.users import sha_crypt

#: bcrypt looks no further.
_BCRYPT_MAX_BYTES: Final = 72

#: What hashing a password costs must not be for whoever knocks to choose.
PASSWORD_MAX_BYTES: Final = 1024

_SHA_CRYPT: Final = ("$5$", "$6$")
_BCRYPT_FORM: Final = re.compile(r"\$2[abxy]\$\d\d\$[./0-9A-Za-z]{53}")


class UsersFileError(Exception):
    """The users file cannot be used; says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """One user; ``password_hash`` is as for ``check_password_hash``.

    ``authorized_keys`` are OpenSSH public keys.

    A user without any of the three cannot log in. ``groups`` are those of RFC 8341 §3.4.2; one who
    is not bound by access control may do everything.
    """

    name: str
    password: str | None = None
    password_hash: str | None = None
    authorized_keys: tuple[str, ...] = ()
    groups: frozenset[str] = frozenset()
    is_bound: bool = False

    def __repr__(self) -> str:
        return f"User(name={self.name!r})"


def is_password_valid(user: User, password: str) -> bool:
    """Check a password, which may take a tenth of a second."""
    given = password.encode()
    if len(given) > PASSWORD_MAX_BYTES:
        return False
    if user.password_hash is None:
        return user.password is not None and hmac.compare_digest(user.password.encode(), given)
    if user.password_hash.startswith(_SHA_CRYPT):
        return sha_crypt.is_match(user.password_hash, password)
    return bcrypt.checkpw(given[:_BCRYPT_MAX_BYTES], user.password_hash.encode())


def check_password_hash(password_hash: str) -> None:
    """Raise ValueError unless log-ins can be held against the hash."""
    if password_hash.startswith(_SHA_CRYPT):
        sha_crypt.check_hash(password_hash)
    elif not _BCRYPT_FORM.fullmatch(password_hash):
        raise ValueError("a password hash is one of $2b$ (bcrypt), $5$ or $6$ (SHA)")


def load_users(path: Path) -> tuple[User, ...]:
    """Read users from a TOML file that nobody but its owner may read.

    Each is a table ``[users.NAME]`` with ``password-hash`` or ``password`` and/or a list
    ``authorized-keys``. One with a list ``groups`` is bound by access control, as a member of these
    groups; the others are recovery users. Raises UsersFileError.
    """
    try:
        _require_private(path)
        tables = tomllib.loads(path.read_text())["users"]
        return tuple(_user(name, table) for name, table in tables.items())
    except (OSError, KeyError, AttributeError, TypeError, ValueError) as fault:
        raise UsersFileError(f"{path}: {fault!r}") from fault


def _require_private(path: Path) -> None:
    fault = laxness(path)
    if fault is not None:
        raise UsersFileError(f"{path}: {fault}")


def _user(name: str, table: dict[str, object]) -> User:
    unknown = table.keys() - {"password", "password-hash", "authorized-keys", "groups"}
    if unknown:
        raise ValueError(f"user {name}: unknown key {sorted(unknown)[0]!r}")
    password_hash = _text(table, "password-hash")
    if password_hash is not None:
        check_password_hash(password_hash)
    return User(
        name=name,
        password=_text(table, "password"),
        password_hash=password_hash,
        authorized_keys=tuple(_texts(name, table, "authorized-keys")),
        groups=frozenset(_texts(name, table, "groups")),
        is_bound="groups" in table,
    )


def _texts(name: str, table: dict[str, object], key: str) -> list[str]:
    values = table.get(key, [])
    if not isinstance(values, list):
        raise TypeError(f"user {name}: {key} is not a list")
    return [str(value) for value in values]


def _text(table: dict[str, object], key: str) -> str | None:
    value = table.get(key)
    if value is not None and not isinstance(value, str):
        raise TypeError(f"{key} is not a string")
    return value
