"""Policy rules of the kernel as values."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv6Network
from socket import AF_INET6
from struct import Struct
from typing import Final

from nf.drivers.kernel.netlink import KERNEL, NLM_F_CREATE, NLM_F_EXCL, OWNER, KernelError, Netlink
from nf.drivers.kernel.octets import attribute, attributes
from nf.drivers.kernel.routes import EVERYTHING

LOCAL_TABLE: Final = 255

_RTM_NEWRULE, _RTM_DELRULE, _RTM_GETRULE = 32, 33, 34
_FRA_SRC, _FRA_IIFNAME, _FRA_PRIORITY = 2, 3, 6
_FRA_TABLE, _FRA_PROTOCOL, _FRA_IP_PROTO = 15, 21, 22
_FR_ACT_TO_TBL: Final = 1
#: fib_rule_hdr: family, lengths of destination and source, class, table, reserved, action, flags.
_RULE: Final = Struct("=BBBBBBBBI")
_U32: Final = Struct("=I")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Look a packet up in ``table`` if it is like this; lower ``preference`` is asked first."""

    preference: int
    table: int
    device: str | None = None
    source: IPv6Network = EVERYTHING
    next_header: int | None = None
    protocol: int = OWNER

    @property
    def key(self) -> tuple[object, ...]:
        """Return what tells it from other rules: all of it."""
        return (Rule, self)

    def install(self, netlink: Netlink) -> None:
        """Have this rule once; one of preference 0 comes before the table ``local``."""
        try:
            self._add(netlink, NLM_F_EXCL)
        except KernelError as refusal:
            if refusal.errno != errno.EEXIST:
                raise
        if self.preference == 0:
            self._go_before_wider(netlink)

    def remove(self, netlink: Netlink) -> None:
        """Remove the rule."""
        netlink.change(_RTM_DELRULE, 0, self._pack(), f"remove {self}")

    def __str__(self) -> str:
        return f"rule {self.preference} lookup {self.table}"

    def _go_before_wider(self, netlink: Netlink) -> None:
        """Have ``lookup local`` behind this one, and ours for all devices behind that for one.

        A rule goes behind those of its preference. So each wider one is added once more, behind
        this, and then deleted: the kernel deletes the first. There is no moment without it.
        Somebody else's rule of preference 0 stays as it is, but comes before ``local`` from then
        on.
        """
        rules = list(_dump_all(netlink))
        before, behind = rules[: rules.index(self)], rules[rules.index(self) :]
        wider = [each for each in before if self._is_narrower_than(each)]
        for each in dict.fromkeys(wider):
            if each not in behind:
                each._add(netlink, 0)
        for each in reversed(wider):
            each.remove(netlink)

    def _is_narrower_than(self, other: Rule) -> bool:
        if other.preference != 0 or other.protocol != OWNER:
            return other == LOCAL_RULE
        return self.device is not None and other.device is None

    def _add(self, netlink: Netlink, flags: int) -> None:
        netlink.change(_RTM_NEWRULE, NLM_F_CREATE | flags, self._pack(), f"install {self}")

    def _pack(self) -> bytes:
        length = self.source.prefixlen
        packed = _RULE.pack(AF_INET6, 0, length, 0, 0, 0, 0, _FR_ACT_TO_TBL, 0)
        packed += attribute(_FRA_PRIORITY, _U32.pack(self.preference))
        packed += attribute(_FRA_TABLE, _U32.pack(self.table))
        packed += attribute(_FRA_PROTOCOL, bytes([self.protocol]))
        if length:
            packed += attribute(_FRA_SRC, self.source.network_address.packed)
        if self.device is not None:
            packed += attribute(_FRA_IIFNAME, self.device.encode() + b"\0")
        if self.next_header is not None:
            packed += attribute(_FRA_IP_PROTO, bytes([self.next_header]))
        return packed


#: The kernel's own first rule.
LOCAL_RULE: Final = Rule(preference=0, table=LOCAL_TABLE, protocol=KERNEL)


def dump_rules(netlink: Netlink) -> Iterator[Rule]:
    """Yield the rules that carry our number."""
    return (rule for rule in _dump_all(netlink) if rule.protocol == OWNER)


def _dump_all(netlink: Netlink) -> Iterator[Rule]:
    body = _RULE.pack(AF_INET6, 0, 0, 0, 0, 0, 0, 0, 0)
    for answer in netlink.dump(_RTM_GETRULE, body, "list rules"):
        found = attributes(answer[_RULE.size :])
        source, device = found.get(_FRA_SRC), found.get(_FRA_IIFNAME)
        next_header = found.get(_FRA_IP_PROTO)
        yield Rule(
            preference=_U32.unpack(found.get(_FRA_PRIORITY, bytes(4)))[0],
            table=_U32.unpack(found.get(_FRA_TABLE, bytes(4)))[0],
            device=device.rstrip(b"\0").decode() if device else None,
            source=IPv6Network((source, answer[2])) if source else EVERYTHING,
            next_header=next_header[0] if next_header else None,
            protocol=found.get(_FRA_PROTOCOL, b"\0")[0],
        )
