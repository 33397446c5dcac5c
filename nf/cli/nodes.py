"""Who the configured nodes are: what they send is never crowded out by what others send."""

from __future__ import annotations

from collections.abc import Callable

from nf.engine.configuration import Configuration, MobileNode, MobileNodeRemoved
from nf.engine.events import ConfigurationChanged, Event
from nf.engine.values import LinkLayerAddress


class Nodes:
    """Keeps ``know`` and ``forget`` told of nodes; costs what a commit names, not all there are."""

    def __init__(
        self,
        configuration: Configuration,
        know: Callable[[LinkLayerAddress], None],
        forget: Callable[[LinkLayerAddress], None],
    ) -> None:
        self._configuration = configuration
        self._know = know
        self._forget = forget

    def concerned(self, event: Event) -> set[LinkLayerAddress]:
        """Return the addresses that the nodes of an event have now; to be asked before it too."""
        if not isinstance(event, ConfigurationChanged):
            return set()
        named = (each for each in event.items if isinstance(each, MobileNode | MobileNodeRemoved))
        nodes = (self._configuration.mobile_nodes.get(each.identifier) for each in named)
        return {
            address for node in nodes if node is not None for address in node.link_layer_identifiers
        }

    def follow(self, addresses: set[LinkLayerAddress]) -> None:
        """Tell what has become of the nodes of some addresses."""
        for address in addresses:
            if address in self._configuration.node_by_link_layer_address:
                self._know(address)
            else:
                self._forget(address)
