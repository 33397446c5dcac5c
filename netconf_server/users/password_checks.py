"""Checking passwords without telling who exists, and without taking the machine."""

from __future__ import annotations

import asyncio

from netconf_server.users.directory import UserDirectory
from netconf_server.users.users import is_password_valid


class PasswordChecks:
    """Checks one password at a time for all connections.

    A hash is slow on purpose, so whoever knocks would otherwise choose how many processors work
    for him.
    """

    def __init__(self, users: UserDirectory, refusal_delay_ms: int) -> None:
        self._users = users
        self._refusal_delay_s = refusal_delay_ms / 1000
        self._turn = asyncio.Lock()

    async def is_valid(self, username: str, password: str) -> bool:
        """Check a password; a refusal takes the same time whoever the user, and if there is one."""
        now = asyncio.get_running_loop().time
        refusal_time = now() + self._refusal_delay_s
        for user in self._users.entries(username):
            async with self._turn:
                is_valid = await asyncio.to_thread(is_password_valid, user, password)
            if is_valid:
                return True
        await asyncio.sleep(refusal_time - now())
        return False
