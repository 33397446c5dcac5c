"""What a commit must not do, whatever the size; and what comes with a commit as a value."""

from __future__ import annotations

from pathlib import Path

import pytest

from netconf_server.datastores.committed import CommittedChange
from netconf_server.datastores.datastore import DatastoreName, Datastores
from netconf_server.errors import RpcError
from netconf_server.provider import Change
from netconf_server.schema.schema import Schema
from netconf_server.schema.tree import DataTree
from tests.netconf.data.shop import candidate, edit, expected, running, shop
from tests.netconf.fake_provider import FakeProvider

BASIS = (
    "<name>n</name><queue><who>a</who></queue><queue><who>b</who></queue>"
    "<article><name>x</name><barcode>8</barcode><price>1</price></article>"
    "<article><name>y</name><barcode>9</barcode><substitute>x</substitute></article>"
    "<branch><city>c</city><person>p</person><phone>1</phone><phone>2</phone></branch>"
)


@pytest.fixture
def stocked(datastores: Datastores) -> Datastores:
    edit(datastores, shop(BASIS))
    assert datastores.commit()
    return datastores


@pytest.fixture
def _nothing_whole(stocked: Datastores, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse to copy, validate or print everything."""

    def refuse(*_arguments: object, **_options: object) -> None:
        raise AssertionError("the whole tree is gone through")

    for name in ("validate", "duplicate", "print"):
        monkeypatch.setattr(DataTree, name, refuse)


@pytest.mark.usefixtures("_nothing_whole")
class TestNothingWhole:
    @pytest.mark.parametrize(
        "content",
        [
            "<name>m</name>",
            "<name nc:operation='delete'/>",
            "<floor>3</floor>",
            "<article><name>z</name><barcode>7</barcode><price>2</price><tag>t</tag></article>",
            "<article><name>x</name><price>2</price></article>",
            "<article><name>x</name><barcode>7</barcode></article>",
            "<article nc:operation='delete'><name>y</name></article>",
            "<article nc:operation='replace'><name>y</name><price>3</price></article>",
            "<article><name>x</name><substitute>y</substitute></article>",
            "<queue><who>c</who></queue>",
            "<queue nc:operation='delete'><who>b</who></queue>",
            "<queue yang:insert='first'><who>b</who></queue>",
            "<route>r</route>",
            "<branch><city>d</city><company>q</company><phone>1</phone></branch>",
            "<branch><city>c</city><company>q</company></branch>",
            "<branch><city>c</city><phone nc:operation='delete'>2</phone></branch>",
            "<alarm><code>1</code></alarm>",
            "<counter><number>3</number></counter>",
        ],
    )
    def test_is_done_for_an_edit_its_validation_and_its_commit(
        self, stocked: Datastores, content: str
    ) -> None:
        edit(stocked, shop(content))
        stocked.validate(DatastoreName.CANDIDATE)
        assert stocked.commit()

    def test_is_done_for_going_back(self, stocked: Datastores) -> None:
        edit(stocked, shop("<article nc:operation='delete'><name>x</name></article>"))
        stocked.discard_changes()
        assert not stocked.candidate_modified

    def test_is_done_for_what_a_provider_reads(
        self, stocked: Datastores, provider: FakeProvider
    ) -> None:
        seen: list[object] = []

        def look(_phase: str, changes: object) -> None:
            views = (getattr(changes, "before"), getattr(changes, "after"))  # noqa: B009
            seen.extend(view.read("/shop:shop/article[name='x']/price") for view in views)

        provider.observe = look
        edit(stocked, shop("<article><name>x</name><price>5</price></article>"))
        assert stocked.commit()
        assert seen == [1, 5, 1, 5]


class TestWhatIsThereAlready:
    def test_is_not_parsed_once_more(
        self, stocked: Datastores, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(*_arguments: object) -> None:
            raise AssertionError("a value that is there already is parsed")

        monkeypatch.setattr(DataTree, "parse_into", refuse)
        edit(stocked, shop(BASIS))
        assert not stocked.candidate_modified

    def test_is_no_change_in_another_form_either(self, stocked: Datastores) -> None:
        edit(stocked, shop("<article><name>x</name><price> 01 </price></article>"))
        assert not stocked.candidate_modified

    def test_is_refused_with_an_element_in_it(self, stocked: Datastores) -> None:
        with pytest.raises(RpcError, match="child element"):
            edit(stocked, shop("<name>n<b/></name>"))


class TestRunningBesideCandidate:
    def test_is_seen_as_it_is_while_candidate_is_edited(self, stocked: Datastores) -> None:
        before = running(stocked)
        edit(stocked, shop("<name>m</name><queue nc:operation='delete'><who>a</who></queue>"))
        edited = candidate(stocked)
        assert edited != before
        assert running(stocked) == before
        assert candidate(stocked) == edited
        edit(stocked, shop("<queue yang:insert='first'><who>z</who></queue>"))
        assert running(stocked) == before

    def test_keeps_the_order_of_entries_that_are_only_looked_at(self, stocked: Datastores) -> None:
        before = stocked.get_config(DatastoreName.RUNNING, None)
        edit(stocked, shop("<article nc:operation='delete'><name>x</name></article>"))
        again = stocked.get_config(DatastoreName.RUNNING, None)
        names = [[e.text for e in top.iter("{*}name")] for top in (before[0], again[0])]
        assert names[0] == names[1] == ["n", "x", "y"]


class TestCommitAsValue:
    def told(self, datastores: Datastores) -> list[tuple[CommittedChange, tuple[Change, ...]]]:
        heard: list[tuple[CommittedChange, tuple[Change, ...]]] = []
        datastores.on_commit(lambda change, changes: heard.append((change, changes)))
        return heard

    def test_is_told_with_what_the_provider_was_told(
        self, stocked: Datastores, provider: FakeProvider
    ) -> None:
        heard = self.told(stocked)
        edit(stocked, shop("<name>m</name>"))
        assert stocked.commit()
        assert [changes for _, changes in heard] == [provider.calls[-1].changes]
        assert [step.path for step in heard[0][0].redo] == ["/shop:shop/name"]

    def test_several_commits_are_taken_back_the_last_one_first(
        self, schema: Schema, stocked: Datastores, tmp_path: Path
    ) -> None:
        before = running(stocked)
        heard = self.told(stocked)
        for content in (
            "<name>m</name><floor>0</floor>",
            "<queue yang:insert='first'><who>b</who></queue><alarm><code>3</code></alarm>",
            "<queue nc:operation='delete'><who>a</who></queue>",
            "<article nc:operation='replace'><name>x</name></article><name>o</name>",
        ):
            edit(stocked, shop(content))
            assert stocked.commit()
        after_restart = Datastores(schema, FakeProvider(), tmp_path)
        after_restart.start()
        for change, _ in reversed(heard):
            after_restart.revert(CommittedChange.from_json(change.to_json()))
        assert candidate(after_restart) == before
        assert after_restart.commit()
        assert running(after_restart) == before
        after_restart.close()

    def test_default_that_is_set_explicitly_is_a_commit_without_changes(
        self, stocked: Datastores, provider: FakeProvider
    ) -> None:
        heard = self.told(stocked)
        provider.calls.clear()
        edit(stocked, shop("<floor>0</floor>"))
        assert stocked.commit()
        assert [changes for _, changes in heard] == [()]
        assert running(stocked) == expected(BASIS + "<floor>0</floor>")
