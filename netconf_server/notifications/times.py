"""Times as they are written in notifications and requests (RFC 3339, YANG's date-and-time)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

_DATE_AND_TIME: Final = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII
)


def write_time(moment: datetime) -> str:
    """Write a moment in UTC, exactly: a replay may begin at any time that was written."""
    return moment.astimezone(UTC).isoformat().removesuffix("+00:00") + "Z"


def read_time(text: str) -> datetime | None:
    """Read a date-and-time of any time zone; None if it is not one."""
    if not _DATE_AND_TIME.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):  # a day or an hour that does not exist
        return None
