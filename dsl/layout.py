"""How an expression is written: on one line where it fits, else broken at its loosest operators or its brackets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from featlang.dsl.tokens import Token

WIDTH = 100
"""The longest line that the formatter makes of what can be broken, in characters."""

INDENT = 2
"""A level of nesting, in spaces."""

_OPENING = {"(": ")", "[": "]"}
_WORDS = frozenset({"and", "or", "not", "in", "is", "if", "then", "else"})
"""Words after which no value has ended: a bracket begins one, a minus is a sign."""

_LEVELS: tuple[frozenset[str], ...] = (
    frozenset({"or"}),
    frozenset({"and"}),
    frozenset({"==", "!=", "<=", ">=", "<", ">", "in"}),
    frozenset({"??"}),
    frozenset({"+", "-"}),
    frozenset({"*", "/", "%"}),
)
"""The operators between two values, loosest first."""


def flat(tokens: Sequence[Token]) -> str:
    """An expression, or the arguments of an annotation, on one line."""
    written: list[str] = []
    before: Token | None = None
    tight = False  # whether `before` is a sign of its operand, with nothing between them
    depth = 0
    for token in _without_trailing_commas(tokens):
        if before is not None and not tight and _spaced(before, token, depth):
            written.append(" ")
        tight = token.text == "-" and not _ends_value(before)
        depth += (token.text in _OPENING) - (token.text in _OPENING.values())
        written.append(token.text)
        before = token
    return "".join(written)


def lay_out(tokens: Sequence[Token], indent: int, column: int, tail: int = 0) -> str:
    """An expression that starts at `column` of a line indented by `indent`, with room for `tail` characters after it.

    Lines after the first are indented further, but for one that closes a bracket.
    """
    line = flat(tokens)
    if column + len(line) + tail <= WIDTH:
        return line
    if tokens[0].text == "if":
        return _conditional(tokens, indent, column, tail)
    if tokens[0].text == "not" and not any(token.text in {"and", "or"} for _, token in _outer(tokens)):
        return "not " + lay_out(tokens[1:], indent, column + 4, tail)
    for level in _LEVELS:
        places = [i for i, token in _outer(tokens) if token.text in level and i and _ends_value(tokens[i - 1])]
        if places:
            return _chain(tokens, places, indent, column, tail)
    return _brackets(tokens, indent) or line


def _conditional(tokens: Sequence[Token], indent: int, column: int, tail: int) -> str:
    """`if a then b`, `else if c then d` and `else e`, a line each."""
    lines: list[str] = []
    prefix, rest = "if ", tokens[1:]
    inner = indent + INDENT
    while True:
        at_then, at_else = _branches(rest)
        condition, value = rest[:at_then], rest[at_then + 1 : at_else]
        line = f"{prefix}{flat(condition)} then {flat(value)}"
        if (column if not lines else inner) + len(line) > WIDTH:
            start = len(prefix) + (column if not lines else inner)
            line = prefix + lay_out(condition, inner, start) + "\n" + " " * (inner + INDENT) + "then "
            line += lay_out(value, inner + INDENT, inner + INDENT + 5)
        lines.append(line)
        rest = rest[at_else + 1 :]
        if rest[0].text != "if":
            lines.append("else " + lay_out(rest, inner, inner + 5, tail))
            return ("\n" + " " * inner).join(lines)
        prefix, rest = "else if ", rest[1:]


def _branches(tokens: Sequence[Token]) -> tuple[int, int]:
    """Where the `then` and the `else` are of an `if` that stands before the tokens."""
    then, depth = 0, 0
    for i, token in _outer(tokens):
        if token.text == "if":
            depth += 1
        elif token.text == "then" and depth == 0:
            then = i
        elif token.text == "else":
            if depth == 0:
                return then, i
            depth -= 1
    raise AssertionError(flat(tokens))


def _chain(tokens: Sequence[Token], places: Sequence[int], indent: int, column: int, tail: int) -> str:
    """Values between operators of one level, each operator at the start of a line."""
    inner = indent + INDENT
    text = lay_out(tokens[: _operator_start(tokens, places[0])], indent, column)
    for number, place in enumerate(places):
        last = number + 1 == len(places)
        end = len(tokens) if last else _operator_start(tokens, places[number + 1])
        operator = flat(tokens[_operator_start(tokens, place) : place + 1])
        line = f" {operator} {flat(tokens[place + 1 : end])}"
        above = text.rpartition("\n")[2]
        if "\n" in text and above.strip()[0] in ")]" and len(above + line) + (tail if last else 0) <= WIDTH:
            text += line  # behind the bracket that was closed
            continue
        value = lay_out(tokens[place + 1 : end], inner, inner + len(operator) + 1, tail if last else 0)
        text += f"\n{' ' * inner}{operator} {value}"
    return text


def _operator_start(tokens: Sequence[Token], place: int) -> int:
    """Of `not in` the `not`."""
    return place - 1 if tokens[place].text == "in" and tokens[place - 1].text == "not" else place


def _brackets(tokens: Sequence[Token], indent: int) -> str:
    """A call, a list or parentheses with a line for each of the parts of its longest bracket; empty if it has none."""
    found = [(i, _closing(tokens, i)) for i, token in _outer(tokens) if token.text in _OPENING]
    if not found:
        return ""
    opening, closing = max(found, key=lambda pair: tokens[pair[1]].end - tokens[pair[0]].end)
    parts = _parts(tokens[opening + 1 : closing])
    if not parts:
        return ""
    before, after = flat(tokens[: opening + 1]), flat(tokens[closing:])
    is_list = tokens[opening].text == "[" and not (opening and _ends_value(tokens[opening - 1]))
    is_call = tokens[opening].text == "(" and opening > 0 and tokens[opening - 1].kind == "word"
    comma = "," if is_list or is_call else ""
    inner = indent + INDENT
    lines = [_argument(part, inner, len(comma)) + comma for part in parts]
    return f"{before}\n{' ' * inner}" + f"\n{' ' * inner}".join(lines) + f"\n{' ' * indent}{after}"


def _argument(tokens: Sequence[Token], indent: int, tail: int) -> str:
    """An argument on lines of its own, with its name where it has one."""
    if len(tokens) > 1 and tokens[1].text == "=":
        name = f"{tokens[0].text}="
        return name + lay_out(tokens[2:], indent, indent + len(name), tail)
    return lay_out(tokens, indent, indent, tail)


def _outer(tokens: Sequence[Token]) -> Iterator[tuple[int, Token]]:
    """The tokens that stand in no bracket, and the opening brackets that do not, with their places."""
    depth = 0
    for i, token in enumerate(tokens):
        depth -= token.text in _OPENING.values()
        if depth == 0:
            yield i, token
        depth += token.text in _OPENING


def _closing(tokens: Sequence[Token], opening: int) -> int:
    depth = 0
    for i in range(opening, len(tokens)):
        depth += (tokens[i].text in _OPENING) - (tokens[i].text in _OPENING.values())
        if depth == 0:
            return i
    raise AssertionError(flat(tokens))


def _parts(tokens: Sequence[Token]) -> list[Sequence[Token]]:
    """What commas part."""
    places = [i for i, token in _outer(tokens) if token.text == ","]
    bounds = [-1, *places, len(tokens)]
    parts = [tokens[a + 1 : b] for a, b in pairwise(bounds)]
    return [part for part in parts if part]


def _without_trailing_commas(tokens: Sequence[Token]) -> Iterator[Token]:
    for i, token in enumerate(tokens):
        after = tokens[i + 1].text if i + 1 < len(tokens) else ""
        if token.text != "," or after not in _OPENING.values():
            yield token


def _spaced(before: Token, token: Token, depth: int) -> bool:
    """Whether a space stands between two tokens, the second of them in so many brackets."""
    if token.text in {")", "]", ",", "."} or before.text in {"(", "[", ".", "@"}:
        return False
    if depth and "=" in {before.text, token.text}:
        return False
    if token.text in _OPENING:
        called = token.text == "[" or before.kind == "word"
        return not (called and _ends_value(before))
    return True


def _ends_value(token: Token | None) -> bool:
    """Whether a value may end with the token, so that a bracket after it belongs to it and a minus takes away."""
    if token is None or (token.kind == "word" and token.text in _WORDS):
        return False
    return token.kind in {"word", "number", "text"} or token.text in _OPENING.values()
