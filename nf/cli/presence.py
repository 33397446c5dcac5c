"""``pmip6 attach`` and ``detach``: tell a MAG over NETCONF that a node came or went."""

from __future__ import annotations

import argparse
from xml.sax.saxutils import escape

from nf.cli.client import NAMESPACE, Client
from nf.cli.show import target_of


def tell(options: argparse.Namespace, *, is_there: bool) -> int:
    """Tell of the node that the arguments name; raises ClientError."""
    with Client(target_of(options)) as client:
        client.act(presence(options.link, options.address, is_there=is_there))
    verb = "attached" if is_there else "detached"
    print(f"{options.address} on {options.link}: {verb}")
    return 0


def presence(link: str, address: str, *, is_there: bool) -> str:
    """Return the action of the YANG tree, from its root."""
    name = "attach" if is_there else "detach"
    return (
        f'<pmip6 xmlns="{NAMESPACE}"><mobile-access-gateway><access-link>'
        f"<interface>{escape(link)}</interface>"
        f"<{name}><link-layer-address>{escape(address)}</link-layer-address></{name}>"
        "</access-link></mobile-access-gateway></pmip6>"
    )
