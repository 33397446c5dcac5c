"""What is to be read, and from where."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

from netconf_server.access import ReadGate
from netconf_server.filters.filter import Filter
from netconf_server.provider import StateFragment, StateSelection
from netconf_server.reading.shaping import Shaping
from netconf_server.schema.nodes import SchemaNode
from netconf_server.schema.printing import Defaults
from netconf_server.schema.schema import Schema
from netconf_server.schema.tree import DataTree

#: Yields the operational state that a selection names, and maybe more.
StateReader: TypeAlias = Callable[[StateSelection], Iterable[StateFragment]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a client asks for; ``gate`` is what it may see, None for everything.

    ``is_operational`` shows the datastore of RFC 8342 §5.3, which has only state that is in use.
    """

    selection: Filter | None = None
    with_state: bool = False
    gate: ReadGate | None = None
    defaults: Defaults = Defaults.EXPLICIT
    shaping: Shaping | None = None
    is_operational: bool = False

    @property
    def adds_defaults(self) -> bool:
        """True where default values are shown that nobody has set."""
        return self.defaults in (Defaults.REPORT_ALL, Defaults.REPORT_ALL_TAGGED)

    @property
    def adds_state_defaults(self) -> bool:
        """True where state is shown that nobody has given, for it has a default value."""
        return self.adds_defaults and self.with_state and not self.is_operational

    @property
    def needs_copy(self) -> bool:
        """True where something is to be added to the configuration, or hidden."""
        return self.with_state or self.adds_defaults or self.gate is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where data comes from; ``configuration`` is asked anew after every pause.

    ``top`` are the top-level data nodes in the order in which they are shown.
    """

    schema: Schema
    top: tuple[SchemaNode, ...]
    configuration: Callable[[], DataTree]
    state: StateReader
