"""The octets of DHCPv6 messages, those that are authenticated with a client's key (RFC 8415 §20.4).

The keys come from a secret that all MAGs of a domain share; it is read when it is needed.
"""

from __future__ import annotations

import errno
import logging
import os
from dataclasses import replace
from typing import Final

from nf.codec.dhcpv6 import encode_dhcp_message
from nf.codec.dhcpv6_authentication import key_option, reconfigure_key, signed
from nf.codec.dhcpv6_messages import DhcpMessage, DhcpMessageType
from nf.engine.effects import SendDhcpMessage
from nf.engine.values import ReconfigureAuthentication
from nf.secret_file import read_secret

log = logging.getLogger(__name__)

#: As many as a key has: a shorter secret would be easier to guess than the keys.
FEWEST_OCTETS: Final = 16


def dhcp_octets(effect: SendDhcpMessage, secret_file: str | None) -> bytes:
    """Return what is to be sent.

    A Reply goes without the key where there is no secret, and then promises nothing; a Reconfigure
    would be discarded by its client, so none is made. Raises OSError and EncodeError.
    """
    message, authentication = effect.message, effect.authentication
    if authentication is None or message.client_duid is None:
        return encode_dhcp_message(message)
    number = authentication.replay_detection
    if message.message_type is DhcpMessageType.RECONFIGURE:
        key = _key(secret_file, authentication, message.client_duid)
        return signed(encode_dhcp_message(message), key, number)
    try:
        option = key_option(_key(secret_file, authentication, message.client_duid), number)
    except OSError as fault:
        log.warning("a client is not told how it can be reconfigured: %s", fault)
        return encode_dhcp_message(_without_promise(message))
    return encode_dhcp_message(replace(message, other_options=(*message.other_options, option)))


def _key(
    secret_file: str | None, authentication: ReconfigureAuthentication, client_duid: bytes
) -> bytes:
    if secret_file is None:
        raise OSError(errno.ENOENT, os.strerror(errno.ENOENT))
    secret = read_secret(secret_file, fewest_octets=FEWEST_OCTETS)
    return reconfigure_key(secret, authentication.mobile_node_identifier, client_duid)


def _without_promise(message: DhcpMessage) -> DhcpMessage:
    return replace(message, reconfigure_accept=False)
