"""The arguments of functions that must be written out, for tests of every function."""

from __future__ import annotations

import itertools
from typing import Any

from featlang.stdlib.functions.regex import parsed
from featlang.stdlib.functions.times import UNITS

ZONES: tuple[str, ...] = (
    "UTC",
    "Europe/Warsaw",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "Pacific/Apia",
)
ZONES += ("Africa/Casablanca", "America/Sao_Paulo", "Antarctica/Troll", "Asia/Gaza", "Europe/Dublin", "America/Nuuk")
PATTERNS = (
    "a",
    "a|ab",
    "^(a+?)(b*)",
    "[^a]",
    "(?i)[aé]+$",
    "\\d+(\\.\\d+)?",
    "(b|a)*b",
    "\\S+",
    "日|😀",
    "x{3,5}?",
    "^$",
    ".",
)
WRITTEN: dict[str, list[tuple[Any, ...]]] = {
    "round": [(d,) for d in (0, 1, 2, 5, 17, 300)],
    "to_decimal": [(10, 2), (38, 38), (38, 0), (1, 0), (20, 7)],
    "hash_bucket": [(1,), (100,), (2**31,)],
    "width_bucket": [(0.0, 100.0, 10), (-1e308, 1e308, 3), (0.1, 0.3, 7)],
    "start_of": list(itertools.product(UNITS, ZONES)),
    "matches": [(pattern,) for pattern in PATTERNS],
    "extract": [(pattern, group) for pattern in PATTERNS for group in range(parsed(pattern).groups + 1)],
    "replace_matches": [(p, by) for p in PATTERNS for by in ("", "#", "é😀") if not parsed(p).root.may_be_empty],
    **{name: [(zone,) for zone in ZONES] for name in ("hour", "minute", "second", "date_of", "start_of_day")},
}
"""By function, what may stand there; they are its last arguments."""
