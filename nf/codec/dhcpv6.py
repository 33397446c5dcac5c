"""DHCPv6 messages between client and server: octets to values and back (RFC 8415 §8).

Only the shape is judged here: which options a message of a type must or must not have is said in
RFC 8415 §16 and is the delegating router's affair.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from nf.codec import dhcpv6_options as options
from nf.codec.dhcpv6_messages import DhcpMessage, DhcpMessageType, IaNa, IaPd
from nf.codec.dhcpv6_option_area import (
    DhcpOptionCode,
    DhcpOptionReader,
    dhcp_error,
    write_option,
)
from nf.codec.errors import EncodeError, RejectReason
from nf.codec.fields import unsigned

_HEADER_SIZE: Final = 4
_TRANSACTION_ID: Final = slice(1, 4)
_TYPES: Final = {int(message_type): message_type for message_type in DhcpMessageType}
_CODE = DhcpOptionCode
#: Options that have a field of the message; those inside an IA are strangers at its top.
_FIELD_CODES: Final = frozenset(DhcpOptionCode) - {DhcpOptionCode.IAADDR, DhcpOptionCode.IAPREFIX}

_Ia = TypeVar("_Ia", IaPd, IaNa)


def decode_dhcp_message(data: bytes) -> DhcpMessage:
    """Return the message of a UDP payload.

    +--------+---------------------+-----------+
    |  type  |  transaction id, 3  |  options  |
    +--------+---------------------+-----------+

    RFC 8415 §16: options that we do not know stay in ``other_options``. Messages of relay agents
    have another form and another home.

    Raises DecodeError, whatever the octets are, and nothing else.
    """
    if len(data) < _HEADER_SIZE:
        raise dhcp_error(RejectReason.TRUNCATED, len(data), "transaction-id", "8")
    message_type = _TYPES.get(data[0])
    if message_type is None:
        raise dhcp_error(RejectReason.UNKNOWN_MESSAGE_TYPE, 0, "msg-type", "16")
    found = DhcpOptionReader(data, _HEADER_SIZE, len(data))
    return DhcpMessage(
        message_type=message_type,
        transaction_id=int.from_bytes(data[_TRANSACTION_ID]),
        client_duid=found.single(_CODE.CLIENTID, options.read_duid),
        server_duid=found.single(_CODE.SERVERID, options.read_duid),
        ia_pds=found.repeated(_CODE.IA_PD, _once_per_iaid(options.read_ia_pd, "21.21")),
        ia_nas=found.repeated(_CODE.IA_NA, _once_per_iaid(options.read_ia_na, "21.4")),
        option_request=found.single(_CODE.ORO, options.read_option_request) or (),
        elapsed_time_cs=found.single(_CODE.ELAPSED_TIME, options.read_elapsed_time),
        preference=found.single(_CODE.PREFERENCE, options.read_preference),
        status=found.single(_CODE.STATUS_CODE, options.read_status),
        rapid_commit=bool(found.single(_CODE.RAPID_COMMIT, options.read_flag)),
        reconfigure_accept=bool(found.single(_CODE.RECONF_ACCEPT, options.read_flag)),
        sol_max_rt_s=found.single(_CODE.SOL_MAX_RT, options.read_sol_max_rt),
        other_options=found.others(),
    )


def encode_dhcp_message(message: DhcpMessage) -> bytes:
    """Return a message's octets, its options in one order: identifiers, status, the rest.

    Raises EncodeError for a value that has no place on the wire, and for an option among
    ``other_options`` that has a field of its own.
    """
    _check_iaids(message.ia_pds)
    _check_iaids(message.ia_nas)
    transaction_id = unsigned(message.transaction_id, 24, "transaction-id").to_bytes(3)
    return b"".join(
        (
            bytes((message.message_type,)) + transaction_id,
            _write_duid(_CODE.CLIENTID, message.client_duid),
            _write_duid(_CODE.SERVERID, message.server_duid),
            options.write_status(message.status),
            options.write_number(_CODE.PREFERENCE, message.preference, 1),
            options.write_number(_CODE.ELAPSED_TIME, message.elapsed_time_cs, 2),
            options.write_flag(_CODE.RAPID_COMMIT, message.rapid_commit),
            options.write_flag(_CODE.RECONF_ACCEPT, message.reconfigure_accept),
            options.write_option_request(message.option_request),
            *(options.write_ia_na(ia) for ia in message.ia_nas),
            *(options.write_ia_pd(ia) for ia in message.ia_pds),
            options.write_sol_max_rt(message.sol_max_rt_s),
            _write_others(message),
        )
    )


def _check_iaids(ias: tuple[IaPd, ...] | tuple[IaNa, ...]) -> None:
    if len({ia.iaid for ia in ias}) < len(ias):
        raise EncodeError("two identity associations have one IAID")


def _write_duid(code: DhcpOptionCode, duid: bytes | None) -> bytes:
    return b"" if duid is None else options.write_duid(code, duid)


def _write_others(message: DhcpMessage) -> bytes:
    for option in message.other_options:
        if option.code in _FIELD_CODES:
            raise EncodeError(f"option {option.code} has a field of its own")
    return b"".join(write_option(option.code, option.data) for option in message.other_options)


def _once_per_iaid(
    read: Callable[[bytes, int, int], _Ia], section: str
) -> Callable[[bytes, int, int], _Ia]:
    """Return a reading function that refuses an IAID which it has met before."""
    met: set[int] = set()

    def read_once(octets: bytes, start: int, end: int) -> _Ia:
        ia = read(octets, start, end)
        if ia.iaid in met:
            raise dhcp_error(RejectReason.DUPLICATE_OPTION, start, "IAID", section)
        met.add(ia.iaid)
        return ia

    return read_once
