"""Accounting messages count when they are authentic, and of each station its latest session."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from ipaddress import IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyrad import packet as pyrad

from nf.drivers.attach.radius import (
    AccountingDrop,
    AccountingRequest,
    AccountingStatus,
    RadiusError,
    read_request,
)
from nf.drivers.attach.repetitions import MOST_REQUESTS, Repetitions
from nf.drivers.attach.sessions import MOST_SESSIONS, Sessions
from nf.engine.access_configuration import RadiusClient
from nf.engine.events import NodeLost, NodeSeen
from nf.engine.values import AttachSource, LinkLayerAddress

SECRET = b"demo-only"
NODE = LinkLayerAddress(bytes.fromhex("020000000007"))
START, STOP = AccountingStatus.START, AccountingStatus.STOP
INTERIM = AccountingStatus.INTERIM_UPDATE


def signed(code: int, attributes: bytes, secret: bytes = SECRET, number: int = 9) -> bytes:
    """Return a request whose authenticator fits (RFC 2866 §3)."""
    head = bytes((code, number)) + (20 + len(attributes)).to_bytes(2)
    return head + hashlib.md5(head + bytes(16) + attributes + secret).digest() + attributes


def attribute(kind: int, value: bytes) -> bytes:
    return bytes((kind, 2 + len(value))) + value


def accounting(
    status: int = START, station: bytes = b"02-00-00-00-00-07", session: bytes = b"s1"
) -> bytes:
    return signed(
        4,
        attribute(40, status.to_bytes(4)) + attribute(31, station) + attribute(44, session),
    )


def reason_of(datagram: bytes) -> AccountingDrop:
    with pytest.raises(RadiusError) as refusal:
        read_request(datagram, SECRET)
    return refusal.value.reason


class TestRequest:
    @pytest.mark.rfc("2866 §5.1", "2866 §5.5")
    def test_tells_status_station_and_session(self) -> None:
        request = read_request(accounting(STOP), SECRET)
        assert (request.status, request.station, request.session) == (STOP, NODE, b"s1")

    @pytest.mark.rfc("3580 §3.21")
    @pytest.mark.parametrize(
        "text",
        [
            b"02-00-00-00-00-07",
            b"02:00:00:00:00:07",
            b"0200.0000.0007",
            b"020000000007",
            b"020000-000007",
        ],
    )
    def test_may_write_an_address_in_many_ways(self, text: bytes) -> None:
        assert read_request(accounting(station=text), SECRET).station == NODE

    @pytest.mark.parametrize(
        "text", [b"", b"5551234", b"02-00-00-00-00", b"02-00-00-00-00-07-08", b"02-00-00-00-00-0g"]
    )
    def test_may_tell_of_a_station_without_an_address(self, text: bytes) -> None:
        request = read_request(accounting(station=text), SECRET)
        assert request.station is None

    @pytest.mark.rfc("2866 §4.2")
    def test_is_answered_with_an_authenticator_over_its_own(self) -> None:
        datagram = accounting()
        answer = read_request(datagram, SECRET).answer
        code, number, length = answer[0], answer[1], int.from_bytes(answer[2:4])
        assert (code, number, length) == (5, 9, len(answer))
        digest = hashlib.md5(answer[:4] + datagram[4:20] + answer[20:] + SECRET).digest()
        assert answer[4:20] == digest

    @pytest.mark.rfc("2866 §5.2")
    def test_tells_how_late_it_is(self) -> None:
        assert read_request(accounting(), SECRET).delay_s == 0
        late = attribute(40, bytes((0, 0, 0, 1))) + attribute(41, bytes((0, 0, 0, 9)))
        assert read_request(signed(4, late), SECRET).delay_s == 9

    @pytest.mark.rfc("2865 §5.33")
    def test_has_what_proxies_added_in_its_answer(self) -> None:
        state = attribute(33, b"one") + attribute(33, b"two")
        answer = read_request(signed(4, attribute(40, bytes((0, 0, 0, 1))) + state), SECRET).answer
        assert answer[20:] == state

    @pytest.mark.rfc("5997 §4.2")
    def test_for_our_state_is_answered_and_says_nothing(self) -> None:
        question = pyrad.AcctPacket(code=pyrad.StatusServer, secret=SECRET)
        request = read_request(question.RequestPacket(), SECRET)
        assert (request.status, request.station) == (None, None)
        assert request.answer[0] == pyrad.AccountingResponse


class TestRequestThatIsDiscarded:
    @pytest.mark.rfc("2866 §4.1")
    @pytest.mark.parametrize("octet", [1, 4, 19, 25, 40])
    def test_was_changed_on_the_way(self, octet: int) -> None:
        datagram = bytearray(accounting())
        datagram[octet] ^= 1
        assert reason_of(bytes(datagram)) is AccountingDrop.BAD_AUTHENTICATOR

    def test_was_made_with_another_secret(self) -> None:
        assert reason_of(signed(4, b"", b"other")) is AccountingDrop.BAD_AUTHENTICATOR

    @pytest.mark.parametrize("datagram", [b"", b"\x04", accounting()[:30], signed(4, b"\x1f")])
    def test_is_cut_short(self, datagram: bytes) -> None:
        assert reason_of(datagram) is AccountingDrop.MALFORMED

    @pytest.mark.parametrize("code", [1, 2, 5, 40, 43])
    def test_is_of_another_kind(self, code: int) -> None:
        assert reason_of(signed(code, b"")) is AccountingDrop.MALFORMED

    @given(st.binary(max_size=200))
    def test_may_be_any_noise(self, noise: bytes) -> None:
        assert reason_of(noise) in AccountingDrop

    @given(st.sampled_from([4, 12]), st.binary(max_size=200))
    def test_may_be_noise_that_somebody_signed(self, code: int, noise: bytes) -> None:
        try:
            request = read_request(signed(code, noise), SECRET)
        except RadiusError as refusal:
            assert refusal.reason in AccountingDrop
        else:
            assert request.answer[0] == pyrad.AccountingResponse


def client(number: int, link: str = "access0") -> RadiusClient:
    address = IPv6Address("2001:db8::") + number
    return RadiusClient(address=address, link=link, secret_file="/none")


ONE, TWO, ELSEWHERE = client(1), client(2), client(3, "access1")


def told(
    status: AccountingStatus, session: bytes = b"s1", station: LinkLayerAddress | None = NODE
) -> AccountingRequest:
    return AccountingRequest(status=status, station=station, session=session, answer=b"")


def seen(link: str = "access0", station: LinkLayerAddress = NODE) -> NodeSeen:
    source = AttachSource.RADIUS_ACCOUNTING
    return NodeSeen(link=link, link_layer_address=station, source=source)


def lost(link: str = "access0", station: LinkLayerAddress = NODE) -> NodeLost:
    source = AttachSource.RADIUS_ACCOUNTING
    return NodeLost(link=link, link_layer_address=station, source=source)


class TestSessions:
    def test_begin_go_on_and_end(self) -> None:
        sessions = Sessions()
        news = [list(sessions.take(ONE, told(each))) for each in (START, INTERIM, STOP)]
        assert news == [[seen()], [seen()], [lost()]]

    @pytest.mark.parametrize("status", [INTERIM, STOP])
    def test_that_began_before_we_did_count(self, status: AccountingStatus) -> None:
        (event,) = Sessions().take(ONE, told(status))
        assert event == (seen() if status is INTERIM else lost())

    @pytest.mark.parametrize("new", [TWO, ELSEWHERE])
    @pytest.mark.parametrize("late", [INTERIM, STOP])
    def test_that_a_station_has_left_for_another_server_count_no_more(
        self, new: RadiusClient, late: AccountingStatus
    ) -> None:
        sessions = Sessions()
        list(sessions.take(ONE, told(START)))
        assert list(sessions.take(new, told(START, b"s2"))) == [seen(new.link)]
        assert list(sessions.take(ONE, told(late))) == []
        assert list(sessions.take(new, told(STOP, b"s2"))) == [lost(new.link)]

    def test_of_one_server_are_told_apart_by_their_identifiers(self) -> None:
        sessions = Sessions()
        list(sessions.take(ONE, told(START, b"s1")))
        list(sessions.take(ONE, told(START, b"s2")))
        assert list(sessions.take(ONE, told(STOP, b"s1"))) == []

    @pytest.mark.rfc("2866 §5.1")
    @pytest.mark.parametrize(
        "status", [AccountingStatus.ACCOUNTING_ON, AccountingStatus.ACCOUNTING_OFF]
    )
    def test_of_a_server_that_begins_or_ends_its_work_are_over(
        self, status: AccountingStatus
    ) -> None:
        sessions = Sessions()
        other = LinkLayerAddress(bytes.fromhex("020000000008"))
        list(sessions.take(ONE, told(START)))
        list(sessions.take(TWO, told(START, station=other)))
        assert list(sessions.take(ONE, told(status, station=None))) == [lost()]
        assert list(sessions.take(TWO, told(INTERIM, station=other))) == [seen(station=other)]

    def test_without_a_station_or_of_unknown_status_say_nothing(self) -> None:
        sessions = Sessions()
        assert list(sessions.take(ONE, told(START, station=None))) == []
        request = AccountingRequest(status=15, station=NODE, session=b"", answer=b"")
        assert list(sessions.take(ONE, request)) == []

    def test_are_forgotten_the_oldest_first_where_there_are_too_many(self) -> None:
        sessions = Sessions()
        for number in range(MOST_SESSIONS + 1):
            station = LinkLayerAddress(number.to_bytes(6))
            list(sessions.take(ONE, told(START, b"s1", station)))
        first, second = (LinkLayerAddress(number.to_bytes(6)) for number in range(2))
        assert list(sessions.take(ONE, told(STOP, b"s2", second))) == []
        assert list(sessions.take(ONE, told(STOP, b"s2", first))) == [lost(station=first)]


class TestSessionThatIsOver:
    """Messages overtake each other, and who missed an answer repeats them (RFC 2866 §2)."""

    def over(self) -> Sessions:
        sessions = Sessions()
        list(sessions.take(ONE, told(START)))
        assert list(sessions.take(ONE, told(STOP))) == [lost()]
        return sessions

    @pytest.mark.parametrize("late", [INTERIM, STOP])
    def test_has_no_more_to_say(self, late: AccountingStatus) -> None:
        assert list(self.over().take(ONE, told(late))) == []

    @pytest.mark.rfc("2866 §5.2")
    def test_does_not_begin_by_a_start_that_was_delayed(self) -> None:
        assert list(self.over().take(ONE, replace(told(START), delay_s=3))) == []

    def test_may_begin_anew_where_a_server_counts_sessions_from_the_start(self) -> None:
        assert list(self.over().take(ONE, told(START))) == [seen()]

    def test_is_followed_by_the_next_one(self) -> None:
        assert list(self.over().take(ONE, replace(told(START, b"s2"), delay_s=3))) == [seen()]

    def test_is_not_ended_again_by_the_end_of_its_server(self) -> None:
        off = told(AccountingStatus.ACCOUNTING_OFF, station=None)
        assert list(self.over().take(ONE, off)) == []


class TestCommit:
    def test_of_another_secret_file_ends_no_session(self) -> None:
        sessions = Sessions()
        list(sessions.take(ONE, told(START)))
        assert list(sessions.take(replace(ONE, secret_file="/other"), told(STOP))) == [lost()]

    def test_of_another_link_lets_stations_go_from_where_they_were(self) -> None:
        sessions = Sessions()
        list(sessions.take(ONE, told(START)))
        assert list(sessions.take(replace(ONE, link="access1"), told(STOP))) == [lost("access0")]


class TestRepetitions:
    SENDER = ("192.0.2.5", 49152)

    @pytest.mark.rfc("2866 §4.1")
    def test_are_requests_with_the_identifier_and_authenticator_of_one_before(self) -> None:
        repetitions, datagram = Repetitions(), accounting()
        assert repetitions.is_new(datagram, self.SENDER)
        assert not repetitions.is_new(datagram, self.SENDER)
        assert repetitions.is_new(accounting(STOP), self.SENDER)

    def test_are_of_one_sender_and_port(self) -> None:
        repetitions, datagram = Repetitions(), accounting()
        repetitions.is_new(datagram, self.SENDER)
        assert repetitions.is_new(datagram, ("192.0.2.5", 49153))
        assert repetitions.is_new(datagram, ("192.0.2.6", 49152))

    def test_are_forgotten_the_oldest_first(self) -> None:
        repetitions, datagram = Repetitions(), accounting()
        for port in range(MOST_REQUESTS + 1):
            repetitions.is_new(datagram, ("192.0.2.5", port))
        assert repetitions.is_new(datagram, ("192.0.2.5", 0))
        assert not repetitions.is_new(datagram, ("192.0.2.5", MOST_REQUESTS))
