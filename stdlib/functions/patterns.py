"""Functions of texts and regular expressions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from featlang.stdlib.aggregates.declaration import Exceptional
from featlang.stdlib.functions.declaration import UNDEFINED, FunctionDeclaration, Signature, Wrong
from featlang.stdlib.functions.regex import Regex, RegexError, parsed
from featlang.stdlib.functions.regex_match import find, find_all
from featlang.stdlib.functions.texts import LONGEST

KERNEL = "PatternFunctions"


def _matches(text: str, pattern: str) -> bool:
    return find(pattern, text) is not None


def _extract(text: str, pattern: str, group: int) -> str:
    found = find(pattern, text)
    if found is None or found[2 * group] < 0:
        raise Exceptional(UNDEFINED)
    return text[found[2 * group] : found[2 * group + 1]]


def _replace_matches(text: str, pattern: str, by: str) -> str:
    parts, end, length = [], 0, 0
    for found in find_all(pattern, text):
        parts += [text[end : found[0]], by]
        end = found[1]
        length += len(by)
        if length > LONGEST:  # a character is a byte at least
            raise Exceptional("overflow")
    if not parts:
        return text
    replaced = "".join([*parts, text[end:]])
    if len(replaced.encode("utf-8")) > LONGEST:
        raise Exceptional("overflow")
    return replaced


def _check(more: Callable[[Regex, Sequence[Any]], Wrong | None]) -> Callable[..., Wrong | None]:
    """What is wrong with a pattern, or with the other arguments that go with it."""

    def check(values: Sequence[Any]) -> Wrong | None:
        if values[1] is None:
            return "the pattern is null", 'write a pattern, as in `"[0-9]+"`', 1
        try:
            return more(parsed(values[1]), values)
        except RegexError as error:  # a text of the language has two `\\` for one
            return error.title.replace("\\", "\\\\"), error.advice.replace("\\", "\\\\"), 1

    return check


def _group_exists(pattern: Regex, values: Sequence[Any]) -> Wrong | None:
    group = values[2]
    if group is None:
        return "the group is null", "write its number, or leave it out for all that matches", 2
    if not 0 <= group <= pattern.groups:
        has = {0: "no group", 1: "1 group"}.get(pattern.groups, f"{pattern.groups} groups")
        advice = f"write 0 for all that matches{f', 1 to {pattern.groups} for a group' if pattern.groups else ''}"
        return f"the pattern has {has}", f"{advice}; a group is a part in parentheses", 2
    return None


def _takes_something(pattern: Regex, values: Sequence[Any]) -> Wrong | None:
    if values[2] is None:
        return "the replacement is null", 'write a text, as in `"#"`', 2
    if pattern.root.may_be_empty:
        return "this pattern matches nothing at all, too", "write one that takes a character at least, as in `x+`", 1
    return None


PATTERNS = (
    FunctionDeclaration(
        "matches",
        "Whether a part of the text matches the pattern; `^` and `$` bind it to the ends of the text.",
        ("text", "pattern"),
        (Signature(("string", "string"), "bool"),),
        _matches,
        KERNEL,
        ('matches("/news/2026", "^/news/[0-9]+$")', "true"),
        constant=frozenset({1}),
        check=_check(lambda _pattern, _values: None),
        pattern=1,
    ),
    FunctionDeclaration(
        "extract",
        "The first part of the text that matches the pattern, or of that its group of this number; null where nothing "
        "matches, and of a group that takes no part.",
        ("text", "pattern", "group"),
        (Signature(("string", "string", "int"), "string"),),
        _extract,
        KERNEL,
        ('extract("utm_source=mail&x=1", "utm_source=([^&]+)", 1)', '"mail"'),
        partial=True,
        defaults=(0,),
        constant=frozenset({1, 2}),
        check=_check(_group_exists),
        pattern=1,
    ),
    FunctionDeclaration(
        "replace_matches",
        "The text with another one for each part that matches the pattern, from left to right; null where it would be "
        "longer than 16 MiB.",
        ("text", "pattern", "by"),
        (Signature(("string", "string", "string"), "string"),),
        _replace_matches,
        KERNEL,
        ('replace_matches("/user/1842/cart", "[0-9]+", "#")', '"/user/#/cart"'),
        constant=frozenset({1, 2}),
        check=_check(_takes_something),
        pattern=1,
    ),
)
