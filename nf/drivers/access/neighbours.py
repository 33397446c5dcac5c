"""Which node has which link-local address on one link, for the neighbours that fail."""

from __future__ import annotations

from ipaddress import IPv6Address
from typing import Final

from nf.engine.values import LinkLayerAddress

#: Nodes remembered on one link; beyond that the one seen longest ago is forgotten.
MAX_NEIGHBOURS: Final = 1024


class Neighbours:
    """Remembers the latest address of each node.

    A node that has changed its address is not lost with the old one, which the kernel may still
    be asking for.
    """

    def __init__(self) -> None:
        self._nodes: dict[IPv6Address, LinkLayerAddress] = {}
        self._addresses: dict[LinkLayerAddress, IPv6Address] = {}

    def see(self, address: IPv6Address, node: LinkLayerAddress) -> None:
        """Take note that a node has an address now, and no other node has it."""
        self.fail(self._addresses.get(node, address))
        self.fail(address)
        self._nodes[address] = node
        self._addresses[node] = address
        if len(self._nodes) > MAX_NEIGHBOURS:
            self.fail(next(iter(self._nodes)))

    def fail(self, address: IPv6Address) -> LinkLayerAddress | None:
        """Forget an address and return whose it was; None where it is nobody's latest."""
        node = self._nodes.pop(address, None)
        if node is not None:
            del self._addresses[node]
        return node

    def clear(self) -> None:
        """Forget all."""
        self._nodes.clear()
        self._addresses.clear()
