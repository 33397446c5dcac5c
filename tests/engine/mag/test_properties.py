"""Random event sequences: nothing raises, and what is installed is what the bindings need."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from ipaddress import IPv6Network

from hypothesis import given
from hypothesis import strategies as st

from nf.codec.dhcpv6_messages import DhcpMessageType
from nf.codec.messages import ALL_ZERO_PREFIX, ProxyBindingUpdate, SequenceNumber
from nf.codec.registry import Status
from nf.engine.configuration import (
    ConfigurationItem,
    DomainConfiguration,
    MagRemoved,
    MobileNodeRemoved,
    PolicyProfileRemoved,
    PrefixDelegationSignalling,
)
from nf.engine.effects import Effect, StartTimer, StopTimer
from nf.engine.events import AccessLinkDown, ReregistrationRequested, TimerExpired
from nf.engine.kernel_effects import (
    InstallAccessRoute,
    InstallTunnel,
    InstallUplinkRoute,
    RemoveAccessRoute,
    RemoveTunnel,
    RemoveUplinkRoute,
)
from nf.engine.mag.forwarding import FORWARDING_STATES
from nf.engine.mag.gateway import Gateway
from nf.engine.values import LinkLayerAddress, Timer, TimerKind, Tunnel
from tests.engine.mag.bench import (
    ADDRESS,
    FOREIGN,
    HNP,
    HOST_PROFILE,
    MAC,
    MNP,
    NODE,
    OTHER_HNP,
    OTHER_LMA,
    OTHER_MAC,
    OTHER_MNP,
    OTHER_ROUTER,
    PROFILE,
    ROLE,
    ROUTER,
    SERVER,
    STRANGE_MAC,
    Bench,
    ia_pd,
    message,
)

COMMITS: tuple[ConfigurationItem, ...] = (
    ROUTER,
    OTHER_ROUTER,
    PROFILE,
    HOST_PROFILE,
    ROLE,
    MagRemoved(),
    MobileNodeRemoved(identifier=NODE),
    PolicyProfileRemoved(name="router"),
    DomainConfiguration(timestamp_based_approach_in_use=False),
    DomainConfiguration(prefix_delegation_signalling=PrefixDelegationSignalling.RFC_7148),
    replace(PROFILE, network_mobility=False),
    replace(PROFILE, mobile_network_prefix_count=2),
    replace(ROLE, detach_hold_ms=2_000),
    replace(ROLE, access_links=ROLE.access_links[:1]),
    replace(ROLE, proxy_care_of_address=FOREIGN[1]),
    replace(ROUTER, local_mobility_anchor=OTHER_LMA),
    replace(ROUTER, local_mobility_anchor=None),
    replace(ROUTER, home_network_prefixes=(HNP,), mobile_network_prefixes=(MNP,)),
    replace(ROUTER, link_layer_identifiers=(MAC, OTHER_MAC)),
    replace(ROUTER, enabled=False),
)

#: What may happen; what carries a registration on happens more often.
STEPS = (
    *("seen", "answer", "timer", "dhcp") * 3,
    *("lost", "down", "commit", "again", "solicit"),
)

macs = st.sampled_from([MAC, OTHER_MAC, STRANGE_MAC])
links = st.sampled_from(["access0", "access1", "access9"])
prefix_sets = st.lists(
    st.sampled_from([HNP, OTHER_HNP, MNP, OTHER_MNP, ALL_ZERO_PREFIX]), max_size=2
).map(tuple)


@dataclass
class Kernel:
    """What the effects have built up; refuses what no driver could do."""

    timers: set[Timer] = field(default_factory=set)
    tunnels: set[Tunnel] = field(default_factory=set)
    uplinks: list[InstallUplinkRoute] = field(default_factory=list)
    access: list[InstallAccessRoute] = field(default_factory=list)

    def perform(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            match effect:
                case StartTimer():
                    assert effect.after_ms > 0
                    self.timers.add(effect.timer)
                case StopTimer():
                    self.timers.remove(effect.timer)
                case InstallTunnel():
                    assert effect.tunnel not in self.tunnels
                    self.tunnels.add(effect.tunnel)
                case RemoveTunnel():
                    assert all(route.tunnel != effect.tunnel for route in self.uplinks)
                    self.tunnels.remove(effect.tunnel)
                case InstallUplinkRoute():
                    assert effect.tunnel in self.tunnels
                    self.uplinks.append(effect)
                case RemoveUplinkRoute():
                    key = (effect.prefix, effect.link, effect.tunnel)
                    self.uplinks.remove(
                        InstallUplinkRoute(prefix=key[0], link=key[1], tunnel=key[2])
                    )
                case InstallAccessRoute():
                    self.access.append(effect)
                case RemoveAccessRoute():
                    route = next(
                        each
                        for each in self.access
                        if (each.prefix, each.link) == (effect.prefix, effect.link)
                    )
                    self.access.remove(route)
                case _:
                    pass


def check(kernel: Kernel, gateway: Gateway) -> None:
    forwarded = [
        entry
        for entry in gateway.binding_update_list.values()
        if entry.state in FORWARDING_STATES and entry.home_network_prefixes
    ]
    assert kernel.tunnels == {entry.tunnel for entry in forwarded}
    assert sorted(map(str, kernel.uplinks)) == sorted(
        str(InstallUplinkRoute(prefix=prefix, link=entry.link, tunnel=entry.tunnel))
        for entry in forwarded
        for prefix in (*entry.home_network_prefixes, *entry.mobile_network_prefixes)
    )
    assert kernel.timers == gateway.timers.running()
    for timer in kernel.timers:
        is_hold = timer.kind is TimerKind.DETACH_HOLD
        known = gateway.attached_nodes if is_hold else gateway.binding_update_list
        assert timer.key in known
    configured = len(gateway.configuration.mobile_nodes) + 1
    for memory in (gateway.waiting_messages, gateway.copies, gateway.forwarding):
        assert len(memory) <= configured
    assert set(gateway.copies) <= set(gateway.binding_update_list)
    assert set(gateway.forwarding) <= set(gateway.binding_update_list)


@given(st.data())
def test_any_sequence_of_events_keeps_the_kernel_in_line_with_the_bindings(
    data: st.DataObject,
) -> None:
    bench, kernel = Bench(start=data.draw(st.booleans())), Kernel()
    check(kernel, bench.mag.gateway)
    for _ in range(data.draw(st.integers(1, 25))):
        bench.at_ms += data.draw(st.sampled_from([0, 10, 1_000, 100_000]))
        kernel.perform(step(data, bench, kernel))
        check(kernel, bench.mag.gateway)


def step(data: st.DataObject, bench: Bench, kernel: Kernel) -> list[Effect]:
    """Let one thing happen, most often what carries a registration on."""
    kind = data.draw(st.sampled_from(STEPS))
    mac: LinkLayerAddress = data.draw(macs)
    link = data.draw(links)
    if kind == "seen":
        return bench.seen(mac, link=link, address=data.draw(st.sampled_from([None, ADDRESS])))
    if kind == "lost":
        return bench.lost(mac, link=link)
    if kind == "down":
        return bench.handle(AccessLinkDown(link=link))
    if kind == "answer":
        return answer(data, bench)
    if kind == "timer" and kernel.timers:
        timer = data.draw(st.sampled_from(sorted(kernel.timers, key=str)))
        kernel.timers.remove(timer)
        return bench.handle(TimerExpired(timer=timer))
    if kind == "commit":
        return bench.configure(*data.draw(st.lists(st.sampled_from(COMMITS), max_size=3)))
    if kind == "again":
        return bench.handle(ReregistrationRequested(mobile_node_identifier=NODE))
    if kind == "solicit":
        return bench.solicit_router(mac=mac)
    return dhcp(data, bench, mac)


def answer(data: st.DataObject, bench: Bench) -> list[Effect]:
    """Answer a recent PBU, mostly as a correct LMA does."""
    if not bench.sent:
        return []
    request: ProxyBindingUpdate = data.draw(st.sampled_from(bench.sent[-3:]))
    status = data.draw(st.sampled_from([0, 0, 0, 1, 199, *Status]))
    hnps: tuple[IPv6Network, ...] = data.draw(prefix_sets)
    made = bench.answer(
        status,
        to=request,
        hnps=hnps or (HNP,),
        mnps=data.draw(prefix_sets),
        lifetime_s=data.draw(st.sampled_from([0, 4, 400])),
    )
    if data.draw(st.integers(0, 9)) == 0:
        made = replace(made, handoff_indicator=1)
    if data.draw(st.integers(0, 9)) == 0:
        made = replace(made, sequence_number=SequenceNumber(9))
    source = data.draw(st.sampled_from([ROUTER.local_mobility_anchor, OTHER_LMA]))
    assert source is not None
    return bench.receive(made, source=source)


def dhcp(data: st.DataObject, bench: Bench, mac: LinkLayerAddress) -> list[Effect]:
    prefixes = data.draw(st.lists(st.sampled_from([MNP, OTHER_MNP, FOREIGN]), max_size=2))
    made = message(
        data.draw(st.sampled_from(list(DhcpMessageType))),
        ia_pd(*prefixes, iaid=1),
        ia_pd(iaid=data.draw(st.sampled_from([1, 2]))),
        server=data.draw(st.sampled_from([None, SERVER])),
        rapid_commit=data.draw(st.booleans()),
    )
    return bench.dhcp(made, mac=mac)
