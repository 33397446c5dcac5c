"""The schema of every kind of node, and datastores over it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from lxml import etree

from netconf_server.datastores.datastore import (
    DatastoreName,
    Datastores,
    DefaultOperation,
    TestOption,
)
from netconf_server.filters.filter import Filter, SubtreeFilter
from netconf_server.reading.request import Reading
from netconf_server.schema.schema import Schema

KINDS: Final = "urn:example:kinds"
MORE: Final = "urn:example:kinds:more"
_DECLARED: Final = f'xmlns="{KINDS}"'


@cache
def kinds_schema() -> Schema:
    """Load the modules, once for all tests."""
    directory = Path(__file__).with_name("yang")
    return Schema([directory], {"example-kinds": [], "example-kinds-more": []})


def subtree(content: str) -> SubtreeFilter:
    """Write a subtree filter."""
    return SubtreeFilter(etree.fromstring(f"<filter {_DECLARED}>{content}</filter>"))


def configure(datastores: Datastores, content: str, *, is_committed: bool = True) -> None:
    """Merge settings into candidate, and into running if it is committed."""
    config = etree.fromstring(f"<config {_DECLARED}><settings>{content}</settings></config>")
    datastores.edit(DatastoreName.CANDIDATE, config, DefaultOperation.MERGE, TestOption.SET)
    if is_committed:
        datastores.commit()


def items(first: int, end: int) -> str:
    """Write items of the settings."""
    return "".join(
        f"<item><id>{number}</id><title>title {number}</title></item>"
        for number in range(first, end)
    )


def read(
    datastores: Datastores, reading: Reading, name: DatastoreName = DatastoreName.RUNNING
) -> str:
    """Read to the end; the namespace of the settings is left out."""
    return plain(b"".join(datastores.read(name, reading)))


def get(datastores: Datastores, selection: Filter | None = None) -> str:
    """Read configuration and state."""
    return read(datastores, Reading(selection=selection, with_state=True))


def plain(xml: bytes) -> str:
    """Leave out the declaration of the namespace, for tests that show exact output."""
    return xml.decode().replace(f" {_DECLARED}", "")
