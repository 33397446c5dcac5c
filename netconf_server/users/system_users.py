"""Users of the configuration: /system/authentication/user of ietf-system (RFC 7317 §3.5)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, cast

from netconf_server.provider import (
    ChangeSet,
    ConfigurationView,
    DataPath,
    Json,
    ProviderError,
    StateFragment,
    StateSelection,
)
from netconf_server.transport.ssh_keys import SshKeyError, read_authorized_keys
from netconf_server.users.clear_passwords import CLEAR_TEXT
from netconf_server.users.directory import UserDirectory
from netconf_server.users.users import User, check_password_hash

#: What a server implements to have configured users: the modules with their features. The last
#: one says which parts of ietf-system are not there.
SYSTEM_MODULES: Final[Mapping[str, Sequence[str]]] = {
    "iana-crypt-hash": ("crypt-hash-sha-256", "crypt-hash-sha-512"),
    "ietf-system": ("authentication", "local-users"),
    "netconf-server-system": (),
}

SYSTEM: Final[DataPath] = "/ietf-system:system"

_USERS: Final[DataPath] = f"{SYSTEM}/authentication/user"
_USER: Final = re.compile(re.escape(_USERS) + r"""\[name=(?:'[^']*'|"[^"]*")\]""")

#: Public key algorithms that are only other uses of a key of the type ssh-rsa (RFC 8332 §3).
_RSA_SIGNATURES: Final = ("rsa-sha2-256", "rsa-sha2-512")


class SystemUsers:
    """Takes configured users over at a commit."""

    def __init__(self, users: UserDirectory) -> None:
        self._users = users

    def validate(self, changes: ChangeSet) -> Sequence[ProviderError]:
        """Refuse passwords and keys that nobody could log in with."""
        return [
            error
            for path in _touched(changes)
            if (entry := changes.after.read(path)) is not None
            for error in _faults_of(path, cast("dict[str, Json]", entry))
        ]

    def apply(self, changes: ChangeSet) -> None:
        """Let configured users in from now on, and those that are deleted no more."""
        for path in _touched(changes):
            before, after = changes.before.read(path), changes.after.read(path)
            if after is not None:
                self._users.configure(_user(cast("dict[str, Json]", after)))
            elif before is not None:
                self._users.forget(str(cast("dict[str, Json]", before)["name"]))

    def read_state(self, selection: StateSelection) -> Iterable[StateFragment]:
        """Return nothing: there is only configuration."""
        return ()


def _touched(changes: ChangeSet) -> Iterator[DataPath]:
    """Yield the path of every user that may have changed, once."""
    found: dict[DataPath, None] = {}
    for change in changes.changes:
        user = _USER.match(change.path)
        if user is not None:
            found[user.group()] = None
        elif _USERS.startswith(change.path):
            found.update(dict.fromkeys(_all(changes.before)))
            found.update(dict.fromkeys(_all(changes.after)))
    yield from found


def _all(view: ConfigurationView) -> Iterable[DataPath]:
    return view.keys(_USERS)


def _faults_of(path: DataPath, entry: Mapping[str, Json]) -> Iterator[ProviderError]:
    password = str(entry.get("password") or "")
    if password and not password.startswith(CLEAR_TEXT):
        try:
            check_password_hash(password)
        except ValueError as fault:
            yield ProviderError(path=f"{path}/password", message=str(fault))
    for key in _keys(entry):
        line = _key_line(key)
        try:
            read_authorized_keys(User(name=str(entry["name"]), authorized_keys=(line,)))
        except SshKeyError as fault:
            place = f"{path}/authorized-key[name={_quoted(str(key['name']))}]"
            yield ProviderError(path=place, message=str(fault))


def _user(entry: Mapping[str, Json]) -> User:
    """Make a user; one that was stored by hand may have its password in clear."""
    password = str(entry["password"]) if "password" in entry else None
    is_clear = password is not None and password.startswith(CLEAR_TEXT)
    return User(
        name=str(entry["name"]),
        password=password.removeprefix(CLEAR_TEXT) if password and is_clear else None,
        password_hash=None if is_clear else password,
        authorized_keys=tuple(_key_line(key) for key in _keys(entry)),
    )


def _keys(entry: Mapping[str, Json]) -> list[dict[str, Json]]:
    return cast("list[dict[str, Json]]", entry.get("authorized-key", []))


def _key_line(key: Mapping[str, Json]) -> str:
    """Write a key as in a file of OpenSSH."""
    algorithm = str(key["algorithm"])
    kind = "ssh-rsa" if algorithm in _RSA_SIGNATURES else algorithm
    return f"{kind} {key['key-data']}"


def _quoted(value: str) -> str:
    return f'"{value}"' if "'" in value else f"'{value}'"
