"""The hashes of crypt(3); those of other makers were made by libxcrypt."""

from __future__ import annotations

import pytest

from netconf_server.users.sha_crypt import UnusableHashError, check_hash, hash_password, is_match

LONG = "a very much longer text to encrypt.  This one even stretches over more than one line."
MADE_ELSEWHERE = [
    ("Hello world!", "$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5"),
    (LONG, "$5$rounds=1400$anotherlongsalts$epZZlHtH1tHOZ8DnGj41SJcfP6bNgf3t.hurPudKyU6"),
    ("", "$5$s$u9jS/E6rlpZoj8KCMVhpLKJh2MrO5hc9UBdfKCcvVU7"),
    (
        "Hello world!",
        "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYE"
        "dFCoEOfaS35inz1",
    ),
    (
        "Hello world!",
        "$6$rounds=10000$saltstringsaltst$OW1/O6BYHV6BcXZu8QVeXbDWra3Oeqh0sbHbbMCVNSnCM/UrjmM0D"
        "p8vOuZeHBy/YTBmSK6H9qs/y3RnOaw5v.",
    ),
    (
        "sécret",
        "$6$ab$d3w3MWN.o0GitUwFngnA3/qRaDiJWjPTTHAQkZRTM3Q/eVxdjyYH2St8cufeVYTzAUaNJtgMUfaSePqxA"
        "y4A7.",
    ),
    (
        "x" * 200,
        "$6$rounds=1001$./$148npv0l7agZwtpns3yLvPe8nx.HXoJgsqMkrpvguSdgNr6qaq5mDeS/YKAON.BjTFC2Z"
        "pYt5E4TNZ8g8eDa..",
    ),
    (
        "",
        "$6$s$.ZBEl9liET9mKM6jGxl//vp8wOnIJwfkp.7sG2Ahu2q68bf4LasDRE6k5T5NPzLqBFx3oUbMl6xWpBsFfg"
        "m6..",
    ),
]


@pytest.mark.parametrize(("password", "made"), MADE_ELSEWHERE)
def test_a_hash_that_was_made_elsewhere_is_that_of_its_password_only(
    password: str, made: str
) -> None:
    assert is_match(made, password)
    assert not is_match(made, password + "x")


def test_a_hash_that_is_made_here_has_a_salt_of_its_own() -> None:
    first, second = hash_password("secret"), hash_password("secret")
    assert first != second
    assert is_match(first, "secret")
    assert is_match(second, "secret")


@pytest.mark.parametrize(
    ("unusable", "words"),
    [
        ("", "not a hash"),
        ("$1$salt$" + "x" * 22, "not a hash"),
        ("$6$salt", "not a hash"),
        ("$6$" + "s" * 17 + "$x", "not a hash"),
        ("$6$rounds=x$salt$x", "not a hash"),
        ("$6$rounds=100001$salt$x", "rounds would hold up"),
        ("$6$rounds=999999999$salt$x", "rounds would hold up"),
    ],
)
def test_what_no_log_in_can_be_held_against_is_refused(unusable: str, words: str) -> None:
    with pytest.raises(UnusableHashError, match=words):
        check_hash(unusable)
