"""The scene's state as the sources give it, in pieces and merged."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any, Final

from nf.engine.engine import Engine
from nf.northbound.data_plane_state import data_plane_sources
from nf.northbound.fragments import fragments
from nf.northbound.lma_state import lma_sources
from nf.northbound.mag_state import mag_sources
from tests.northbound.instances import merged
from tests.northbound.records import NOW, FakeDataPlane

ROOT: Final = "/pmip6:pmip6"
CACHE: Final = f"{ROOT}/local-mobility-anchor/binding-cache/entry"


def pieces(engine: Engine, *paths: str) -> Iterator[Any]:
    """Yield the pieces that the paths select."""
    sources = chain(
        lma_sources(engine.lma, lambda: NOW),
        mag_sources(engine.mag, lambda: NOW),
        data_plane_sources(FakeDataPlane()),
    )
    return fragments(sources, paths)


def state(engine: Engine, *paths: str) -> Any:  # noqa: ANN401 - JSON of any shape
    """Return the merged state below the root."""
    return merged(pieces(engine, *paths)).get("pmip6:pmip6", {})


def cache_entries(piece: Any) -> list[Any]:  # noqa: ANN401 - JSON of any shape
    """Return the binding cache entries of one piece."""
    entries: list[Any] = piece["pmip6:pmip6"]["local-mobility-anchor"]["binding-cache"]["entry"]
    return entries
