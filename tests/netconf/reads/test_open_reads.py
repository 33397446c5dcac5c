"""A read shows one moment, whatever is edited and committed between two of its slices."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from netconf_server.datastores.datastore import DatastoreName, Datastores
from netconf_server.provider import Json, StateFragment, StateSelection
from netconf_server.reading.content import Content, OpenReads
from netconf_server.reading.request import Reading
from netconf_server.schema.printing import Defaults
from tests.netconf.fake_provider import FakeProvider
from tests.netconf.reads.kinds import KINDS, configure, kinds_schema

RUNNING, CANDIDATE = DatastoreName.RUNNING, DatastoreName.CANDIDATE
_PADDING = "x" * 400
_DELETE = 'xmlns:nc="urn:ietf:params:xml:ns:netconf:base:1.0" nc:operation="remove"'


def long_items(first: int, end: int) -> str:
    return "".join(
        f"<item><id>{number}</id><title>{number} {_PADDING}</title></item>"
        for number in range(first, end)
    )


@pytest.fixture
def large(datastores: Datastores) -> Datastores:
    """Configure settings that take many slices to read."""
    configure(datastores, long_items(0, 400))
    return datastores


def begin(
    datastores: Datastores, name: DatastoreName, reading: Reading | None = None
) -> tuple[bytes, Iterator[bytes]]:
    """Take the first slice."""
    slices = datastores.read(name, reading or Reading())
    for data in slices:
        if data:
            return data, slices
    raise AssertionError("nothing was read")


def inline(content: str) -> etree._Element:
    return etree.fromstring(f'<config><settings xmlns="{KINDS}">{content}</settings></config>')


def _change(datastores: Datastores) -> None:
    configure(datastores, "<item><id>399</id><title>other</title></item>", is_committed=False)


def _delete(datastores: Datastores) -> None:
    for number in (70, 398, 399):
        configure(datastores, f"<item {_DELETE}><id>{number}</id></item>", is_committed=False)


def _create(datastores: Datastores) -> None:
    configure(datastores, long_items(400, 410), is_committed=False)


def _exchange(datastores: Datastores) -> None:
    datastores.copy(inline("<label>quite another</label>"), CANDIDATE)


_EDITS = pytest.mark.parametrize("edit", [_change, _delete, _create, _exchange])


@_EDITS
@pytest.mark.parametrize("reading", [Reading(), Reading(with_state=True)])
def test_a_commit_between_two_slices_is_not_seen(
    large: Datastores, edit: Callable[[Datastores], None], reading: Reading
) -> None:
    before = b"".join(large.read(RUNNING, reading))
    first, rest = begin(large, RUNNING, reading)
    edit(large)
    large.commit()
    assert first + b"".join(rest) == before
    assert b"".join(large.read(RUNNING, reading)) != before


@_EDITS
def test_edits_of_candidate_do_not_disturb_a_read_of_running(
    large: Datastores, edit: Callable[[Datastores], None]
) -> None:
    before = b"".join(large.read(RUNNING, Reading()))
    first, rest = begin(large, RUNNING)
    edit(large)
    second = next(rest)
    large.discard_changes()
    edit(large)
    large.validate(CANDIDATE)
    assert first + second + b"".join(rest) == before


@_EDITS
def test_a_read_of_candidate_shows_it_as_it_was(
    large: Datastores, edit: Callable[[Datastores], None]
) -> None:
    configure(large, "<label>candidate</label>", is_committed=False)
    before = b"".join(large.read(CANDIDATE, Reading()))
    first, rest = begin(large, CANDIDATE)
    edit(large)
    large.discard_changes()
    assert first + b"".join(rest) == before


def test_a_read_that_nobody_goes_on_with_holds_up_nothing(large: Datastores) -> None:
    _, rest = begin(large, RUNNING)
    del rest
    assert list(large.settle_reads()) == []


def test_settling_makes_what_is_still_to_be_read_in_steps(large: Datastores) -> None:
    first, rest = begin(large, RUNNING)
    assert len(list(large.settle_reads())) > 2
    assert list(large.settle_reads()) == []
    assert first + b"".join(rest) == b"".join(large.read(RUNNING, Reading()))


class SlowProvider(FakeProvider):
    """Notes how much it has been asked for."""

    made = 0

    def read_state(self, selection: StateSelection) -> Iterator[StateFragment]:
        if selection.paths == ("/example-kinds:kinds/entry",):
            for number in range(3):
                SlowProvider.made += 1
                entry: dict[str, Json] = {"name": f"{number}", "text": [_PADDING * 100]}
                yield StateFragment(data={"example-kinds:kinds": {"entry": [entry]}})


def test_settling_leaves_the_provider_alone(tmp_path: Path) -> None:
    datastores = Datastores(kinds_schema(), SlowProvider(), tmp_path)
    datastores.start()
    slices = datastores.read(RUNNING, Reading(with_state=True))
    list(datastores.settle_reads())
    assert SlowProvider.made == 0
    assert b"".join(slices).count(b"<entry>") == SlowProvider.made == 3
    datastores.close()


def test_a_fault_met_while_settling_is_told_to_the_reader_alone() -> None:
    def tokens() -> Iterator[bytes]:
        yield b"content"
        raise ZeroDivisionError

    content, reads = Content(tokens(), lambda: None), OpenReads()
    reads.add(content)
    reads.finish()
    slices = iter(content)
    with pytest.raises(ZeroDivisionError):
        list(slices)


_ACTIONS = st.lists(
    st.one_of(
        st.sampled_from(
            ["read running", "read candidate", "pull", "commit", "discard", "exchange"]
        ),
        st.integers(0, 60),
    ),
    max_size=30,
)


@settings(max_examples=60, deadline=None)
@given(_ACTIONS)
def test_every_read_shows_the_moment_in_which_it_began(actions: list[str | int]) -> None:
    with TemporaryDirectory() as directory:
        datastores = Datastores(kinds_schema(), FakeProvider(), Path(directory))
        datastores.start()
        configure(datastores, long_items(0, 100))
        reads = _Reads(datastores)
        for action in actions:
            _perform(datastores, reads, action)
        reads.check()
        datastores.close()


def _perform(datastores: Datastores, reads: _Reads, action: str | int) -> None:
    match action:
        case "read running":
            reads.begin(RUNNING)
        case "read candidate":
            reads.begin(CANDIDATE)
        case "pull":
            reads.pull()
        case "commit":
            datastores.commit()
        case "discard":
            datastores.discard_changes()
        case "exchange":
            datastores.copy(inline(long_items(0, 40)), CANDIDATE)
        case int() if action % 2:
            content = f"<item {_DELETE}><id>{action}</id></item>"
            configure(datastores, content, is_committed=False)
        case _:
            content = f"<item><id>{action}</id><title>{action}</title></item>"
            configure(datastores, content, is_committed=False)


class _Reads:
    """Reads under way, and what each of them must show."""

    def __init__(self, datastores: Datastores) -> None:
        self._datastores = datastores
        self._expected: list[bytes] = []
        self._slices: list[Iterator[bytes]] = []
        self._pieces: list[list[bytes]] = []

    def begin(self, name: DatastoreName) -> None:
        reading = Reading(defaults=Defaults.REPORT_ALL if name is RUNNING else Defaults.EXPLICIT)
        self._expected.append(b"".join(self._datastores.read(name, reading)))
        self._slices.append(self._datastores.read(name, reading))
        self._pieces.append([])

    def pull(self) -> None:
        for slices, pieces in zip(self._slices, self._pieces, strict=True):
            pieces.append(next(slices, b""))

    def check(self) -> None:
        for expected, slices, pieces in zip(
            self._expected, self._slices, self._pieces, strict=True
        ):
            assert b"".join([*pieces, *slices]) == expected
