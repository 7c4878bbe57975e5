"""`feat fmt`: one look for every file. Comments stay, meaning stays, and a second run changes nothing.

A declaration's head stands on one line where it fits, otherwise with a line for each clause, in one order. `=` and
types are aligned over lines that follow each other. Lines are at most `layout.WIDTH` long where they can be broken.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from itertools import takewhile
from typing import Any

from featlang.dsl import tree
from featlang.dsl.diagnostics import FeatError, ReadOtherwiseError, Span
from featlang.dsl.layout import INDENT, WIDTH, flat, lay_out
from featlang.dsl.parse import parse
from featlang.dsl.tokens import Token, tokens

_ORDER = (
    tree.FromClause,
    tree.LookupClause,
    tree.WhereClause,
    tree.ByClause,
    tree.OverClause,
    tree.KeepClause,
    tree.ToClause,
)
"""Of clauses; lookups stay in the order in which they were written."""


def ordered_clauses(clauses: Sequence[tree.Clause]) -> list[tree.Clause]:
    """Clauses in the one order."""
    return sorted(clauses, key=lambda clause: _ORDER.index(type(clause)))


def format_text(path: str, text: str) -> str:
    """The text of a `.feat` file in the one look. `FeatError` if it does not parse; `path` names it there.

    `ReadOtherwiseError` where that would be read as something else.
    """
    before = parse(path, text)
    if before.diagnostics:
        raise FeatError(before.diagnostics)
    written = _Writer(before.file).file()
    after = parse(path, written)
    if after.diagnostics or meaning(after.file) != meaning(before.file):
        raise ReadOtherwiseError(f"{path}: formatting would change what the file means")
    return written


def type_text(node: tree.TypeExpression) -> str:
    """A type in the one look, as in `map<string, int?>?`."""
    arguments = ", ".join(
        (f"{each.name.text}: " if each.name else "")
        + (str(each.value) if isinstance(each.value, int) else type_text(each.value))
        for each in node.arguments
    )
    return node.name.text + (f"<{arguments}>" if arguments else "") + ("?" if node.nullable else "")


@dataclass
class _Piece:
    """Lines that belong together: a declaration's part, a column or an entry, with what stands above and behind it."""

    above: list[str] = field(default_factory=list)
    """Docs, annotations and comments, without indentation."""
    blank: bool = False
    """Whether an empty line stands above all that."""
    behind: str = ""
    """The comment at the end of the last line."""


class _Writer:
    """Writes one file. Every comment is given out once: above a piece, or behind it."""

    def __init__(self, file: tree.File) -> None:
        self.text = file.text
        self.file_node = file
        start = 1 if file.text.startswith("\ufeff") else 0
        self.tokens = list(tokens(file.text, start, len(file.text)))
        self.starts = [token.start for token in self.tokens]

    def file(self) -> str:
        """The whole text: what is said of the file, then imports, and an empty line around each declaration."""
        nodes: list[tree.Import | tree.Declaration] = sorted(
            [*self.file_node.imports, *self.file_node.declarations], key=lambda node: node.span.start
        )
        top: list[str] = []
        imports: list[str] = []
        declarations: list[str] = []
        end = 0
        for number, node in enumerate(nodes):
            following = nodes[number + 1].span.start if number + 1 < len(nodes) else len(self.text)
            annotations = node.annotations if isinstance(node, tree.Declaration) else ()
            piece = self._piece(end, node.span, annotations, following, hoist=isinstance(node, tree.Import))
            end = node.span.end
            if isinstance(node, tree.Import):
                imports += [""] if imports and piece.blank else []
                imports += [*piece.above, self._import(node) + piece.behind]
            else:
                if number == 0 and self.file_node.imports:
                    top = _split_top(piece)
                body = self._declaration(node, piece)
                body[-1] += piece.behind
                declarations += [*([""] if declarations else []), *piece.above, *body]
        last = self._piece(end, Span(self.file_node.path, len(self.text), len(self.text)), (), len(self.text)).above
        parts = [part for part in (top, imports, declarations, last) if part]
        return "\n".join("".join(f"{line}\n" for line in part) for part in parts)

    # --- comments

    def _between(self, start: int, end: int) -> list[Token]:
        return self.tokens[bisect_left(self.starts, start) : bisect_left(self.starts, end)]

    def _without_comments(self, span: Span) -> list[Token]:
        return [token for token in self._between(span.start, span.end) if token.kind != "comment"]

    def _flat(self, span: Span) -> str:
        return flat(self._without_comments(span))

    def _piece(
        self,
        start: int,
        span: Span,
        annotations: Iterable[tree.Annotation],
        following: int,
        *,
        hoist: bool = True,
    ) -> _Piece:
        """What belongs to a node besides itself: from the end of the one before it, to the start of the next.

        `hoist` says that comments within the node go above it.
        """
        piece = _Piece()
        self._lead(piece, start, span.start, {each.span.start: each.span for each in annotations})
        if not piece.above:
            piece.blank = self._blank_before(span.start)
        elif _is_comment(piece.above[-1]) and self._blank_before(span.start) and span.end > span.start:
            piece.above.append("")
        if hoist:
            inside = self._between(span.start, span.end)
            piece.above += [token.text.rstrip() for token in inside if token.kind == "comment"]
        for token in self._between(span.end, following):
            if self._is_behind(token, span.end):
                piece.behind = "  " + token.text.rstrip()
        return piece

    def _lead(self, piece: _Piece, start: int, end: int, annotations: Mapping[int, Span]) -> None:
        """Put the docs, annotations and comments that stand above a node into its piece."""
        skip = start
        for token in self._between(start, end):
            if token.start < skip or self._is_behind(token, start):
                continue
            if token.kind not in {"comment", "doc"} and token.start not in annotations:  # a comma
                continue
            if not piece.above:
                piece.blank = self._blank_before(token.start)
            elif self._blank_before(token.start) and (token.kind == "comment" or _is_comment(piece.above[-1])):
                piece.above.append("")
            if token.kind == "comment":
                piece.above.append(token.text.rstrip())
            elif token.kind == "doc":
                piece.above.append(f"## {token.text[2:].removeprefix(' ')}".rstrip())
            else:
                inside = self._between(token.start, annotations[token.start].end)
                piece.above += [each.text.rstrip() for each in inside if each.kind == "comment"]
                piece.above += lay_out([each for each in inside if each.kind != "comment"], 0, 0).split("\n")
                skip = annotations[token.start].end

    def _is_behind(self, token: Token, end: int) -> bool:
        """Whether a comment ends the line on which something ended."""
        if token.kind != "comment" or end == 0 or token.start < end or "\n" in self.text[end : token.start]:
            return False
        return self.text[end - 1] not in "{("

    def _blank_before(self, place: int) -> bool:
        above = self.text[:place].rstrip(" \t\r\f")
        return above.endswith("\n") and above[:-1].rstrip(" \t\r\f").endswith("\n")

    # --- declarations

    def _import(self, node: tree.Import) -> str:
        return "import " + ".".join(name.text for name in node.path)

    def _declaration(self, node: tree.Declaration, piece: _Piece) -> list[str]:
        body, head_end = self._body(node)
        if node.value is not None:
            return self._definition(node, piece)
        clauses = ordered_clauses(node.clauses)
        opening = "" if node.body is None else " {" if body else " {}"
        loose = [token for token in self._between(node.span.start, head_end) if token.kind == "comment"]
        columns, columns_span = self._columns(node)
        loose = [c for c in loose if columns_span is None or not columns_span.start <= c.start < columns_span.end]
        if not clauses and node.body is None:  # then no line of the head's own follows them
            piece.above += [comment.text.rstrip() for comment in loose]
            loose = []
        name = f"{node.kind.text} {node.name.text}"
        returns = f" -> {type_text(node.returns)}" if node.returns else ""
        written = [self._clause(clause) for clause in clauses]
        one = f"{name}{columns.flat}{returns}" + "".join(f" {clause()}" for clause in written) + opening
        if columns.fits and not loose and len(one) <= WIDTH and "\n" not in one:
            return [one, *body]
        lines = [name]
        if columns_span is not None:
            first = f"{name}{columns.flat}{returns}"
            lines = [first] if columns.fits and len(first) <= WIDTH else columns.lines(name, returns)
        else:
            lines[0] += returns
        tail = "".join(f" {clause()}" for clause in written) + opening
        if len(lines) > 1 and not loose and len(lines[-1] + tail) <= WIDTH and "\n" not in tail:
            lines[-1] += tail
            return [*lines, *body]
        below, behind = self._clause_lines(node, clauses, loose)
        lines[-1] += behind
        return [*lines, *below, *([opening.strip()] if opening else []), *body]

    def _clause_lines(
        self, node: tree.Declaration, clauses: Sequence[tree.Clause], comments: Sequence[Token]
    ) -> tuple[list[str], str]:
        """A line for each clause, and the comment behind what is before them; comments stay where they were."""
        written = sorted(node.clauses, key=lambda clause: clause.span.start)
        above: dict[int | None, list[str]] = {}
        behind: dict[int | None, str] = {}
        for comment in comments:
            before = [clause for clause in written if clause.span.end <= comment.start]
            after = [clause for clause in written if clause.span.end > comment.start]
            start = before[-1].span.start if before else None
            if start not in behind and self._is_behind(comment, before[-1].span.end if before else self._last(node)):
                behind[start] = "  " + comment.text.rstrip()
            else:
                place = after[0].span.start if after else -1
                above.setdefault(place, []).append(" " * INDENT + comment.text.rstrip())
        lines = []
        for clause in clauses:
            place = clause.span.start
            text = " " * INDENT + self._clause(clause)(INDENT) + behind.get(place, "")
            lines += [*above.get(place, ()), *text.split("\n")]
        return [*lines, *above.get(-1, ())], behind.get(None, "")

    def _last(self, node: tree.Declaration) -> int:
        """Where what stands before the clauses ends."""
        if node.returns is not None:
            return node.returns.span.end
        _, columns = self._columns(node)
        return columns.end if columns else node.name.span.end

    def _definition(self, node: tree.Declaration, piece: _Piece) -> list[str]:
        """A `def`; comments within it go above it."""
        columns, within = self._columns(node)
        if node.value is None or node.returns is None or within is None:
            raise AssertionError(node)  # the parser would have said so
        inside = [*self._between(node.span.start, within.start), *self._between(within.end, node.span.end)]
        piece.above += [token.text.rstrip() for token in inside if token.kind == "comment"]
        name = f"{node.kind.text} {node.name.text}"
        returns = f" -> {type_text(node.returns)}"
        first = f"{name}{columns.flat}{returns}"
        lines = [first] if columns.fits and len(first) + 2 <= WIDTH else columns.lines(name, returns)
        value = self._without_comments(node.value.span)
        if len(lines[-1]) + 3 + len(flat(value)) <= WIDTH:
            lines[-1] += f" = {flat(value)}"
            return lines
        lines[-1] += " ="
        return [*lines, *(" " * INDENT + lay_out(value, 0, INDENT)).split("\n")]

    # --- clauses

    def _clause(self, clause: tree.Clause) -> Callable[..., str]:
        """How a clause is written: on one line, or, given an indentation, broken where it is too long."""

        def write(indent: int | None = None) -> str:
            if isinstance(clause, tree.WhereClause):
                return self._worded("where", clause.condition.span, indent)
            if isinstance(clause, tree.LookupClause):
                return self._lookup(clause)
            word, parts = _listed(clause)
            texts = [self._flat(span) for span in parts]
            line = f"{word} {', '.join(texts)}"
            if indent is None or indent + len(line) <= WIDTH:
                return line
            start = indent + len(word) + 1
            broken = [lay_out(self._without_comments(span), start, start, 1) for span in parts]
            return f"{word} " + (",\n" + " " * start).join(broken)

        return write

    def _worded(self, word: str, span: Span, indent: int | None) -> str:
        inside = self._without_comments(span)
        if indent is None:
            return f"{word} {flat(inside)}"
        return f"{word} {lay_out(inside, indent, indent + len(word) + 1)}"

    def _lookup(self, clause: tree.LookupClause) -> str:
        alias = f" as {clause.alias.text}" if clause.alias else ""
        keys = [
            key.name.text + (f" == {self._flat(key.value.span)}" if key.value is not None else "")
            for key in clause.keys
        ]
        when = " before" if clause.before else f" at {self._flat(clause.at.span)}" if clause.at else ""
        return f"lookup {clause.target.text}{alias} on {', '.join(keys)}{when}"

    # --- columns

    def _columns(self, node: tree.Declaration) -> tuple[_Columns, Span | None]:
        """A declaration's columns and the span of their parentheses."""
        if node.columns is None:
            return _Columns("", [], fits=True), None
        inside = self._between(node.name.span.end, node.span.end)
        opening = next(token for token in inside if token.text == "(")
        start = node.columns[-1].span.end if node.columns else opening.end
        closing = next(token for token in self._between(start, node.span.end) if token.text == ")")
        span = Span(node.span.file, opening.start, closing.end)
        pieces: list[tuple[_Piece, str, str]] = []
        end = opening.end
        for number, column in enumerate(node.columns):
            is_last = number + 1 == len(node.columns)
            following = closing.start if is_last else node.columns[number + 1].span.start
            default = f" = {self._flat(column.default.span)}" if column.default is not None else ""
            piece = self._piece(end, self._defined(column), column.annotations, following)
            pieces.append((piece, column.name.text, type_text(column.type) + default))
            end = column.span.end
        last = self._piece(end, Span(node.span.file, closing.start, closing.start), (), closing.start)
        fits = not last.above and not any(piece.above or piece.behind for piece, _, _ in pieces)
        line = "(" + ", ".join(f"{name}: {kind}" for _, name, kind in pieces) + ")"
        return _Columns(line, pieces, fits=fits, last=last.above), span

    def _defined(self, column: tree.Column) -> Span:
        """A column without what stands above it."""
        end = column.default.span.end if column.default is not None else column.type.span.end
        return Span(column.span.file, column.name.span.start, end)

    # --- the block

    def _body(self, node: tree.Declaration) -> tuple[list[str], int]:
        """The lines behind `{`, and where the head ends."""
        if node.body is None:
            return [], node.span.end
        before = max([node.name.span.end, *(c.span.end for c in node.clauses)])
        if node.columns:
            before = max(before, node.columns[-1].span.end)
        opening = next(token for token in self._between(before, node.span.end) if token.text == "{")
        closing = node.span.end - 1
        rows = _Rows()
        end = opening.end
        for number, entry in enumerate(node.body):
            is_last = number + 1 == len(node.body)
            following = closing if is_last else node.body[number + 1].span.start
            annotations = entry.annotations if isinstance(entry, tree.Binding) else ()
            piece = self._piece(end, self._entry_span(entry), annotations, following)
            end = entry.span.end
            rows.above(piece)
            self._entry(entry, piece.behind, rows)
        rows.above(self._piece(end, Span(node.span.file, closing, closing), (), closing), last=True)
        return ([*rows.lines, "}"] if rows.lines else []), opening.start

    def _entry(self, entry: tree.Entry, behind: str, rows: _Rows) -> None:
        """An entry on one line, if it fits there with those above it, else on several."""
        if isinstance(entry, tree.Use):
            alias = f" as {entry.alias.text}" if entry.alias else ""
            call = lay_out(self._without_comments(entry.template.span), INDENT, INDENT + 4, len(alias))
            rows.whole(f"{' ' * INDENT}use {call}{alias}{behind}".split("\n"))
            return
        head = entry.name.text + (f": {type_text(entry.type)}" if entry.type else "")
        rest = " ".join([self._flat(entry.value.span), *self._suffixes(entry, None)])
        if not rows.add(head, rest, behind):
            rows.whole(self._broken(entry, head, behind))

    def _entry_span(self, entry: tree.Entry) -> Span:
        """An entry without what stands above it."""
        if isinstance(entry, tree.Use):
            return entry.span
        return Span(entry.span.file, entry.name.span.start, entry.span.end)

    def _broken(self, entry: tree.Binding, head: str, behind: str) -> list[str]:
        """An entry that is too long for a line: its value, then a line for each of `where`, `over`, `when`."""
        column = INDENT + len(head) + 3
        value = self._without_comments(entry.value.span)
        if value[0].text == "if" and column + len(flat(value)) > WIDTH:
            inner = INDENT + INDENT
            lines = f"{' ' * INDENT}{head} =\n{' ' * inner}{lay_out(value, INDENT, inner)}".split("\n")
        else:
            lines = f"{' ' * INDENT}{head} = {lay_out(value, INDENT, column)}".split("\n")
        for suffix in self._suffixes(entry, INDENT + INDENT):
            lines += f"{' ' * (INDENT + INDENT)}{suffix}".split("\n")
        lines[-1] += behind
        return lines

    def _suffixes(self, entry: tree.Binding, indent: int | None) -> list[str]:
        """The filter, windows and condition of an entry."""
        written = []
        if entry.where is not None:
            written.append(self._worded("where", entry.where.span, indent))
        if entry.over:
            written.append("over " + ", ".join(self._flat(window.span) for window in entry.over))
        if entry.when is not None:
            written.append(self._worded("when", entry.when.span, indent))
        return written


class _Rows:
    """The lines of a block: those that follow each other have their `=` below each other."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.run: list[tuple[str, str, str]] = []

    def add(self, head: str, rest: str, behind: str) -> bool:
        """Add an entry on one line; false where it is too long for one."""
        width = max([len(head), *(len(other) for other, _, _ in self.run)])
        longest = max([len(rest), *(len(other) for _, other, _ in self.run)])
        if INDENT + width + 3 + longest > WIDTH:
            self._end_run()
            if INDENT + len(head) + 3 + len(rest) > WIDTH:
                return False
        self.run.append((head, rest, behind))
        return True

    def whole(self, lines: Sequence[str]) -> None:
        """Add lines that are aligned with no others."""
        self._end_run()
        self.lines += lines

    def above(self, piece: _Piece, *, last: bool = False) -> None:
        """Add what stands above an entry, or (`last`) at the end of the block."""
        if piece.above or piece.blank or last:
            self._end_run()
        if piece.blank and self.lines and (piece.above or not last):
            self.lines.append("")
        self.lines += [" " * INDENT + line if line else "" for line in piece.above]

    def _end_run(self) -> None:
        width = max((len(head) for head, _, _ in self.run), default=0)
        self.lines += [f"{' ' * INDENT}{head.ljust(width)} = {rest}{behind}" for head, rest, behind in self.run]
        self.run.clear()


@dataclass
class _Columns:
    """Typed columns: on one line, and with a line for each."""

    flat: str
    pieces: list[tuple[_Piece, str, str]]
    fits: bool
    """Whether one line may be used: no column has docs, annotations or comments."""
    last: list[str] = field(default_factory=list)
    """Comments behind the last column."""

    def lines(self, head: str, tail: str) -> list[str]:
        """Types are aligned, but not over empty lines."""
        lines = [f"{head}("]
        runs: list[list[tuple[_Piece, str, str]]] = []
        for column in self.pieces:
            if not runs or column[0].blank:
                runs.append([])
            runs[-1].append(column)
        for number, run in enumerate(runs):
            lines += [""] if number else []
            width = max(len(name) for _, name, _ in run) + 2
            for piece, name, kind in run:
                lines += [" " * INDENT + line if line else "" for line in piece.above]
                lines.append(f"{' ' * INDENT}{(name + ':').ljust(width)}{kind},{piece.behind}")
        lines += [" " * INDENT + line if line else "" for line in self.last]
        return [*lines, f"){tail}"]


def _split_top(piece: _Piece) -> list[str]:
    """Take from what stands above the file's first declaration the comments that an empty line follows."""
    comments = list(takewhile(lambda line: not line or _is_comment(line), piece.above))
    if "" not in comments:
        return []
    size = len(comments) - comments[::-1].index("")
    piece.above = piece.above[size:]
    return comments[: size - 1]


def _is_comment(line: str) -> bool:
    return line.startswith("#") and not (line.startswith("##") and not line.startswith("###"))


def _listed(clause: tree.Clause) -> tuple[str, list[Span]]:
    """The word of a clause that is a list, and the spans of its parts."""
    if isinstance(clause, tree.FromClause):
        return "from", [each.span for each in clause.sources]
    if isinstance(clause, tree.ByClause):
        return "by", [each.span for each in clause.keys]
    if isinstance(clause, tree.OverClause):
        return "over", [each.span for each in clause.windows]
    if isinstance(clause, tree.KeepClause):
        return "keep", [each.span for each in clause.columns]
    if isinstance(clause, tree.ToClause):
        return "to", [each.span for each in clause.sinks]
    raise AssertionError(clause)


def meaning(file: tree.File) -> object:
    """What a file says, without places; clauses in one order; and its comments."""
    comments = sorted(t.text.rstrip() for t in tokens(file.text, 0, len(file.text)) if t.kind == "comment")
    return [_plain(each) for each in (*file.imports, *file.declarations)], comments


def _plain(node: Any) -> Any:
    if isinstance(node, tree.Declaration):
        return _fields(node, {"clauses": ordered_clauses(node.clauses)})
    return _fields(node, {}) if is_dataclass(node) else [_plain(e) for e in node] if isinstance(node, tuple) else node


def _fields(node: Any, instead: dict[str, Any]) -> Any:
    values = {f.name: instead.get(f.name, getattr(node, f.name)) for f in fields(node) if "span" not in f.name}
    return type(node).__name__, {
        k: [_plain(e) for e in v] if isinstance(v, list) else _plain(v) for k, v in values.items()
    }
