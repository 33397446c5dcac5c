"""Octets of RFC 5846, 5847, 6463, 7077 and 8127 that are no message, values that have none."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pytest

from nf.codec.errors import DecodeError, EncodeError, RejectReason
from nf.codec.messages import (
    BindingRevocationIndication,
    Heartbeat,
    LmaControlledParameters,
    MobilityMessage,
    ProxyBindingAcknowledgement,
    ProxyBindingUpdate,
    SequenceNumber,
    UnknownOption,
)
from nf.codec.mobility import decode_mobility_message, encode_mobility_message
from tests.codec.vectors import ACKNOWLEDGEMENT, UPDATE, VECTORS, Vector, acknowledgement, update
from tests.codec.vectors_signalling import (
    HEARTBEAT_CONTROL,
    INDICATION,
    LOAD,
    NOTIFICATION,
    NOTIFIED,
    REQUEST,
    REREGISTRATION,
    RESPONSE,
    REVOKED,
    SIGNALLING_VECTORS,
    heartbeat,
    revocation,
)

_LENGTH = RejectReason.BAD_OPTION_LENGTH
_TWICE = RejectReason.DUPLICATE_OPTION
_HEADER = RejectReason.BAD_HEADER_LENGTH
_VALUE = RejectReason.BAD_VALUE
ADDRESS: Final = "20010db8000f00000000000000000002"
CONTROL: Final = "0206 003c 0005 0003"

#: Intent, octets, reason, offset, field.
MALFORMED: Final = (
    ("a Heartbeat too short", "3b00 0d00 0000 0000", _HEADER, 1, "Header Len"),
    ("a Binding Revocation too short", "3b00 1000 0000 0101", _HEADER, 1, "Header Len"),
    ("a UPN too short", "3b00 1300 0000 0001", _HEADER, 1, "Header Len"),
    ("a UPA too short", "3b00 1400 0000 0001", _HEADER, 1, "Header Len"),
    ("revocation type 0", revocation(1, "00 00", "0102 0000"), _VALUE, 6, "B.R. Type"),
    ("revocation type 3", revocation(1, "03 00", "0102 0000"), _VALUE, 6, "B.R. Type"),
    ("revocation type 255", revocation(1, "ff 00", "0102 0000"), _VALUE, 6, "B.R. Type"),
    (
        "option 28 of 2 octets",
        heartbeat(1, "0001", "1c02 0007"),
        _LENGTH,
        13,
        "Option Length",
    ),
    (
        "option 28 twice",
        heartbeat(2, "0001", "1c04 0000 0007 1c04 0000 0007"),
        _TWICE,
        18,
        "Option Type",
    ),
    ("a BRI with option 8 twice", revocation(2, "01 01", "0802 0131 0802 0132 0102 0000"), _TWICE,
     16, "Option Type"),
    ("a BRA with option 22 of 2 octets", revocation(1, "02 00", "1602 0040"), _LENGTH, 13,
     "Option Length"),
    ("a UPN with option 22 of 129 bits", "3b03 1300 0000 0001 0001 8000 1612 0081" + ADDRESS,
     _VALUE, 15, "Prefix Length"),
    ("a UPA with an option that ends after it", "3b01 1400 0000 0001 0000 0000 0803 0131", _LENGTH,
     13, "Option Length"),
    ("option 46 of 1 octet", update(1, "2e01 0000"), _LENGTH, 13, "Option Length"),
    ("option 46 twice", update(2, "2e02 0000 2e02 0000 0102 0000"), _TWICE, 16, "Option Type"),
    ("option 47 of 10 octets", acknowledgement(2, "2f0a 8000" + ADDRESS[:16]), _LENGTH, 13,
     "Option Length"),
    ("option 47, K and 6 octets", acknowledgement(2, "2f06 8000 c000 0201 0102 0000"), _LENGTH, 13,
     "Option Length"),
    ("option 47, N and 18 octets", acknowledgement(3, "2f12 4000" + ADDRESS), _LENGTH, 13,
     "Option Length"),
    ("option 47, K and N and 18 octets", acknowledgement(3, "2f12 c000" + ADDRESS), _LENGTH, 13,
     "Option Length"),
    ("option 47, K and N and 6 octets", acknowledgement(2, "2f06 c000 c000 0201 0102 0000"),
     _LENGTH, 13, "Option Length"),
    ("option 47, neither flag", acknowledgement(3, "2f12 0000" + ADDRESS), _LENGTH, 13,
     "Option Length"),
    ("option 47 twice", acknowledgement(6, ("2f12 8000" + ADDRESS) * 2 + "0102 0000"), _TWICE, 32,
     "Option Type"),
    ("option 48 of 16 octets", acknowledgement(3, "3010" + ADDRESS + "0100"), _LENGTH, 13,
     "Option Length"),
    ("option 48 twice", acknowledgement(6, ("3012 0000" + ADDRESS) * 2 + "0102 0000"), _TWICE, 32,
     "Option Type"),
    ("option 62 without sub-option", acknowledgement(1, "3e00 0100"), _LENGTH, 13,
     "Option Length"),
    ("option 62 of 1 octet", acknowledgement(1, "3e01 0100"), _LENGTH, 13, "Option Length"),
    ("option 62 twice", acknowledgement(3, f"3e08 {CONTROL} 3e08 {CONTROL}"), _TWICE, 22,
     "Option Type"),
    ("a sub-option twice", acknowledgement(3, f"3e10 {CONTROL} {CONTROL} 0100"), _TWICE,
     22, "LCMP Type"),
    ("sub-option 2 of 4 octets", acknowledgement(2, "3e06 0204 003c 0005 0102 0000"), _LENGTH, 15,
     "LCMP Length"),
    ("sub-option 1 of 7 octets", acknowledgement(2, "3e09 0107 003c 0005 0003 00 00"), _LENGTH, 15,
     "LCMP Length"),
    ("a sub-option that ends after its option", acknowledgement(2, f"3e07 {CONTROL} 0000"), _LENGTH,
     15, "LCMP Length"),
    ("a sub-option's type at the very end", acknowledgement(2, f"3e09 {CONTROL} 01 00"),
     RejectReason.TRUNCATED, 23, "LCMP Length"),
)  # fmt: skip


@pytest.mark.rfc("5846 §5.1", "5847 §3.4", "6463 §4.2", "8127 §3")
@pytest.mark.parametrize(
    ("octets", "reason", "offset", "field"),
    [row[1:] for row in MALFORMED],
    ids=[row[0] for row in MALFORMED],
)
def test_a_malformed_message_is_refused_with_reason_and_place(
    octets: str, reason: RejectReason, offset: int, field: str
) -> None:
    with pytest.raises(DecodeError) as refused:
        decode_mobility_message(bytes.fromhex(octets))
    error = refused.value
    assert (error.reason, error.offset, error.field) == (reason, offset, field)
    assert error.section.startswith("RFC ")


def test_no_case_of_the_table_stands_twice() -> None:
    assert (
        len({row[0] for row in MALFORMED}) == len({row[1] for row in MALFORMED}) == len(MALFORMED)
    )


@pytest.mark.parametrize(
    "vector", VECTORS + SIGNALLING_VECTORS, ids=lambda vector: str(vector.intent)
)
def test_a_message_cut_at_any_octet_is_truncated_there(vector: Vector) -> None:
    for size in range(len(vector.octets)):
        with pytest.raises(DecodeError) as refused:
            decode_mobility_message(vector.octets[:size])
        assert (refused.value.reason, refused.value.offset) == (RejectReason.TRUNCATED, size)


@pytest.mark.parametrize(
    "vector", VECTORS + SIGNALLING_VECTORS, ids=lambda vector: str(vector.intent)
)
def test_a_message_whose_options_are_cut_at_any_octet_decodes_or_is_refused(vector: Vector) -> None:
    """Cut octets are replaced by Pad1, so that the header stays whole."""
    octets = vector.octets
    for size in range(12, len(octets)):
        try:
            message = decode_mobility_message(octets[:size] + bytes(len(octets) - size))
        except DecodeError as refused:
            assert 12 <= refused.offset <= len(octets)
        else:
            assert decode_mobility_message(encode_mobility_message(message)) == message


def parameters(**control: int) -> MobilityMessage:
    """Return a PBA with both sub-options, some numbers of theirs replaced."""
    first = {key: value for key, value in control.items() if hasattr(REREGISTRATION, key)}
    second = {key: value for key, value in control.items() if hasattr(HEARTBEAT_CONTROL, key)}
    both = LmaControlledParameters(
        reregistration=replace(REREGISTRATION, **first),
        heartbeat=replace(HEARTBEAT_CONTROL, **second),
    )
    return replace(ACKNOWLEDGEMENT, lma_controlled_parameters=both)


def load(**numbers: int) -> MobilityMessage:
    return replace(ACKNOWLEDGEMENT, load_information=replace(LOAD, **numbers))


def unknown(
    message: ProxyBindingUpdate
    | ProxyBindingAcknowledgement
    | BindingRevocationIndication
    | Heartbeat,
    kind: int,
    data: str,
) -> MobilityMessage:
    option = UnknownOption(type=kind, data=bytes.fromhex(data))
    return replace(message, unknown_options=(option,))


U16: Final = 1 << 16
U32: Final = 1 << 32
#: Intent, message, what the error says.
UNSENDABLE: Final[tuple[tuple[str, MobilityMessage, str], ...]] = (
    ("heartbeat 1 << 32", replace(REQUEST, sequence_number=U32), "Sequence Number"),
    ("restart counter -1", replace(RESPONSE, restart_counter=-1), "Restart Counter"),
    ("restart counter 1 << 32", replace(RESPONSE, restart_counter=U32), "Restart Counter"),
    ("a request that counts restarts", replace(REQUEST, restart_counter=7), "request has no"),
    ("a counter among the unknown", unknown(RESPONSE, 28, "00000007"), "not unknown"),
    ("trigger 256", replace(INDICATION, trigger=256), "Revocation Trigger"),
    ("BRI 65536", replace(INDICATION, sequence_number=SequenceNumber(U16)), "Sequence"),
    ("BRA 65536", replace(REVOKED, sequence_number=SequenceNumber(U16)), "Sequence"),
    ("BRA status 256", replace(REVOKED, status=256), "Status"),
    ("an address among a BRI's unknown", unknown(INDICATION, 3, "00" * 16), "not unknown"),
    ("UPN 65536", replace(NOTIFICATION, sequence_number=SequenceNumber(U16)), "Sequence"),
    ("reason 65536", replace(NOTIFICATION, reason=U16), "Notification Reason"),
    ("UPA -1", replace(NOTIFIED, sequence_number=SequenceNumber(-1)), "Sequence"),
    ("UPA status 256", replace(NOTIFIED, status=256), "Status Code"),
    ("a capability among the unknown", unknown(UPDATE, 46, "0000"), "not unknown"),
    ("a redirect among the unknown", unknown(ACKNOWLEDGEMENT, 47, "00" * 18), "not unknown"),
    ("priority 65536", load(priority=U16), "Priority"),
    ("too many sessions in use", load(sessions_in_use=U32), "Sessions in Use"),
    ("too many sessions at most", load(maximum_sessions=U32), "Maximum Sessions"),
    ("too much capacity used", load(used_capacity=U32), "Used Capacity"),
    ("too much capacity at most", load(maximum_capacity=U32), "Maximum Capacity"),
    (
        "parameters without sub-option",
        replace(ACKNOWLEDGEMENT, lma_controlled_parameters=LmaControlledParameters()),
        "without a sub-option",
    ),
    ("a start of 3 s", parameters(reregistration_start_s=3), "no multiple of 4"),
    ("a start of 65536 units", parameters(reregistration_start_s=4 * U16), "Start-Time"),
    ("a first delay too long", parameters(initial_retransmission_s=U16), "Initial-Retransmission"),
    ("a last delay too long", parameters(maximum_retransmission_s=U16), "Maximum-Retransmission"),
    ("an interval too long", parameters(interval_s=U16), "HB-Interval"),
    ("a delay before zero", parameters(retransmission_delay_s=-1), "HB-Retransmission-Delay"),
    ("too many repetitions", parameters(maximum_retransmissions=U16), "HB-Max-Retransmissions"),
)


@pytest.mark.parametrize(
    ("message", "words"), [row[1:] for row in UNSENDABLE], ids=[row[0] for row in UNSENDABLE]
)
def test_a_value_without_place_on_the_wire_is_refused(message: MobilityMessage, words: str) -> None:
    with pytest.raises(EncodeError, match=words):
        encode_mobility_message(message)
