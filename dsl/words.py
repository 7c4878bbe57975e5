"""The words of the language that the parser, its messages and the compiler share."""

from __future__ import annotations

KINDS: tuple[str, ...] = ("source", "table", "stream", "features", "model", "params", "rules", "template", "def")
"""What a declaration may start with, besides `import`."""

CLAUSES: tuple[str, ...] = ("from", "where", "lookup", "by", "over", "keep", "to")
"""The words that start a clause."""

KEYWORDS: tuple[str, ...] = (
    *CLAUSES,
    *("import", "as", "on", "before", "at", "when", "use"),
    *("if", "then", "else", "or", "and", "not", "in", "is", "null", "true", "false"),
)
"""Words with a meaning of their own. A column may bear one of them, a feature or a declaration may not."""

MAX_NAME = 200
"""The longest name, in characters."""


def shorten(text: str, most: int = 40) -> str:
    """Make a text of the file short enough to be repeated in a title."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


VALUE_WORDS: tuple[str, ...] = ("if", "not", "null", "true", "false")
"""Keywords that begin a value: a column of that name could not be read, so it is refused too."""
