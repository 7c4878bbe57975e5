"""What a rate is made of: how much longer a side took on more events."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median


def longer(whole: Sequence[float], part: Sequence[float]) -> float | None:
    """The seconds that runs on the whole took longer than those on a part; None where there are none of either.

    None also where that is no more than runs on one of both differ by: the difference may be all noise.
    """
    if not whole or not part:
        return None
    more = median(whole) - median(part)
    noise = max(max(each) - min(each) for each in (whole, part))
    return more if more > noise else None
