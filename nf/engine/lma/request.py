"""A proxy binding update with what is known of its way here."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network

from nf.codec.messages import ProxyBindingUpdate
from nf.codec.packed_prefix import is_all_zero
from nf.codec.unguarded import unguarded
from nf.engine.events import MessageReceived
from nf.engine.values import LinkLayerAddress


@unguarded
@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A PBU from ``source``, our ``destination``; the answer goes the same way back.

    ``assigned_at``: it came to that address of ours, and its answer leaves from there, but its
    session is to be at ``destination`` (RFC 6463 §5.3.1).
    """

    update: ProxyBindingUpdate
    source: IPv6Address
    destination: IPv6Address
    #: The source, or what the Alternate Care-of Address option says instead.
    proxy_care_of_address: IPv6Address
    #: None where it is absent or ALL_ZERO (RFC 5213 §5.4.1.2).
    link_layer_identifier: LinkLayerAddress | None
    #: The home network prefixes that are not ALL_ZERO.
    named_prefixes: tuple[IPv6Network, ...]
    assigned_at: IPv6Address | None = None

    @property
    def attachment(self) -> tuple[IPv6Address, LinkLayerAddress | None]:
        """The interface at a MAG: what copies of a request have in common."""
        return self.proxy_care_of_address, self.link_layer_identifier


def request_of(event: MessageReceived, update: ProxyBindingUpdate) -> Request:
    """Return the request that a message is."""
    identifier = update.mobile_node_link_layer_identifier
    named = [each for each in update.home_network_prefixes if not is_all_zero(each)]
    return Request(
        update=update,
        source=event.source,
        destination=event.destination,
        proxy_care_of_address=update.alternate_care_of_address or event.source,
        link_layer_identifier=(
            LinkLayerAddress(identifier) if identifier and any(identifier) else None
        ),
        named_prefixes=tuple(named),
    )
