"""The two phases of a commit, what providers are told, and the life of the three datastores."""

from __future__ import annotations

from pathlib import Path

import pytest

from netconf_server.datastores.datastore import DatastoreName, Datastores, DefaultOperation
from netconf_server.datastores.datastore import TestOption as Option
from netconf_server.errors import MultipleRpcError, RpcError
from netconf_server.provider import Change, ChangeKind, ChangeSet, ConfigurationView, ProviderError
from tests.netconf.data.shop import (
    candidate,
    comparable,
    config,
    edit,
    expected,
    running,
    shop,
    summary,
)
from tests.netconf.fake_provider import FakeProvider


def changes(provider: FakeProvider) -> list[tuple[str, str]]:
    """Return what the provider was last told to apply, as kind and path below the shop."""
    call = provider.calls[-1]
    assert call.phase == "apply"
    return [(change.kind.value, change.path.removeprefix("/shop:shop")) for change in call.changes]


class TestTwoPhases:
    def test_provider_validates_then_applies_the_same_changes(
        self, datastores: Datastores, provider: FakeProvider
    ) -> None:
        edit(datastores, shop("<name>n</name>"))
        assert datastores.commit()
        assert [call.phase for call in provider.calls] == ["validate", "apply"]
        assert provider.calls[0].changes == provider.calls[1].changes
        assert Change(kind=ChangeKind.CREATED, path="/shop:shop") in provider.calls[0].changes

    def test_refusal_changes_nothing_and_applies_nothing(
        self, datastores: Datastores, provider: FakeProvider, tmp_path: Path
    ) -> None:
        provider.refusals = [
            ProviderError(path="/shop:shop/name", message="taken", app_tag="name-taken")
        ]
        edit(datastores, shop("<name>n</name>"))
        with pytest.raises(RpcError) as caught:
            datastores.commit()
        assert summary(caught.value) == ("operation-failed", "name-taken", "/shop:shop/name")
        assert caught.value.message == "/shop:shop/name: taken"
        assert [call.phase for call in provider.calls] == ["validate"]
        assert running(datastores) == []
        assert candidate(datastores) == expected("<name>n</name>")
        assert list(tmp_path.iterdir()) == []

    def test_several_refusals_are_all_reported(
        self, datastores: Datastores, provider: FakeProvider
    ) -> None:
        provider.refusals = [
            ProviderError(path="/shop:shop/name", message="taken"),
            ProviderError(path="/shop:shop/floor", message="occupied", app_tag="full"),
        ]
        edit(datastores, shop("<name>n</name>"))
        with pytest.raises(MultipleRpcError) as caught:
            datastores.commit()
        assert summary(caught.value) == ("operation-failed", None, "/shop:shop/name")
        assert [summary(other) for other in caught.value.others] == [
            ("operation-failed", "full", "/shop:shop/floor")
        ]

    def test_configuration_is_on_the_disk_before_the_provider_applies_it(
        self, datastores: Datastores, provider: FakeProvider, tmp_path: Path
    ) -> None:
        stored: dict[str, bool] = {}

        def look(phase: str, _changes: ChangeSet) -> None:
            stored[phase] = (tmp_path / "running.xml").exists()

        provider.observe = look
        edit(datastores, shop("<name>n</name>"))
        assert datastores.commit()
        assert stored == {"validate": False, "apply": True}

    def test_failed_write_leaves_running_as_it_was(
        self,
        datastores: Datastores,
        provider: FakeProvider,
        tmp_path: Path,
    ) -> None:
        (tmp_path / "running.xml.new").mkdir()
        edit(datastores, shop("<name>n</name>"))
        with pytest.raises(RpcError) as caught:
            datastores.commit()
        assert caught.value.tag.value == "operation-failed"
        assert "running.xml" in caught.value.message
        assert running(datastores) == []
        assert candidate(datastores) == expected("<name>n</name>")
        assert [call.phase for call in provider.calls] == ["validate"]

    def test_commit_without_edits_does_nothing(
        self, datastores: Datastores, provider: FakeProvider
    ) -> None:
        assert not datastores.commit()
        assert provider.calls == []

    def test_edits_that_undo_each_other_are_no_commit(
        self, datastores: Datastores, provider: FakeProvider
    ) -> None:
        edit(datastores, shop("<name>n</name>"))
        assert datastores.commit()
        provider.calls.clear()
        edit(datastores, shop("<name nc:operation='delete'/>"))
        edit(datastores, shop("<name>n</name>"))
        assert not datastores.commit()
        assert provider.calls == []
        assert not datastores.candidate_modified

    def test_provider_that_fails_to_apply_leaves_consistent_datastores(
        self, datastores: Datastores, provider: FakeProvider
    ) -> None:
        def fail(phase: str, _changes: ChangeSet) -> None:
            if phase == "apply":
                raise RuntimeError("a bug")

        provider.observe = fail
        edit(datastores, shop("<name>n</name>"))
        with pytest.raises(RuntimeError, match="a bug"):
            datastores.commit()
        assert running(datastores) == candidate(datastores) == expected("<name>n</name>")


class TestChangeSet:
    @pytest.fixture(autouse=True)
    def _filled(self, datastores: Datastores) -> None:
        queue = "".join(f"<queue><who>{who}</who></queue>" for who in "abcd")
        edit(
            datastores,
            shop(
                "<name>n</name><article><name>x</name><price>1</price><tag>t</tag></article>"
                f"<open>true</open><hours>9</hours><alarm><code>1</code></alarm>{queue}"
                "<route>p</route><route>q</route><currency>euro</currency>"
            ),
        )
        assert datastores.commit()

    @pytest.mark.parametrize(
        ("content", "result"),
        [
            ("<name>m</name>", [("modified", "/name")]),
            ("<floor>2</floor>", [("modified", "/floor")]),
            ("<floor>0</floor>", []),
            ("<name nc:operation='delete'/>", [("deleted", "/name")]),
            (
                "<article><name>x</name><price>2</price></article>",
                [("modified", "/article[name='x']/price")],
            ),
            (
                "<article><name>y</name><price>2</price><tag>u</tag></article>",
                [("created", "/article[name='y']")],
            ),
            (
                "<article nc:operation='delete'><name>x</name></article>",
                [("deleted", "/article[name='x']")],
            ),
            (
                "<article nc:operation='replace'><name>x</name><tag>t</tag><tag>u</tag></article>",
                [
                    ("deleted", "/article[name='x']/price"),
                    ("created", "/article[name='x']/tag[.='u']"),
                ],
            ),
            (
                "<counter><drawer><coins>1</coins></drawer></counter>",
                [("created", "/counter/drawer/coins")],
            ),
            ("<counter><mode>x</mode></counter>", [("modified", "/counter/mode")]),
            ("<alarm nc:operation='delete'/>", [("deleted", "/alarm")]),
            ("<alarm><volume>9</volume></alarm>", [("modified", "/alarm/volume")]),
            (
                "<queue yang:insert='first'><who>d</who></queue>",
                [("modified", "/queue[who='d']")],
            ),
            (
                "<queue yang:insert='last'><who>a</who><wish>w</wish></queue>",
                [("created", "/queue[who='a']/wish"), ("modified", "/queue[who='a']")],
            ),
            (
                "<queue yang:insert='first'><who>e</who></queue>",
                [("created", "/queue[who='e']")],
            ),
            (
                "<queue nc:operation='delete'><who>b</who></queue>",
                [("deleted", "/queue[who='b']")],
            ),
            ("<route yang:insert='first'>q</route>", [("modified", "/route[.='q']")]),
            ("<open>false</open>", [("deleted", "/hours"), ("modified", "/open")]),
            ("<brand>b</brand>", [("created", "/brand"), ("deleted", "/currency")]),
        ],
    )
    def test_names_exactly_what_changed(
        self,
        datastores: Datastores,
        provider: FakeProvider,
        content: str,
        result: list[tuple[str, str]],
    ) -> None:
        edit(datastores, shop(content))
        assert datastores.commit()
        assert sorted(changes(provider)) == sorted(result)
        assert running(datastores) == candidate(datastores)
        assert not datastores.candidate_modified

    def test_replaced_configuration_is_compared_as_a_whole(
        self, datastores: Datastores, provider: FakeProvider
    ) -> None:
        datastores.copy(
            shop("<name>m</name><open>true</open><hours>9</hours>"), DatastoreName.CANDIDATE
        )
        assert datastores.commit()
        found = changes(provider)
        assert ("modified", "/name") in found
        assert ("deleted", "/article[name='x']") in found
        assert not [path for _, path in found if path in ("/open", "/hours", "")]

    def test_views_show_both_sides_with_defaults_and_end_with_the_call(
        self, datastores: Datastores, provider: FakeProvider
    ) -> None:
        seen: list[object] = []
        views: list[ConfigurationView] = []

        def look(_phase: str, change_set: ChangeSet) -> None:
            for view in (change_set.before, change_set.after):
                views.append(view)
                seen.append(view.read("/shop:shop/article[name='x']"))
                seen.append(view.read("/shop:shop/floor"))
                seen.append(list(view.keys("/shop:shop/queue"))[:2])
                seen.append(view.read("/shop:shop/article[name='none']"))

        provider.observe = look
        edit(
            datastores,
            shop("<article><name>x</name><price>2</price></article><floor>1</floor>"),
        )
        assert datastores.commit()
        entries = ["/shop:shop/queue[who='a']", "/shop:shop/queue[who='b']"]
        before = [{"name": "x", "price": 1, "tag": ["t"]}, 0, entries, None]
        after = [{"name": "x", "price": 2, "tag": ["t"]}, 1, entries, None]
        assert seen == [*before, *after] * 2
        with pytest.raises(RuntimeError, match="during its call"):
            views[0].read("/shop:shop/floor")

    def test_view_names_nodes_of_other_modules_with_their_module(
        self, datastores: Datastores, provider: FakeProvider
    ) -> None:
        seen: list[object] = []
        provider.observe = lambda _phase, found: seen.append(
            found.after.read("/shop:shop/article[name='x']")
        )
        edit(datastores, shop("<article><name>x</name><se:colour>red</se:colour></article>"))
        assert datastores.commit()
        assert seen[0] == {"name": "x", "price": 1, "tag": ["t"], "shop-extra:colour": "red"}


class TestCandidate:
    def test_discard_goes_back_to_running(self, datastores: Datastores) -> None:
        edit(datastores, shop("<name>n</name><queue><who>a</who></queue>"))
        assert datastores.commit()
        edit(datastores, shop("<name>m</name><queue nc:operation='delete'><who>a</who></queue>"))
        datastores.copy(shop("<floor>3</floor>"), DatastoreName.CANDIDATE)
        edit(datastores, shop("<floor>4</floor>"))
        assert datastores.candidate_modified
        datastores.discard_changes()
        assert not datastores.candidate_modified
        assert candidate(datastores) == running(datastores)

    def test_edit_of_running_is_not_supported(self, datastores: Datastores) -> None:
        with pytest.raises(RpcError) as caught:
            datastores.edit(DatastoreName.RUNNING, shop(""), DefaultOperation.MERGE, Option.SET)
        assert caught.value.tag.value == "operation-not-supported"

    def test_validate_says_what_commit_would_and_changes_nothing(
        self, datastores: Datastores, provider: FakeProvider
    ) -> None:
        edit(datastores, shop("<alarm/>"))
        with pytest.raises(RpcError) as caught:
            datastores.validate(DatastoreName.CANDIDATE)
        assert summary(caught.value) == ("missing-element", None, "/shop:shop/alarm/code")
        edit(datastores, shop("<alarm><code>1</code></alarm>"))
        datastores.validate(DatastoreName.CANDIDATE)
        assert [call.phase for call in provider.calls] == ["validate"]
        assert running(datastores) == []

    def test_inline_configuration_is_validated(
        self, datastores: Datastores, provider: FakeProvider
    ) -> None:
        datastores.validate(shop("<name>n</name>"))
        assert [call.phase for call in provider.calls] == ["validate"]
        with pytest.raises(RpcError):
            datastores.validate(shop("<floor>77</floor>"))
        assert candidate(datastores) == []


@pytest.mark.rfc("6241 §8.7")
class TestStartup:
    def stored(self, datastores: Datastores) -> list[str]:
        return comparable(datastores.get_config(DatastoreName.STARTUP, None))

    def test_running_is_copied_to_startup(self, datastores: Datastores) -> None:
        edit(datastores, shop("<name>n</name>"))
        assert datastores.commit()
        assert self.stored(datastores) == []
        datastores.copy(DatastoreName.RUNNING, DatastoreName.STARTUP)
        assert self.stored(datastores) == expected("<name>n</name>")

    def test_startup_is_copied_to_candidate(self, datastores: Datastores) -> None:
        datastores.copy(shop("<name>n</name>"), DatastoreName.STARTUP)
        datastores.copy(DatastoreName.STARTUP, DatastoreName.CANDIDATE)
        assert candidate(datastores) == expected("<name>n</name>")
        assert datastores.commit()
        assert running(datastores) == expected("<name>n</name>")

    def test_invalid_configuration_is_not_copied_to_startup(self, datastores: Datastores) -> None:
        with pytest.raises(RpcError):
            datastores.copy(shop("<alarm/>"), DatastoreName.STARTUP)
        assert self.stored(datastores) == []

    def test_damaged_startup_is_an_error_that_names_the_file(
        self, datastores: Datastores, tmp_path: Path
    ) -> None:
        (tmp_path / "startup.xml").write_bytes(b"<half")
        with pytest.raises(RpcError) as caught:
            datastores.get_config(DatastoreName.STARTUP, None)
        assert caught.value.tag.value == "operation-failed"
        assert "startup.xml" in caught.value.message

    def test_copy_to_itself_changes_nothing(self, datastores: Datastores) -> None:
        edit(datastores, shop("<name>n</name>"))
        datastores.copy(DatastoreName.CANDIDATE, DatastoreName.CANDIDATE)
        assert candidate(datastores) == expected("<name>n</name>")

    def test_copy_of_running_to_candidate_discards_the_edits(self, datastores: Datastores) -> None:
        edit(datastores, shop("<name>n</name>"))
        datastores.copy(DatastoreName.RUNNING, DatastoreName.CANDIDATE)
        assert candidate(datastores) == []
        assert not datastores.candidate_modified

    def test_startup_can_be_deleted(self, datastores: Datastores) -> None:
        datastores.copy(shop("<name>n</name>"), DatastoreName.STARTUP)
        datastores.delete(DatastoreName.STARTUP)
        assert self.stored(datastores) == []

    def test_running_cannot_be_deleted_or_copied_to(self, datastores: Datastores) -> None:
        with pytest.raises(RpcError) as caught:
            datastores.delete(DatastoreName.RUNNING)
        assert caught.value.tag.value == "operation-not-supported"
        with pytest.raises(RpcError) as caught:
            datastores.copy(config(""), DatastoreName.RUNNING)
        assert caught.value.tag.value == "operation-not-supported"
