"""Rpcs and actions through sessions (RFC 8341 §3.1.3, §3.4.4)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from netconf_server.provider import Json
from tests.netconf.nacm.acme import BASE, VAULT, group, rule, rule_list
from tests.netconf.nacm.served import Served, nacm, refusal, served, vault
from tests.netconf.protocol.fakes import Client

STATE: list[dict[str, Json]] = [
    {"vault:vault": {"box": [{"owner": "state", "number": 1, "openings": 1}]}}
]
BOX_PATH = "/vault:vault/vault:box[vault:owner='{}'][vault:number='1']"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Served]:
    """Serve a box of ann's."""
    with served(tmp_path) as bench:
        bench.provider.state = STATE
        bench.configure(vault("<box><owner>ann</owner><number>1</number></box>"))
        yield bench


def open_box(client: Client, owner: str = "ann") -> tuple[str, str | None] | None:
    """Open a box; None if that was possible."""
    box = vault(f"<box><owner>{owner}</owner><number>1</number><open><code>1</code></open></box>")
    reply = client.ask(f'<action xmlns="urn:ietf:params:xml:ns:yang:1">{box}</action>')
    return None if reply.find(f"{{{BASE}}}ok") is not None else refusal(reply)


def bind(bench: Served, *rules: str, switches: str = "") -> None:
    """Bind ann by some rules."""
    bench.configure(nacm(switches + group("staff", "ann") + rule_list("staff", *rules)))


DENIED = ("access-denied", f"{BOX_PATH.format('ann')}/vault:open")


class TestActions:
    @pytest.mark.rfc("8341 §3.4.5")
    def test_without_rules_an_action_is_permitted(self, bench: Served) -> None:
        assert open_box(bench.client("ann")) is None

    @pytest.mark.rfc("8341 §3.1.3", "8341 §3.4.5")
    @pytest.mark.parametrize(
        ("accesses", "path"),
        [
            ("exec", "/v:vault/v:box/v:open"),
            ("exec", "/v:vault/v:box"),
            ("exec", "/v:vault/v:box[v:owner='ann']/v:open"),
            ("read", "/v:vault/v:box"),
            ("read", "/v:vault"),
            ("read", "/v:vault/v:box[v:owner='ann']"),
            ("read", "/v:vault/v:box/v:owner"),
        ],
    )
    def test_it_needs_execution_and_the_reading_of_all_around_it(
        self, bench: Served, accesses: str, path: str
    ) -> None:
        bind(bench, rule("deny", accesses, path=path))
        assert open_box(bench.client("ann")) == DENIED
        assert bench.provider.invocations == []

    @pytest.mark.rfc("8341 §3.4.5")
    @pytest.mark.parametrize(
        ("accesses", "path"),
        [
            ("exec", "/v:vault/v:box[v:owner='bob']/v:open"),
            ("read", "/v:vault/v:box/v:open"),
            ("read", "/v:vault/v:name"),
            ("create update delete", "/v:vault"),
        ],
    )
    def test_other_rules_do_not_matter(self, bench: Served, accesses: str, path: str) -> None:
        bind(bench, rule("deny", accesses, path=path))
        assert open_box(bench.client("ann")) is None

    @pytest.mark.rfc("8341 §3.4.5")
    def test_exec_default_deny_needs_a_rule(self, bench: Served) -> None:
        bind(bench, switches="<exec-default>deny</exec-default>")
        assert open_box(bench.client("ann")) == DENIED
        bind(bench, rule("permit", "exec", path="/v:vault/v:box/v:open"))
        assert open_box(bench.client("ann")) is None

    @pytest.mark.rfc("8341 §3.4.3")
    @pytest.mark.parametrize("owner", ["ann", "state", "nobody"])
    def test_a_refusal_does_not_tell_whether_there_is_something(
        self, bench: Served, owner: str
    ) -> None:
        bind(bench, rule("deny", "read", path="/v:vault/v:box"))
        path = f"{BOX_PATH.format(owner)}/vault:open"
        assert open_box(bench.client("ann"), owner) == ("access-denied", path)

    def test_one_on_state_is_permitted_as_on_configuration(self, bench: Served) -> None:
        assert open_box(bench.client("ann"), "state") is None
        missing = ("data-missing", BOX_PATH.format("nobody"))
        assert open_box(bench.client("ann"), "nobody") == missing

    @pytest.mark.rfc("8341 §3.4.4")
    def test_an_rpc_does_not_come_in_as_an_action(self, bench: Served) -> None:
        burn = f'<action xmlns="urn:ietf:params:xml:ns:yang:1"><burn xmlns="{VAULT}"/></action>'
        assert refusal(bench.client("ann").ask(burn)) == ("bad-element", None)
        assert bench.provider.invocations == []


class TestRpcs:
    @pytest.mark.rfc("8341 §3.4.4")
    def test_a_sensitive_rpc_needs_a_rule(self, bench: Served) -> None:
        burn = f'<burn xmlns="{VAULT}"/>'
        denied = ("access-denied", "/ietf-netconf:rpc/vault:burn")
        assert refusal(bench.client("ann").ask(burn)) == denied
        bind(bench, rule("permit", "exec", rpc_name="burn"))
        assert bench.client("ann").ask(burn).find(f"{{{BASE}}}ok") is not None

    @pytest.mark.rfc("8341 §3.2.10")
    def test_killing_a_session_needs_a_rule(self, bench: Served) -> None:
        victim = bench.client("bob")
        kill = f"<kill-session><session-id>{victim.record.session_id}</session-id></kill-session>"
        denied = ("access-denied", "/ietf-netconf:rpc/ietf-netconf:kill-session")
        assert refusal(bench.client("ann").ask(kill)) == denied
        bind(bench, rule("permit", "exec", rpc_name="kill-session"))
        assert bench.client("ann").ask(kill).find(f"{{{BASE}}}ok") is not None
        assert not victim.record.is_open

    @pytest.mark.rfc("8341 §3.4.4")
    def test_closing_a_session_is_always_permitted(self, bench: Served) -> None:
        bind(bench, rule("deny"), switches="<exec-default>deny</exec-default>")
        ann = bench.client("ann")
        assert refusal(ann.ask("<get/>"))[0] == "access-denied"
        assert ann.ask("<close-session/>").find(f"{{{BASE}}}ok") is not None

    @pytest.mark.rfc("8341 §3.3.4.5")
    def test_groups_of_the_transport_bind_a_session(self, bench: Served) -> None:
        bench.configure(nacm(rule_list("wheel", rule("permit", "exec", rpc_name="burn"))))
        burn = f'<burn xmlns="{VAULT}"/>'
        assert bench.client("zoe", "wheel").ask(burn).find(f"{{{BASE}}}ok") is not None
        assert refusal(bench.client("zoe").ask(burn))[0] == "access-denied"
