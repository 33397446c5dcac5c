"""Everybody who may log in: users that are given at the start, and users that are configured."""

from __future__ import annotations

from collections.abc import Iterable

from netconf_server.users.users import User


class UserDirectory:
    """Finds users by name.

    A user that is given at the start stays, so that nobody can lock everybody out by a commit; one
    that is configured under the same name is another way in to the same account.
    """

    def __init__(self, given: Iterable[User] = ()) -> None:
        self._given = {user.name: user for user in given}
        self._configured: dict[str, User] = {}

    def configure(self, user: User) -> None:
        """Add a configured user, or put it in the place of the one with this name."""
        self._configured[user.name] = user

    def forget(self, name: str) -> None:
        """Take a configured user away; its open sessions go on."""
        self._configured.pop(name, None)

    def entries(self, name: str) -> tuple[User, ...]:
        """Return what is known of a user, nothing if there is none."""
        found = (self._given.get(name), self._configured.get(name))
        return tuple(user for user in found if user is not None)

    def groups_of(self, name: str) -> frozenset[str]:
        """Return the groups of access control that a user was given (RFC 8341 §3.4.2)."""
        return frozenset().union(*(user.groups for user in self.entries(name)))
