"""``pmip6 reregister``: have a MAG register a session anew, asked of the LMA over NETCONF."""

from __future__ import annotations

import argparse

from nf.cli.client import NAMESPACE, Client
from nf.cli.show import target_of


def reregister(options: argparse.Namespace) -> int:
    """Ask for the binding that the arguments name; raises ClientError."""
    with Client(target_of(options)) as client:
        client.act(force_reregistration(options.binding))
    print(f"binding {options.binding}: its gateway is asked to register it anew")
    return 0


def force_reregistration(binding_id: int) -> str:
    """Return the action of the YANG tree, from its root (RFC 7077 §5.1)."""
    return (
        f'<pmip6 xmlns="{NAMESPACE}"><local-mobility-anchor><binding-cache><entry>'
        f"<binding-id>{binding_id}</binding-id><force-reregistration/>"
        "</entry></binding-cache></local-mobility-anchor></pmip6>"
    )
