"""Tables for people: what fits is a table, what does not is a list, and nothing is cut off."""

from __future__ import annotations

from rich.console import Console

from nf.cli.tables import TABLES, Row, Table, print_table, table_named

TABLE = Table(
    name="tunnels",
    title="Tunnels",
    path=("data-plane", "tunnel"),
    columns={"local": "local end", "remote": "remote end", "routes": "routes"},
)
ROWS: list[Row] = [
    {"local": "2001:db8:ffff::1", "remote": "2001:db8:ffff::11", "routes": "2"},
    {"local": "2001:db8:ffff::1", "remote": "2001:db8:ffff::12", "routes": "1\n7"},
]


def printed(rows: list[Row], width: int) -> str:
    console = Console(width=width, soft_wrap=True)
    with console.capture() as capture:
        print_table(TABLE, rows, console, "LMA")
    return capture.get()


def test_what_fits_is_a_table() -> None:
    assert printed(ROWS, 80).splitlines() == [
        "Tunnels, LMA",
        "  local end         remote end         routes",
        "  2001:db8:ffff::1  2001:db8:ffff::11  2",
        "  2001:db8:ffff::1  2001:db8:ffff::12  1, 7",
        "",
    ]


def test_what_does_not_fit_is_a_list() -> None:
    assert printed(ROWS[:1], 30).splitlines() == [
        "Tunnels, LMA",
        "  local end   2001:db8:ffff::1",
        "  remote end  2001:db8:ffff::11",
        "  routes      2",
        "",
    ]


def test_an_empty_table_is_a_line() -> None:
    assert printed([], 80).splitlines() == ["Tunnels, LMA: none", ""]


def test_every_table_is_found_by_its_name() -> None:
    assert [table_named(table.name) for table in TABLES] == list(TABLES)
    assert table_named("no such") is None
