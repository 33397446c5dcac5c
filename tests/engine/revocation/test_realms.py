"""Realms: which nodes belong to one, by whatever letters."""

from __future__ import annotations

import pytest

from nf.codec.messages import MobileNodeIdentifier
from nf.engine.revocation.realms import named_realm, realm_name, realm_of


@pytest.mark.rfc("7542 §3", "5846 §8.1")
@pytest.mark.parametrize(
    ("identifier", "realm"),
    [
        ("mn1@example.net", "example.net"),
        ("mn1@Example.NET", "example.net"),
        ("MN1@foo.example.net", "foo.example.net"),
        ("@example.net", "example.net"),
        ("a@b@example.net", "example.net"),
        ("mn1", ""),
        ("mn1@", ""),
        ("mn1@Bücher.example", "Bücher.example"),
    ],
)
def test_realm_is_what_stands_behind_the_last_sign_without_case_in_ascii(
    identifier: str, realm: str
) -> None:
    assert realm_of(MobileNodeIdentifier(identifier)) == realm


@pytest.mark.parametrize(
    ("option", "realm"),
    [(None, ""), ("@", ""), ("mn1@example.net", ""), ("@Example.net", "example.net")],
)
def test_option_names_a_realm_only_where_there_is_no_user(option: str | None, realm: str) -> None:
    assert named_realm(MobileNodeIdentifier(option) if option is not None else None) == realm


def test_name_of_a_realm_names_it() -> None:
    assert named_realm(realm_name("Example.net")) == "example.net"
