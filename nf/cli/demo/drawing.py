"""The domain as a picture in the terminal, with addresses, prefixes and the tunnel of now."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network

from nf.cli.demo.topology import CORRESPONDENT_ADDRESS, LMA_ADDRESS, MAG_ADDRESSES


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Where the router is and what it has."""

    mag: str
    home_address: IPv6Address
    inside_prefix: IPv6Network
    home_network_prefix: str
    mobile_network_prefix: str
    node_address: IPv6Address


def draw(situation: Situation) -> str:
    """Return the picture, 80 columns wide at most."""
    boxes = [_box(name, str(at), name == situation.mag) for name, at in MAG_ADDRESSES.items()]
    is_left = situation.mag == next(iter(MAG_ADDRESSES))
    stem = " " * (12 if is_left else 40)
    tunnel = "   ╔════════════╝" if is_left else "                ╚══════════════╗"
    label = "   ║ IPv6-in-IPv6" if is_left else "                IPv6-in-IPv6   ║"
    lines = [
        f"      correspondent node  {CORRESPONDENT_ADDRESS}",
        "                         │",
        "               ┌─────────┴──────────┐",
        "               │ LMA                │  into the tunnel:",
        f"               │ {LMA_ADDRESS!s:<18} │  {situation.home_network_prefix}",
        f"               └─────────┬──────────┘  {situation.mobile_network_prefix}",
        f"         {tunnel}",
        f"         {label}",
        *("    ".join(parts) for parts in zip(*boxes, strict=True)),
        f"{stem}┃ access link",
        f"{stem}┃ {situation.home_address}",
        f"{stem[:-3]}router",
        f"{stem}┃ {situation.inside_prefix}",
        f"{stem[:-3]}node  {situation.node_address}",
    ]
    return "\n".join(line.rstrip() for line in lines)


def _box(name: str, address: str, is_here: bool) -> list[str]:
    foot = "━━━━━━━━━━━┳━━━━━━━━━━┛" if is_here else "──────────────────────┘"
    corner = "┗" if is_here else "└"
    return [
        "┌──────────────────────┐",
        f"│ {name.upper():<20} │",
        f"│ {address:<20} │",
        f"{corner}{foot}"[:24],
    ]
