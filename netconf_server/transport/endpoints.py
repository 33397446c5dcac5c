"""Where clients and server meet: the ports that are listened on, the clients that are called."""

from __future__ import annotations

from netconf_server.settings import ServerSettings, SettingsError, TlsSettings
from netconf_server.transport.call_home import CallHome
from netconf_server.transport.called import CalledSessions
from netconf_server.transport.kind import TransportKind
from netconf_server.transport.listening import Listener
from netconf_server.transport.ssh import SshTransport
from netconf_server.transport.tls import TlsTransport
from netconf_server.transport.transport import SessionServer, Transport
from netconf_server.users.directory import UserDirectory


class Endpoints:
    """All ways in to the sessions of one server."""

    def __init__(
        self, settings: ServerSettings, users: UserDirectory, sessions: SessionServer
    ) -> None:
        """Load keys and certificates; raises SshKeyError, TlsFilesError, SettingsError, OSError."""
        self._settings = settings
        self._users = users
        ssh = SshTransport(settings, users, sessions)
        self.fingerprint = ssh.fingerprint
        self._transports: dict[TransportKind, Transport] = {TransportKind.SSH: ssh}
        if settings.tls is not None:
            self._transports[TransportKind.TLS] = self._new_transport(TransportKind.TLS, sessions)
        self._called = [
            (each, self._new_transport(each.transport, CalledSessions(sessions, each.name)))
            for each in settings.call_home
        ]
        self._listeners: dict[TransportKind, Listener] = {}
        self._call_home = CallHome(self._called)

    def _new_transport(self, kind: TransportKind, sessions: SessionServer) -> Transport:
        settings = self._settings
        if kind is TransportKind.SSH:
            return SshTransport(settings, self._users, sessions)
        if settings.tls is None:
            raise SettingsError("call home over TLS needs the settings of TLS")
        return TlsTransport(settings.tls, settings.limits, sessions)

    def start(self) -> None:
        """Listen and call, in the running event loop; raises OSError."""
        self._listen(TransportKind.SSH, self._settings)
        if self._settings.tls is not None:
            self._listen(TransportKind.TLS, self._settings.tls)
        self._call_home.start()

    def _listen(self, kind: TransportKind, where: ServerSettings | TlsSettings) -> None:
        listener = Listener(self._transports[kind], self._settings.limits.max_unauthenticated)
        listener.start(where.host, where.port)
        self._listeners[kind] = listener

    def port(self, kind: TransportKind) -> int:
        """Return the port that is listened on; raises KeyError for a transport that is not."""
        return self._listeners[kind].port

    async def stop(self) -> None:
        """Stop to listen and to call, close every connection, wait for the sessions' ends."""
        for listener in self._listeners.values():
            await listener.stop()
        for transport in (*self._transports.values(), *(each for _, each in self._called)):
            await transport.stop()
        await self._call_home.stop()
