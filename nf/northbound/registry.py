"""What must belong to one object only: prefixes, and link-layer identifiers of mobile nodes.

The registry follows the running configuration, so that a check costs the edit and not the store.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from nf.engine.configuration import MobileNode
from nf.engine.values import LinkLayerAddress
from nf.northbound.changes import ConfigurationObject, ObjectChange
from nf.northbound.checks import check_object, prefix_lists
from nf.northbound.errors import ConfigError
from nf.northbound.paths import value_path
from nf.northbound.prefix_table import PrefixClaim, PrefixTable, claim
from nf.northbound.words import hex_octets


class ConfigurationRegistry:
    """Who has which prefix and which link-layer identifier in the running configuration."""

    def __init__(self) -> None:
        self._prefixes = PrefixTable()
        #: The path of the mobile node that has the identifier.
        self._holders: dict[LinkLayerAddress, str] = {}

    def check(self, changes: Sequence[ObjectChange]) -> list[ConfigError]:
        """Return every reason to refuse an edit of the running configuration."""
        own = ((change.path, change.after) for change in changes if change.after is not None)
        return [
            *chain.from_iterable(check_object(path, item) for path, item in own),
            *self._check_prefixes(changes),
            *self._check_link_layer_identifiers(changes),
        ]

    def take(self, changes: Sequence[ObjectChange]) -> None:
        """Follow an edit that has been made."""
        self._prefixes.replace(
            _claims((change.path, change.before) for change in changes),
            _claims((change.path, change.after) for change in changes),
        )
        for change in changes:
            for identifier in _link_layer_identifiers(change.before):
                del self._holders[identifier]
        for change in changes:
            for identifier in _link_layer_identifiers(change.after):
                self._holders[identifier] = change.path

    def _check_prefixes(self, changes: Sequence[ObjectChange]) -> Iterator[ConfigError]:
        arrivals = _claims((change.path, change.after) for change in changes)
        replaced = {change.path for change in changes}
        for arrival, other in self._prefixes.overlaps(arrivals, replaced):
            yield ConfigError(
                path=value_path(arrival.holder, arrival.prefix),
                message=f"{arrival.prefix} overlaps {other.prefix} of {other.holder}",
                app_tag="overlapping-prefix",
            )

    def _check_link_layer_identifiers(
        self, changes: Sequence[ObjectChange]
    ) -> Iterator[ConfigError]:
        replaced = {change.path for change in changes}
        arrived: dict[LinkLayerAddress, str] = {}
        for change in changes:
            for identifier in _link_layer_identifiers(change.after):
                other = arrived.setdefault(identifier, change.path)
                if other == change.path:
                    other = self._holders.get(identifier, change.path)
                    if other in replaced:
                        continue
                yield _identifier_error(change.path, identifier, other)


def _identifier_error(path: str, identifier: LinkLayerAddress, other: str) -> ConfigError:
    value = hex_octets(identifier)
    return ConfigError(
        path=value_path(f"{path}/link-layer-identifier", value),
        message=f"link-layer identifier {value} is that of {other} too",
        app_tag="duplicate-link-layer-identifier",
    )


def _link_layer_identifiers(item: ConfigurationObject | None) -> tuple[LinkLayerAddress, ...]:
    return item.link_layer_identifiers if isinstance(item, MobileNode) else ()


def _claims(items: Iterable[tuple[str, ConfigurationObject | None]]) -> list[PrefixClaim]:
    return [
        claim(prefix, holder=holder, owner=path)
        for path, item in items
        if item is not None
        for holder, prefixes in prefix_lists(path, item)
        for prefix in prefixes
    ]
