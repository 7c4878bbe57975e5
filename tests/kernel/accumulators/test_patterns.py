"""Regular expressions: what is no pattern says so, and random ones find the same in the kernel as in the reference."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from featlang.backends.kernel.regex_text import re2
from featlang.stdlib.aggregates.declaration import Exceptional
from featlang.stdlib.functions import FUNCTIONS
from featlang.stdlib.functions.regex import RegexError, parsed
from featlang.stdlib.functions.regex_match import find
from tests.kernel.accumulators.probe import argument, seeded

if TYPE_CHECKING:
    from tests.kernel.accumulators.probe import JavaMain

PAIRS = 100_000
TEXTS_EACH = 40
LETTERS = ("a", "b", "c", "A", "1", " ", "é", "😀", "\n")
ATOMS = ("a", "b", "c", "1", "é", "😀", ".", "[ab]", "[^a]", "[a-c1]", "\\d", "\\w", "\\s", "\\D", "\\W", "\\S", "\\n")


def _pattern(dice: random.Random, depth: int) -> str:
    """A random pattern; not every one is of the language."""
    kind = dice.random()
    if depth == 0 or kind < 0.35:
        return dice.choice(ATOMS)
    inner = _pattern(dice, depth - 1)
    if kind < 0.5:
        return f"({inner})"
    if kind < 0.65:
        times = dice.choice(("*", "+", "?", "{2}", "{1,}", "{0,2}", "{1,3}")) + dice.choice(("", "?"))
        return f"(?:{inner}){times}" if len(inner) > 1 else f"{inner}{times}"
    if kind < 0.8:
        return f"(?:{inner}|{_pattern(dice, depth - 1)}{dice.choice(('', '|'))})"
    end = dice.choice(("", "", "", "^", "$"))
    return f"{'^' if end == '^' else ''}{inner}{_pattern(dice, depth - 1)}{'$' if end == '$' else ''}"


def _patterns(dice: random.Random, count: int) -> list[str]:
    """So many different ones that are of the language."""
    found: dict[str, None] = {}
    while len(found) < count:
        pattern = dice.choice(("", "", "(?i)")) + _pattern(dice, dice.randint(1, 4))
        try:
            parsed(pattern)
        except RegexError:
            continue
        found[pattern] = None
    return list(found)


def test_kernel_and_reference_find_the_same(java: JavaMain) -> None:
    """A hundred thousand pairs: whether a text matches, what the whole and each group hold, what is replaced."""
    dice = seeded("patterns")
    commands, expected = [], []
    for pattern in _patterns(dice, PAIRS // TEXTS_EACH):
        regex = parsed(pattern)
        for _ in range(TEXTS_EACH):
            text = "".join(dice.choice(LETTERS) for _ in range(dice.randint(0, 9)))
            calls: list[tuple[str, tuple[str | int, ...]]] = [
                ("matches", ()),
                ("extract", (dice.randint(0, regex.groups),)),
            ]
            if not regex.root.may_be_empty:
                calls.append(("replace_matches", ("é-",)))
            for name, more in calls:
                method = FUNCTIONS[name].java_method(FUNCTIONS[name].signatures[0].takes)
                given = [argument(each.encode() if isinstance(each, str) else each) for each in more]
                commands.append(f"call {method} {argument(text.encode())} p:{re2(regex)} {' '.join(given)}".strip())
                expected.append((pattern, text, name, more, _reference(name, text, pattern, *more)))
    found = java.probe(commands)
    wrong = [(*case, one) for case, one in zip(expected, found, strict=True) if case[-1] != one]
    assert wrong[:5] == []


def _reference(name: str, *arguments: object) -> str:
    """As the probe prints it."""
    try:
        value = FUNCTIONS[name].reference(*arguments)
    except Exceptional as nothing:
        return f"null {nothing.reason}"
    return str(value).lower() if isinstance(value, bool) else f"x{value.encode().hex()}"


@pytest.mark.parametrize(
    ("pattern", "title"),
    [
        ("", "the pattern is empty"),
        ("(?i)", "the pattern is empty"),
        ("a)", "this `)` closes nothing, at character 2 of the pattern"),
        ("(a", "this `(` is never closed, at character 1 of the pattern"),
        ("[a", "this `[` is never closed, at character 1 of the pattern"),
        ("[]", "these brackets hold nothing, at character 1 of the pattern"),
        ("[^\\s\\S]", "these brackets match no character, at character 1 of the pattern"),
        ("(?i)[^\\D\\d]", "these brackets match no character, at character 5 of the pattern"),
        ("[z-a]", "`z-a` is no range, at character 2 of the pattern"),
        ("[[:alpha:]]", "`[:` is not in the language of patterns, at character 2 of the pattern"),
        ("*a", "`*` repeats nothing, at character 1 of the pattern"),
        ("a{,2}", "`{` begins no number of repeats, at character 2 of the pattern"),
        ("a{2", "`{` begins no number of repeats, at character 2 of the pattern"),
        ("a{3,2}", "this repeats never, at character 2 of the pattern"),
        ("a{0}", "this repeats never, at character 2 of the pattern"),
        ("a{1001}", "this repeats more than 1,000 times, at character 2 of the pattern"),
        ("(a{100}){101}", "the pattern has more than 10,000 steps when its repeats are written out"),
        ("(a*)*", "`*` repeats what may be nothing, at character 5 of the pattern"),
        ("^+", "`+` repeats what may be nothing, at character 2 of the pattern"),
        ("a**", "a repeat is repeated, at character 3 of the pattern"),
        ("a++", "a repeat is repeated, at character 3 of the pattern"),
        ("(?=a)", "`(?=a` is not in the language of patterns, at character 1 of the pattern"),
        ("a(?i)b", "`(?i)` is not in the language of patterns, at character 2 of the pattern"),
        ("\\bword", "`\\b` is not in the language of patterns, at character 1 of the pattern"),
        ("(a)\\1", "`\\1` is not in the language of patterns, at character 4 of the pattern"),
        ("a\\", "`\\` is not in the language of patterns, at character 2 of the pattern"),
        ("}", "`}` stands alone, at character 1 of the pattern"),
        ("(" * 60 + "a" + ")" * 60, "groups stand within each other more than 50 deep, at character 51 of the pattern"),
    ],
)
def test_what_is_no_pattern(pattern: str, title: str) -> None:
    with pytest.raises(RegexError) as refused:
        parsed(pattern)
    assert refused.value.title == title
    assert refused.value.advice


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("a.b", "a[\\x{0}-\\x{9}\\x{b}-\\x{10ffff}]b"),
        ("^a$", "\\Aa\\z"),
        ("(?i)aK", "[Aa][Kk]"),
        ("(a|bc)+?", "(a|bc)+?"),
        ("(?:a|b)c{2,}", "(?:a|b)c{2,}"),
        ("(?:ab){1,3}", "(?:ab){1,3}"),
        ("a{2}", "a{2}"),
        ("\\.", "\\x{2e}"),
        ("[a\\]-]", "[\\x{2d}\\x{5d}a]"),
    ],
)
def test_what_the_kernel_is_given(pattern: str, text: str) -> None:
    assert re2(parsed(pattern)) == text


def test_no_pattern_takes_for_ever() -> None:
    for pattern in ("^(a+)+$", "(a|a)*b", "(?:a{1,20}){20}b"):
        assert find(pattern, "a" * 300 + "!") is None
