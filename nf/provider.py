"""The function as a NETCONF provider: the server's calls to the northbound, its events onwards."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import chain

from netconf_server.provider import (
    Change,
    ChangeKind,
    ChangeSet,
    DataPath,
    InvocationError,
    Json,
    Notification,
    ProviderError,
    StateFragment,
    StateSelection,
)
from nf.engine.engine import Engine
from nf.engine.events import ConfigurationChanged, Event
from nf.engine.notifications import Notification as EngineNotification
from nf.engine.values import Instant
from nf.northbound.access_state import Access, access_sources
from nf.northbound.actions import event_of_action
from nf.northbound.changes import ObjectChange, item_of, object_changes
from nf.northbound.data_plane_state import DataPlane, data_plane_sources
from nf.northbound.errors import ActionError
from nf.northbound.fragments import fragments
from nf.northbound.lma_state import lma_sources
from nf.northbound.mag_state import mag_sources
from nf.northbound.notifications import (
    BINDING_CACHE_ENTRY,
    POOLS,
    changed_entry,
    notification_to_yang,
)
from nf.northbound.registry import ConfigurationRegistry
from nf.northbound.schema import MODULE
from nf.northbound.words import moment


class PmipProvider:
    """LMA and MAG as the NETCONF server sees them (see ``netconf_server.provider.Provider``)."""

    def __init__(
        self,
        *,
        engine: Engine,
        post: Callable[[Event], None],
        now: Callable[[], Instant],
        data_plane: DataPlane,
        access: Access | None = None,
    ) -> None:
        """Take what is to be managed; ``access`` is for a node that can be a gateway."""
        self._engine = engine
        self._post = post
        self._now = now
        self._data_plane = data_plane
        self._access = access
        self._registry = ConfigurationRegistry()
        self._sinks: list[Callable[[Notification], None]] = []
        #: What was resolved last: the changes, and the objects that they are about.
        self._resolved: tuple[tuple[Change, ...], tuple[ObjectChange, ...]] = ((), ())

    def validate(self, changes: ChangeSet) -> Sequence[ProviderError]:
        """Return every reason to refuse; costs the objects that the edit touches."""
        return [
            ProviderError(path=error.path, message=error.message, app_tag=error.app_tag)
            for error in self._registry.check(self._objects(changes))
        ]

    def apply(self, changes: ChangeSet) -> None:
        """Tell the engine each object that changed."""
        objects = self._objects(changes)
        self._resolved = ((), ())
        self._registry.take(objects)
        if objects:
            items = tuple(item_of(change) for change in objects)
            self._post(ConfigurationChanged(items=items))

    def read_state(self, selection: StateSelection) -> Iterator[StateFragment]:
        """Yield what the selection names, in small pieces."""
        sources = chain(
            lma_sources(self._engine.lma, self._now),
            mag_sources(self._engine.mag, self._now),
            () if self._access is None else access_sources(self._access),
            data_plane_sources(self._data_plane),
        )
        for data in fragments(sources, selection.paths):
            yield StateFragment(data=data)

    def invoke(self, path: DataPath, data: dict[str, Json]) -> dict[str, Json]:
        """Post the event that an action stands for; none of ours has output."""
        try:
            event = event_of_action(path, data, self._engine)
        except ActionError as error:
            raise InvocationError(
                ProviderError(path=error.path, message=error.message, app_tag=error.app_tag)
            ) from error
        self._post(event)
        return {}

    def subscribe(self, sink: Callable[[Notification], None]) -> None:
        """Hand every later notification to ``sink``."""
        self._sinks.append(sink)

    def notify(self, notification: EngineNotification) -> None:
        """Hand a notification of the engine to whoever subscribed."""
        if not self._sinks:
            return
        name, data = notification_to_yang(notification)
        entry = changed_entry(notification)
        told = Notification(
            event_time=moment(self._now().utc_us),
            data={f"{MODULE}:{name}": data},
            changes=() if entry is None else (Change(kind=ChangeKind(entry[0]), path=entry[1]),),
        )
        for sink in self._sinks:
            sink(told)

    @property
    def reported_paths(self) -> Collection[DataPath]:
        """The lists of operational state whose entries' changes are told: bindings and pools."""
        return (BINDING_CACHE_ENTRY, *POOLS)

    def _objects(self, changes: ChangeSet) -> tuple[ObjectChange, ...]:
        """Resolve a change set; the two phases of one commit have the same changes."""
        if self._resolved[0] is not changes.changes:
            paths = (change.path for change in changes.changes)
            objects = object_changes(paths, changes.before, changes.after)
            self._resolved = (changes.changes, objects)
        return self._resolved[1]
