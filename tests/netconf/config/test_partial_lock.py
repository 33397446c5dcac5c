"""Partial locks: parts of running that only one session changes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from netconf_server.datastores.partial_locks import MOST_PER_SESSION
from netconf_server.management import SessionEnd
from netconf_server.markup import MONITORING, PARTIAL_LOCK
from tests.netconf.config.bench import (
    ServedShop,
    copy_config,
    edit_config,
    served_shop,
    shop_xml,
    texts_in,
)
from tests.netconf.data.shop import SHOP
from tests.netconf.nacm.acme import nacm_xml
from tests.netconf.protocol.fakes import Client, error_of, is_ok

pytestmark = pytest.mark.rfc("5717 §2.4.1")

TEA = "/s:shop/s:article[s:name='tea']"
TEA_PATH = "/shop:shop/shop:article[shop:name='tea']"
GLOBAL_LOCK = "<lock><target><running/></target></lock>"
STOCK = (
    "<article><name>tea</name><price>1</price></article>"
    "<article><name>rum</name><price>2</price></article><floor>1</floor>"
)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[ServedShop]:
    with served_shop(tmp_path, writable_running=True) as served:
        assert is_ok(served.client().ask(edit_config(STOCK, "running")))
        yield served


def lock(*selections: str) -> str:
    selects = "".join(f'<select xmlns:s="{SHOP}">{each}</select>' for each in selections)
    return f'<partial-lock xmlns="{PARTIAL_LOCK}">{selects}</partial-lock>'


def unlock(lock_id: str) -> str:
    text = f"<lock-id>{lock_id}</lock-id>"
    return f'<partial-unlock xmlns="{PARTIAL_LOCK}">{text}</partial-unlock>'


def locked(reply: etree._Element) -> tuple[str, list[str]]:
    """Return the id of a lock and the nodes in it, as the reply has them."""
    texts = [(etree.QName(child).localname, child.text or "") for child in reply]
    assert [name for name, _ in texts] == ["lock-id"] + ["locked-node"] * (len(texts) - 1)
    return texts[0][1], [text for _, text in texts[1:]]


def holder(served: ServedShop, *selections: str) -> Client:
    """Return a client that has a lock."""
    client = served.client()
    locked(client.ask(lock(*selections)))
    return client


def article(name: str, rest: str, attribute: str = "") -> str:
    return f"<article {attribute}><name>{name}</name>{rest}</article>"


class TestReply:
    def test_names_what_is_locked(self, served: ServedShop) -> None:
        reply = served.client().ask(lock(TEA, "//s:price", "/shop:shop/floor"))
        assert locked(reply) == (
            "1",
            [
                TEA_PATH,
                f"{TEA_PATH}/shop:price",
                "/shop:shop/shop:article[shop:name='rum']/shop:price",
                "/shop:shop/shop:floor",
            ],
        )
        assert reply[1].nsmap["shop"] == SHOP

    @pytest.mark.rfc("5717 §2.4.1.1")
    @pytest.mark.parametrize(
        ("selections", "tag", "app_tag"),
        [
            ((), "missing-element", None),
            (("/s:shop[",), "invalid-value", None),
            (("/x:shop",), "invalid-value", None),
            (("count(/s:shop)",), "invalid-value", "not-a-node-set"),
            ((TEA, "true()"), "invalid-value", "not-a-node-set"),
            (("/s:shop/s:alarm", "/s:shop/s:queue"), "operation-failed", "no-matches"),
        ],
    )
    def test_tells_what_is_wrong(
        self, served: ServedShop, selections: tuple[str, ...], tag: str, app_tag: str | None
    ) -> None:
        error = error_of(served.client().ask(lock(*selections)))
        assert (error["error-tag"], error.get("error-app-tag")) == (tag, app_tag)
        assert is_ok(served.client().ask(GLOBAL_LOCK))

    def test_is_about_running_whatever_is_in_candidate(self, served: ServedShop) -> None:
        client = served.client()
        assert is_ok(client.ask(edit_config("<name>n</name>")))
        error = error_of(client.ask(lock("/s:shop/s:name")))
        assert error["error-app-tag"] == "no-matches"

    @pytest.mark.rfc("8341 §3.2.4")
    def test_tells_nobody_what_they_may_not_read(self, served: ServedShop) -> None:
        config = f"<config>{nacm_xml('<read-default>deny</read-default>')}</config>"
        edit = f"<edit-config><target><running/></target>{config}</edit-config>"
        assert is_ok(served.client().ask(edit))
        error = error_of(served.client("ann").ask(lock(TEA)))
        assert error["error-app-tag"] == "no-matches"


@pytest.mark.rfc("5717 §2.5")
class TestProtectedArea:
    @pytest.mark.parametrize("target", ["running", "candidate"])
    @pytest.mark.parametrize(
        ("content", "is_refused"),
        [
            pytest.param(article("tea", "<price>9</price>"), True, id="inside"),
            pytest.param(article("tea", "<barcode>9</barcode>"), True, id="new inside"),
            pytest.param(article("tea", "", "nc:operation='delete'"), True, id="itself"),
            pytest.param("<name>n</name>", False, id="beside"),
            pytest.param(article("rum", "", "nc:operation='delete'"), False, id="another entry"),
            pytest.param(article("gin", "<price>3</price>"), False, id="a new entry"),
            pytest.param(article("tea", "<price>1</price>"), False, id="no change"),
        ],
    )
    def test_is_for_its_session_alone(
        self, served: ServedShop, target: str, content: str, is_refused: bool
    ) -> None:
        owner, other = holder(served, TEA), served.client()
        requests = [edit_config(content, target)]
        if target == "candidate":
            requests.append("<commit/>")
        for request in requests[:-1]:
            assert is_ok(other.ask(request))
        if is_refused:
            error = error_of(other.ask(requests[-1]))
            assert (error["error-tag"], error["error-app-tag"]) == ("in-use", "locked")
            assert error["error-message"].startswith("/shop:shop/article[name='tea']")
            assert is_ok(other.ask("<discard-changes/>"))
        else:
            assert is_ok(other.ask(requests[-1]))
        for request in (edit_config(article("tea", "<price>5</price>"), target), "<commit/>"):
            assert is_ok(owner.ask(request))
        assert "price=5" in texts_in(owner)

    @pytest.mark.parametrize(
        "request_",
        [
            edit_config("", "running").replace("<shop ", '<shop nc:operation="delete" '),
            copy_config(f"<config>{shop_xml('<floor>1</floor>')}</config>", "<running/>"),
        ],
    )
    def test_does_not_go_with_what_is_around_it(self, served: ServedShop, request_: str) -> None:
        owner = holder(served, TEA)
        assert error_of(served.client().ask(request_))["error-app-tag"] == "locked"
        assert is_ok(owner.ask(request_))

    def test_is_what_it_was_when_it_was_locked(self, served: ServedShop) -> None:
        holder(served, "/s:shop/s:article")
        other = served.client()
        assert is_ok(other.ask(edit_config(article("gin", "<price>3</price>"), "running")))
        assert is_ok(other.ask(edit_config(article("gin", "<price>4</price>"), "running")))

    def test_can_be_made_again_once_its_session_has_deleted_it(self, served: ServedShop) -> None:
        owner, other = holder(served, TEA), served.client()
        delete = edit_config(article("tea", "", "nc:operation='delete'"), "running")
        assert is_ok(owner.ask(delete))
        assert is_ok(other.ask(edit_config(article("tea", "<price>9</price>"), "running")))
        assert is_ok(owner.ask(unlock("1")))

    def test_of_defaults_keeps_others_from_setting_them(self, served: ServedShop) -> None:
        holder(served, "/s:shop/s:open")
        error = error_of(served.client().ask(edit_config("<open>false</open>", "running")))
        assert error["error-app-tag"] == "locked"


class TestOtherLocks:
    @pytest.mark.parametrize(
        "selection", [TEA, f"{TEA}/s:price", "/s:shop", "/s:shop/s:article", "//s:price"]
    )
    def test_of_others_must_not_overlap(self, served: ServedShop, selection: str) -> None:
        owner = holder(served, TEA)
        error = error_of(served.client().ask(lock("/s:shop/s:floor", selection)))
        assert (error["error-tag"], error["session-id"]) == (
            "lock-denied",
            str(owner.record.session_id),
        )
        holder(served, "/s:shop/s:floor")  # nothing of the refused lock is left

    def test_of_others_may_be_beside(self, served: ServedShop) -> None:
        holder(served, TEA)
        holder(served, "/s:shop/s:article[s:name='rum']")

    def test_of_the_same_session_may_overlap_and_all_protect(self, served: ServedShop) -> None:
        owner, other = holder(served, TEA), served.client()
        assert locked(owner.ask(lock(f"{TEA}/s:price")))[0] == "2"
        assert is_ok(owner.ask(unlock("1")))
        dearer = edit_config(article("tea", "<price>9</price>"), "running")
        assert error_of(other.ask(dearer))["error-app-tag"] == "locked"
        assert is_ok(owner.ask(unlock("2")))
        assert is_ok(other.ask(dearer))

    @pytest.mark.parametrize("is_own", [True, False])
    def test_on_all_of_running_exclude_partial_ones(self, served: ServedShop, is_own: bool) -> None:
        first = served.client()
        second = first if is_own else served.client()
        assert is_ok(first.ask(GLOBAL_LOCK))
        error = error_of(second.ask(lock(TEA)))
        assert (error["error-tag"], error["session-id"]) == ("lock-denied", "2")

    @pytest.mark.rfc("5717 §2.5")
    @pytest.mark.parametrize("is_own", [True, False])
    def test_on_all_of_running_are_excluded_by_partial_ones(
        self, served: ServedShop, is_own: bool
    ) -> None:
        first = holder(served, TEA)
        second = first if is_own else served.client()
        error = error_of(second.ask(GLOBAL_LOCK))
        assert (error["error-tag"], error["session-id"]) == ("lock-denied", "2")

    def test_are_a_hundred_for_a_session(self, served: ServedShop) -> None:
        client = served.client()
        for _ in range(MOST_PER_SESSION):
            locked(client.ask(lock(TEA)))
        assert error_of(client.ask(lock(TEA)))["error-tag"] == "resource-denied"
        holder(served, "/s:shop/s:floor")


@pytest.mark.rfc("5717 §2.4.2")
class TestUnlock:
    def test_is_for_the_session_that_locked(self, served: ServedShop) -> None:
        owner = holder(served, TEA)
        assert error_of(served.client().ask(unlock("1")))["error-tag"] == "invalid-value"
        assert is_ok(owner.ask(unlock("1")))
        assert error_of(owner.ask(unlock("1")))["error-tag"] == "invalid-value"
        assert is_ok(served.client().ask(GLOBAL_LOCK))

    def test_needs_a_number(self, served: ServedShop) -> None:
        assert error_of(served.client().ask(unlock("one")))["error-tag"] == "bad-element"

    @pytest.mark.parametrize("end", [SessionEnd.DROPPED, SessionEnd.CLOSED, SessionEnd.KILLED])
    def test_comes_with_the_end_of_the_session(self, served: ServedShop, end: SessionEnd) -> None:
        owner = holder(served, TEA, "/s:shop/s:floor")
        served.management.end_session(owner.record, end)
        assert is_ok(served.client().ask(GLOBAL_LOCK))


@pytest.mark.rfc("5717 §2.6.2")
class TestConfirmedCommit:
    def test_that_waits_denies_locks(self, served: ServedShop) -> None:
        client = served.client()
        assert is_ok(client.ask(edit_config("<name>n</name>")))
        assert is_ok(client.ask("<commit><confirmed/></commit>"))
        error = error_of(client.ask(lock(TEA)))
        assert (error["error-tag"], error["error-app-tag"]) == (
            "in-use",
            "outstanding-confirmed-commit",
        )

    def test_of_the_owner_is_rolled_back_under_its_lock(self, served: ServedShop) -> None:
        owner = holder(served, TEA)
        assert is_ok(owner.ask(edit_config(article("tea", "<price>9</price>"))))
        assert is_ok(owner.ask("<commit><confirmed/></commit>"))
        served.time.advance(600)
        assert "price=1" in texts_in(owner)


@pytest.mark.rfc("6022 §2.1.3")
def test_locks_are_shown_in_the_state(served: ServedShop) -> None:
    holder(served, TEA, "/s:shop/s:floor")
    path = f'<netconf-state xmlns="{MONITORING}"><datastores/></netconf-state>'
    reply = served.client().ask(f"<get><filter>{path}</filter></get>")
    [shown] = reply.iter(f"{{{MONITORING}}}partial-lock")
    texts = [(etree.QName(child).localname, child.text) for child in shown]
    assert texts == [
        ("lock-id", "1"),
        ("locked-by-session", "2"),
        ("locked-time", "2026-01-01T12:00:00+00:00"),
        ("select", TEA),
        ("select", "/s:shop/s:floor"),
        ("locked-node", TEA_PATH.replace("shop:", "sh:")),
        ("locked-node", "/sh:shop/sh:floor"),
    ]
