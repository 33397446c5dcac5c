"""A NETCONF client for the command line: the same way in as any orchestrator's, by ncclient."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

from lxml import etree
from ncclient import manager
from ncclient.operations import RPCError
from ncclient.transport.errors import AuthenticationError, SSHError

NAMESPACE: Final = "urn:pmip6:yang:pmip6"
NETCONF_NAMESPACE: Final = "urn:ietf:params:xml:ns:netconf:base:1.0"
YANG_NAMESPACE: Final = "urn:ietf:params:xml:ns:yang:1"
Q: Final = f"{{{NAMESPACE}}}"

# What its threads have to say comes as an exception too, and that is told in one line.
logging.getLogger("ncclient").addHandler(logging.NullHandler())


class ClientError(Exception):
    """What the server refused, or why it could not be reached, in words for a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Which server to speak to, and as whom."""

    host: str
    port: int = 830
    user: str = "admin"
    password: str | None = None
    key_file: str | None = None

    def __str__(self) -> str:
        return f"{self.user}@{self.host}:{self.port}"


class Client:
    """One NETCONF session; a context manager. Everything raises ClientError."""

    def __init__(self, target: Target) -> None:
        self._target = target

    def __enter__(self) -> Self:
        target = self._target
        with _explained(f"no session with {target}"):
            self._session = manager.connect(
                host=target.host,
                port=target.port,
                username=target.user,
                password=target.password,
                key_filename=target.key_file,
                hostkey_verify=False,
                allow_agent=target.password is None,
                look_for_keys=target.password is None and target.key_file is None,
                timeout=30,
            )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with contextlib.suppress(Exception):
            self._session.close_session()

    def configure(self, config: str) -> None:
        """Merge a configuration into candidate, validate it and commit it; all or nothing.

        ``config`` are the top-level elements, without the ``config`` element around them.
        """
        wrapped = f'<config xmlns="{NETCONF_NAMESPACE}">{config}</config>'
        refused = f"{self._target} refuses the configuration"
        with _explained(refused), self._session.locked("candidate"):
            try:
                self._session.edit_config(target="candidate", config=wrapped)
                self._session.validate(source="candidate")
                self._session.commit()
            except RPCError:
                self._session.discard_changes()
                raise

    def get(self, *path: str) -> etree._Element | None:
        """Return the subtree of ``/pmip6`` at ``path``, configuration and state; None if empty."""
        inner = "".join(f"<{name}>" for name in path)
        outer = "".join(f"</{name}>" for name in reversed(path))
        selection = f'<pmip6 xmlns="{NAMESPACE}">{inner}{outer}</pmip6>'
        with _explained(f"{self._target} does not answer"):
            reply = self._session.get(filter=("subtree", selection))
        data = etree.fromstring(str(reply).encode())
        return data.find("/".join([f".//{Q}pmip6", *(Q + name for name in path)]))

    def act(self, action: str) -> None:
        """Invoke an action; ``action`` is the tree from its root down to it (RFC 7950 §7.15)."""
        element = etree.fromstring(f'<action xmlns="{YANG_NAMESPACE}">{action}</action>')
        with _explained(f"{self._target} refuses"):
            self._session.dispatch(element)


@contextlib.contextmanager
def _explained(what: str) -> Iterator[None]:
    try:
        yield
    except RPCError as refusal:
        raise ClientError(f"{what}: {refusal.message}") from refusal
    except (AuthenticationError, SSHError, OSError, TimeoutError) as fault:
        raise ClientError(f"{what}: {fault}") from fault
