"""The password hashes ``$5$`` and ``$6$`` of crypt(3), after their author's specification.

Ulrich Drepper, "Unix crypt using SHA-256 and SHA-512". Python's own ``crypt`` module is gone since
3.13, and while it ran nothing else could.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

_DEFAULT_ROUNDS: Final = 5000
_MIN_ROUNDS: Final = 1000

#: crypt(3) allows 999,999,999, which would take hours for a log-in.
MAX_ROUNDS: Final = 100_000

_ALPHABET: Final = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SALT_MAX_CHARACTERS: Final = 16
_FORM: Final = re.compile(
    r"\$(?P<id>[56])\$(?:rounds=(?P<rounds>\d{1,9})\$)?(?P<salt>[^$]{0,16})\$(?P<digest>[./0-9A-Za-z]+)"
)


@dataclass(frozen=True, slots=True)
class _Kind:
    """One of the two functions; ``order`` is that of the digest's bytes in the text."""

    name: str
    order: Sequence[int]


def _groups_of_three(third: int, step: int) -> Iterator[int]:
    """Yield the order of bytes in the text: of each third of the digest one, in turn.

    Which third comes first moves on by ``step`` from group to group.
    """
    for index in range(third):
        first = step * index % 3
        yield from ((first + place) % 3 * third + index for place in range(3))


#: By what stands between the first two ``$``; the last bytes are no whole group.
_KINDS: Final = {
    "5": _Kind("sha256", (*_groups_of_three(10, 2), 31, 30)),
    "6": _Kind("sha512", (*_groups_of_three(21, 1), 63)),
}


class UnusableHashError(ValueError):
    """A text is no hash of these functions, or one that would take too long; says why."""


def hash_password(password: str) -> str:
    """Hash with SHA-512 and a new salt."""
    salt = "".join(secrets.choice(_ALPHABET) for _ in range(_SALT_MAX_CHARACTERS))
    digest = _digest(_KINDS["6"], password.encode(), salt.encode(), _DEFAULT_ROUNDS)
    return f"$6${salt}${digest}"


def is_match(password_hash: str, password: str) -> bool:
    """Tell whether a hash is that of the password; raises UnusableHashError."""
    kind, rounds, salt, digest = _parts(password_hash)
    return secrets.compare_digest(_digest(kind, password.encode(), salt, rounds), digest)


def check_hash(password_hash: str) -> None:
    """Raise UnusableHashError unless log-ins can be held against the hash."""
    _parts(password_hash)


def _parts(password_hash: str) -> tuple[_Kind, int, bytes, str]:
    form = _FORM.fullmatch(password_hash)
    if form is None:
        raise UnusableHashError("not a hash of SHA-256 ($5$) or SHA-512 ($6$)")
    rounds = max(int(form["rounds"] or _DEFAULT_ROUNDS), _MIN_ROUNDS)
    if rounds > MAX_ROUNDS:
        raise UnusableHashError(f"more than {MAX_ROUNDS} rounds would hold up every log-in")
    return _KINDS[form["id"]], rounds, form["salt"].encode(), form["digest"]


def _digest(kind: _Kind, password: bytes, salt: bytes, rounds: int) -> str:
    """Compute the digest as text; steps 4 to 22 of the specification."""

    def new(data: bytes) -> bytes:
        return hashlib.new(kind.name, data).digest()

    length = len(password)
    alternate = new(password + salt + password)
    mixed = b"".join(
        alternate if length & (1 << bit) else password for bit in range(length.bit_length())
    )
    result = new(password + salt + _stretched(alternate, length) + mixed)
    repeated_password = _stretched(new(password * length), length)
    repeated_salt = _stretched(new(salt * (16 + result[0])), len(salt))
    for number in range(rounds):
        data = repeated_password if number % 2 else result
        data += repeated_salt if number % 3 else b""
        data += repeated_password if number % 7 else b""
        result = new(data + (result if number % 2 else repeated_password))
    return _text(bytes(result[index] for index in kind.order))


def _stretched(data: bytes, length: int) -> bytes:
    """Repeat and cut to a length."""
    return (data * (length // len(data) + 1))[:length]


def _text(data: bytes) -> str:
    """Write bytes in the alphabet of crypt(3), each group of three with its last six bits first."""
    characters: list[str] = []
    for start in range(0, len(data), 3):
        group = data[start : start + 3]
        number = int.from_bytes(group)
        for _ in range(len(group) + 1):
            characters.append(_ALPHABET[number & 63])
            number >>= 6
    return "".join(characters)
