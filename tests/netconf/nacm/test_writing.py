"""Writing through sessions (RFC 8341 §3.2.5 to §3.2.9): candidate, commits and copies."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from netconf_server.access import Side, WriteKind
from netconf_server.datastores.changes import look_at
from netconf_server.errors import RpcError
from netconf_server.provider import Change, ChangeKind
from tests.netconf.nacm.acme import BASE, group, nacm_with, node_at, parsed, rule, rule_list
from tests.netconf.nacm.acme import session as session_of
from tests.netconf.nacm.served import (
    Served,
    commit,
    edit,
    get_config,
    nacm,
    refusal,
    served,
    vault,
)
from tests.netconf.protocol.fakes import is_ok

BOX = "<box><owner>{}</owner><number>1</number>{}</box>"
ANNS = BOX.format("ann", "<secret>x</secret>")
DENIED = "access-denied"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Served]:
    """Serve one box of ann."""
    with served(tmp_path) as bench:
        bench.configure(vault(ANNS))
        yield bench


def bind(bench: Served, *rules: str, switches: str = "") -> None:
    """Bind ann by some rules."""
    bench.configure(nacm(switches + group("staff", "ann") + rule_list("staff", *rules)))


def path_of(owner: str, *names: str) -> str:
    """Write the path of a node in the first box of an owner, as error-path has it."""
    steps = ["/vault:vault", f"vault:box[vault:owner='{owner}'][vault:number='1']", *names]
    return "/vault:".join(steps).replace("/vault:vault:", "/vault:")


PERMIT_BOXES = rule("permit", path="/v:vault/v:box")


class TestEditing:
    @pytest.mark.rfc("8341 §3.4.1", "8341 §3.2.5")
    def test_without_rules_nobody_may_write(self, bench: Served) -> None:
        ann = bench.client("ann")
        tag, path = refusal(edit(ann, vault("<name>n</name>")))
        assert (tag, path) == (DENIED, "/vault:vault/vault:name")
        assert "name" not in get_config(ann, source="candidate")

    @pytest.mark.rfc("8341 §3.2.5")
    @pytest.mark.parametrize(
        ("accesses", "content", "is_permitted"),
        [
            ("create", BOX.format("bob", ""), True),
            ("update delete", BOX.format("bob", ""), False),
            ("update", BOX.format("ann", "<secret>y</secret>"), True),
            ("create delete", BOX.format("ann", "<secret>y</secret>"), False),
            ("create", BOX.format("ann", "<colour>red</colour>"), True),
            ("delete", BOX.format("ann", '<secret nc:operation="delete"/>'), True),
            ("create update", BOX.format("ann", '<secret nc:operation="delete"/>'), False),
            ("create update", BOX.format("ann", '<secret nc:operation="remove"/>'), False),
        ],
    )
    def test_what_really_happens_decides(
        self, bench: Served, accesses: str, content: str, is_permitted: bool
    ) -> None:
        bind(bench, rule("permit", accesses, path="/v:vault/v:box"))
        assert is_ok(edit(bench.client("ann"), vault(content))) is is_permitted

    @pytest.mark.rfc("8341 §3.2.5")
    def test_what_is_not_altered_needs_no_right(self, bench: Served) -> None:
        ann = bench.client("ann")
        assert is_ok(edit(ann, vault(ANNS)))
        assert is_ok(edit(ann, vault(ANNS.replace("<box>", '<box nc:operation="merge">'))))
        absent = BOX.format("zoe", "").replace("<box>", '<box nc:operation="remove">')
        assert is_ok(edit(ann, vault(absent)))

    @pytest.mark.rfc("8341 §3.2.5")
    def test_the_way_to_an_edit_needs_no_right(self, bench: Served) -> None:
        bind(bench, rule("permit", path="/v:vault/v:box/v:secret"))
        content = vault(BOX.format("ann", '<secret nc:operation="replace">z</secret>'))
        none = "<default-operation>none</default-operation>"
        assert is_ok(edit(bench.client("ann"), content, options=none))

    @pytest.mark.rfc("8341 §3.2.5")
    def test_a_denied_leaf_refuses_the_entry_that_brings_it(self, bench: Served) -> None:
        bind(bench, rule("deny", "create", path="/v:vault/v:box/v:secret"), PERMIT_BOXES)
        ann = bench.client("ann")
        assert is_ok(edit(ann, vault(BOX.format("bob", ""))))
        tag, _ = refusal(edit(ann, vault(BOX.format("zoe", "<secret>s</secret>"))))
        assert tag == DENIED
        assert "zoe" not in get_config(ann, source="candidate")

    @pytest.mark.rfc("8341 §3.2.5")
    def test_replacing_deletes_what_is_left_out(self, bench: Served) -> None:
        bind(bench, rule("deny", "delete", path="/v:vault/v:box/v:secret"), PERMIT_BOXES)
        replace = BOX.format("ann", "<colour>red</colour>").replace(
            "<box>", '<box nc:operation="replace">'
        )
        ann = bench.client("ann")
        assert refusal(edit(ann, vault(replace)))[0] == DENIED
        assert "secret=x" in get_config(ann, source="candidate")

    @pytest.mark.rfc("8341 §3.2.5")
    def test_replacing_everything_deletes_everything(self, bench: Served) -> None:
        bind(bench, PERMIT_BOXES)
        replace = "<default-operation>replace</default-operation>"
        ann = bench.client("ann")
        assert refusal(edit(ann, vault(ANNS), options=replace))[0] == DENIED

    @pytest.mark.rfc("8341 §3.2.5")
    def test_a_refusal_does_not_tell_what_is_hidden_inside(self, bench: Served) -> None:
        bind(
            bench,
            rule("deny", "read", path="/v:vault/v:box/v:secret"),
            rule("deny", "delete", path="/v:vault/v:box/v:secret"),
            PERMIT_BOXES,
        )
        delete = BOX.format("ann", "").replace("<box>", '<box nc:operation="delete">')
        tag, path = refusal(edit(bench.client("ann"), vault(delete)))
        assert (tag, path) == (DENIED, path_of("ann"))

    @pytest.mark.rfc("8341 §3.4.3")
    @pytest.mark.parametrize("operation", ["create", "delete", "merge", "replace"])
    @pytest.mark.parametrize("owner", ["ann", "zoe"])
    def test_a_refusal_does_not_tell_whether_there_is_something(
        self, bench: Served, operation: str, owner: str
    ) -> None:
        bind(bench, rule("deny", path="/v:vault/v:box"))
        content = BOX.format(owner, "<colour>red</colour>").replace(
            "<box>", f'<box nc:operation="{operation}">'
        )
        ann = bench.client("ann")
        assert refusal(edit(ann, vault(content)))[0] == DENIED

    @pytest.mark.rfc("8341 §3.2.5")
    def test_what_another_case_takes_away_needs_no_right(self, bench: Served) -> None:
        bench.configure(vault(BOX.format("ann", "<key>k</key>")))
        bind(bench, rule("permit", "create", path="/v:vault/v:box/v:dial"))
        assert is_ok(edit(bench.client("ann"), vault(BOX.format("ann", "<dial>d</dial>"))))

    @pytest.mark.rfc("8341 §3.4.5")
    def test_rights_on_one_entry_are_for_that_entry(self, bench: Served) -> None:
        bind(bench, rule("permit", path="/v:vault/v:box[v:owner=$USER]"))
        ann = bench.client("ann")
        assert is_ok(edit(ann, vault(BOX.format("ann", "<secret>new</secret>"))))
        assert is_ok(edit(ann, vault(BOX.format("ann", "").replace("1<", "2<"))))
        assert refusal(edit(ann, vault(BOX.format("bob", ""))))[0] == DENIED

    def test_what_is_sensitive_needs_a_rule(self, bench: Served) -> None:
        switches = "<write-default>permit</write-default>"
        bench.configure(nacm(switches))
        ann = bench.client("ann")
        assert is_ok(edit(ann, vault("<name>n</name>")))
        assert refusal(edit(ann, vault("<walls><thickness>1</thickness></walls>")))[0] == DENIED
        assert refusal(edit(ann, nacm("<enable-nacm>false</enable-nacm>")))[0] == DENIED


class TestCommitting:
    @pytest.mark.rfc("8341 §3.2.8")
    def test_what_another_has_edited_is_refused_if_it_may_not_be_written(
        self, bench: Served
    ) -> None:
        bind(bench, PERMIT_BOXES)
        assert is_ok(edit(bench.client("root"), vault("<name>n</name>")))
        ann = bench.client("ann")
        assert refusal(commit(ann)) == (DENIED, "/vault:vault/vault:name")
        assert "name" not in get_config(ann)
        assert "name=n" in get_config(ann, source="candidate")

    @pytest.mark.rfc("8341 §3.2.8")
    def test_one_leaf_is_enough_to_commit_that_leaf(self, bench: Served) -> None:
        bind(bench, rule("permit", "update", path="/v:vault/v:box/v:secret"))
        ann = bench.client("ann")
        assert is_ok(edit(ann, vault(BOX.format("ann", "<secret>new</secret>"))))
        assert is_ok(commit(ann))
        assert "secret=new" in get_config(ann)

    @pytest.mark.rfc("8341 §3.2.8")
    def test_nothing_to_commit_needs_no_right(self, bench: Served) -> None:
        assert is_ok(commit(bench.client("ann")))

    @pytest.mark.rfc("8341 §3.2.9")
    def test_discarding_needs_no_right_on_data(self, bench: Served) -> None:
        assert is_ok(edit(bench.client("root"), vault("<name>n</name>")))
        assert is_ok(bench.client("ann").ask("<discard-changes/>"))


class TestCopying:
    @pytest.mark.rfc("8341 §3.2.6")
    def test_from_running_to_startup_needs_no_right_on_data(self, bench: Served) -> None:
        bind(bench, rule("deny", "read", path="/v:vault/v:box/v:secret"))
        copy = "<copy-config><target><startup/></target><source><running/></source></copy-config>"
        assert is_ok(bench.client("ann").ask(copy))
        assert "secret=x" in get_config(bench.client("root"), source="startup")

    @pytest.mark.rfc("8341 §3.2.6", "8341 §3.2.9")
    def test_from_running_to_candidate_discards_and_takes_nothing_away_that_is_hidden(
        self, bench: Served
    ) -> None:
        bind(bench, rule("deny", "read", path="/v:vault/v:box/v:secret"), PERMIT_BOXES)
        ann = bench.client("ann")
        assert is_ok(edit(ann, vault(BOX.format("bob", ""))))
        copy = "<copy-config><target><candidate/></target><source><running/></source></copy-config>"
        assert is_ok(ann.ask(copy))
        candidate = get_config(bench.client("root"), source="candidate")
        assert "secret=x" in candidate
        assert "bob" not in candidate
        assert "secret" not in get_config(ann, source="candidate")

    @pytest.mark.rfc("8341 §3.2.6")
    def test_an_inline_configuration_is_written_by_what_it_changes(self, bench: Served) -> None:
        bind(bench, PERMIT_BOXES, rule("permit", "read", path="/"))
        ann = bench.client("ann")
        copy = (
            f'<copy-config xmlns:nc="{BASE}"><target><candidate/></target>'
            "<source><config>{}</config></source></copy-config>"
        )
        assert refusal(ann.ask(copy.format(vault(ANNS))))[0] == DENIED

    @pytest.mark.rfc("8341 §3.2.7")
    def test_deleting_startup_needs_a_rule(self, bench: Served) -> None:
        delete = "<delete-config><target><startup/></target></delete-config>"
        denied = (DENIED, "/ietf-netconf:rpc/ietf-netconf:delete-config")
        assert refusal(bench.client("ann").ask(delete)) == denied
        bind(bench, rule("permit", "exec", rpc_name="delete-config"))
        assert is_ok(bench.client("ann").ask(delete))


class TestRulesThemselves:
    def test_one_who_may_write_rules_can_lock_all_out_but_the_recovery_user(
        self, bench: Served
    ) -> None:
        bind(bench, rule("permit"))
        ann = bench.client("ann")
        nothing = '<rule-list nc:operation="delete"><name>rules</name></rule-list>'
        switches = "<exec-default>deny</exec-default><read-default>deny</read-default>"
        assert is_ok(edit(ann, nacm(nothing + switches)))
        assert is_ok(commit(ann))
        assert refusal(ann.ask("<get/>"))[0] == DENIED
        assert is_ok(edit(bench.client("root"), nacm('<exec-default nc:operation="remove"/>')))
        assert is_ok(commit(bench.client("root")))
        assert get_config(ann) == ""

    @pytest.mark.rfc("8341 §3.5.2")
    def test_denied_writes_are_counted(self, bench: Served) -> None:
        edit(bench.client("ann"), vault("<name>n</name>"))
        edit(bench.client("ann"), vault("<name>n</name>"))
        reply = bench.client("root").ask("<get/>")
        (counter,) = reply.iter(f"{{{_NACM}}}denied-data-writes")
        assert counter.text == "2"


_NACM = "urn:ietf:params:xml:ns:yang:ietf-netconf-acm"


class TestChanges:
    """The gate by itself: what a commit names are the topmost nodes."""

    def gate_refuses(self, rules: str, *changes: Change) -> bool:
        gate = nacm_with(group("staff", "ann") + rules).write_gate(session_of("ann"))
        assert gate is not None
        with (
            parsed(vault(ANNS)) as before,
            parsed(vault(BOX.format("bob", "<key>k</key>"))) as after,
        ):
            sides: tuple[Side, Side] = look_at(before), look_at(after)
            try:
                gate.require_changes(changes, *sides)
            except RpcError:
                return True
        return False

    @pytest.mark.rfc("8341 §3.2.8")
    @pytest.mark.parametrize(
        ("kind", "owner", "denied", "is_refused"),
        [
            (ChangeKind.DELETED, "ann", "secret", True),
            (ChangeKind.DELETED, "ann", "key", False),
            (ChangeKind.CREATED, "bob", "key", True),
            (ChangeKind.CREATED, "bob", "secret", False),
            (ChangeKind.CREATED, "bob", "colour", False),
        ],
    )
    def test_what_is_inside_counts_if_it_was_set(
        self, kind: ChangeKind, owner: str, denied: str, is_refused: bool
    ) -> None:
        rules = rule_list(
            "staff",
            rule("deny", "create delete", path=f"/v:vault/v:box/v:{denied}"),
            PERMIT_BOXES,
        )
        change = Change(kind=kind, path=f"/vault:vault/box[owner='{owner}'][number='1']")
        assert self.gate_refuses(rules, change) is is_refused

    @pytest.mark.rfc("8341 §3.4.5")
    def test_a_path_that_names_no_entry_is_denied_if_any_entry_is(self) -> None:
        rules = rule_list("staff", rule("deny", path="/v:vault/v:box[v:owner='bob']"), PERMIT_BOXES)
        gate = nacm_with(group("staff", "ann") + rules).write_gate(session_of("ann"))
        assert gate is not None
        names = "vault:vault/box/secret"
        gate.require(
            WriteKind.CREATE, node_at(names), "/vault:vault/box[owner='a'][number='1']/secret"
        )
        with pytest.raises(RpcError):
            gate.require(WriteKind.CREATE, node_at(names), "/vault:vault/box/secret")
