"""The order of values of one type, as comparisons and `min` and `max` use it."""

from __future__ import annotations

from typing import Any


def order_key(value: Any) -> Any:
    """Give what Python has to compare: a string by its UTF-8 bytes, all else (numbers, times, bytes) as it is."""
    return value.encode("utf-8") if isinstance(value, str) else value
