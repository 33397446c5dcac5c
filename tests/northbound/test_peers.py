"""What heartbeats tell of peers shows in the operational state of both roles."""

from __future__ import annotations

from nf.engine.engine import Engine
from nf.engine.paths import Path, PathState
from tests.northbound.instances import check_state
from tests.northbound.reading import ROOT, state
from tests.northbound.records import BUS_7, LMAA, MAG1, REGISTRATION, SIX, busy_engine

HEARD = Path(state=PathState.DOWN, missing_heartbeats=4, restart_counter=9, last_heard_utc_us=SIX)
SHOWN = {
    "state": "down",
    "restart-counter": 9,
    "missing-heartbeats": 4,
    "last-heard": "2026-11-23T06:00:00.000000+00:00",
}


def watching() -> Engine:
    engine = busy_engine()
    engine.lma.paths[MAG1] = HEARD
    engine.mag.paths[LMAA] = HEARD
    return engine


def test_an_anchor_shows_the_path_to_a_gateway() -> None:
    path = f"{ROOT}/local-mobility-anchor/mobile-access-gateway"
    (shown,) = state(watching(), path)["local-mobility-anchor"]["mobile-access-gateway"]
    assert shown == {"proxy-care-of-address": str(MAG1), "path": SHOWN}


def test_a_gateway_shows_the_path_to_an_anchor() -> None:
    path = f"{ROOT}/mobile-access-gateway/local-mobility-anchor[address='{LMAA}']"
    (shown,) = state(watching(), path)["mobile-access-gateway"]["local-mobility-anchor"]
    assert shown == {"address": str(LMAA), "path": SHOWN}


def test_an_anchor_of_which_heartbeats_tell_nothing_shows_while_there_are_bindings() -> None:
    engine = busy_engine()
    engine.mag.gateway.tunnel_users[REGISTRATION.tunnel] = {BUS_7}
    path = f"{ROOT}/mobile-access-gateway/local-mobility-anchor"
    (shown,) = state(engine, path)["mobile-access-gateway"]["local-mobility-anchor"]
    assert shown == {"address": str(LMAA)}


def test_counters_of_revocations_show_each_status_by_its_word() -> None:
    engine = busy_engine()
    engine.lma.statistics.revocation_acknowledgements[0] = 3
    engine.mag.statistics.revocation_acknowledgements.update({130: 1, 200: 2})
    shown = state(engine)
    assert [
        shown[role]["statistics"]["revocation-acknowledgements"]
        for role in ("local-mobility-anchor", "mobile-access-gateway")
    ] == [
        [{"status": "success", "count": "3"}],
        [
            {"status": "global-revocation-not-authorized", "count": "1"},
            {"status": 200, "count": "2"},
        ],
    ]


def test_a_peer_that_was_never_heard_has_no_time() -> None:
    engine = busy_engine()
    engine.mag.paths[LMAA] = Path()
    path = f"{ROOT}/mobile-access-gateway/local-mobility-anchor"
    (shown,) = state(engine, path)["mobile-access-gateway"]["local-mobility-anchor"]
    assert shown["path"] == {"state": "unknown", "missing-heartbeats": 0}


def test_counters_of_update_notifications_show_each_status() -> None:
    engine = busy_engine()
    engine.lma.statistics.update_notification_acknowledgements[128] = 2
    shown = state(engine, f"{ROOT}/local-mobility-anchor/statistics")
    (counted,) = shown["local-mobility-anchor"]["statistics"][
        "update-notification-acknowledgements"
    ]
    assert counted == {"status": 128, "count": "2"}


def test_the_whole_state_with_peers_is_valid() -> None:
    whole = state(watching())
    whole["local-mobility-anchor"]["address"] = str(LMAA)
    whole["mobile-access-gateway"]["proxy-care-of-address"] = str(MAG1)
    for kind in ("home", "mobile"):
        whole["local-mobility-anchor"].pop(f"{kind}-network-prefix-pool")
    checked = check_state({"pmip6:pmip6": whole})["pmip6:pmip6"]
    assert isinstance(checked, dict)
    assert checked["mobile-access-gateway"] == whole["mobile-access-gateway"]
