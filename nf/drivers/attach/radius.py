"""Accounting messages of network access servers, as values; no I/O (RFC 2866).

What a message says of its station is taken only from one whose authenticator shows the secret.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Final

from pyrad import packet as pyrad

from nf.engine.values import LinkLayerAddress

_CALLING_STATION_ID, _ACCT_STATUS_TYPE, _ACCT_DELAY_TIME, _ACCT_SESSION_ID = 31, 40, 41, 44
#: Six octets, with or without something between them or between pairs of them.
_STATION: Final = re.compile(rb"(?:[0-9A-Fa-f]{2}[-:.]?){5}[0-9A-Fa-f]{2}")


class AccountingStatus(IntEnum):
    """Values of Acct-Status-Type (RFC 2866 §5.1)."""

    START = 1
    STOP = 2
    INTERIM_UPDATE = 3
    ACCOUNTING_ON = 7
    ACCOUNTING_OFF = 8

    @classmethod
    def of_stations(cls) -> tuple[AccountingStatus, ...]:
        """Return those that are said of one station."""
        return cls.START, cls.STOP, cls.INTERIM_UPDATE


class AccountingDrop(Enum):
    """Why an accounting message has no effect; the words of YANG."""

    #: From an address that is no client's.
    UNKNOWN_CLIENT = "unknown-client"
    #: The file with the client's secret cannot be read, or is empty.
    NO_SECRET = "no-secret"
    #: Not made with the client's secret.
    BAD_AUTHENTICATOR = "bad-authenticator"
    #: No accounting message.
    MALFORMED = "malformed"
    #: Tells of no station that can be known by a link-layer address.
    NO_STATION = "no-station"


class RadiusError(Exception):
    """A message that is not answered."""

    def __init__(self, reason: AccountingDrop) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountingRequest:
    """A message that is authentic, and its answer."""

    #: One of AccountingStatus, another number, or None where there is none.
    status: int | None
    station: LinkLayerAddress | None
    session: bytes
    answer: bytes
    #: For how long the server has been trying to send this (RFC 2866 §5.2).
    delay_s: int = 0


def read_request(datagram: bytes, secret: bytes) -> AccountingRequest:
    """Return what a message says; raises RadiusError for one that must be discarded.

    RFC 2866 §3: the authenticator is a digest over message and secret. A Status-Server, by which
    a client finds out whether we are there, is answered likewise (RFC 5997 §4.2).
    """
    try:
        packet = pyrad.AcctPacket(packet=datagram, secret=secret)
    except pyrad.PacketError as fault:
        raise RadiusError(AccountingDrop.MALFORMED) from fault
    if packet.code not in (pyrad.AccountingRequest, pyrad.StatusServer):
        raise RadiusError(AccountingDrop.MALFORMED)
    if not packet.VerifyAcctRequest():
        raise RadiusError(AccountingDrop.BAD_AUTHENTICATOR)
    return AccountingRequest(
        status=_number(packet, _ACCT_STATUS_TYPE),
        station=_station(_first(packet, _CALLING_STATION_ID)),
        session=_first(packet, _ACCT_SESSION_ID),
        answer=packet.CreateReply().ReplyPacket(),
        delay_s=_number(packet, _ACCT_DELAY_TIME) or 0,
    )


def _first(packet: pyrad.AcctPacket, attribute: int) -> bytes:
    values: list[bytes] = packet.get(attribute, [b""])
    return values[0]


def _number(packet: pyrad.AcctPacket, attribute: int) -> int | None:
    value = _first(packet, attribute)
    return int.from_bytes(value) if value else None


def _station(text: bytes) -> LinkLayerAddress | None:
    """Return the address that a Calling-Station-Id names (RFC 2865 §5.31, RFC 3580 §3.21)."""
    if _STATION.fullmatch(text) is None:
        return None
    return LinkLayerAddress(bytes.fromhex(re.sub(r"[-:.]", "", text.decode())))
