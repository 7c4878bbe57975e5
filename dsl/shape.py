"""Checks of declarations that parsed: kinds, names that are keywords, `def`, depth."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import TYPE_CHECKING

from featlang.dsl import tree
from featlang.dsl.diagnostics import Diagnostic, Span
from featlang.dsl.suggest import nearest
from featlang.dsl.words import CLAUSES, KEYWORDS, KINDS, VALUE_WORDS, shorten

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

MAX_DEPTH = 200
"""The deepest nesting of brackets, and of operators, that is read; it keeps later stops within Python's stack."""

DEEP_TITLE = f"this is nested more than {MAX_DEPTH} levels deep"
DEEP_HELP = "give a part a name of its own, as in `_part = …`"

_CHAIN_TITLE = f"this has more than {MAX_DEPTH} operators, calls or types, one within the other"
_CHAIN_HELP = "each `+` of `a + b + c` takes in what stands before it: give parts names of their own, as in `_part = …`"
_STARTS = (*KINDS, "import")
_KINDS_HELP = f"the kinds are {', '.join(f'`{kind}`' for kind in KINDS)}, and there is `import`"
_CLAUSES_HELP = f"the clauses are {', '.join(f'`{clause}`' for clause in CLAUSES)}"
_FOREIGN_KINDS: dict[str, tuple[str, str]] = {
    "select": ("F018", "a feature is `name = aggregate` in `features NAME from SOURCE by KEY { … }`"),
    "create": ("F018", "start with the kind, as in `source NAME(…) { … }` or `features NAME from SOURCE by KEY { … }`"),
    "with": ("F018", "start with the kind; a `stream` or `template` gives a part a name"),
    "from": ("F005", "an import is `import shop.sources`; a declaration starts with its kind"),
    "as": ("F034", "an import brings in the names as they are; leave out `as`"),
    "import": ("F025", "an import has neither docs nor annotations; use `#` for a comment"),
    "feature": ("F005", "write `features NAME from SOURCE by KEY { … }`"),
    "function": ("F005", "write `def NAME(x: float) -> float = …`"),
    "fn": ("F005", "write `def NAME(x: float) -> float = …`"),
    "let": ("F005", "names are bound in the block of a declaration"),
}


_FOREIGN_CLAUSES: dict[str, tuple[str, str]] = {
    "group": ("is written `by`", "write `by user_id`, before the block"),
    "order": ("is no clause", "a source states its order, as in `order = time`; `by` names the key"),
    "partition": ("is written `by`", "write `by user_id`, before the block"),
    "having": ("is no clause", "filter events with `where`; rows of features are filtered by who reads them"),
    "join": ("is written `lookup`", "write `lookup users on user_id`"),
    "window": ("is written `over`", "write `over 1h`, before the block"),
    "limit": ("is no clause", "leave it out"),
    "into": ("is written `to`", "write `to cassandra(…)`, before the block"),
}


@dataclass(frozen=True, slots=True)
class WrongKind:
    """What is wrong with a kind; `meant` puts it right, `breaks_head` says that the declaration above is cut short."""

    diagnostics: tuple[Diagnostic, ...]
    meant: str | None = None
    breaks_head: bool = False


def check_shape(
    text: str, declarations: Iterable[tree.Declaration]
) -> tuple[tuple[tree.Declaration, ...], list[Diagnostic]]:
    """The declarations that later stops can work with, and what is wrong with the others.

    A misspelt kind is reported and put right, so that the rest of the declaration is still checked.
    """
    kept: list[tree.Declaration] = []
    found: list[Diagnostic] = []
    above: tree.Declaration | None = None
    cut_short = False  # whether the one above was dropped, and what follows may be the rest of it
    for declaration in declarations:
        deep = _too_deep(declaration)
        touching = above is not None and not text[above.span.end : declaration.span.start].strip()
        misplaced: Diagnostic | None = None
        wrong = None if declaration.kind.text in KINDS else wrong_kind(declaration.kind, above if touching else None)
        if deep is not None:
            found.append(Diagnostic("F003", _CHAIN_TITLE, deep, help=_CHAIN_HELP))
        elif wrong is None:
            misplaced = _misplaced_value(text, declaration)
            found += [misplaced] if misplaced else _check_names(declaration) + _check_def(declaration)
            if misplaced is None:
                kept.append(declaration)
        elif wrong.meant is not None:
            found += wrong.diagnostics
            kept.append(replace(declaration, kind=replace(declaration.kind, text=wrong.meant)))
        elif not (touching and cut_short):
            found += wrong.diagnostics
            if wrong.breaks_head and kept:
                kept.pop()
        dropped = deep is not None or misplaced is not None or (wrong is not None and wrong.meant is None)
        cut_short = dropped and declaration.body is None
        above = declaration
    return tuple(kept), found


def is_open(declaration: tree.Declaration | None) -> bool:
    """Whether a declaration ended without a block or value, so that what follows may have been meant as a clause."""
    return declaration is not None and declaration.body is None and declaration.value is None


def wrong_kind(kind: tree.Name, above: tree.Declaration | None) -> WrongKind:
    """Explain an unknown kind; `above` is the declaration that ends right before it."""
    text, span = shorten(kind.text), kind.span
    clause = nearest(text, (*CLAUSES, "before"))
    if is_open(above) and text.lower() in _FOREIGN_CLAUSES:
        said, advice = _FOREIGN_CLAUSES[text.lower()]
        return WrongKind((Diagnostic("F018", f"`{text}` {said}", span, help=advice),), breaks_head=True)
    if text.lower() in KEYWORDS and text not in KEYWORDS:
        title = f"`{text}` is not a keyword"
        return WrongKind((Diagnostic("F033", title, span, help=f"write `{text.lower()}`"),), breaks_head=is_open(above))
    if text in CLAUSES and above is not None and above.body is not None:
        title = f"`{text}` stands after the block of `{above.name.text}`"
        return WrongKind((Diagnostic("F028", title, span, help="put the clause before `{`"),))
    meant = nearest(text, _STARTS)
    foreign = _FOREIGN_KINDS.get(text.lower())
    if is_open(above) and (clause or not (meant or foreign)):
        title = f"`{text}` is not a clause"
        help_text = f"did you mean `{clause}`?" if clause else _CLAUSES_HELP
        return WrongKind((Diagnostic("F006", title, span, help=help_text),), breaks_head=True)
    if foreign is not None:
        return WrongKind((Diagnostic(foreign[0], f"`{text}` is not a kind", span, help=foreign[1]),))
    help_text = f"did you mean `{meant}`?" if meant else _KINDS_HELP
    unknown = Diagnostic("F005", f"`{text}` is not a kind", span, help=help_text)
    return WrongKind((unknown,), meant if meant in KINDS else None)


def _check_names(declaration: tree.Declaration) -> list[Diagnostic]:
    """Keywords may name columns, but neither features nor declarations."""
    found = []
    bound = [declaration.name, *(entry.name for entry in declaration.body or () if isinstance(entry, tree.Binding))]
    for name in bound:
        if name.text in KEYWORDS:
            help_text = f"choose another name; a keyword may only name a column, as in `{name.text}: int`"
            found.append(Diagnostic("F010", f"`{name.text}` is a keyword", name.span, help=help_text))
    for column in declaration.columns or ():
        if column.name.text in VALUE_WORDS:
            title = f"a column cannot be called `{column.name.text}`"
            help_text = "the word begins a value, so the column could not be read; choose another name"
            found.append(Diagnostic("F010", title, column.name.span, help=help_text))
    return found


def _check_def(declaration: tree.Declaration) -> list[Diagnostic]:
    """A `def` is `def name(…) -> type = expression`."""
    incomplete = declaration.value is None or declaration.columns is None or declaration.returns is None
    if declaration.kind.text == "def" and incomplete:
        title = f"`def {declaration.name.text}` is incomplete"
        help_text = f"write `def {declaration.name.text}(x: float) -> float = …`"
        return [Diagnostic("F029", title, declaration.name.span, help=help_text)]
    return []


def _misplaced_value(text: str, declaration: tree.Declaration) -> Diagnostic | None:
    """The `= value` of a declaration that is no `def`: behind `where` a comparison was meant."""
    if declaration.kind.text == "def" or declaration.value is None:
        return None
    if declaration.clauses and isinstance(declaration.clauses[-1], tree.WhereClause):
        place = text.rfind("=", 0, declaration.value.span.start)
        span = Span(declaration.span.file, place, place + 1)
        return Diagnostic("F015", "`=` binds; `==` compares", span, help="write `a == b`")
    title = f"a `{declaration.kind.text}` has no `=`"
    help_text = "its definitions stand in `{ … }`; only `def` is an expression"
    return Diagnostic("F029", title, declaration.value.span, help=help_text)


def _too_deep(declaration: tree.Declaration) -> Span | None:
    """Where a tree is deeper than MAX_DEPTH, without recursion.

    A node cannot be deeper than it has characters, so nearly all of a file is never walked.
    """
    waiting: list[tuple[object, int]] = [(declaration, 0)]
    while waiting:
        node, depth = waiting.pop()
        if isinstance(node, tuple):
            waiting.extend((item, depth) for item in node)
        elif is_dataclass(node) and not isinstance(node, (Span, type)):
            span: Span = getattr(node, "span")  # noqa: B009  every node has one, but no common type says so
            if depth > MAX_DEPTH:
                return span
            if depth + span.end - span.start > MAX_DEPTH:
                waiting.extend((child, depth + 1) for child in _children(node))
    return None


def _children(node: DataclassInstance) -> Iterator[object]:
    return (getattr(node, field.name) for field in fields(node))
