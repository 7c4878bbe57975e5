"""Patterns as RE2/J reads them, without flags: every set of characters is written out."""

from __future__ import annotations

from featlang.stdlib.functions.regex import Choice, End, Group, Node, OneOf, Regex, Repeat, Sequence

_TIMES = {(0, None): "*", (1, None): "+", (0, 1): "?"}


def re2(pattern: Regex) -> str:
    """The text that RE2/J compiles."""
    return _written(pattern.root)


def _written(node: Node) -> str:
    match node:
        case OneOf(ranges):
            if len(ranges) == 1 and ranges[0][0] == ranges[0][1]:
                return _character(ranges[0][0])
            spans = (_character(a) if a == b else f"{_character(a)}-{_character(b)}" for a, b in ranges)
            return f"[{''.join(spans)}]"
        case End(of_text):
            return "\\z" if of_text else "\\A"
        case Sequence(parts):
            return "".join(f"(?:{_written(part)})" if isinstance(part, Choice) else _written(part) for part in parts)
        case Choice(options):
            return "|".join(map(_written, options))
        case Group(part):
            return f"({_written(part)})"
        case Repeat(part, least, most, lazy):
            exactly = f"{{{least}}}" if most == least else f"{{{least},{'' if most is None else most}}}"
            times = _TIMES.get((least, most), exactly)
            alone = isinstance(part, (OneOf, Group))
            return f"{_written(part) if alone else f'(?:{_written(part)})'}{times}{'?' if lazy else ''}"


def _character(code: int) -> str:
    """A letter or digit of ASCII as it is, any other character by its number."""
    return chr(code) if chr(code).isascii() and chr(code).isalnum() else f"\\x{{{code:x}}}"
