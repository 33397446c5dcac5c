"""``pmip6 revoke``: have bindings ended on both sides, asked over NETCONF (RFC 5846)."""

from __future__ import annotations

import argparse
from xml.sax.saxutils import escape

from nf.cli.client import NAMESPACE, Client
from nf.cli.show import target_of


def revoke(options: argparse.Namespace) -> int:
    """Ask for what the arguments name; raises ClientError."""
    action, what = _chosen(options)
    with Client(target_of(options)) as client:
        client.act(action)
    print(f"{what}: to be revoked")
    return 0


def binding_revocation(binding_id: int, trigger: str | None = None) -> str:
    """Return the action that revokes one binding of an LMA (RFC 5846 §8.1)."""
    return _tree(
        f"<local-mobility-anchor><binding-cache><entry><binding-id>{binding_id}</binding-id>"
        f"{_order(trigger)}</entry></binding-cache></local-mobility-anchor>"
    )


def node_revocation(identifier: str, trigger: str | None = None) -> str:
    """Return the action that revokes all bindings of a node at an LMA (RFC 5846 §8.1)."""
    return _tree(
        f"<mobile-node><identifier>{escape(identifier)}</identifier>{_order(trigger)}</mobile-node>"
    )


def gateway_revocation(address: str) -> str:
    """Return the action that revokes all bindings of a MAG at an LMA (RFC 5846 §8.1)."""
    return _tree(
        "<local-mobility-anchor><mobile-access-gateway>"
        f"<proxy-care-of-address>{escape(address)}</proxy-care-of-address><revoke/>"
        "</mobile-access-gateway></local-mobility-anchor>"
    )


def realm_revocation(realm: str) -> str:
    """Return the action that revokes all bindings of a realm's nodes at an LMA (RFC 5846 §8.1)."""
    return _tree(
        f"<local-mobility-anchor><revoke-realm><realm>{escape(realm)}</realm></revoke-realm>"
        "</local-mobility-anchor>"
    )


def anchor_revocation(address: str) -> str:
    """Return the action that revokes all bindings of a MAG with an LMA (RFC 5846 §9.2)."""
    return _tree(
        "<mobile-access-gateway><local-mobility-anchor>"
        f"<address>{escape(address)}</address><revoke/>"
        "</local-mobility-anchor></mobile-access-gateway>"
    )


def _chosen(options: argparse.Namespace) -> tuple[str, str]:
    """Return the action that the arguments mean, and what it is about."""
    if options.node is not None:
        return node_revocation(options.node, options.trigger), f"bindings of {options.node}"
    if options.gateway is not None:
        return gateway_revocation(options.gateway), f"bindings of gateway {options.gateway}"
    if options.realm is not None:
        return realm_revocation(options.realm), f"bindings of realm {options.realm}"
    if options.anchor is not None:
        return anchor_revocation(options.anchor), f"bindings with anchor {options.anchor}"
    return binding_revocation(options.binding, options.trigger), f"binding {options.binding}"


def _tree(inner: str) -> str:
    return f'<pmip6 xmlns="{NAMESPACE}">{inner}</pmip6>'


def _order(trigger: str | None) -> str:
    if trigger is None:
        return "<revoke/>"
    return f"<revoke><trigger>{escape(trigger)}</trigger></revoke>"
