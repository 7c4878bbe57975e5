"""Points in time, as people write them: text or `datetime` to µs UTC."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MICROSECOND = timedelta(microseconds=1)


def moment(text: str) -> int:
    """An instant in µs UTC from ISO-8601, as in `2024-03-01` or `2024-03-01T12:00:00+01:00`; without offset UTC.

    Raises `ValueError`, whose message says how a time is written.
    """
    try:
        found = datetime.fromisoformat(re.sub(r"[zZ]$", "+00:00", text.strip()))
    except ValueError:
        message = f"{text!r} is not a time; write it as in 2024-03-01 or 2024-03-01T12:00:00Z"
        raise ValueError(message) from None
    return microseconds(found)


def microseconds(time: datetime) -> int:
    """An instant in µs UTC; without a zone it is UTC."""
    return ((time if time.tzinfo else time.replace(tzinfo=timezone.utc)) - _EPOCH) // _MICROSECOND


def now() -> int:
    """The machine's clock, in µs UTC."""
    return microseconds(datetime.now(timezone.utc))
