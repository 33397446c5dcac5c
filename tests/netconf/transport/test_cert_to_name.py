"""Usernames from certificates (RFC 7407 §4, RFC 7589 §7)."""

from __future__ import annotations

import ipaddress

import pytest
from cryptography import x509

from netconf_server.users.cert_to_name import CertToName, MapType, username_of
from tests.netconf.transport.certificates import Identity, authority

ROOT = authority()
MAIL = x509.RFC822Name("Ann.Lee@Example.COM")
DNS = x509.DNSName("NMS.Example.com")
IPV4 = x509.IPAddress(ipaddress.ip_address("192.0.2.1"))
IPV6 = x509.IPAddress(ipaddress.ip_address("2001:db8::1"))
EVERYTHING = ROOT.issue("common", x509.UniformResourceIdentifier("x:y"), DNS, MAIL, IPV4)


def entry(
    of: Identity, map_type: MapType, name: str | None = None, *, number: int = 1
) -> CertToName:
    return CertToName(id=number, fingerprint=of.fingerprint, map_type=map_type, name=name)


def name_of(client: Identity, *entries: CertToName) -> str | None:
    return username_of(client.certificate, [ROOT.certificate], entries)


@pytest.mark.rfc("7589 §7")
@pytest.mark.parametrize(
    ("client", "map_type", "name"),
    [
        (EVERYTHING, MapType.SAN_RFC822_NAME, "Ann.Lee@example.com"),
        (EVERYTHING, MapType.SAN_DNS_NAME, "nms.example.com"),
        (EVERYTHING, MapType.SAN_IP_ADDRESS, "192.0.2.1"),
        (ROOT.issue("x", IPV6), MapType.SAN_IP_ADDRESS, "20010db8000000000000000000000001"),
        (EVERYTHING, MapType.SAN_ANY, "nms.example.com"),
        (ROOT.issue("x", MAIL, DNS), MapType.SAN_ANY, "Ann.Lee@example.com"),
        (EVERYTHING, MapType.COMMON_NAME, "common"),
        (ROOT.issue("x", DNS), MapType.SAN_RFC822_NAME, None),
        (ROOT.issue("x"), MapType.SAN_ANY, None),
    ],
)
def test_each_map_type_takes_its_own_name(
    client: Identity, map_type: MapType, name: str | None
) -> None:
    assert name_of(client, entry(ROOT, map_type)) == name


@pytest.mark.rfc("7589 §7")
def test_a_name_can_be_given_to_one_certificate() -> None:
    one, other = ROOT.issue("one"), ROOT.issue("other")
    specified = entry(one, MapType.SPECIFIED, "ann")
    assert name_of(one, specified) == "ann"
    assert name_of(other, specified) is None


@pytest.mark.rfc("7589 §7")
def test_entries_are_tried_in_the_order_of_their_ids() -> None:
    by_name = entry(ROOT, MapType.COMMON_NAME, number=2)
    given = entry(ROOT, MapType.SPECIFIED, "first", number=1)
    assert name_of(EVERYTHING, by_name, given) == "first"


@pytest.mark.rfc("7589 §7")
@pytest.mark.parametrize("common_name", ["line\nbreak", "bell\x07"])
def test_an_entry_that_gives_no_allowed_name_is_passed_over(common_name: str) -> None:
    client = ROOT.issue(common_name)
    entries = (
        entry(ROOT, MapType.SAN_DNS_NAME, number=1),
        entry(ROOT, MapType.COMMON_NAME, number=2),
        entry(ROOT, MapType.SPECIFIED, "last", number=3),
    )
    assert name_of(client, *entries[:2]) is None
    assert name_of(client, *entries) == "last"


def test_an_authority_that_did_not_sign_does_not_match() -> None:
    stranger = authority("stranger")
    assert name_of(EVERYTHING, entry(stranger, MapType.COMMON_NAME)) is None


@pytest.mark.parametrize(
    ("fingerprint", "map_type", "name"),
    [
        ("", MapType.COMMON_NAME, None),
        ("04", MapType.COMMON_NAME, None),
        ("04:zz", MapType.COMMON_NAME, None),
        ("01:00", MapType.COMMON_NAME, None),
        ("04:00", MapType.SPECIFIED, None),
        ("04:00", MapType.COMMON_NAME, "ann"),
    ],
)
def test_an_entry_that_can_match_nothing_is_refused(
    fingerprint: str, map_type: MapType, name: str | None
) -> None:
    with pytest.raises(ValueError, match=r"fingerprint|name"):
        CertToName(id=1, fingerprint=fingerprint, map_type=map_type, name=name)
