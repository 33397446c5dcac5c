"""The subscribers of the benchmark's module, and requests about them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from netconf_server.provider import Json

NAMESPACE: Final = "urn:pmip6:benchmark:subscribers"
BASE: Final = "urn:ietf:params:xml:ns:netconf:base:1.0"
YANG_DIRECTORY: Final = Path(__file__).parent
MODULE: Final = "subscribers"
#: Bound by access control, and the one who is not.
USER: Final = "bound"
RECOVERY_USER: Final = "bench"

_PROFILES: Final = 100
_NACM: Final = "urn:ietf:params:xml:ns:yang:ietf-netconf-acm"


def name(number: int) -> str:
    """Return the key of an entry."""
    return f"bus-{number}@operator.example"


def entry(number: int) -> str:
    """Write one entry of eleven leafs."""
    octets = ":".join(f"{octet:02x}" for octet in number.to_bytes(6, "big"))
    prefix = f"2001:db8:{number >> 16:x}:{number & 0xFFFF:x}::"
    return (
        f"<subscriber><identifier>{name(number)}</identifier>"
        f"<profile>p{number % _PROFILES}</profile><enabled>true</enabled>"
        f"<link-layer-identifier>{octets}</link-layer-identifier><anchor>2001:db8::1</anchor>"
        f"<home-prefix>{prefix}/64</home-prefix><mobile-prefix>{prefix}/56</mobile-prefix>"
        "<least-rate>1000</least-rate><most-rate>2000</most-rate><priority>3</priority>"
        f"<comment>the bus with the number {number}</comment></subscriber>"
    )


def binding(number: int) -> dict[str, Json]:
    """Make an entry of state with fifteen leafs."""
    return {
        "id": str(number),
        "state": "active",
        "identifier": name(number),
        "access-technology": 4,
        "anchor": "2001:db8::1",
        "gateway": f"2001:db8:f::{number % _PROFILES:x}",
        "is-mobile-router": True,
        "home-prefix": [f"2001:db8:{number >> 16:x}:{number & 0xFFFF:x}::/64"],
        "mobile-prefix": [f"2001:db9:{number >> 16:x}:{number & 0xFFFF:x}::/56"],
        "sequence-number": number & 0xFFFF,
        "lifetime": 3600,
        "remaining-lifetime": 1800,
        "link-layer-identifier": "02:00:00:00:00:01",
        "accepted": "2026-11-23T12:00:00.000000Z",
        "handover-count": 2,
    }


def access_rules() -> str:
    """Write rules of access control that let the user do all that is measured.

    The user is in one of two groups, nothing is permitted by default, and one module is hidden.
    """
    groups = "".join(
        f"<group><name>{group}</name><user-name>{user}</user-name></group>"
        for group, user in (("operators", USER), ("guests", "guest"))
    )
    rules = "".join(
        f"<rule><name>{module}</name><module-name>{module}</module-name>"
        f"<access-operations>{operations}</access-operations><action>{action}</action></rule>"
        for module, operations, action in (
            ("ietf-netconf-acm", "*", "deny"),
            (MODULE, "*", "permit"),
            ("*", "read exec", "permit"),
        )
    )
    return (
        f'<nacm xmlns="{_NACM}"><read-default>deny</read-default>'
        "<write-default>deny</write-default><exec-default>deny</exec-default>"
        f"<groups>{groups}</groups><rule-list><name>operators</name><group>operators</group>"
        f"{rules}</rule-list></nacm>"
    )


def configuration(numbers: Iterable[int]) -> str:
    """Write everything: the profiles and the entries."""
    profiles = "".join(f"<profile><name>p{n}</name></profile>" for n in range(_PROFILES))
    return subscribers(profiles + "".join(map(entry, numbers)))


def subscribers(content: str) -> str:
    """Wrap entries in what is around them."""
    return f'<subscribers xmlns="{NAMESPACE}" xmlns:nc="{BASE}">{content}</subscribers>'


def edit(content: str) -> str:
    """Write an edit-config of candidate."""
    return (
        "<edit-config><target><candidate/></target>"
        f"<config>{subscribers(content)}</config></edit-config>"
    )


def change(number: int, comment: str) -> str:
    """Change one leaf of an entry."""
    return edit(
        f"<subscriber><identifier>{name(number)}</identifier>"
        f"<comment>{comment}</comment></subscriber>"
    )


def delete(numbers: Iterable[int]) -> str:
    """Delete entries."""
    begin = '<subscriber nc:operation="delete"><identifier>'
    return edit("".join(f"{begin}{name(n)}</identifier></subscriber>" for n in numbers))


def get_bindings(selection: str = "") -> str:
    """Read operational state."""
    content = f'<bindings xmlns="{NAMESPACE}">{selection}</bindings>'
    return f'<get><filter type="subtree">{content}</filter></get>'


def get_config(selection: str = "") -> str:
    """Read running."""
    return f"<get-config><source><running/></source>{selection}</get-config>"


def subtree(number: int) -> str:
    """Select an entry by its key."""
    key = f"<subscriber><identifier>{name(number)}</identifier></subscriber>"
    return f'<filter type="subtree">{subscribers(key)}</filter>'


def xpath(number: int) -> str:
    """Select the same by XPath."""
    path = f"/sub:subscribers/sub:subscriber[sub:identifier='{name(number)}']"
    return f'<filter type="xpath" xmlns:sub="{NAMESPACE}" select="{path}"/>'
