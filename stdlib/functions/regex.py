r"""Regular expressions: the part of their language that engines agree on, parsed here.

Literals, `.`, `[…]`, `\d \w \s` and their capitals (of ASCII), groups, alternation, `* + ? {n} {n,} {n,m}`, greedy
and lazy, `^` and `$` for the ends of the text, `(?i)` at the beginning. What is found is the leftmost match, of which
earlier alternatives are preferred. A repeated part must take a character: engines differ on how often nothing repeats.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NoReturn

MOST_REPEATS = 1_000
MOST_STEPS = 10_000
"""The size of a pattern whose repeats are written out: what it costs to compile, and at most for each character."""
MOST_NESTED = 50
LAST = 0x10FFFF

Ranges = tuple[tuple[int, int], ...]
"""Code points, first and last of each range, ascending and apart."""

_DIGITS: Ranges = ((48, 57),)
_WORD: Ranges = ((48, 57), (65, 90), (95, 95), (97, 122))
_SPACES: Ranges = ((9, 13), (32, 32))
_CONTROLS = {"t": 9, "n": 10, "v": 11, "f": 12, "r": 13}


class RegexError(ValueError):
    """A pattern that is not of the language: what is wrong, and what to write."""

    def __init__(self, title: str, advice: str) -> None:
        """Both are for the reader of a program."""
        super().__init__(title)
        self.title = title
        self.advice = advice


# --- the tree


@dataclass(frozen=True, slots=True)
class OneOf:
    """One character of a set."""

    ranges: Ranges
    may_be_empty = False
    steps = 1


@dataclass(frozen=True, slots=True)
class End:
    """The beginning of the text, or its end."""

    of_text: bool
    may_be_empty = True
    steps = 1


@dataclass(frozen=True, slots=True)
class Sequence:
    """Parts one after another; without any, nothing."""

    parts: tuple[Node, ...]

    @property
    def may_be_empty(self) -> bool:
        """Whether it can match without a character."""
        return all(part.may_be_empty for part in self.parts)

    @property
    def steps(self) -> int:
        """How many steps it is, repeats written out."""
        return 1 + sum(part.steps for part in self.parts)


@dataclass(frozen=True, slots=True)
class Choice:
    """The first alternative with which the whole matches."""

    options: tuple[Node, ...]

    @property
    def may_be_empty(self) -> bool:
        """Whether it can match without a character."""
        return any(option.may_be_empty for option in self.options)

    @property
    def steps(self) -> int:
        """How many steps it is, repeats written out."""
        return 1 + sum(option.steps for option in self.options)


@dataclass(frozen=True, slots=True)
class Repeat:
    """A part `least` to `most` times (None: without end), as often as can be, or as seldom."""

    part: Node
    least: int
    most: int | None
    lazy: bool

    @property
    def may_be_empty(self) -> bool:
        """Whether it can match without a character."""
        return self.least == 0

    @property
    def steps(self) -> int:
        """How many steps it is, repeats written out."""
        return 1 + self.part.steps * max(self.least, self.most or 1)


@dataclass(frozen=True, slots=True)
class Group:
    """A part that `extract` can give; groups are numbered by their opening parentheses, from 1."""

    part: Node
    number: int

    @property
    def may_be_empty(self) -> bool:
        """Whether it can match without a character."""
        return self.part.may_be_empty

    @property
    def steps(self) -> int:
        """How many steps it is, repeats written out."""
        return 2 + self.part.steps


Node = OneOf | End | Sequence | Choice | Repeat | Group


@dataclass(frozen=True, slots=True)
class Regex:
    """A pattern, and how many groups it has."""

    root: Node
    groups: int


@lru_cache(maxsize=1_000)
def parsed(pattern: str) -> Regex:
    """The pattern as a tree. Raises `RegexError`."""
    return _Parser(pattern).whole()


# --- parsing


class _Parser:
    """Reads a pattern from left to right."""

    def __init__(self, pattern: str) -> None:
        self.text = pattern
        self.at = 0
        self.groups = 0
        self.depth = 0
        self.any_case = False

    def whole(self) -> Regex:
        if self.text.startswith("(?i)"):
            self.any_case, self.at = True, 4
        if self.at == len(self.text):
            raise RegexError("the pattern is empty", 'write what to look for, as in `"[0-9]+"`')
        root = self.choice()
        if self.at < len(self.text):
            self.fail("this `)` closes nothing", "write `\\)` for the character")
        if root.steps > MOST_STEPS:
            title = f"the pattern has more than {MOST_STEPS:,} steps when its repeats are written out"
            raise RegexError(title, "repeat less, as in `{1,20}`, or use `+`")
        return Regex(root, self.groups)

    def fail(self, title: str, advice: str, at: int | None = None) -> NoReturn:
        """The mistake, with what stands there."""
        at = self.at if at is None else at
        raise RegexError(f"{title}, at character {at + 1} of the pattern", advice)

    def peek(self) -> str:
        return self.text[self.at] if self.at < len(self.text) else ""

    def take(self, what: str) -> bool:
        if self.text.startswith(what, self.at):
            self.at += len(what)
            return True
        return False

    def choice(self) -> Node:
        self.depth += 1
        if self.depth > MOST_NESTED:
            self.fail(f"groups stand within each other more than {MOST_NESTED} deep", "write it with fewer")
        options = [self.sequence()]
        while self.take("|"):
            options.append(self.sequence())
        self.depth -= 1
        return options[0] if len(options) == 1 else Choice(tuple(options))

    def sequence(self) -> Node:
        parts: list[Node] = []
        while self.peek() not in {"", "|", ")"}:
            parts.append(self.repeated(self.atom()))
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def atom(self) -> Node:
        start = self.at
        character = self.peek()
        self.at += 1
        match character:
            case ".":
                return OneOf(_without(((10, 10),)))
            case "^" | "$":
                return End(character == "$")
            case "(":
                return self.group(start)
            case "[":
                return self.brackets(start)
            case "\\":
                return OneOf(self.cased(self.escaped(start)))
            case "*" | "+" | "?":
                self.fail(f"`{character}` repeats nothing", f"write `\\{character}` for the character", start)
            case "{" | "}":
                self.fail(f"`{character}` stands alone", f"write `\\{character}` for the character", start)
            case _:
                pass
        return OneOf(self.cased(((ord(character), ord(character)),)))

    def group(self, start: int) -> Node:
        if self.take("?:"):
            part = self.choice()
        elif self.peek() == "?":
            found = self.text[start : start + 4]
            advice = "groups are `(…)`, and `(?:…)` without a number; `(?i)` stands at the beginning"
            self.fail(f"`{found}` is not in the language of patterns", advice, start)
        else:
            self.groups += 1
            number = self.groups
            part = Group(self.choice(), number)
        if not self.take(")"):
            self.fail("this `(` is never closed", "close it with `)`, or write `\\(` for the character", start)
        return part if isinstance(part, Group) else Sequence((part,))

    def repeated(self, part: Node) -> Node:
        start = self.at
        bounds = self.bounds()
        if bounds is None:
            return part
        least, most = bounds
        if part.may_be_empty:
            written = self.text[start : self.at]
            advice = "repeat something that takes a character"
            if isinstance(part, End):
                advice = f"remove `{written}`"
            self.fail(f"`{written}` repeats what may be nothing", advice, start)
        lazy = self.take("?")
        if self.peek() and self.peek() in "*+?{":
            title = "a repeat is repeated"
            self.fail(title, f"put the first into a group, or write `\\{self.peek()}` for the character")
        return Repeat(part, least, most, lazy)

    def bounds(self) -> tuple[int, int | None] | None:
        """How often, where that is written here."""
        start = self.at
        for sign, times in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self.take(sign):
                return times
        if not self.take("{"):
            return None
        end = self.text.find("}", self.at)
        least, comma, most = self.text[self.at : end].partition(",") if end >= 0 else ("", "", "")
        if not _is_number(least) or not (_is_number(most) or most == ""):
            self.fail(
                "`{` begins no number of repeats", "write `{3}`, `{3,}`, `{3,5}`, or `\\{` for the character", start
            )
        self.at = end + 1
        low, high = int(least), (int(most) if most else None if comma else int(least))
        if high is not None and (high == 0 or high < low):
            self.fail("this repeats never", "write the smaller number first, and 1 at least for the other", start)
        if max(low, high or 0) > MOST_REPEATS:
            self.fail(f"this repeats more than {MOST_REPEATS:,} times", "repeat less, or use `+`", start)
        return low, high

    def brackets(self, start: int) -> OneOf:
        negated = self.take("^")
        ranges: list[tuple[int, int]] = []
        if self.peek() == "]":
            self.fail("these brackets hold nothing", "write `\\]` for the character `]`", start)
        while not self.take("]"):
            if not self.peek():
                self.fail("this `[` is never closed", "close it with `]`, or write `\\[` for the character", start)
            first_at = self.at
            first = self.bracket_item()
            if self.peek() == "-" and self.text[self.at + 1 : self.at + 2] not in {"]", ""}:
                self.at += 1
                last = self.bracket_item()
                low, high = first[0][0], last[-1][1]
                if _size(first) > 1 or _size(last) > 1 or high < low:
                    written = self.text[first_at : self.at]
                    self.fail(
                        f"`{written}` is no range", "write the lower character first, or `\\-` for the sign", first_at
                    )
                ranges.append((low, high))
            else:
                ranges += first
        found = self.cased(_merged(ranges))
        found = _without(found) if negated else found
        if not found:
            self.fail("these brackets match no character", "remove `^`, or write what may stand here", start)
        return OneOf(found)

    def bracket_item(self) -> Ranges:
        start = self.at
        character = self.peek()
        self.at += 1
        if character == "\\":
            return self.escaped(start)
        if character == "[" and self.peek() == ":":
            self.fail("`[:` is not in the language of patterns", "write the characters, as in `[a-zA-Z]`", start)
        return ((ord(character), ord(character)),)

    def escaped(self, start: int) -> Ranges:
        """The characters that an escape stands for; its backslash is read."""
        character = self.peek()
        self.at += 1
        named = {"d": _DIGITS, "w": _WORD, "s": _SPACES}.get(character.lower())
        if character and named is not None:
            return _without(named) if character.isupper() else named
        if character in _CONTROLS:
            return ((_CONTROLS[character], _CONTROLS[character]),)
        if not character or character.isalnum() or not character.isascii() or character.isspace():
            advice = "the escapes are `\\d \\w \\s \\D \\W \\S \\t \\n \\r \\f \\v`, and `\\` with a sign, as in `\\.`"
            self.fail(f"`\\{character}` is not in the language of patterns", advice, start)
        return ((ord(character), ord(character)),)

    def cased(self, ranges: Ranges) -> Ranges:
        """With `(?i)`, the letters of ASCII in both cases."""
        if not self.any_case:
            return ranges
        more = list(ranges)
        for low, high in ranges:
            for first, shift in ((65, 32), (97, -32)):
                start, end = max(low, first), min(high, first + 25)
                if start <= end:
                    more.append((start + shift, end + shift))
        return _merged(more)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 6


def _size(ranges: Ranges) -> int:
    return sum(high - low + 1 for low, high in ranges)


def _merged(ranges: list[tuple[int, int]]) -> Ranges:
    """The same characters in ascending ranges that do not touch."""
    found: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if found and low <= found[-1][1] + 1:
            found[-1] = found[-1][0], max(high, found[-1][1])
        else:
            found.append((low, high))
    return tuple(found)


def _without(ranges: Ranges) -> Ranges:
    """All other characters."""
    found, start = [], 0
    for low, high in ranges:
        if start < low:
            found.append((start, low - 1))
        start = high + 1
    if start <= LAST:
        found.append((start, LAST))
    return tuple(found)
