"""What access control costs: the same requests by a recovery user, and by one whom rules bind.

Run from the repository: ``python -m benchmarks.netconf.nacm [entries]`` (100,000 without). Both
users are served by the same process; the rules are committed between the measures.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from statistics import median
from typing import Final

from benchmarks.netconf import data
from benchmarks.netconf.client import Client
from benchmarks.netconf.servers import Ours, running

NACM: Final = "urn:ietf:params:xml:ns:yang:ietf-netconf-acm"
COMMIT: Final = "<commit/>"
REQUESTS: Final = 2000
ROUNDS: Final = 5

Figures = dict[str, float]


def rule(number: int, action: str, path: str = "", module: str = "*", access: str = "*") -> str:
    """Write a rule, for all kinds of access unless told otherwise."""
    about = f'<path xmlns:sub="{data.NAMESPACE}">{path}</path>' if path else ""
    return (
        f"<rule><name>{number}</name><module-name>{module}</module-name>{about}"
        f"<access-operations>{access}</access-operations><action>{action}</action></rule>"
    )


def with_rules(*rules: str) -> str:
    """Write the edit that puts rules in the place of those before, for the bound user."""
    group = f"<groups><group><name>g</name><user-name>{data.USER}</user-name></group></groups>"
    rule_list = f"<rule-list><name>r</name><group>g</group>{''.join(rules)}</rule-list>"
    return (
        "<edit-config><target><candidate/></target><config>"
        f'<nacm xmlns="{NACM}" xmlns:nc="{data.BASE}" nc:operation="replace">{group}{rule_list}'
        "</nacm></config></edit-config>"
    )


#: Rules about other modules, which are tried before those that count.
OTHERS: Final = tuple(rule(number, "deny", module=f"module-{number}") for number in range(20))
ENTRY: Final = "/sub:subscribers/sub:subscriber"
PERMIT: Final = rule(90, "permit", "/sub:subscribers")

RULE_SETS: Final = {
    "20 rules, all readable": (*OTHERS, PERMIT),
    "one leaf hidden": (
        *OTHERS,
        rule(80, "deny", f"{ENTRY}/sub:comment", access="read"),
        PERMIT,
    ),
    "10 entries hidden": (
        *OTHERS,
        *(
            rule(number, "deny", f"{ENTRY}[sub:identifier='{data.name(number)}']")
            for number in range(30, 40)
        ),
        PERMIT,
    ),
}


def measure(client: Client) -> Figures:
    """Measure what a user asks for again and again, and what is large."""
    client.call(data.get_config(data.subtree(2)))
    small_ms = client.call(*[data.get_config(data.subtree(2))] * REQUESTS)
    return {
        "small requests a second": REQUESTS / small_ms * 1000,
        "one entry by xpath, ms": _typical(client, data.get_config(data.xpath(2))),
        "whole get-config, ms": _typical(client, data.get_config()),
        "change and commit, ms": median(
            client.call(data.change(2, f"changed {number}"), COMMIT) for number in range(50)
        ),
    }


def _typical(client: Client, request: str) -> float:
    return median(client.call(request) for _ in range(ROUNDS))


def columns(entries: int) -> Iterator[tuple[str, Figures]]:
    """Measure without and with rules."""
    with running(Ours, entries) as (server, _):
        assert isinstance(server, Ours)
        with server.connect(data.RECOVERY_USER) as recovery:
            yield "recovery user", measure(recovery)
            for title, rules in RULE_SETS.items():
                recovery.call(with_rules(*rules), COMMIT)
                with server.connect(data.USER) as bound:
                    yield title, measure(bound)
            yield "recovery user again", measure(recovery)


def main() -> None:
    """Print a table, a line for each measure."""
    entries = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    table = dict(columns(entries))
    print(f"{f'{entries:,} entries':26}" + "".join(f"{title:>24}" for title in table))
    for name in next(iter(table.values())):
        cells = "".join(f"{figures[name]:>24,.1f}" for figures in table.values())
        print(f"{name:26}{cells}")


if __name__ == "__main__":
    main()
