"""The provider: what the server calls, joined to engine and northbound."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from ipaddress import IPv6Address

import pytest

from netconf_server.provider import (
    Change,
    ChangeKind,
    ChangeSet,
    InvocationError,
    Notification,
    Provider,
    ProviderError,
    StateSelection,
)
from nf.engine.configuration import (
    DataPlaneConfiguration,
    DomainConfiguration,
    LmaConfiguration,
    LmaRemoved,
    MobileNode,
    PolicyProfile,
)
from nf.engine.engine import Engine
from nf.engine.events import BindingClearRequested, ConfigurationChanged, Event
from nf.engine.notifications import UnknownNodeSeen
from nf.engine.values import BindingId
from nf.provider import PmipProvider
from tests.northbound.instances import DictView, example
from tests.northbound.reading import CACHE, ROOT
from tests.northbound.records import MAC_7, NOW, FakeDataPlane, busy_engine


class Scene:
    """A provider over an engine whose events are kept instead of handled."""

    def __init__(self, engine: Engine) -> None:
        self.posted: list[Event] = []
        self.provider = PmipProvider(
            engine=engine, post=self.posted.append, now=lambda: NOW, data_plane=FakeDataPlane()
        )
        self.running = DictView()

    def edit(self, kind: ChangeKind, path: str, after: DictView) -> ChangeSet:
        change = Change(kind=kind, path=path)
        return ChangeSet(changes=(change,), before=self.running, after=after)

    def errors(self, changes: ChangeSet) -> Sequence[ProviderError]:
        served: Provider = self.provider
        return served.validate(changes)


def with_node(address: str) -> DictView:
    data = example("lma-config")
    node = {
        "identifier": "tram-1",
        "policy-profile": "buses",
        "home-network-prefix": [f"{address}/64"],
    }
    data["pmip6:pmip6"]["mobile-node"].append(node)
    return DictView(data)


def started() -> Scene:
    """Return a scene with the example of an anchor as its running configuration."""
    scene = Scene(Engine())
    after = DictView(example("lma-config"))
    scene.provider.apply(scene.edit(ChangeKind.CREATED, ROOT, after))
    scene.running = after
    return scene


def test_first_configuration_is_one_event_with_everything() -> None:
    (event,) = started().posted
    assert isinstance(event, ConfigurationChanged)
    assert [type(item) for item in event.items] == [
        DomainConfiguration,
        DataPlaneConfiguration,
        PolicyProfile,
        MobileNode,
        LmaConfiguration,
    ]


def test_validation_refuses_and_does_nothing() -> None:
    scene = started()
    after = with_node("2001:db8:1000::")
    path = f"{ROOT}/mobile-node[identifier='tram-1']"
    changes = scene.edit(ChangeKind.CREATED, path, after)
    expected = ProviderError(
        path=f"{path}/home-network-prefix[.='2001:db8:1000::/64']",
        message="2001:db8:1000::/64 overlaps 2001:db8:1000::/40 of "
        f"{ROOT}/local-mobility-anchor/home-network-prefix-pool[name='home']/prefix",
        app_tag="overlapping-prefix",
    )
    assert list(scene.errors(changes)) == list(scene.errors(changes)) == [expected]
    assert len(scene.posted) == 1


def test_removed_role_is_told_and_its_pools_stand_in_nobodys_way() -> None:
    scene = started()
    data = example("lma-config")
    del data["pmip6:pmip6"]["local-mobility-anchor"]
    after = DictView(data)
    removal = scene.edit(ChangeKind.DELETED, f"{ROOT}/local-mobility-anchor", after)
    assert list(scene.errors(removal)) == []
    scene.provider.apply(removal)
    assert scene.posted[1:] == [ConfigurationChanged(items=(LmaRemoved(),))]
    scene.running = after
    path = f"{ROOT}/mobile-node[identifier='tram-1']"
    addition = scene.edit(ChangeKind.CREATED, path, with_node("2001:db8:ffff::"))
    assert list(scene.errors(addition)) == []


def test_change_of_another_module_posts_nothing() -> None:
    scene = started()
    changes = scene.edit(ChangeKind.MODIFIED, "/ietf-netconf-acm:nacm/enable-nacm", scene.running)
    assert list(scene.errors(changes)) == []
    scene.provider.apply(changes)
    assert len(scene.posted) == 1


def test_state_comes_in_fragments_from_the_root() -> None:
    selection = StateSelection(paths=(f"{CACHE}[binding-id='1']",))
    (fragment,) = Scene(busy_engine()).provider.read_state(selection)
    assert list(fragment.data) == ["pmip6:pmip6"]


def test_action_is_posted_and_has_no_output() -> None:
    scene = Scene(busy_engine())
    assert scene.provider.invoke(f"{CACHE}[binding-id='1']/clear", {}) == {}
    assert scene.posted == [BindingClearRequested(binding_id=BindingId(1))]


def test_action_on_an_entry_that_is_gone_is_refused_and_posts_nothing() -> None:
    scene = Scene(busy_engine())
    path = f"{CACHE}[binding-id='2']/clear"
    with pytest.raises(InvocationError) as refusal:
        scene.provider.invoke(path, {})
    expected = ProviderError(path=path, message="there is no binding 2", app_tag="no-such-entry")
    assert refusal.value.error == expected
    assert scene.posted == []


def test_notifications_go_to_everybody_who_subscribed() -> None:
    first: list[Notification] = []
    second: list[Notification] = []
    provider = Scene(Engine()).provider
    provider.subscribe(first.append)
    provider.subscribe(second.append)
    provider.notify(UnknownNodeSeen(link="access0", link_layer_address=MAC_7))
    expected = Notification(
        event_time=datetime(2026, 11, 23, 6, tzinfo=UTC),
        data={
            "pmip6:unknown-node-seen": {
                "link": "access0",
                "link-layer-address": "02:00:00:00:00:07",
            }
        },
    )
    assert first == second == [expected]


def test_notification_without_a_subscriber_is_nobodys() -> None:
    provider = Scene(Engine()).provider
    provider.notify(UnknownNodeSeen(link="access0", link_layer_address=MAC_7))
    late: list[Notification] = []
    provider.subscribe(late.append)
    assert late == []


def test_address_of_the_example_is_what_the_engine_is_told() -> None:
    (event,) = started().posted
    assert isinstance(event, ConfigurationChanged)
    anchor = event.items[-1]
    assert isinstance(anchor, LmaConfiguration)
    assert anchor.address == IPv6Address("2001:db8:ffff::1")
