"""Which sources belong together, because a stream of one looks up features of another: what reads them is one job."""

from __future__ import annotations

from collections.abc import Iterable


def connected(names: Iterable[str], links: Iterable[tuple[str, str]]) -> dict[str, str]:
    """For each name the first, in the order given, of those that it is linked with, directly or by others."""
    first = {name: name for name in names}
    place = {name: number for number, name in enumerate(first)}

    def root(name: str) -> str:
        while first[name] != name:
            name = first[name]
        return name

    for one, other in links:
        low, high = sorted((root(one), root(other)), key=place.__getitem__)
        first[high] = low
    return {name: root(name) for name in first}
