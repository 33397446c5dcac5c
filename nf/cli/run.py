"""The composition root of the daemon: makes the parts, joins them, waits for the word to end."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import signal
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib.resources import files
from pathlib import Path

from netconf_server.schema.schema import Schema, SchemaError
from netconf_server.server import NetconfServer
from netconf_server.settings import ServerSettings, SettingsError
from netconf_server.settings_file import with_file
from netconf_server.storage.persistence import StoredConfigurationError
from netconf_server.transport.ssh_keys import SshKeyError
from netconf_server.transport.tls_context import TlsFilesError
from netconf_server.users.system_users import SYSTEM_MODULES
from netconf_server.users.users import UsersFileError, load_users
from nf.cli.claim import NETWORK_NAMESPACE, claimed
from nf.cli.garbage import spare_bindings, uncollected
from nf.cli.nodes import Nodes
from nf.cli.peers import Peers
from nf.drivers.access.driver import AccessDriver
from nf.drivers.attach.driver import AttachDriver
from nf.drivers.clock import Clock, Timers
from nf.drivers.kernel.driver import KernelDriver
from nf.drivers.mobility.driver import MobilityDriver
from nf.drivers.relay.driver import RelayDriver
from nf.drivers.store import Store, StoreError
from nf.engine.effects import (
    AccessEffect,
    CloseAccessLink,
    CloseAccounting,
    CloseRelay,
    MobilityEffect,
    OpenAccessLink,
    OpenAccounting,
    OpenMobilitySocket,
    OpenRelay,
    SendRelayMessage,
    TimerEffect,
)
from nf.engine.engine import Engine
from nf.engine.events import (
    AssignmentRestored,
    AttachmentRestored,
    BindingRestored,
    Event,
    ReplayDetectionRestored,
    RestartCounterRestored,
    Started,
)
from nf.engine.kernel_effects import InstallTunnel, KernelEffect
from nf.engine.notifications import Notification
from nf.engine.values import LinkLayerAddress, Tunnel
from nf.northbound.access_state import Access
from nf.northbound.schema import ANNOUNCED_FEATURES, MODULE
from nf.provider import PmipProvider
from nf.recorder import FileRecorder
from nf.runtime import Runtime

log = logging.getLogger("pmip6")

#: How long packets flow as before a restart while a MAG looks for its nodes: they answer a query
#: at once, so this has room for a registration that is lost and sent again (RFC 5213 §6.9.4).
RESTART_GRACE_S = 3.0

#: What keeps a daemon from running, in words that its operator understands.
STARTUP_FAULTS = (
    UsersFileError,
    SettingsError,
    TlsFilesError,
    StoreError,
    SchemaError,
    SshKeyError,
    StoredConfigurationError,
    OSError,
)


class SystemDrivers:
    """All drivers of this machine, as the runtime wants them."""

    def __init__(
        self,
        runtime: Runtime,
        kernel: KernelDriver,
        access: AccessDriver,
        attach: AttachDriver,
        provider: PmipProvider,
    ) -> None:
        self._timers = Timers(runtime.post, asyncio.get_running_loop())
        self._mobility = MobilityDriver(runtime.post)
        self._peers = Peers(runtime.engine, self._mobility.know)
        self._relay = RelayDriver(runtime.post)
        self._access = access
        self._attach = attach
        self._kernel = kernel
        self._provider = provider

    def start_or_stop_timer(self, effect: TimerEffect) -> None:
        """Start or stop a timer."""
        self._timers.perform(effect)

    def program_kernel(self, effect: KernelEffect) -> None:
        """Change tunnels and routes; at the far end of a tunnel there is a peer."""
        if isinstance(effect, InstallTunnel):
            self._peers.follow()
        self._kernel.perform_later(effect)

    def follow_configuration(self) -> None:
        """Let no flood keep those from being heard whom the configuration names."""
        self._peers.follow()

    def signal(self, effect: MobilityEffect) -> None:
        """Open, close or use a mobility socket; nothing is said before the kernel is ready."""
        self._kernel.flush()
        if isinstance(effect, OpenMobilitySocket):
            self._peers.follow()
        self._mobility.perform(effect)

    def serve_access(self, effect: AccessEffect) -> None:
        """Open, close or use an access link; an open one forwards for registered nodes only."""
        match effect:
            case OpenAccessLink():
                self._kernel.open_access_link(effect.link.interface)
                self._attach.perform(effect)
            case CloseAccessLink():
                self._kernel.close_access_link(effect.interface)
                self._attach.perform(effect)
            case OpenAccounting() | CloseAccounting():
                self._attach.perform(effect)
                return
            case OpenRelay() | CloseRelay() | SendRelayMessage():
                self._relay.perform(effect)
                return
        self._access.perform(effect)

    def notify(self, notification: Notification) -> None:
        """Tell the NETCONF side."""
        self._provider.notify(notification)

    def admit_packets(self, *, is_admitted: bool) -> None:
        """Take packets, or leave them in the kernel: of peers, of nodes, of delegating routers."""
        self._mobility.admit(is_admitted=is_admitted)
        self._access.admit(is_admitted=is_admitted)
        self._relay.admit(is_admitted=is_admitted)

    def close(self) -> None:
        """Close sockets and links; the kernel goes on forwarding."""
        self._timers.close()
        self._attach.close()
        self._access.close()
        self._relay.close()
        self._mobility.close()
        self._kernel.close()


class KernelView:
    """The kernel driver's state as the northbound asks for it."""

    def __init__(self, kernel: KernelDriver) -> None:
        self._kernel = kernel

    @property
    def driver_in_use(self) -> str | None:
        """The driver's word; None while nothing needs one."""
        driver = self._kernel.state().driver
        return driver.value if driver else None

    def tunnels(self) -> Iterable[tuple[Tunnel, int]]:
        """Return each tunnel with the number of routes into it."""
        for each in self._kernel.state().tunnels:
            yield Tunnel(local=each.local, remote=each.remote), each.routes

    def dropped(self) -> Mapping[str, int] | None:
        """Return how many packets out of tunnels were dropped, by reason."""
        return self._kernel.state().dropped


def run(options: argparse.Namespace) -> int:
    """Run the daemon until SIGTERM or SIGINT; returns its exit status."""
    logging.basicConfig(
        level=logging.DEBUG if options.verbose else logging.INFO,
        format="%(asctime)s %(levelname)-7s %(name)s: %(message)s",
        stream=sys.stderr,
    )
    logging.getLogger("asyncssh").setLevel(logging.WARNING)
    try:
        asyncio.run(serve(options))
    except STARTUP_FAULTS as fault:
        log.error("%s", fault)
        return 1
    return 0


async def serve(options: argparse.Namespace) -> None:
    """Run the daemon in this event loop until it is told to end."""
    directory: Path = options.data_directory
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    settings = _settings(options, directory)
    with (
        claimed(directory, f"{directory} is in use by another daemon"),
        claimed(NETWORK_NAMESPACE, "another daemon runs in this network namespace"),
        contextlib.closing(Store(directory / "bindings.sqlite")) as store,
        _recording(options.record) as recorder,
    ):
        runtime = Runtime(engine=Engine(), clock=Clock(), store=store, recorder=recorder)
        await _serve(runtime, store, settings)


def _settings(options: argparse.Namespace, directory: Path) -> ServerSettings:
    """Return what the command line and its files say of the NETCONF server."""
    users = load_users(options.users)
    settings = ServerSettings(
        host=options.listen,
        port=options.port,
        data_directory=directory / "netconf",
        users=users,
        recovery_users=frozenset(user.name for user in users if not user.is_bound),
        host_key=directory / "ssh_host_ed25519_key",
        writable_running=options.writable_running,
    )
    return with_file(settings, options.netconf_settings) if options.netconf_settings else settings


async def _serve(runtime: Runtime, store: Store, settings: ServerSettings) -> None:
    kernel = KernelDriver(runtime.post, grace_s=RESTART_GRACE_S)
    access, attach = AccessDriver(runtime.post), AttachDriver(runtime.post)

    def know(node: LinkLayerAddress) -> None:
        access.know(node)
        attach.know(node)

    nodes = Nodes(runtime.engine.configuration, know, access.forget)

    def post(event: Event) -> None:
        """Take what operators want, which may be other peers and nodes."""
        before = nodes.concerned(event)
        runtime.post(event)
        nodes.follow(before | nodes.concerned(event))
        drivers.follow_configuration()

    provider = PmipProvider(
        engine=runtime.engine,
        post=post,
        now=runtime.now,
        data_plane=KernelView(kernel),
        access=Access(links=access, tellers=attach),
    )
    drivers = SystemDrivers(runtime, kernel, access, attach, provider)
    runtime.attach(drivers)
    kernel.watch()
    with uncollected():
        _restore(runtime, store)
    modules = {MODULE: sorted(ANNOUNCED_FEATURES), **SYSTEM_MODULES}
    schema = Schema(
        [Path(str(files("pmip6_yang")))], modules, is_running_writable=settings.writable_running
    )
    server = NetconfServer(schema, provider, settings)
    try:
        await server.start()
        log.info(
            "NETCONF over SSH on port %d, host key %s", server.port, server.endpoints.fingerprint
        )
        with uncollected():
            runtime.post(Started())
        sparing = asyncio.create_task(spare_bindings(lambda: len(runtime.engine.lma.bindings)))
        try:
            await _run_until_told(runtime)
        finally:
            sparing.cancel()
    finally:
        await server.stop()
        drivers.close()


def _restore(runtime: Runtime, store: Store) -> None:
    """Tell the engine what the store holds, assignments before the bindings that use them."""
    bindings, assignments = store.load()
    for assignment in assignments:
        runtime.post(AssignmentRestored(assignment=assignment))
    for binding in bindings:
        runtime.post(BindingRestored(binding=binding))
    for role, counter in store.restart_counters().items():
        runtime.post(RestartCounterRestored(role=role, counter=counter))
    for attachment in store.attachments():
        runtime.post(AttachmentRestored(attachment=attachment))
    number = store.replay_detection()
    if number is not None:
        runtime.post(ReplayDetectionRestored(number=number))


async def _run_until_told(runtime: Runtime) -> None:
    """Run until SIGTERM or SIGINT; raises what ended the runtime."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, runtime.stop)
    await runtime.run()


@contextlib.contextmanager
def _recording(directory: Path | None) -> Iterator[FileRecorder | None]:
    if directory is None:
        yield None
        return
    with contextlib.closing(FileRecorder(directory)) as recorder:
        yield recorder
