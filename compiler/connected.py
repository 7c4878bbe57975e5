"""What hangs together: sources that streams link (what reads them is one job), and what is needed for something."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping


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


def reached(reads: Mapping[str, Collection[str]], names: Iterable[str]) -> set[str]:
    """All that these names read, directly or by what they read."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        new = set(reads.get(waiting.pop(), ())) - found
        found |= new
        waiting += new
    return found
