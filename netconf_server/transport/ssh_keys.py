"""The keys of SSH: those of the server, kept in files, and those that users log in with."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import asyncssh

from netconf_server.storage.private_files import laxness
from netconf_server.users.users import User

_OTHER_HOST_KEYS: Final = ("ssh_host_ecdsa_key", "ssh_host_rsa_key")


class SshKeyError(Exception):
    """A key cannot be used; says which and why."""


def read_authorized_keys(user: User) -> list[asyncssh.SSHKey]:
    """Read the public keys of a user; raises SshKeyError."""
    try:
        return [asyncssh.import_public_key(key) for key in user.authorized_keys]
    except asyncssh.KeyImportError as fault:
        raise SshKeyError(f"user {user.name}: authorized key: {fault}") from fault


def load_host_keys(path: Path) -> list[asyncssh.SSHKey]:
    """Load the host key, made at the first call, and those of other kinds beside it.

    Raises SshKeyError or OSError.
    """
    if not path.exists():
        _create_host_key(path)
    others = (path.with_name(name) for name in _OTHER_HOST_KEYS)
    return [_read_host_key(file) for file in (path, *others) if file.exists()]


def _read_host_key(path: Path) -> asyncssh.SSHKey:
    """Read a private key that nobody but its owner may read."""
    fault = laxness(path)
    if fault is not None:
        raise SshKeyError(f"{path}: {fault}")
    try:
        return asyncssh.read_private_key(path)
    except asyncssh.KeyImportError as fault:
        raise SshKeyError(f"{path}: {fault}") from fault


def _create_host_key(path: Path) -> None:
    """Make an ed25519 key; it is whole on disk, or not there at all."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(key.export_private_key("openssh"))
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(path)
