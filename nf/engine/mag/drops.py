"""Why the MAG leaves something unanswered; the words of statistics and YANG."""

from __future__ import annotations

from enum import Enum


class DropReason(Enum):
    """The reasons for which the MAG ignores a message or a sign."""

    #: A Binding Acknowledgement without the P flag (RFC 5213 §8.2).
    NO_PROXY_REGISTRATION = "no-proxy-registration"
    #: The answer is to no request that was sent recently (RFC 5213 §6.9.1.2).
    NO_MATCHING_REQUEST = "no-matching-request"
    #: An option that must be echoed has another value (RFC 5213 §6.9.1.2).
    ECHO_MISMATCH = "echo-mismatch"
    #: An acceptance without a lifetime or without a usable home network prefix.
    INCOMPLETE_ACCEPTANCE = "incomplete-acceptance"
    #: An acceptance with a zero among the LMA's parameters (RFC 8127 §5.2).
    UNUSABLE_CONTROLLED_PARAMETERS = "unusable-controlled-parameters"
    #: A message for another address than ours, or while the role is off.
    NOT_OUR_ADDRESS = "not-our-address"
    #: A heartbeat response to no request that waits for one (RFC 5847 §3.1).
    UNMATCHED_HEARTBEAT = "unmatched-heartbeat"
    #: One of too many requests from nodes that are no LMAs of ours.
    RATE_LIMITED = "rate-limited"
    #: A notification or revocation by a node that is no LMA of ours (RFC 7077 §6.1).
    NOT_AN_LMA = "not-an-lma"
    #: An update notification that names no mobile node (RFC 7077 §5).
    MISSING_MOBILE_NODE_IDENTIFIER = "missing-mobile-node-identifier"
    #: An update notification that could not be followed and wants no answer (RFC 7077 §6.1).
    NOTIFICATION_NOT_APPLICABLE = "notification-not-applicable"
    #: An answer to no revocation that waits for one (RFC 5846 §6.2.2).
    UNMATCHED_REVOCATION = "unmatched-revocation"
    #: A redirection to an address that can be no LMA's (RFC 6463 §4.2).
    UNUSABLE_REDIRECTION = "unusable-redirection"
    #: The peer sent a Binding Error (RFC 6275 §9.3.3).
    BINDING_ERROR = "binding-error"
    #: The sign came from a link, or by a source, that is not watched.
    SOURCE_NOT_IN_USE = "source-not-in-use"
    #: A sign of a node on another link, too soon after it moved (RFC 6275 §11.8).
    MOVED_TOO_SOON = "moved-too-soon"
    #: The mobile node is known, but not enabled.
    NODE_DISABLED = "node-disabled"
    #: The node's policy profile does not exist.
    NO_POLICY_PROFILE = "no-policy-profile"
    #: No LMA is configured for the node.
    NO_LOCAL_MOBILITY_ANCHOR = "no-local-mobility-anchor"
    #: A solicitation or DHCPv6 message of a node that is not attached.
    NOT_ATTACHED = "not-attached"
    #: A solicitation that waits for the acknowledgement (RFC 5213 §6.9.2).
    NOT_REGISTERED = "not-registered"
    #: A DHCPv6 message that does not come from a link-local address (RFC 8415 §17).
    DHCPV6_BAD_SOURCE = "dhcpv6-bad-source"
    #: A DHCPv6 message that no client sends, or that breaks RFC 8415 §16.
    DHCPV6_INVALID = "dhcpv6-invalid"
    #: A DHCPv6 message for another server (RFC 8415 §16).
    DHCPV6_OTHER_SERVER = "dhcpv6-other-server"
    #: A DHCPv6 message that asks for a prefix while the binding has none (NEMO draft §3.2).
    RELAY_NO_PREFIX = "relay-no-prefix"
    #: A DHCPv6 message for prefixes that are not of the binding (NEMO draft §3.3.2).
    RELAY_PREFIX_NOT_BOUND = "relay-prefix-not-bound"
    #: A Solicit after too many answers with other prefixes (NEMO draft §3.3.2).
    RELAY_GIVEN_UP = "relay-given-up"
    #: A message at the relay port from somebody who is no server of ours.
    RELAY_NOT_A_SERVER = "relay-not-a-server"
    #: A server's message that came in by an access link.
    RELAY_FROM_ACCESS_LINK = "relay-from-access-link"
    #: A server's message that no relay agent can pass on (RFC 8415 §19.2).
    RELAY_INVALID = "relay-invalid"
    #: A server's message to nobody who waits for it (RFC 8415 §19.2).
    RELAY_UNMATCHED = "relay-unmatched"
    #: A server's message that delegates other prefixes than the binding's (NEMO draft §3.3.2).
    RELAY_OTHER_PREFIX = "relay-other-prefix"
    #: A Confirm that cannot be judged (RFC 8415 §18.3.3).
    DHCPV6_CANNOT_CONFIRM = "dhcpv6-cannot-confirm"
