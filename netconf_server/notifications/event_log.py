"""The log of events for replay (RFC 5277 §3.3): bounded, and still there after a restart.

There are two files, ``events.log`` and before it ``events.old.log``. When the first has grown to
half of the bound it takes the place of the second, and what that had is forgotten. A line is the
CRC-32 of what follows, a time, and JSON, with blanks between: an event. Only the first line has the
time when the log was created, and that of the last event that has been forgotten. Nothing waits for
the disk: a killed process loses nothing, a crash of the machine the last moments. Whatever cannot
be read is left out.
"""

from __future__ import annotations

import logging
from binascii import crc32
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final

from netconf_server.notifications.event_records import EventRecord
from netconf_server.notifications.times import read_time, write_time
from netconf_server.schema.schema import Schema

_log = logging.getLogger(__name__)

_NEWEST: Final = "events.log"
_OLDER: Final = "events.old.log"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogBounds:
    """How much the log keeps in memory and on the disk, at most."""

    events: int = 20_000
    octets: int = 8 * 1024 * 1024


@dataclass(slots=True)
class _Segment:
    """One file's worth of events."""

    events: list[EventRecord] = field(default_factory=list)
    octets: int = 0

    def add(self, event: EventRecord) -> None:
        self.events.append(event)
        self.octets += len(event.document)


class EventLog:
    """Past events, each with a number by which reading goes on."""

    def __init__(self, schema: Schema, created: datetime, bounds: LogBounds | None = None) -> None:
        self._schema = schema
        self._bounds = bounds or LogBounds()
        self._older = _Segment()
        self._newest = _Segment()
        self._file: BinaryIO | None = None
        self._directory: Path | None = None
        #: The number of the oldest event that is still there.
        self.first = 0
        #: When the log was begun (``replayLogCreationTime``).
        self.creation_time = created
        #: The time of the last event that was forgotten (``replayLogAgedTime``).
        self.aged_time: datetime | None = None

    @property
    def next(self) -> int:
        """The number that the next event will have."""
        return self.first + len(self._older.events) + len(self._newest.events)

    def open(self, directory: Path) -> None:
        """Take over what is in the folder and go on there; without it, if it cannot be used."""
        self._directory = directory
        try:
            directory.mkdir(parents=True, exist_ok=True)
            self._load(directory)
            self._file = (directory / _NEWEST).open("ab")
            if self._file.tell() == 0:
                self._write_header()
        except OSError as fault:
            self._give_up(fault)

    def close(self) -> None:
        """Close the file; it stays as it is."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def append(self, event: EventRecord) -> None:
        """Keep an event."""
        if self._is_full(self._newest):
            self._turn()
        self._newest.add(self._event(event.event_time, event.document))
        self._write(event.event_time, event.document)

    def __getitem__(self, number: int) -> EventRecord:
        """Return the event with a number, from ``first`` on and before ``next``."""
        position = number - self.first
        boundary = len(self._older.events)
        if position < boundary:
            return self._older.events[position]
        return self._newest.events[position - boundary]

    def find(self, start: datetime) -> int:
        """Return the number of the first event at or after a time."""
        found = (
            number for number in range(self.first, self.next) if self[number].event_time >= start
        )
        return next(found, self.next)

    def _event(self, event_time: datetime, document: bytes) -> EventRecord:
        """Make what is kept: without what may have been derived from it before."""
        return EventRecord(schema=self._schema, event_time=event_time, document=document)

    def _is_full(self, segment: _Segment) -> bool:
        is_many = len(segment.events) * 2 >= self._bounds.events
        return is_many or segment.octets * 2 >= self._bounds.octets

    def _turn(self) -> None:
        """Begin a new file and forget the older one."""
        self.first += len(self._older.events)
        if self._older.events:
            self.aged_time = self._older.events[-1].event_time
        self._older, self._newest = self._newest, _Segment()
        if self._file is None or self._directory is None:
            return
        try:
            self._file.close()
            (self._directory / _NEWEST).replace(self._directory / _OLDER)
            self._file = (self._directory / _NEWEST).open("ab")
        except OSError as fault:
            self._give_up(fault)
        self._write_header()

    def _write_header(self) -> None:
        aged = b"" if self.aged_time is None else write_time(self.aged_time).encode()
        self._write(self.creation_time, aged)

    def _write(self, time: datetime, content: bytes) -> None:
        if self._file is None:
            return
        line = b"%b %b" % (write_time(time).encode(), content)
        try:
            self._file.write(b"%08x %b\n" % (crc32(line), line))
            self._file.flush()
        except OSError as fault:
            self._give_up(fault)

    def _give_up(self, fault: OSError) -> None:
        """Go on in memory only: events must not fail because the disk is full."""
        _log.warning("events are not kept for a restart: %s", fault)
        self._file = None

    # Reading the files.

    def _load(self, directory: Path) -> None:
        for name, segment in ((_OLDER, self._older), (_NEWEST, self._newest)):
            path = directory / name
            content = path.read_bytes() if path.exists() else b""
            for time, line in _lines_in(content):
                self._take(time, line, segment)
            if not content.endswith(b"\n") and content:
                _cut_torn_end(path, content)

    def _take(self, time: datetime, content: bytes, segment: _Segment) -> None:
        if content.startswith(b"{"):
            segment.add(self._event(time, content))
        elif not segment.events:
            self.creation_time = time
            self.aged_time = read_time(content.decode())


def _lines_in(content: bytes) -> Iterator[tuple[datetime, bytes]]:
    """Yield what was written, without what is damaged."""
    for line in content.split(b"\n"):
        checksum, _, rest = line.partition(b" ")
        if checksum != b"%08x" % crc32(rest):
            continue
        text, _, document = rest.partition(b" ")
        time = read_time(text.decode())
        if time is not None:
            yield time, document


def _cut_torn_end(path: Path, content: bytes) -> None:
    with path.open("r+b") as file:
        file.truncate(content.rfind(b"\n") + 1)
