"""Puts the server together: schema, datastores, sessions, transports."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from netconf_server.datastores.datastore import Datastores
from netconf_server.datastores.locks import DatastoreLocks
from netconf_server.management import Management, SessionEnd
from netconf_server.nacm import Nacm
from netconf_server.notifications.outbox import OutboxBounds
from netconf_server.notifications.parts import notification_parts
from netconf_server.protocol.capabilities import server_capabilities
from netconf_server.protocol.monitoring import MonitoringState
from netconf_server.protocol.sessions import SessionTable
from netconf_server.protocol.yang_library import content_id, modules_state, yang_library
from netconf_server.provider import DataPath, Provider
from netconf_server.scheduler import LoopScheduler, Scheduler
from netconf_server.schema.schema import ModuleInfo, Schema
from netconf_server.server_state import CompositeProvider, ReadOnlyPart, ServerPart
from netconf_server.settings import Limits, ServerSettings
from netconf_server.transport.endpoints import Endpoints
from netconf_server.transport.kind import TransportKind
from netconf_server.transport.session_server import ManagedSessions
from netconf_server.users.directory import UserDirectory
from netconf_server.users.system_users import SYSTEM, SystemUsers


def _now() -> datetime:
    return datetime.now(UTC)


class NetconfServer:
    """Serves one schema and one provider over NETCONF, in the running event loop."""

    def __init__(self, schema: Schema, provider: Provider, settings: ServerSettings) -> None:
        self._settings = settings
        self._provider = provider
        self._users = UserDirectory(settings.users)
        self._management = build_management(schema, provider, settings, self._users)
        self._sessions = ManagedSessions(self._management, settings.limits, self._users)
        self._endpoints: Endpoints | None = None

    async def start(self) -> None:
        """Load the configuration, hand it to the provider, then listen.

        Raises StoredConfigurationError, SshKeyError, TlsFilesError, SettingsError or OSError.
        """
        management = self._management
        management.datastores.start()
        management.confirmed.start()
        management.notifications.start(self._settings.data_directory, self._provider)
        endpoints = Endpoints(self._settings, self._users, self._sessions)
        self._endpoints = endpoints
        endpoints.start()

    async def stop(self) -> None:
        """End every session and stop listening; the stored configuration stays as it is."""
        self._management.confirmed.stop()
        for record in self._management.sessions:
            self._management.end_session(record, SessionEnd.STOPPED)
        if self._endpoints is not None:
            await self._endpoints.stop()
        self._management.notifications.stop()
        self._management.datastores.close()

    @property
    def endpoints(self) -> Endpoints:
        """Where clients meet the server that has been started."""
        if self._endpoints is None:
            raise RuntimeError("the server has not been started")
        return self._endpoints

    @property
    def port(self) -> int:
        """The port of SSH."""
        return self.endpoints.port(TransportKind.SSH)


def build_management(
    schema: Schema,
    provider: Provider,
    settings: ServerSettings,
    users: UserDirectory,
    *,
    now: Callable[[], datetime] = _now,
    scheduler: Scheduler | None = None,
) -> Management:
    """Make what all sessions share, the server's own operational state included."""
    modules = tuple(schema.modules())
    capabilities = server_capabilities(
        modules, content_id(modules), is_running_writable=settings.writable_running
    )
    locks = DatastoreLocks(now)
    sessions = SessionTable(now, _outbox_bounds(settings.limits))
    library, legacy_library = yang_library(modules), modules_state(modules)
    nacm = Nacm(schema, settings.recovery_users)
    composite = CompositeProvider(
        provider,
        {
            "/ietf-netconf-monitoring:netconf-state": MonitoringState(
                schema, locks, sessions, capabilities
            ),
            "/ietf-yang-library:yang-library": ReadOnlyPart(lambda: library),
            "/ietf-yang-library:modules-state": ReadOnlyPart(lambda: legacy_library),
            "/ietf-netconf-acm:nacm": nacm,
            **_system_users(modules, users),
            **notification_parts(lambda: management.notifications),
        },
    )
    management = Management(
        schema=schema,
        datastores=Datastores(schema, composite, settings.data_directory, settings.factory_default),
        locks=locks,
        sessions=sessions,
        capabilities=capabilities,
        access=nacm,
        is_running_writable=settings.writable_running,
        call_home_clients=frozenset(each.name for each in settings.call_home if each.name),
        scheduler=scheduler or LoopScheduler(),
    )
    return management


def _outbox_bounds(limits: Limits) -> OutboxBounds:
    return OutboxBounds(
        messages=limits.max_queued_notifications, octets=limits.max_queued_notification_bytes
    )


def _system_users(
    modules: Iterable[ModuleInfo], users: UserDirectory
) -> dict[DataPath, ServerPart]:
    """Have users configured, if the schema has a place for them."""
    if any(module.name == "ietf-system" and module.is_implemented for module in modules):
        return {SYSTEM: SystemUsers(users)}
    return {}
