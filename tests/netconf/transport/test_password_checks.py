"""Password checks as a whole: one at a time, and no sooner refused for nobody than for somebody."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from netconf_server.users import password_checks
from netconf_server.users.directory import UserDirectory
from netconf_server.users.password_checks import PasswordChecks
from netconf_server.users.users import User

ANN = User(name="ann", password="secret")


@pytest.mark.parametrize(
    ("username", "password", "is_valid"),
    [("ann", "secret", True), ("ann", "wrong", False), ("nobody", "secret", False)],
)
def test_the_right_password_of_a_known_user_is_valid(
    username: str, password: str, is_valid: bool
) -> None:
    checks = PasswordChecks(UserDirectory([ANN]), refusal_delay_ms=0)
    assert asyncio.run(checks.is_valid(username, password)) is is_valid


@pytest.mark.parametrize("username", ["ann", "nobody"])
def test_a_refusal_waits_for_its_time(username: str, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    async def sleep(delay_s: float) -> None:
        waits.append(delay_s)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    checks = PasswordChecks(UserDirectory([ANN]), refusal_delay_ms=3_600_000)
    assert not asyncio.run(checks.is_valid(username, "wrong"))
    assert [round(wait / 3600) for wait in waits] == [1]


def test_no_two_passwords_are_checked_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    inside = threading.Semaphore(1)
    collisions: list[str] = []

    def is_password_valid(user: User, password: str) -> bool:
        if not inside.acquire(blocking=False):
            collisions.append(password)
            return False
        time.sleep(0.001)
        inside.release()
        return True

    async def scenario() -> list[bool]:
        checks = PasswordChecks(UserDirectory([ANN]), refusal_delay_ms=0)
        return await asyncio.gather(*(checks.is_valid("ann", "secret") for _ in range(5)))

    monkeypatch.setattr(password_checks, "is_password_valid", is_password_valid)
    assert asyncio.run(scenario()) == [True] * 5
    assert collisions == []
