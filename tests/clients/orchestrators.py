"""What OpenDaylight and Cisco NSO send, in their order, as small clients of our own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lxml import etree
from netconf_client.error import RpcError  # type: ignore[import-untyped]

from netconf_server.markup import BASE, MONITORING
from tests.clients.requests import LIBRARY, SCHEMAS, get_schema
from tests.clients.served import Client


def fetch_schemas(session: Client, directory: Path) -> set[str]:
    """Fetch the text of every schema that the server lists; returns their names.

    OpenDaylight does so when ietf-netconf-monitoring is announced.
    """
    listed = session.get(filter=f"<filter>{SCHEMAS}</filter>").data_ele
    names = set()
    for entry in listed.iter(f"{{{MONITORING}}}schema"):
        name, version = (
            entry.findtext(f"{{{MONITORING}}}{leaf}") or "" for leaf in ("identifier", "version")
        )
        fetch_schema(session, directory, name, version)
        names.add(name)
    return names


def fetch_schema(session: Client, directory: Path, name: str, version: str) -> None:
    """Fetch the text of one schema into a file that compilers find."""
    reply = etree.fromstring(session.dispatch(get_schema(name, version)).xml)
    text = reply.findtext(f"{{{MONITORING}}}data") or ""
    (directory / f"{name}@{version}.yang").write_text(text)


def library_modules(session: Client) -> dict[str, str]:
    """Read the implemented modules and their revisions, as NSO's builder does."""
    subtree = f'<filter><yang-library xmlns="{LIBRARY}"><module-set/></yang-library></filter>'
    found = session.get(filter=subtree).data_ele
    return {
        module.findtext(f"{{{LIBRARY}}}name"): module.findtext(f"{{{LIBRARY}}}revision") or ""
        for module in found.iter(f"{{{LIBRARY}}}module")
    }


def keep_alive(session: Client) -> etree._Element:
    """Send what OpenDaylight sends every two minutes: get-config with an empty filter."""
    what = '<source><running/></source><filter type="subtree"/>'
    reply = session.dispatch(f'<get-config xmlns="{BASE}">{what}</get-config>')
    return etree.fromstring(reply.xml)[0]


def write_as_opendaylight(session: Client, edits: Sequence[str]) -> None:
    """Carry out a write transaction of OpenDaylight, which validates nothing itself.

    What is refused takes everything back. Raises RpcError.
    """
    _lock(session)
    try:
        for edit in edits:
            session.edit_config(edit, target="candidate", error_option="rollback-on-error")
        session.commit()
    except RpcError:
        session.discard_changes()
        raise
    finally:
        session.unlock("candidate")


def _lock(session: Client) -> None:
    """Lock candidate; what somebody left there is discarded, and tried once more."""
    try:
        session.lock("candidate")
    except RpcError:
        session.discard_changes()
        session.lock("candidate")


class NsoTransaction:
    """One device's part of a transaction of Cisco NSO over several devices.

    The two phases are those that NSO uses with a server that has candidate, validate and
    confirmed-commit: nothing stays that is not confirmed.
    """

    def __init__(self, session: Client) -> None:
        self._session = session

    def prepare(self, edit: str) -> None:
        """Lock, edit and validate. Raises RpcError."""
        self._session.lock("candidate")
        self._session.edit_config(edit, target="candidate", test_option="test-then-set")
        self._session.validate("candidate")

    def commit(self, timeout_s: int = 600) -> None:
        """Commit until somebody says otherwise. Raises RpcError."""
        self._session.commit(confirmed=True, confirm_timeout=timeout_s)

    def confirm(self) -> None:
        """Make it stay, once all devices have committed."""
        self._session.commit()
        self._session.unlock("candidate")

    def abort(self) -> None:
        """Take it all back: discard, then close the session, which ends a confirmed commit."""
        self._session.discard_changes()
        self._session.close_session()
