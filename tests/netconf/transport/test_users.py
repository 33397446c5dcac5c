"""Users: passwords, and the file they are read from."""

from __future__ import annotations

from pathlib import Path

import bcrypt
import pytest

from netconf_server.users.sha_crypt import hash_password
from netconf_server.users.users import User, UsersFileError, is_password_valid, load_users

SHA_HASH = hash_password("secret")
HASH = bcrypt.hashpw(b"secret", bcrypt.gensalt(4)).decode()


@pytest.mark.parametrize(
    ("user", "password", "is_valid"),
    [
        (User(name="a", password="secret"), "secret", True),
        (User(name="a", password="secret"), "Secret", False),
        (User(name="a", password="sécret"), "sécret", True),
        (User(name="a", password_hash=HASH), "secret", True),
        (User(name="a", password_hash=HASH), "other", False),
        (User(name="a", password_hash=HASH), "x" * 100, False),
        (User(name="a", password="other", password_hash=HASH), "other", False),
        (User(name="a"), "", False),
        (User(name="a"), "nobody", False),
        (User(name="a", password_hash=SHA_HASH), "secret", True),
        (User(name="a", password_hash=SHA_HASH), "other", False),
        (User(name="a", password="x" * 2000), "x" * 2000, False),
    ],
)
def test_only_the_right_password_is_valid(user: User, password: str, is_valid: bool) -> None:
    assert is_password_valid(user, password) is is_valid


def test_a_user_is_shown_without_secrets() -> None:
    assert "secret" not in repr(User(name="a", password="secret"))


def users_file(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "users.toml"
    path.write_text(text)
    path.chmod(mode)
    return path


def test_users_are_read_from_a_private_file(tmp_path: Path) -> None:
    text = f"""
        [users.admin]
        password-hash = "{HASH}"
        authorized-keys = ["ssh-ed25519 AAAA admin"]
        [users."bus operator"]
        password = "secret"
    """
    assert load_users(users_file(tmp_path, text)) == (
        User(name="admin", password_hash=HASH, authorized_keys=("ssh-ed25519 AAAA admin",)),
        User(name="bus operator", password="secret"),
    )


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = users_file(tmp_path, "[users.admin]", mode)
    with pytest.raises(UsersFileError, match="must be 0600"):
        load_users(path)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "users = 1",
        "not toml",
        "[users.a]\npasword = 'x'",
        "[users.a]\npassword = 1",
        "[users.a]\nauthorized-keys = 'one'",
        "[users.a]\npassword-hash = 'secret'",
        "[users.a]\npassword-hash = '$6$rounds=900000000$salt$digest'",
        "[users]\na = 1",
    ],
)
def test_a_file_with_a_fault_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsersFileError):
        load_users(users_file(tmp_path, text))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsersFileError):
        load_users(tmp_path / "none")
