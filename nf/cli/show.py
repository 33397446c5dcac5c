"""``pmip6 show``: operational state, asked for over NETCONF like anybody else's."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence

from nf.cli.client import Client, ClientError, Target
from nf.cli.tables import TABLES, Row, Table, plain_console, print_table, read_rows, table_named


def show(options: argparse.Namespace) -> int:
    """Print the tables that the arguments ask for; raises ClientError."""
    tables = _chosen(options.what)
    with Client(target_of(options)) as client:
        found = [(table, read_rows(table, client)) for table in tables]
    if options.json:
        print(json.dumps({table.name: rows for table, rows in found}, indent=2))
    else:
        _print(found, is_all=options.what == "all")
    return 0


def _chosen(what: str) -> Sequence[Table]:
    if what == "all":
        return TABLES
    table = table_named(what)
    if table is None:
        names = ", ".join(table.name for table in TABLES)
        raise ClientError(f"there is no table {what!r}; there are: all, {names}")
    return (table,)


def target_of(options: argparse.Namespace) -> Target:
    """Return the server that the arguments of a command name; raises ClientError."""
    password = None
    if options.password_file is not None:
        try:
            password = options.password_file.read_text().strip()
        except (OSError, UnicodeDecodeError) as fault:
            raise ClientError(f"no password: {fault}") from fault
    return Target(host=options.host, port=options.port, user=options.user, password=password)


def _print(found: Sequence[tuple[Table, Sequence[Row]]], *, is_all: bool) -> None:
    console = plain_console()
    for table, rows in found:
        if rows or not is_all:
            print_table(table, rows, console)
    if is_all and not any(rows for _, rows in found):
        console.print("nothing is registered, attached or configured")
