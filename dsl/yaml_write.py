"""A file in its YAML form: what `yaml_form` reads, with comments where they were."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

from featlang.dsl import tree
from featlang.dsl.diagnostics import Diagnostic, FeatError, Label, ReadOtherwiseError, Span
from featlang.dsl.format import format_text, meaning, ordered_clauses, type_text
from featlang.dsl.layout import flat
from featlang.dsl.parse import parse
from featlang.dsl.tokens import Token, tokens
from featlang.dsl.yaml_form import in_quotes, scalar, to_text

INDENT = "  "


def to_yaml(path: str, text: str) -> str:
    """The YAML form of a `.feat` text, which `yaml_form.to_text` turns back.

    `FeatError` if it does not parse, or has something twice that is a key in YAML; `ReadOtherwiseError` where the form
    would be read as something else.
    """
    formatted = format_text(path, text)  # where comments may stand is then known
    twice = tuple(_twice(parse(path, text).file))
    if twice:
        raise FeatError(twice)
    file = parse(path, formatted).file
    written = "".join(f"{line}\n" for line in _Writer(file).lines())
    back = to_text(path, written)
    if back.diagnostics or meaning(parse(path, back.text).file) != meaning(file):
        raise ReadOtherwiseError(f"{path}: its YAML form would be read as something else")
    return written


def _twice(file: tree.File) -> Iterator[Diagnostic]:
    """What would be one key twice in one mapping."""
    for declaration in file.declarations:
        columns, entries = declaration.columns or (), declaration.body or ()
        bindings = [entry for entry in entries if isinstance(entry, tree.Binding)]
        yield from _repeated([(column.name.text, column.name.span) for column in columns])
        yield from _repeated([(binding.name.text, binding.name.span) for binding in bindings])
        uses = [entry.span for entry in entries if isinstance(entry, tree.Use)]
        yield from _repeated([(flat([*tokens(file.text, use.start, use.end)]), use) for use in uses])
        annotated: list[tree.Declaration | tree.Column | tree.Binding] = [declaration, *columns, *bindings]
        for node in annotated:
            yield from _repeated([(f"@{each.name.text}", each.span) for each in node.annotations])
    yield from _repeated([(f"{each.kind.text} {each.name.text}", each.name.span) for each in file.declarations])


def _repeated(keys: Iterable[tuple[str, Span]]) -> Iterator[Diagnostic]:
    seen: dict[str, Span] = {}
    for key, span in keys:
        if key in seen:
            label = Label(seen[key], "first here")
            help_text = "keep or rename one: it is a key of the YAML form, which stands once"
            yield Diagnostic("F016", f"`{key}` is written twice", span, labels=(label,), help=help_text)
        seen.setdefault(key, span)


@dataclass
class _Lead:
    """The docs and annotations above something, in YAML: docs are one key, where the first of them stood."""

    parts: list[list[str]] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    """Those below the last part."""
    docs: list[str] = field(default_factory=list)
    place: int = 0
    """Of the docs among the parts."""

    def add(self, lines: list[str], gap: Sequence[str]) -> None:
        """Add a part below the comments."""
        self.parts.append([*self.comments, *(gap if self.comments else ()), *lines])
        self.comments = []

    def add_doc(self, line: str, gap: Sequence[str]) -> None:
        """Add a line of docs to those above it."""
        if not self.docs:
            self.add([], gap)
            self.place = len(self.parts)
        self.docs.append(line)

    def lines(self) -> list[str]:
        """Without the comments below the last part."""
        docs = _doc(self.docs) if self.docs else []
        before, after = self.parts[: self.place], self.parts[self.place :]
        return [*chain.from_iterable(before), *docs, *chain.from_iterable(after)]


class _Writer:
    """Writes a formatted file, from its beginning to its end; `end` is where what was written ends in its text."""

    def __init__(self, file: tree.File) -> None:
        self.file = file
        self.text = file.text
        self.tokens = list(tokens(file.text, 0, len(file.text)))
        self.end = 0

    def lines(self) -> list[str]:
        """All lines."""
        lines: list[str] = []
        imports = self.file.imports
        for number, node in enumerate(imports):
            above, _ = self._pass(node.span)
            name = ".".join(part.text for part in node.path)
            if len(imports) == 1:
                lines += [*above, f"import: {name}{self._behind()}"]
                continue
            lines += [*above, "import:"] if number == 0 else _indented(above)
            lines.append(f"{INDENT}- {name}{self._behind()}")
        for declaration in self.file.declarations:
            lines += self._declaration(declaration)
        above, _ = self._pass(Span(self.file.path, len(self.text), len(self.text)))
        return [*lines, *above]

    # --- declarations

    def _declaration(self, node: tree.Declaration) -> list[str]:
        above, lead = self._pass(node.span, node.annotations)
        self.end = node.name.span.end
        parts = [*lead.comments, *lead.lines()]  # a comment that is next to the head stays next to it
        if node.columns is not None:
            parts += self._columns(node.columns)
        if node.returns is not None:
            parts.append(f"returns: {scalar(type_text(node.returns))}")
            self.end = node.returns.span.end
        key = f"{node.kind.text} {node.name.text}:{self._behind()}"
        lookups = sum(isinstance(clause, tree.LookupClause) for clause in node.clauses)
        written = 0
        for clause in ordered_clauses(node.clauses):
            comments, _ = self._pass(clause.span)
            word, *others = self._between(clause.span.start, clause.span.end)
            rest = flat(others)
            if isinstance(clause, tree.LookupClause) and lookups > 1:
                parts += ["lookup:"] if written == 0 else []
                parts += _indented([*comments, f"- {scalar(rest)}{self._behind()}"])
                written += 1
            else:
                parts += [*comments, f"{word.text}: {scalar(rest)}{self._behind()}"]
        if node.value is not None:
            self.end = node.value.span.end
            parts.append(f"is: {scalar(self._flat(node.value.span))}{self._behind()}")
        elif node.body is not None:
            parts += self._block(node.body)
        self.end = max(self.end, node.span.end)
        behind = self._behind().strip()
        parts += [behind] if behind else []
        return [*above, key, *_indented(parts)]

    def _columns(self, columns: Sequence[tree.Column]) -> list[str]:
        lines = []
        for column in columns:
            end = column.default.span.end if column.default is not None else column.type.span.end
            above, lead = self._pass(Span(column.span.file, column.name.span.start, end), column.annotations)
            default = f" = {self._flat(column.default.span)}" if column.default is not None else ""
            kind = scalar(type_text(column.type) + default)
            self._skip(",")
            lines += above
            if lead.parts:
                parts = [*lead.lines(), *lead.comments, f"type: {kind}{self._behind()}"]
                lines += [f"{scalar(column.name.text)}:", *_indented(parts)]
            else:
                lines.append(f"{scalar(column.name.text)}: {kind}{self._behind()}")
        lines += self._until(")")
        return ["columns:", *_indented(lines)] if lines else ["columns: {}"]

    def _block(self, body: Sequence[tree.Entry]) -> list[str]:
        above = self._until("{")
        lines = []
        for entry in body:
            if isinstance(entry, tree.Use):
                comments, _ = self._pass(entry.span)
                lines += [*comments, f"{scalar(self._flat(entry.span))}:{self._behind()}"]
                continue
            comments, lead = self._pass(Span(entry.span.file, entry.name.span.start, entry.span.end), entry.annotations)
            text = scalar(self._flat(Span(entry.span.file, entry.value.span.start, entry.span.end)))
            name = scalar(entry.name.text)
            lines += comments
            parts = [*lead.lines(), *lead.comments]
            if entry.type is not None:
                parts.append(f"type: {scalar(type_text(entry.type))}")
            if parts:
                lines += [f"{name}:", *_indented([*parts, f"is: {text}{self._behind()}"])]
            else:
                lines.append(f"{name}: {text}{self._behind()}")
        lines += self._until("}")
        return [*above, "define:", *_indented(lines)] if lines else [*above, "define: {}"]

    # --- what stands between

    def _pass(self, span: Span, annotations: Iterable[tree.Annotation] = ()) -> tuple[list[str], _Lead]:
        """The comments on lines above something, and its docs and annotations with the comments below them."""
        spans = {each.span.start: each.span for each in annotations}
        above: list[str] = []
        lead = _Lead()
        place = self.end
        for token in self._between(self.end, span.start):
            if token.start < place:
                continue
            gap = self._gap(token.start)
            if token.kind == "comment":
                comments = lead.comments if lead.parts else above
                comments += [*gap, token.text]
            elif token.kind == "doc":
                above += [] if lead.parts else gap
                lead.add_doc(token.text[2:].removeprefix(" "), gap)
            elif token.start in spans:
                above += [] if lead.parts else gap
                place = spans[token.start].end
                name, _, rest = self._flat(spans[token.start]).partition("(")
                lead.add([f"'{name}':" + (f" {scalar(rest[:-1])}" if rest[:-1] else "")], gap)
        gap = self._gap(span.start)
        above += [] if lead.parts else gap
        lead.comments += gap if lead.comments else []
        self.end = span.end
        return above, lead

    def _until(self, bracket: str) -> list[str]:
        """The comments before a bracket, which is passed."""
        lines = []
        for token in self._between(self.end, len(self.text)):
            if token.kind == "comment":
                lines += [*self._gap(token.start), token.text]
            elif token.text == bracket:
                self.end = token.end
                break
        return lines

    def _skip(self, sign: str) -> None:
        for token in self._between(self.end, len(self.text))[:1]:
            self.end = token.end if token.text == sign else self.end

    def _behind(self) -> str:
        """The comment that ends the line, which is passed."""
        for token in self._between(self.end, len(self.text))[:1]:
            if token.kind == "comment" and "\n" not in self.text[self.end : token.start]:
                self.end = token.end
                return f"  {token.text}"
        return ""

    def _gap(self, place: int) -> list[str]:
        """An empty line, where one stands above the place."""
        line = self.text.rfind("\n", 0, place)
        first = line > 0 and not self.text[line:place].strip()
        return [""] if first and self.text[line - 1] == "\n" else []

    def _between(self, start: int, end: int) -> list[Token]:
        return [token for token in self.tokens if start <= token.start < end]

    def _flat(self, span: Span) -> str:
        return flat(self._between(span.start, span.end))


def _doc(lines: Sequence[str]) -> list[str]:
    text = "\n".join(lines)
    if len(lines) == 1 or not lines[-1] or any(in_quotes(line) for line in lines):
        return [f"doc: {scalar(text)}"]
    indented = text.lstrip("\n").startswith(" ")
    return [f"doc: |{len(INDENT) if indented else ''}-", *_indented(lines)]


def _indented(lines: Iterable[str]) -> list[str]:
    return [f"{INDENT}{line}" if line else line for line in lines]
