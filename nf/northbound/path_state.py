"""What heartbeats tell of a peer, as YANG data."""

from __future__ import annotations

from nf.engine.paths import Path
from nf.northbound.counters import without_empty
from nf.northbound.json_values import JsonObject
from nf.northbound.words import date_and_time


def path_to_yang(path: Path) -> JsonObject:
    """Return a container ``path``."""
    heard_utc_us = path.last_heard_utc_us
    return without_empty(
        {
            "state": path.state.value,
            "restart-counter": path.restart_counter,
            "missing-heartbeats": path.missing_heartbeats,
            "last-heard": date_and_time(heard_utc_us) if heard_utc_us else None,
        }
    )
