"""tshark sees what we meant in messages that manage bindings, as far as it knows them.

It does not know RFC 7077 nor RFC 8127; the tests say what it makes of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv6Address, IPv6Network
from itertools import product
from pathlib import Path
from typing import Any, Final

import pytest

from nf.codec.messages import (
    ALL_ZERO_PREFIX,
    BindingRevocationAcknowledgement,
    BindingRevocationIndication,
    LmaControlledParameters,
    MobileNetworkPrefix,
    MobileNodeIdentifier,
    MobilityMessage,
    SequenceNumber,
    Timestamp,
)
from nf.codec.mobility import encode_mobility_message
from nf.codec.registry import RevocationStatus, RevocationTrigger
from tests.codec.packets import MOBILITY, fields, ipv6_packet, one, seen, troubled
from tests.codec.vectors import ACKNOWLEDGEMENT, UPDATE
from tests.codec.vectors_signalling import (
    HEARTBEAT_CONTROL,
    INDICATION,
    LOAD,
    NODE,
    NOTIFICATION,
    NOTIFIED,
    PREFIXES,
    REQUEST,
    REREGISTRATION,
    RESPONSE,
    REVOKED,
)

PARAMETERS: Final = LmaControlledParameters(
    reregistration=REREGISTRATION, heartbeat=HEARTBEAT_CONTROL
)
#: What engines put into a message, field by field: nothing, or values of each kind.
NAMES: Final[dict[str, tuple[object, ...]]] = {
    "mobile_node_identifier": (None, NODE, MobileNodeIdentifier("router17@example.net")),
    "home_network_prefixes": ((), PREFIXES, (*PREFIXES, IPv6Network("2001:db8:2::/64"))),
}
SESSION: Final[dict[str, tuple[object, ...]]] = {
    "mobile_node_identifier": (NODE, MobileNodeIdentifier("router17@example.net")),
    "home_network_prefixes": ((ALL_ZERO_PREFIX,), (*PREFIXES, IPv6Network("2001:db8:2::/64"))),
    "mobile_network_prefixes": (
        (),
        (MobileNetworkPrefix(prefix=ALL_ZERO_PREFIX, is_request=True),),
        (MobileNetworkPrefix(prefix=IPv6Network("2001:db8:a100::/56")),),
    ),
    "delegated_mobile_network_prefixes": ((), (IPv6Network("2001:db8:a200::/56"),)),
    "handoff_indicator": (4,),
    "access_technology_type": (4,),
    "mobile_node_link_layer_identifier": (None, bytes.fromhex("020000000001")),
    "link_local_address": (None, IPv6Address("fe80::1")),
    "timestamp": (None, Timestamp(1_700_000_000 << 16)),
}
KINDS: Final[tuple[tuple[MobilityMessage, dict[str, tuple[object, ...]]], ...]] = (
    (
        UPDATE,
        SESSION
        | {
            "mobile_router": (False, True),
            "alternate_care_of_address": (None, IPv6Address("2001:db8:f::11")),
            "redirect_capability": (False, True),
        },
    ),
    (
        ACKNOWLEDGEMENT,
        SESSION
        | {
            "redirect": (None, IPv6Address("2001:db8:f::2")),
            "load_information": (None, LOAD),
            "lma_controlled_parameters": (
                None,
                LmaControlledParameters(reregistration=REREGISTRATION),
                PARAMETERS,
            ),
        },
    ),
    (REQUEST, {}),
    (RESPONSE, {"is_unsolicited": (False, True), "restart_counter": (None, 0, 7)}),
    (
        INDICATION,
        NAMES
        | {
            "trigger": tuple(RevocationTrigger),
            "is_global": (False, True),
            "alternate_care_of_address": (None, IPv6Address("2001:db8:f::11")),
        },
    ),
    (REVOKED, NAMES | {"status": tuple(RevocationStatus), "is_global": (False, True)}),
    (NOTIFICATION, NAMES | {"is_retransmission": (False, True)}),
    (NOTIFIED, NAMES | {"status": (0, 128, 129)}),
)


def combinations() -> Iterator[MobilityMessage]:
    """Yield messages of every kind with every combination of what engines put there."""
    for message, choices in KINDS:
        for values in product(*choices.values()):
            chosen: dict[str, Any] = dict(zip(choices, values, strict=True))
            yield replace(message, **chosen)


def test_tshark_complains_about_no_combination_of_options(tmp_path: Path) -> None:
    packets = [ipv6_packet(MOBILITY, encode_mobility_message(each)) for each in combinations()]
    assert len(packets) > 2000
    assert troubled(tmp_path, packets) == {}


def test_tshark_tells_which_packet_is_broken(tmp_path: Path) -> None:
    right = ipv6_packet(MOBILITY, encode_mobility_message(REQUEST))
    wrong = ipv6_packet(MOBILITY, bytes.fromhex("3b01 0500 0000 0001 8200 0001 1b08 0000"))
    assert troubled(tmp_path, [right, wrong, right]).keys() == {1}


@pytest.mark.rfc("5847 §3.3")
class TestHeartbeat:
    NAMES = ("mip6.mhtype", "mip6.hb.u_flag", "mip6.hb.r_flag", "mip6.hb.seqnr")

    def test_a_request(self, tmp_path: Path) -> None:
        layers = seen(tmp_path, replace(REQUEST, sequence_number=0xFFFFFFFE))
        assert one(layers, *self.NAMES) == ("13", "0", "0", "4294967294")
        assert fields(layers, "mip6.rc") == []

    def test_a_response(self, tmp_path: Path) -> None:
        layers = seen(tmp_path, replace(RESPONSE, restart_counter=1767225600))
        assert one(layers, *self.NAMES, "mip6.rc") == ("13", "0", "1", "1", "1767225600")

    def test_an_unsolicited_response(self, tmp_path: Path) -> None:
        message = replace(RESPONSE, sequence_number=0, is_unsolicited=True, restart_counter=8)
        expected = ("13", "1", "1", "0", "8")
        assert one(seen(tmp_path, message), *self.NAMES, "mip6.rc") == expected


@pytest.mark.rfc("5846 §5.1", "5846 §5.2")
class TestBindingRevocation:
    INDICATION_FLAGS = ("mip6.bri_ip", "mip6.bri_iv", "mip6.bri_ig")
    ACKNOWLEDGEMENT_FLAGS = ("mip6.bri_ap", "mip6.bri_av", "mip6.bri_ag")
    FLAGS = pytest.mark.parametrize(
        ("flag", "expected"),
        [
            ("proxy_binding", ("1", "0", "0")),
            ("ipv4_home_address_only", ("0", "1", "0")),
            ("is_global", ("0", "0", "1")),
        ],
    )

    def test_an_indication(self, tmp_path: Path) -> None:
        message = replace(
            INDICATION,
            trigger=RevocationTrigger.REVOKING_MOBILITY_NODE_LOCAL_POLICY,
            sequence_number=SequenceNumber(4711),
            mobile_node_identifier=NODE,
            home_network_prefixes=PREFIXES,
            alternate_care_of_address=IPv6Address("2001:db8:f::11"),
        )
        layers = seen(tmp_path, message)
        fixed = ("mip6.mhtype", "mip6.bri_br.type", "mip6.bri_r.trigger", "mip6.bri_seqnr")
        assert one(layers, *fixed) == ("16", "1", "129", "4711")
        options = ("mip6.mnid.identifier", "mip6.nemo.mnp.mnp", "mip6.acoa.acoa")
        assert one(layers, *options) == ("mn1", "2001:db8:1::", "2001:db8:f::11")

    def test_an_acknowledgement(self, tmp_path: Path) -> None:
        message = replace(
            REVOKED,
            status=RevocationStatus.REVOCATION_TRIGGER_NOT_SUPPORTED,
            sequence_number=SequenceNumber(4711),
            mobile_node_identifier=NODE,
            home_network_prefixes=PREFIXES,
        )
        layers = seen(tmp_path, message)
        fixed = ("mip6.mhtype", "mip6.bri_br.type", "mip6.bri_status", "mip6.bri_seqnr")
        assert one(layers, *fixed) == ("16", "2", "133", "4711")
        options = ("mip6.mnid.identifier", "mip6.nemo.mnp.mnp", "mip6.nemo.mnp.pfl")
        assert one(layers, *options) == ("mn1", "2001:db8:1::", "64")

    @FLAGS
    def test_each_flag_of_an_indication(
        self, tmp_path: Path, flag: str, expected: tuple[str, ...]
    ) -> None:
        message = BindingRevocationIndication(
            trigger=0,
            sequence_number=SequenceNumber(1),
            proxy_binding=flag == "proxy_binding",
            ipv4_home_address_only=flag == "ipv4_home_address_only",
            is_global=flag == "is_global",
        )
        assert one(seen(tmp_path, message), *self.INDICATION_FLAGS) == expected

    @FLAGS
    def test_each_flag_of_an_acknowledgement(
        self, tmp_path: Path, flag: str, expected: tuple[str, ...]
    ) -> None:
        message = BindingRevocationAcknowledgement(
            status=0,
            sequence_number=SequenceNumber(1),
            proxy_binding=flag == "proxy_binding",
            ipv4_home_address_only=flag == "ipv4_home_address_only",
            is_global=flag == "is_global",
        )
        assert one(seen(tmp_path, message), *self.ACKNOWLEDGEMENT_FLAGS) == expected


@pytest.mark.rfc("6463 §4.1", "6463 §4.2", "6463 §4.3")
class TestRuntimeAssignment:
    def test_redirect_capability(self, tmp_path: Path) -> None:
        layers = seen(tmp_path, replace(UPDATE, redirect_capability=True))
        assert one(layers, "mip6.options.recap", "mip6.recap.reserved") == ("2e:02:00:00", "0x0000")
        assert fields(seen(tmp_path, UPDATE), "mip6.options.recap") == []

    def test_redirect(self, tmp_path: Path) -> None:
        layers = seen(tmp_path, replace(ACKNOWLEDGEMENT, redirect=IPv6Address("2001:db8:f::2")))
        names = ("mip6.redir.k", "mip6.redir.n", "mip6.redir.addr_r2lma_ipv6")
        assert one(layers, *names) == ("1", "0", "2001:db8:f::2")

    def test_load_information(self, tmp_path: Path) -> None:
        layers = seen(tmp_path, replace(ACKNOWLEDGEMENT, load_information=LOAD))
        ends = "priority sessions_in_use maximum_sessions used_capacity maximum_capacity"
        names = tuple(f"mip6.load_inf.{end}" for end in ends.split())
        assert one(layers, *names) == ("2", "16", "4096", "32", "8192")


class TestWhatTsharkDoesNotKnow:
    @pytest.mark.rfc("7077 §4.1")
    def test_an_update_notification_is_data_of_an_unknown_type(self, tmp_path: Path) -> None:
        layers = seen(tmp_path, NOTIFICATION)
        names = ("mip6.mhtype", "mip6.unknown_type_data")
        assert one(layers, *names) == ("19", "00:01:00:01:80:00:01:02:00:00")

    @pytest.mark.rfc("7077 §4.2")
    def test_its_acknowledgement_is_data_of_an_unknown_type(self, tmp_path: Path) -> None:
        layers = seen(tmp_path, replace(NOTIFIED, status=128))
        names = ("mip6.mhtype", "mip6.unknown_type_data")
        assert one(layers, *names) == ("20", "00:01:80:00:00:00:01:02:00:00")

    @pytest.mark.rfc("8127 §3")
    def test_lma_controlled_parameters_are_an_option_not_dissected(self, tmp_path: Path) -> None:
        layers = seen(tmp_path, replace(ACKNOWLEDGEMENT, lma_controlled_parameters=PARAMETERS))
        names = ("mip6.mobility_opt", "_ws.expert.message")
        assert one(layers, *names) == ("62", "IE data not dissected yet")
