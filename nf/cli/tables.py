"""Operational state as tables: which list of the YANG tree, which of its leaves, in what words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from lxml import etree
from rich.console import Console

from nf.cli.client import Client, Q

Row = Mapping[str, str]

LMA: Final = "local-mobility-anchor"
MAG: Final = "mobile-access-gateway"
#: Columns of what is printed into a file or a pipe.
WIDTH_WITHOUT_TERMINAL: Final = 140


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table: a list at ``path`` below ``/pmip6``, and leaf paths with the words above them."""

    name: str
    title: str
    path: tuple[str, ...]
    columns: Mapping[str, str]


def _pool_table(kind: str) -> Table:
    return Table(
        name=f"{kind}-pools",
        title=f"{kind.capitalize()} network prefix pools",
        path=(LMA, f"{kind}-network-prefix-pool"),
        columns={
            "name": "pool",
            "prefix": "prefixes",
            "assigned-length": "assigned length",
            "usage/size": "size",
            "usage/used": "in use",
            "usage/held": "held",
        },
    )


def _peer_table(name: str, title: str, path: tuple[str, ...], address: str) -> Table:
    return Table(
        name=name,
        title=title,
        path=path,
        columns={
            address: "address",
            "path/state": "path",
            "path/restart-counter": "restart counter",
            "path/missing-heartbeats": "unanswered",
            "path/last-heard": "last heard",
        },
    )


TABLES: Final[Sequence[Table]] = (
    Table(
        name="bindings",
        title="Binding cache",
        path=(LMA, "binding-cache", "entry"),
        columns={
            "binding-id": "id",
            "mobile-node-identifier": "mobile node",
            "state": "state",
            "proxy-care-of-address": "proxy care-of address",
            "home-network-prefix": "home network prefix",
            "mobile-network-prefix": "mobile network prefix",
            "remaining-lifetime": "left s",
            "handover-count": "handovers",
        },
    ),
    Table(
        name="assignments",
        title="Prefix assignments",
        path=(LMA, "prefix-assignment"),
        columns={
            "prefix": "prefix",
            "kind": "kind",
            "mobile-node-identifier": "mobile node",
            "pool": "pool",
            "binding": "bindings",
            "proxy-care-of-address": "by way of",
        },
    ),
    _peer_table("gateways", "Gateways", (LMA, "mobile-access-gateway"), "proxy-care-of-address"),
    _pool_table("home"),
    _pool_table("mobile"),
    Table(
        name="registrations",
        title="Binding update list",
        path=(MAG, "binding-update-list", "entry"),
        columns={
            "mobile-node-identifier": "mobile node",
            "state": "state",
            "link": "link",
            "local-mobility-anchor-address": "LMA",
            "home-network-prefix": "home network prefix",
            "mobile-network-prefix": "mobile network prefix",
            "last-status": "last status",
            "remaining-lifetime": "left s",
        },
    ),
    Table(
        name="nodes",
        title="Attached nodes",
        path=(MAG, "attached-node"),
        columns={
            "mobile-node-identifier": "mobile node",
            "link": "link",
            "link-layer-address": "link-layer address",
            "link-local-address": "link-local address",
            "last-source": "last seen by",
        },
    ),
    Table(
        name="access-links",
        title="Access links",
        path=(MAG, "access-link"),
        columns={
            "interface": "link",
            "frames/limited": "floods kept out",
            "frames/dropped/reason": "frames dropped",
            "frames/dropped/count": "count",
            "hostapd/control-socket": "access points",
            "hostapd/connected": "connected",
            "hostapd/stations": "stations",
        },
    ),
    _peer_table("anchors", "Anchors", (MAG, "local-mobility-anchor"), "address"),
    Table(
        name="tunnels",
        title="Tunnels",
        path=("data-plane", "tunnel"),
        columns={"local": "local end", "remote": "remote end", "routes": "routes"},
    ),
    Table(
        name="packets-dropped",
        title="Packets dropped",
        path=("data-plane", "dropped"),
        columns={"reason": "reason", "count": "count"},
    ),
    Table(
        name="answers-sent",
        title="Proxy binding acknowledgements sent",
        path=(LMA, "statistics", "pba-by-status"),
        columns={"status": "status", "count": "count"},
    ),
    Table(
        name="answers-received",
        title="Proxy binding acknowledgements received",
        path=(MAG, "statistics", "pba-by-status"),
        columns={"status": "status", "count": "count"},
    ),
)


def table_named(name: str) -> Table | None:
    """Return the table of that name."""
    return next((table for table in TABLES if table.name == name), None)


def read_rows(table: Table, client: Client) -> list[Row]:
    """Ask the server for one table and return its rows, by leaf path."""
    parent = client.get(*table.path)
    if parent is None:
        return []
    container = parent.getparent()
    assert container is not None
    return [_row(entry, table) for entry in container.findall(Q + table.path[-1])]


def plain_console() -> Console:
    """Return a console for people: as wide as the terminal, and wide where there is none."""
    console = Console(highlight=False, soft_wrap=True)
    if not console.is_terminal:
        console.width = WIDTH_WITHOUT_TERMINAL
    return console


def print_table(table: Table, rows: Sequence[Row], console: Console, where: str = "") -> None:
    """Print one table; as a list where it is too wide for the console, an empty one as a line."""
    title = f"{table.title}, {where}" if where else table.title
    if not rows:
        console.print(f"[bold]{title}[/bold]: none\n")
        return
    lines = _as_table(table, rows)
    if max(map(len, lines)) > console.width:
        lines = _as_list(table, rows)
    console.print(f"[bold]{title}[/bold]")
    for line in lines:
        console.print(f"  {line}".rstrip(), markup=False)
    console.print()


def _as_table(table: Table, rows: Sequence[Row]) -> list[str]:
    """Return a line of headings and a line for each row; what has several values has commas."""
    cells = [
        list(table.columns.values()),
        *([_one_line(row[c]) for c in table.columns] for row in rows),
    ]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [
        "  ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    ]


def _as_list(table: Table, rows: Sequence[Row]) -> list[str]:
    """Return a line for each cell, a blank one between rows."""
    width = max(map(len, table.columns.values()))
    lines: list[str] = []
    for row in rows:
        lines += [""] if lines else []
        lines += [f"{name:<{width}}  {_one_line(row[c])}" for c, name in table.columns.items()]
    return lines


def _one_line(value: str) -> str:
    return value.replace("\n", ", ") or "-"


def _row(entry: etree._Element, table: Table) -> Row:
    return {leaf: _text(entry, leaf) for leaf in table.columns}


def _text(entry: etree._Element, leaf: str) -> str:
    path = "/".join(Q + name for name in leaf.split("/"))
    return "\n".join(found.text or "" for found in entry.findall(path))
