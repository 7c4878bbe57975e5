"""The nearest name, for "did you mean"."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate that was probably meant, or None.

    A match that ignores case; else the one with the smallest edit distance (a swap of neighbours counts one) that is
    at most a third of the longer length, the first of equals.
    """
    known = list(dict.fromkeys(candidates))
    folded = name.casefold()
    for candidate in known:
        if candidate.casefold() == folded:
            return candidate
    best: tuple[int, str] | None = None
    for candidate in known:
        limit = max(len(name), len(candidate)) // 3
        if best is not None:
            limit = min(limit, best[0] - 1)
        if abs(len(name) - len(candidate)) > limit:
            continue
        found = _distance(folded, candidate.casefold(), limit)
        if found <= limit:
            best = (found, candidate)
    return best[1] if best else None


def _distance(left: str, right: str, limit: int) -> int:
    """The edit distance with swaps of neighbours; anything over `limit` may be returned as `limit + 1`."""
    before: list[int] = []
    above = list(range(len(right) + 1))
    for row, letter in enumerate(left, 1):
        current = [row]
        for column, other in enumerate(right, 1):
            cost = min(above[column] + 1, current[column - 1] + 1, above[column - 1] + (letter != other))
            swapped = row > 1 and column > 1 and letter == right[column - 2] and left[row - 2] == other
            current.append(min(cost, before[column - 2] + 1) if swapped else cost)
        if min(current) > limit:
            return limit + 1
        before, above = above, current
    return above[-1]
