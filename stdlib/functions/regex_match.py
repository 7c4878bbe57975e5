"""What a pattern finds in a text, for the reference: all ways at once, the preferred first, a character at a time.

The method is Thompson's with the groups of Pike, as Russ Cox tells it (https://swtch.com/~rsc/regexp/regexp2.html): its
time grows with the text and the pattern, never faster.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from featlang.stdlib.functions.regex import Choice, End, Group, Node, OneOf, Ranges, Repeat, Sequence, parsed

Places = tuple[int, ...]
"""Beginning and end of the whole, then of each group; -1 of one that takes no part."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a pattern: takes a character, or stands at an end, or notes a place; then goes to one of `then`.

    Of several ways the first is preferred. A step that goes nowhere is the end of the pattern.
    """

    then: tuple[int, ...] = ()
    takes: Ranges | None = None
    end: bool | None = None
    notes: int | None = None


@lru_cache(maxsize=1_000)
def steps_of(pattern: str) -> tuple[Step, ...]:
    """The steps of a pattern, of which the last one begins it. Raises `RegexError`."""
    steps = [Step()]

    def add(step: Step) -> int:
        steps.append(step)
        return len(steps) - 1

    def before(node: Node, following: int) -> int:
        """The step that begins a node which `following` comes after."""
        match node:
            case OneOf(ranges):
                return add(Step((following,), takes=ranges))
            case End(of_text):
                return add(Step((following,), end=of_text))
            case Sequence(parts):
                for part in reversed(parts):
                    following = before(part, following)
                return following
            case Choice(options):
                return add(Step(tuple([before(each, following) for each in options])))
            case Group(part, number):
                closed = add(Step((following,), notes=2 * number + 1))
                return add(Step((before(part, closed),), notes=2 * number))
            case Repeat():
                return repeated(node, following)

    def repeated(node: Repeat, following: int) -> int:
        if node.most is None:
            loop = add(Step())  # its ways are known when the part is
            part = before(node.part, loop)
            steps[loop] = Step((following, part) if node.lazy else (part, following))
            following = loop
        else:
            after = following
            for _ in range(node.most - node.least):
                part = before(node.part, following)
                following = add(Step((after, part) if node.lazy else (part, after)))
        for _ in range(node.least):
            following = before(node.part, following)
        return following

    whole = add(Step((0,), notes=1))
    add(Step((before(parsed(pattern).root, whole),), notes=0))
    return tuple(steps)


def find(pattern: str, text: str, start: int = 0) -> Places | None:
    """The leftmost match from a place on, and of several there the preferred; None where there is none."""
    steps = steps_of(pattern)
    nowhere = (-1,) * (2 * parsed(pattern).groups + 2)
    found: Places | None = None
    ways, seen = dict[int, Places](), set[int]()
    for at in range(start, len(text) + 1):
        if found is None:
            _follow(steps, (len(steps) - 1, nowhere), at, text, (ways, seen))
        if not ways and found is not None:
            break
        following, seen = dict[int, Places](), set[int]()
        for number, places in ways.items():
            if number == 0:
                found = places
                break  # those behind it are less preferred
            takes = steps[number].takes
            if takes is not None and at < len(text) and _holds(takes, ord(text[at])):
                _follow(steps, (steps[number].then[0], places), at + 1, text, (following, seen))
        ways = following
    return found


def find_all(pattern: str, text: str) -> Iterator[Places]:
    """All matches from left to right, each behind the one before; for patterns that take a character at least."""
    found = find(pattern, text)
    while found is not None:
        yield found
        found = find(pattern, text, found[1])


def _follow(
    steps: tuple[Step, ...], first: tuple[int, Places], at: int, text: str, into: tuple[dict[int, Places], set[int]]
) -> None:
    """Goes on to all steps that take a character, or end the pattern, in the order of preference.

    What a preferred way has seen at this place already, no other needs to see.
    """
    ways, seen = into
    waiting = [first]
    while waiting:
        number, here = waiting.pop()
        if number in seen:
            continue
        seen.add(number)
        step = steps[number]
        if number == 0 or step.takes is not None:
            ways[number] = here
            continue
        if step.end is not None and at != (len(text) if step.end else 0):
            continue
        if step.notes is not None:
            here = (*here[: step.notes], at, *here[step.notes + 1 :])
        waiting += [(way, here) for way in reversed(step.then)]


def _holds(ranges: Ranges, code: int) -> bool:
    return any(low <= code <= high for low, high in ranges)
