"""Why the LMA leaves a proxy binding update unanswered; the words of statistics and YANG."""

from __future__ import annotations

from enum import Enum


class DropReason(Enum):
    """The reasons for which the LMA ignores a message."""

    #: The message is not for the address of this LMA, or the role is off.
    NOT_OUR_ADDRESS = "not-our-address"
    #: A Binding Update without the P flag: Mobile IPv6 is not served here (RFC 5213 §5.3.1).
    NO_PROXY_REGISTRATION = "no-proxy-registration"
    #: A de-registration that no session fits (RFC 5213 §5.4.1).
    NO_SESSION = "no-session"
    #: A de-registration by another MAG than the serving one (RFC 5213 §5.3.5).
    NOT_THE_SERVING_MAG = "not-the-serving-mag"
