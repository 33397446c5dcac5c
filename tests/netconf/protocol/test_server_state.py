"""The server's own operational state: monitoring, YANG library, capabilities, and their merging."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import cast

import pytest

from netconf_server.datastores.datastore import DatastoreName
from netconf_server.protocol.capabilities import server_capabilities
from netconf_server.protocol.monitoring import MonitoringState
from netconf_server.protocol.yang_library import content_id, modules_state, yang_library
from netconf_server.provider import (
    ChangeSet,
    Json,
    Notification,
    ProviderError,
    StateFragment,
    StateSelection,
)
from netconf_server.server_state import CompositeProvider, ReadOnlyPart
from tests.netconf.protocol.fakes import TOY, Bench, module

MODULES = (
    module("toy", "2026-01-01", TOY, submodules=(("toy-part", "2025-01-01"),), features=("b", "a")),
    module("old", "2011-06-01", "urn:example:old", yang_version="1", features=("y", "x")),
    module("bare", None, "urn:example:bare", yang_version="1"),
    module("types", "2020-01-01", "urn:example:types", is_implemented=False, yang_version="1"),
)
DEVIATED = module(
    "old", "2011-06-01", "urn:example:old?x=1", yang_version="1", deviations=("c", "b")
)


def member(value: Json, *names: str) -> Json:
    """Walk down the members of nested objects."""
    for name in names:
        assert isinstance(value, dict)
        value = value[name]
    return value


def names(entries: Json, key: str = "name") -> list[Json]:
    assert isinstance(entries, list)
    return [member(entry, key) for entry in entries]


class TestMonitoring:
    def state(self, bench: Bench, *paths: str) -> dict[str, Json]:
        """Put together what is told of some paths, of all without any."""
        management = bench.management
        part = MonitoringState(
            management.schema, management.locks, management.sessions, management.capabilities
        )
        state: dict[str, Json] = {}
        for fragment in part.read_state(StateSelection(paths=paths)):
            inside = member(fragment.data, "ietf-netconf-monitoring:netconf-state")
            assert isinstance(inside, dict)
            state |= inside
        return state

    @pytest.mark.parametrize(
        ("path", "children"),
        [
            ("", ["capabilities", "datastores", "schemas", "sessions", "statistics"]),
            ("/sessions/session[session-id='1']/username", ["sessions"]),
            ("/statistics", ["statistics"]),
            ("/statistics/in-rpcs", ["statistics"]),
            ("/stat", []),
        ],
    )
    def test_no_more_is_made_than_is_asked_for(self, path: str, children: list[str]) -> None:
        state = self.state(Bench(), f"/ietf-netconf-monitoring:netconf-state{path}")
        assert list(state) == children

    @pytest.mark.rfc("6022 §2.1.2")
    def test_a_locked_datastore_names_its_holder(self) -> None:
        bench = Bench()
        client = bench.client()
        bench.management.lock(client.record.session_id, DatastoreName.RUNNING)
        datastores = member(self.state(bench), "datastores", "datastore")
        assert names(datastores) == ["running", "candidate", "startup"]
        assert datastores == [
            {
                "name": "running",
                "locks": {
                    "global-lock": {
                        "locked-by-session": 1,
                        "locked-time": "2026-01-01T12:00:00+00:00",
                    }
                },
            },
            {"name": "candidate"},
            {"name": "startup"},
        ]

    @pytest.mark.rfc("6022 §2.1.3")
    def test_every_revision_of_every_module_is_a_schema(self) -> None:
        schemas = member(self.state(Bench()), "schemas", "schema")
        assert names(schemas, "identifier") == ["ietf-netconf", "toy", "types", "types"]
        assert names(schemas, "version") == [
            "2011-06-01",
            "2026-01-01",
            "2020-01-01",
            "2021-01-01",
        ]

    @pytest.mark.rfc("6022 §2.1.4")
    def test_every_open_session_is_listed_with_its_counters(self) -> None:
        bench = Bench()
        client = bench.client()
        bench.client().ask("<close-session/>")
        client.ask("<get/>")
        assert member(self.state(bench), "sessions", "session") == [
            {
                "session-id": 1,
                "transport": "ietf-netconf-monitoring:netconf-ssh",
                "username": "user1",
                "source-host": "192.0.2.1",
                "login-time": "2026-01-01T12:00:00+00:00",
                "in-rpcs": 1,
                "in-bad-rpcs": 0,
                "out-rpc-errors": 0,
                "out-notifications": 0,
            }
        ]

    def test_counters_wrap_as_their_type_does(self) -> None:
        bench = Bench()
        bench.management.sessions.totals.in_rpcs = 2**32 + 5
        assert member(self.state(bench), "statistics", "in-rpcs") == 5


class TestYangLibrary:
    @pytest.mark.rfc("8525 §3")
    def test_implemented_and_imported_modules_are_told_apart(self) -> None:
        library = member(yang_library(MODULES), "ietf-yang-library:yang-library")
        module_sets = member(library, "module-set")
        assert isinstance(module_sets, list)
        assert names(member(module_sets[0], "module")) == ["bare", "old", "toy"]
        assert names(member(module_sets[0], "import-only-module")) == ["types"]
        assert names(member(library, "datastore")) == [
            "ietf-datastores:running",
            "ietf-datastores:candidate",
            "ietf-datastores:startup",
            "ietf-datastores:intended",
            "ietf-datastores:operational",
            "ietf-factory-default:factory-default",
        ]

    def test_submodules_and_features_belong_to_their_module(self) -> None:
        module_sets = member(yang_library(MODULES), "ietf-yang-library:yang-library", "module-set")
        assert isinstance(module_sets, list)
        modules = member(module_sets[0], "module")
        assert isinstance(modules, list)
        toy = modules[2]
        assert member(toy, "submodule") == [{"name": "toy-part", "revision": "2025-01-01"}]
        assert member(toy, "feature") == ["a", "b"]

    def test_a_module_without_revision_has_no_revision_leaf(self) -> None:
        module_sets = member(yang_library(MODULES), "ietf-yang-library:yang-library", "module-set")
        assert isinstance(module_sets, list)
        modules = member(module_sets[0], "module")
        assert isinstance(modules, list)
        bare = modules[0]
        assert isinstance(bare, dict)
        assert "revision" not in bare

    @pytest.mark.rfc("8525 §3")
    def test_the_content_id_follows_the_content_and_not_the_order(self) -> None:
        changed = (*MODULES[:-1], module("types", "2021-01-01", "urn:example:types"))
        assert content_id(MODULES) == content_id(reversed(MODULES))
        assert content_id(MODULES) != content_id(changed)

    def test_the_older_form_lists_the_same_modules(self) -> None:
        modules = member(modules_state(MODULES), "ietf-yang-library:modules-state", "module")
        assert names(modules) == ["bare", "old", "toy", "types"]
        assert names(modules, "conformance-type") == ["implement"] * 3 + ["import"]


class TestCapabilities:
    def test_modules_of_yang_1_are_announced_and_those_of_1_1_are_not(self) -> None:
        announced = server_capabilities(MODULES, "abc")
        assert announced[-3:] == (
            "urn:ietf:params:netconf:capability:yang-library:1.1"
            "?revision=2019-01-04&content-id=abc",
            "urn:example:bare?module=bare",
            "urn:example:old?module=old&revision=2011-06-01&features=x,y",
        )

    @pytest.mark.rfc("6020 §5.6.4")
    def test_the_modules_that_deviate_a_module_are_announced_with_it(self) -> None:
        assert server_capabilities([DEVIATED], "abc")[-1] == (
            "urn:example:old?x=1&module=old&revision=2011-06-01&deviations=b,c"
        )

    def test_nothing_is_announced_that_does_not_work(self) -> None:
        announced = " ".join(server_capabilities(MODULES, "abc"))
        assert "writable-running" not in announced


class RecordingProvider:
    """Remembers what it was asked for."""

    def __init__(self) -> None:
        self.selections: list[StateSelection] = []

    def read_state(self, selection: StateSelection) -> Iterable[StateFragment]:
        self.selections.append(selection)
        yield StateFragment(data={"toy:top": {}})

    def validate(self, changes: ChangeSet) -> Sequence[ProviderError]:
        return ()

    def apply(self, changes: ChangeSet) -> None: ...

    def invoke(self, path: str, data: dict[str, Json]) -> dict[str, Json]:
        return data

    def subscribe(self, sink: Callable[[Notification], None]) -> None: ...


class TestComposite:
    def read(self, *paths: str) -> tuple[list[str], list[StateSelection]]:
        provider = RecordingProvider()
        composite = CompositeProvider(
            provider, {"/m:own": ReadOnlyPart(lambda: {"m:own": cast("Json", {})})}
        )
        fragments = composite.read_state(StateSelection(paths=paths))
        found = [name for fragment in fragments for name in fragment.data]
        return found, provider.selections

    def test_without_a_selection_everybody_answers(self) -> None:
        assert self.read() == (["m:own", "toy:top"], [StateSelection()])

    @pytest.mark.parametrize("path", ["/m:own", "/m:own/list[key='a/b']"])
    def test_a_path_of_the_servers_own_never_reaches_the_provider(self, path: str) -> None:
        assert self.read(path) == (["m:own"], [])

    def test_another_path_reaches_the_provider_only(self) -> None:
        assert self.read("/toy:top/x") == (
            ["toy:top"],
            [StateSelection(paths=("/toy:top/x",))],
        )

    def test_mixed_paths_are_divided(self) -> None:
        assert self.read("/m:own/a", "/toy:top", "/m:own/b") == (
            ["m:own", "toy:top"],
            [StateSelection(paths=("/toy:top",))],
        )
