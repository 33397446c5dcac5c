"""The network configuration access control model (RFC 8341): who may do, read and write what.

The rules only; the places that ask know them as ``access.AccessControl``.
"""

from netconf_server.nacm.control import Nacm

__all__ = ["Nacm"]
