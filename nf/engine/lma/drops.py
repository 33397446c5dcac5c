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
    #: A heartbeat response to no request that waits for one (RFC 5847 §3.1).
    UNMATCHED_HEARTBEAT = "unmatched-heartbeat"
    #: An answer to no update notification that waits for one (RFC 7077 §5.2).
    UNMATCHED_UPDATE_NOTIFICATION = "unmatched-update-notification"
    #: An update notification of ours that was given up without an answer (RFC 7077 §5.2).
    UPDATE_NOTIFICATION_UNANSWERED = "update-notification-unanswered"
    #: An acknowledgement to no registration that was redirected (RFC 6463 §5.3.2).
    UNMATCHED_REDIRECTION = "unmatched-redirection"
    #: A new session or handover beyond the rate of its MAG, or one of too many from strangers.
    RATE_LIMITED = "rate-limited"
    #: A revocation by a node that is no MAG of ours (RFC 5846 §8.2).
    UNKNOWN_PEER = "unknown-peer"
    #: An answer to no revocation that waits for one (RFC 5846 §6.2.2).
    UNMATCHED_REVOCATION = "unmatched-revocation"
    #: A registration by the MAG that is being told that the session is revoked (RFC 5846 §8.1).
    REVOCATION_IN_PROGRESS = "revocation-in-progress"
    #: The peer sent a Binding Error (RFC 6275 §9.3.3).
    BINDING_ERROR = "binding-error"
