"""A proxy binding update with what is known of its way here."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network

from nf.codec.messages import ProxyBindingUpdate
from nf.engine.events import MessageReceived
from nf.engine.values import LinkLayerAddress


def is_all_zero(prefix: IPv6Network) -> bool:
    """Tell whether a prefix asks for one to be assigned (RFC 5213 §8.3), whatever its length."""
    return not int(prefix.network_address)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A PBU from ``source``, our ``destination``; the answer goes the same way back."""

    update: ProxyBindingUpdate
    source: IPv6Address
    destination: IPv6Address

    @property
    def proxy_care_of_address(self) -> IPv6Address:
        """The source, or what the Alternate Care-of Address option says instead."""
        return self.update.alternate_care_of_address or self.source

    @property
    def attachment(self) -> tuple[IPv6Address, LinkLayerAddress | None]:
        """The interface at a MAG: what copies of a request have in common."""
        return self.proxy_care_of_address, self.link_layer_identifier

    @property
    def named_prefixes(self) -> tuple[IPv6Network, ...]:
        """The home network prefixes that are not ALL_ZERO."""
        return tuple([each for each in self.update.home_network_prefixes if not is_all_zero(each)])

    @property
    def link_layer_identifier(self) -> LinkLayerAddress | None:
        """The link-layer identifier, None where it is absent or ALL_ZERO (RFC 5213 §5.4.1.2)."""
        identifier = self.update.mobile_node_link_layer_identifier
        return LinkLayerAddress(identifier) if identifier and any(identifier) else None


def request_of(event: MessageReceived, update: ProxyBindingUpdate) -> Request:
    """Return the request that a message is."""
    return Request(update=update, source=event.source, destination=event.destination)
