"""Puts the server together: schema, datastores, sessions, SSH."""

from __future__ import annotations

from datetime import UTC, datetime

from netconf_server.capabilities import server_capabilities
from netconf_server.connection import serve_session
from netconf_server.datastore import Datastores
from netconf_server.locks import DatastoreLocks
from netconf_server.management import Management, SessionEnd
from netconf_server.monitoring import netconf_state
from netconf_server.provider import Provider
from netconf_server.schema import Schema
from netconf_server.server_state import CompositeProvider, ReadOnlyPart
from netconf_server.session import Session
from netconf_server.sessions import SessionTable
from netconf_server.settings import Limits, ServerSettings
from netconf_server.ssh import SshChannel, SshListener
from netconf_server.yang_library import content_id, modules_state, yang_library


def _now() -> datetime:
    return datetime.now(UTC)


class NetconfServer:
    """Serves one schema and one provider over NETCONF and SSH, in the running event loop."""

    def __init__(self, schema: Schema, provider: Provider, settings: ServerSettings) -> None:
        self._settings = settings
        self._management = build_management(schema, provider, settings)
        self._listener = SshListener(settings, SessionHandler(self._management, settings.limits))

    async def start(self) -> None:
        """Load the configuration, hand it to the provider, then listen.

        Raises StoredConfigurationError, SshKeyError or OSError.
        """
        self._management.datastores.start()
        await self._listener.start()

    async def stop(self) -> None:
        """End every session and stop listening; the stored configuration stays as it is."""
        for record in self._management.sessions:
            self._management.end_session(record, SessionEnd.STOPPED)
        await self._listener.stop()
        self._management.datastores.close()

    @property
    def port(self) -> int:
        """The port that clients connect to."""
        return self._listener.port


class SessionHandler:
    """Makes a session of every SSH channel."""

    def __init__(self, management: Management, limits: Limits) -> None:
        self._management = management
        self._limits = limits

    @property
    def is_full(self) -> bool:
        """True while as many sessions are open as the limits allow."""
        return len(self._management.sessions) >= self._limits.max_sessions

    async def handle(self, channel: SshChannel, username: str, source_host: str) -> None:
        """Run one session on the channel."""
        record = self._management.open_session(username, source_host, channel.disconnect)
        session = Session(record, self._management, self._limits.max_message_bytes)
        await serve_session(session, channel, self._limits.hello_timeout_s)


def build_management(schema: Schema, provider: Provider, settings: ServerSettings) -> Management:
    """Make what all sessions share, the server's own operational state included."""
    modules = tuple(schema.modules())
    capabilities = server_capabilities(modules, content_id(modules))
    locks = DatastoreLocks(_now)
    sessions = SessionTable(_now)
    library, legacy_library = yang_library(modules), modules_state(modules)
    composite = CompositeProvider(
        provider,
        {
            "/ietf-netconf-monitoring:netconf-state": ReadOnlyPart(
                lambda: netconf_state(schema, locks, sessions, capabilities)
            ),
            "/ietf-yang-library:yang-library": ReadOnlyPart(lambda: library),
            "/ietf-yang-library:modules-state": ReadOnlyPart(lambda: legacy_library),
        },
    )
    return Management(
        schema=schema,
        datastores=Datastores(schema, composite, settings.data_directory),
        locks=locks,
        sessions=sessions,
        capabilities=capabilities,
    )
