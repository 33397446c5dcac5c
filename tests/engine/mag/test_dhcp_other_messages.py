"""DHCPv6 messages that ask for no lease, and those that must be discarded."""

from __future__ import annotations

from ipaddress import IPv6Address

import pytest

from nf.codec.dhcpv6_messages import (
    DhcpMessage,
    DhcpMessageType,
    DhcpStatusCode,
    IaAddress,
    IaNa,
)
from nf.codec.errors import RejectReason
from nf.engine.effects import (
    SendDhcpMessage,
)
from nf.engine.events import AccessMessageRejected
from tests.engine.mag.bench import (
    CLIENT,
    FOREIGN,
    HNP,
    MAC,
    MNP,
    SERVER,
    STRANGE_MAC,
    Bench,
    codes,
    ia_pd,
    message,
    of,
    registered,
    reply_in,
    solicit,
)

TYPE = DhcpMessageType
ADDRESS_WANTED = IaNa(iaid=1)


class TestOtherMessages:
    @pytest.mark.rfc("8415 §18.3.8")
    def test_decline_gets_success_and_no_binding(self) -> None:
        declined = message(TYPE.DECLINE, ia_pd(MNP), ia_nas=(ADDRESS_WANTED,), server=SERVER)
        reply = reply_in(registered().dhcp(declined))
        assert reply.status is not None
        assert reply.status.code == DhcpStatusCode.SUCCESS
        assert codes(reply) == [DhcpStatusCode.NO_BINDING] * 2

    @pytest.mark.rfc("8415 §18.3.6")
    @pytest.mark.parametrize("client", [CLIENT, None])
    @pytest.mark.parametrize("server", [SERVER, None])
    def test_information_request_gets_a_reply_without_leases(
        self, client: bytes | None, server: bytes | None
    ) -> None:
        asked = message(TYPE.INFORMATION_REQUEST, client=client, server=server)
        reply = reply_in(Bench().dhcp(asked))
        assert reply == DhcpMessage(
            message_type=TYPE.REPLY,
            transaction_id=asked.transaction_id,
            client_duid=client,
            server_duid=SERVER,
        )

    @pytest.mark.rfc("8415 §18.3.3")
    @pytest.mark.parametrize(
        ("addresses", "code"),
        [
            ((HNP[1],), DhcpStatusCode.SUCCESS),
            ((HNP[1], FOREIGN[1]), DhcpStatusCode.NOT_ON_LINK),
        ],
    )
    def test_confirm_is_judged_by_the_home_network_prefix(
        self, addresses: tuple[IPv6Address, ...], code: DhcpStatusCode
    ) -> None:
        reply = reply_in(registered().dhcp(confirm(*addresses)))
        assert reply.status is not None
        assert reply.status.code == code

    @pytest.mark.rfc("8415 §18.3.3")
    def test_confirm_that_cannot_be_judged_gets_no_reply(self) -> None:
        assert registered().dhcp(confirm()) == []
        bench = Bench()
        assert of(SendDhcpMessage, bench.dhcp(confirm(HNP[1]))) == []
        assert bench.dropped() == {"dhcpv6-cannot-confirm": 1}


def confirm(*addresses: IPv6Address) -> DhcpMessage:
    asked = tuple(
        IaAddress(address=each, preferred_lifetime_s=0, valid_lifetime_s=0) for each in addresses
    )
    return message(TYPE.CONFIRM, ia_nas=(IaNa(iaid=1, addresses=asked),))


class TestInvalidMessage:
    @pytest.mark.rfc("8415 §16")
    @pytest.mark.parametrize(
        ("kind", "client", "server"),
        [
            (TYPE.SOLICIT, None, None),
            (TYPE.SOLICIT, CLIENT, SERVER),
            (TYPE.CONFIRM, CLIENT, SERVER),
            (TYPE.REBIND, CLIENT, SERVER),
            (TYPE.REQUEST, CLIENT, None),
            (TYPE.REQUEST, None, SERVER),
            (TYPE.RENEW, CLIENT, None),
            (TYPE.RELEASE, None, SERVER),
            (TYPE.DECLINE, CLIENT, None),
            (TYPE.INFORMATION_REQUEST, CLIENT, None),
            (TYPE.ADVERTISE, CLIENT, SERVER),
            (TYPE.REPLY, CLIENT, SERVER),
            (TYPE.RECONFIGURE, CLIENT, SERVER),
        ],
    )
    def test_is_dropped(self, kind: TYPE, client: bytes | None, server: bytes | None) -> None:
        bench = registered()
        assert bench.dhcp(message(kind, ia_pd(MNP), client=client, server=server)) == []
        assert bench.dropped() == {"dhcpv6-invalid": 1}

    @pytest.mark.rfc("8415 §16")
    @pytest.mark.parametrize("kind", [TYPE.REQUEST, TYPE.RENEW, TYPE.RELEASE, TYPE.DECLINE])
    def test_for_another_server_is_dropped(self, kind: TYPE) -> None:
        bench = registered()
        assert bench.dhcp(message(kind, ia_pd(MNP), server=b"\0\3\0\1other")) == []
        assert bench.dropped() == {"dhcpv6-other-server": 1}

    @pytest.mark.rfc("8415 §16.12")
    def test_information_request_for_another_server_is_dropped(self) -> None:
        bench = registered()
        assert bench.dhcp(message(TYPE.INFORMATION_REQUEST, server=b"\0\3\0\1other")) == []
        assert bench.dropped() == {"dhcpv6-other-server": 1}

    def test_from_a_global_address_is_dropped(self) -> None:
        bench = registered()
        assert bench.dhcp(solicit(), source=HNP[1]) == []
        assert bench.dropped() == {"dhcpv6-bad-source": 1}

    def test_of_an_unknown_node_is_dropped(self) -> None:
        bench = Bench()
        assert of(SendDhcpMessage, bench.dhcp(solicit(), mac=STRANGE_MAC)) == []
        assert bench.dropped() == {"not-attached": 1}

    def test_that_cannot_be_read_is_counted(self) -> None:
        bench = Bench()
        rejected = AccessMessageRejected(
            link="access0", link_layer_address=MAC, reason=RejectReason.TRUNCATED
        )
        assert bench.handle(rejected) == []
        assert bench.mag.statistics.rejected == {"truncated": 1}
