"""Build the tree's nodes, bottom up, while the grammar's rules are reduced: a method per rule of grammar.lark."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, replace
from typing import Any, TypeAlias, cast

from lark import Token

from featlang.dsl import tree
from featlang.dsl.diagnostics import Diagnostic, Label, Span
from featlang.dsl.words import MAX_NAME, shorten

Children: TypeAlias = list[Any]
"""What a rule matched: the tokens and the nodes already built, in the order of the text, punctuation included."""

Whole: TypeAlias = int
"""Python's `int`: inside `Builder` that name is the rule of whole numbers."""

MICROSECONDS = {
    "us": 1,
    "ms": 1_000,
    "s": 1_000_000,
    "m": 60_000_000,
    "h": 3_600_000_000,
    "d": 86_400_000_000,
    "w": 604_800_000_000,
}
"""The length of each unit of a duration."""

MAX_DIGITS = 1_000
"""Longer whole numbers are refused: converting them takes time quadratic in their length."""

_ESCAPE = re.compile(r"\\(?:u\{([0-9A-Fa-f]{1,6})\}|u([0-9A-Fa-f]{4})|(.))")
_SIMPLE_ESCAPES = {'"': '"', "\\": "\\", "n": "\n", "t": "\t", "r": "\r"}
_SURROGATES = range(0xD800, 0xE000)  # no characters
_ONCE = (tree.FromClause, tree.WhereClause, tree.ByClause, tree.OverClause, tree.KeepClause, tree.ToClause)


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a declaration, column or binding that is no node of its own: what it is, and what it holds."""

    role: str
    value: Any
    span: Span


class Builder:
    """Makes nodes of one file; imports and declarations are collected as soon as each is complete.

    What is wrong in itself, but leaves the shape of the file clear, goes to `diagnostics`.
    """

    def __init__(self) -> None:
        """Start with no file; `begin` names one."""
        self.begin("")

    def begin(self, path: str, text: str = "") -> None:
        """Forget the last file and collect for the one at `path`."""
        self.path = path
        self.text = text
        self.imports: list[tree.Import] = []
        self.declarations: list[tree.Declaration] = []
        self.diagnostics: list[Diagnostic] = []

    # --- helpers

    @property
    def count(self) -> int:
        """How many imports and declarations are complete; it grows by one with each."""
        return len(self.imports) + len(self.declarations)

    def report(self, code: str, title: str, span: Span, help_text: str, *labels: Label) -> None:
        """Note a mistake that does not stop the parser."""
        self.diagnostics.append(Diagnostic(code, title, span, labels=labels, help=help_text))

    def _span(self, children: Children) -> Span:
        first, last = children[0], children[-1]
        start = first.start_pos if isinstance(first, Token) else first.span.start
        end = last.end_pos if isinstance(last, Token) else last.span.end
        return Span(self.path, cast("Whole", start), cast("Whole", end))  # lark's type allows for tokens without places

    def _name(self, token: Token) -> tree.Name:
        name = tree.Name(str(token), self._span([token]))
        if len(name.text) > MAX_NAME:
            self.report("F012", f"a name has {len(name.text):,} characters", name.span, f"{MAX_NAME} are the most")
        return name

    def _names(self, children: Children) -> tuple[tree.Name, ...]:
        return tuple(self._name(child) for child in children if _is(child, "NAME"))

    def _without_lead(self, children: Children) -> tuple[str, tuple[tree.Annotation, ...], Children]:
        """Split the docs and annotations before a definition from the definition."""
        docs: list[str] = []
        annotations: list[tree.Annotation] = []
        for position, child in enumerate(children):
            if isinstance(child, tree.Annotation):
                annotations.append(child)
            elif _is(child, "DOC"):
                docs.append(child[2:].removeprefix(" ").rstrip())
            else:
                return "\n".join(docs), tuple(annotations), children[position:]
        raise AssertionError(children)

    def _part(self, role: str, value: object, children: Children) -> Part:
        return Part(role, value, self._span(children))

    # --- the file

    def file(self, children: Children) -> None:
        """Need nothing here: what the file holds is collected by the rules below."""

    def import_statement(self, children: Children) -> None:
        """`import a.b`."""
        self.imports.append(tree.Import(self._names(children), self._span(children)))

    def declaration(self, children: Children) -> None:
        """Any declaration, from its kind to the end of its block."""
        doc, annotations, rest = self._without_lead(children)
        parts = {child.role: child.value for child in rest if isinstance(child, Part)}
        clauses = tuple(child for child in rest[2:] if not isinstance(child, Part))
        self._once([clause for clause in clauses if isinstance(clause, _ONCE)])
        self.declarations.append(
            tree.Declaration(
                kind=self._name(rest[0]),
                name=self._name(rest[1]),
                columns=parts.get("columns"),
                returns=parts.get("returns"),
                clauses=clauses,
                body=parts.get("block"),
                value=parts.get("value"),
                doc=doc,
                annotations=annotations,
                span=self._span(rest),
            )
        )

    def _once(self, clauses: list[Any]) -> None:
        """Refuse a clause that is written a second time."""
        seen: dict[str, Span] = {}
        for clause in clauses:
            role = clause.role if isinstance(clause, Part) else type(clause).__name__.removesuffix("Clause").lower()
            if role in seen:
                joined = f"join the two with `{'and' if role == 'where' else ','}`" if role != "when" else "keep one"
                first = Label(seen[role], "first here")
                self.report("F016", f"`{role}` is written twice", clause.span, joined, first)
            seen.setdefault(role, clause.span)

    def annotation(self, children: Children) -> tree.Annotation:
        """`@name` or `@name(arguments)`."""
        return tree.Annotation(self._name(children[1]), self._checked_arguments(children[2:]), self._span(children))

    def columns(self, children: Children) -> Part:
        """The typed columns in parentheses."""
        return self._part("columns", tuple(c for c in children if isinstance(c, tree.Column)), children)

    def column(self, children: Children) -> tree.Column:
        """`name: type` with its default."""
        doc, annotations, rest = self._without_lead(children)
        defaults = [part.value for part in rest if isinstance(part, Part)]
        return tree.Column(
            self._name(rest[0]), rest[2], defaults[0] if defaults else None, doc, annotations, self._span(rest)
        )

    def default(self, children: Children) -> Part:
        """`= expression` behind a column."""
        return self._part("default", children[1], children)

    def returns(self, children: Children) -> Part:
        """`-> type`."""
        return self._part("returns", children[1], children)

    def value(self, children: Children) -> Part:
        """`= expression` behind the head of a def."""
        return self._part("value", children[1], children)

    def type(self, children: Children) -> tree.TypeExpression:
        """`list<int>?`."""
        arguments = tuple(child for child in children if isinstance(child, tree.TypeArgument))
        nullable = _is(children[-1], "QMARK")
        return tree.TypeExpression(self._name(children[0]), arguments, nullable, self._span(children))

    def type_argument(self, children: Children) -> tree.TypeArgument:
        """A type, a named one, or a number."""
        name = self._name(children[0]) if len(children) > 1 else None
        last = children[-1]
        value = self._whole(last, last) if isinstance(last, Token) else last
        return tree.TypeArgument(name, value, self._span(children))

    # --- clauses

    def from_clause(self, children: Children) -> tree.FromClause:
        """`from a, b`."""
        return tree.FromClause(_nodes(children), self._span(children))

    def where_clause(self, children: Children) -> tree.WhereClause:
        """`where condition`."""
        return tree.WhereClause(children[1], self._span(children))

    def lookup_clause(self, children: Children) -> tree.LookupClause:
        """`lookup a as b on c == d before`."""
        names = self._names(children)
        moment = children[-1] if _is(children[-2], "AT") else None
        return tree.LookupClause(
            target=names[0],
            alias=names[1] if len(names) > 1 else None,
            keys=tuple(child for child in children if isinstance(child, tree.LookupKey)),
            before=_is(children[-1], "BEFORE"),
            at=moment,
            span=self._span(children),
        )

    def lookup_key(self, children: Children) -> tree.LookupKey:
        """`a`, or `a == expression`."""
        value = children[2] if len(children) > 1 else None
        return tree.LookupKey(self._name(children[0]), value, self._span(children))

    def by_clause(self, children: Children) -> tree.ByClause:
        """`by a, b`."""
        return tree.ByClause(self._names(children), self._span(children))

    def over_clause(self, children: Children) -> tree.OverClause:
        """`over 1h, 30d`."""
        return tree.OverClause(_nodes(children), self._span(children))

    def keep_clause(self, children: Children) -> tree.KeepClause:
        """`keep a, b`."""
        return tree.KeepClause(self._names(children), self._span(children))

    def to_clause(self, children: Children) -> tree.ToClause:
        """`to sink(…), sink(…)`."""
        return tree.ToClause(_nodes(children), self._span(children))

    # --- the block

    def block(self, children: Children) -> Part:
        """`{ entries }`."""
        return self._part("block", _nodes(children), children)

    def binding(self, children: Children) -> tree.Binding:
        """`name: type = value where … over … when …`."""
        doc, annotations, rest = self._without_lead(children)
        equals = next(position for position, child in enumerate(rest) if _is(child, "EQUAL"))
        tails = rest[equals + 2 :]
        self._once(tails)
        where = [tail.condition for tail in tails if isinstance(tail, tree.WhereClause)]
        over = [tail.windows for tail in tails if isinstance(tail, tree.OverClause)]
        when = [tail.value for tail in tails if isinstance(tail, Part)]
        return tree.Binding(
            name=self._name(rest[0]),
            type=rest[2] if equals > 1 else None,
            value=rest[equals + 1],
            where=where[0] if where else None,
            over=over[0] if over else (),
            when=when[0] if when else None,
            doc=doc,
            annotations=annotations,
            span=self._span(rest),
        )

    def when(self, children: Children) -> Part:
        """`when condition`."""
        return self._part("when", children[1], children)

    def use(self, children: Children) -> tree.Use:
        """`use template(…) as prefix`."""
        alias = self._name(children[-1]) if _is(children[-1], "NAME") else None
        return tree.Use(children[1], alias, self._span(children))

    # --- expressions

    def conditional(self, children: Children) -> tree.If:
        """`if a then b else c`."""
        return tree.If(children[1], children[3], children[5], self._span(children))

    def binary(self, children: Children) -> tree.Binary:
        """Any operator between two operands."""
        left, operator, right = children
        at = self._span([operator])
        if operator in {"==", "!="} and (isinstance(left, tree.NullLiteral) or isinstance(right, tree.NullLiteral)):
            word = "is null" if operator == "==" else "is not null"
            other = (right if isinstance(left, tree.NullLiteral) else left).span
            said = shorten(self.text[other.start : other.end])
            self.report("F024", f"`{operator} null` is never true", at, f"write `{said} {word}`")
        if operator == "-" and isinstance(right, tree.Unary) and right.operator == "-" and right.span.start == at.end:
            help_text = "comments start with `#`; a negative number is taken away with `a - (-b)`"
            self.report("F030", "`--` starts no comment", Span(self.path, at.start, at.end + 1), help_text)
        return tree.Binary(str(operator), left, right, at, self._span(children))

    def unary(self, children: Children) -> tree.Unary:
        """`-x`, `not x`."""
        return tree.Unary(str(children[0]), children[1], self._span(children))

    def contains(self, children: Children) -> tree.Binary | tree.Unary:
        """`a in b`, `a not in b`."""
        span = self._span(children)
        found = tree.Binary("in", children[0], children[-1], self._span(children[1:-1]), span)
        return tree.Unary("not", found, span) if _is(children[1], "NOT") else found

    def is_null(self, children: Children) -> tree.IsNull:
        """`a is null`, `a is not null`."""
        return tree.IsNull(children[0], _is(children[-2], "NOT"), self._span(children))

    def index(self, children: Children) -> tree.Index:
        """`a[b]`."""
        return tree.Index(children[0], children[2], self._span(children))

    def field(self, children: Children) -> tree.Field:
        """`a.b`."""
        return tree.Field(children[0], self._name(children[2]), self._span(children))

    def parentheses(self, children: Children) -> tree.Expression:
        """`(a)`: the node inside, whose span then takes in the parentheses."""
        inner: tree.Expression = replace(children[1], span=self._span(children))
        return inner

    def list(self, children: Children) -> tree.ListLiteral:
        """`[a, b]`."""
        return tree.ListLiteral(_nodes(children), self._span(children))

    def reference(self, children: Children) -> tree.Reference:
        """A bare name."""
        name = self._name(children[0])
        return tree.Reference(name, name.span)

    def call(self, children: Children) -> tree.Call:
        """`f(a, b=c)`."""
        return tree.Call(self._name(children[0]), self._checked_arguments(children[1:]), self._span(children))

    def argument(self, children: Children) -> tree.Argument:
        """`a`, or `name=a`."""
        name = self._name(children[0]) if len(children) > 1 else None
        return tree.Argument(name, children[-1], self._span(children))

    def _checked_arguments(self, children: Children) -> tuple[tree.Argument, ...]:
        """Python's rules: the named ones last, and each once."""
        arguments = tuple(child for child in children if isinstance(child, tree.Argument))
        seen: dict[str, Span] = {}
        for argument in arguments:
            if argument.name is None and seen:
                help_text = "put the arguments without a name first"
                self.report("F026", "an argument without a name follows a named one", argument.span, help_text)
            elif argument.name is not None:
                text = argument.name.text
                if text in seen:
                    first = Label(seen[text], "first here")
                    self.report("F027", f"argument `{text}` is given twice", argument.name.span, "keep one", first)
                seen.setdefault(text, argument.name.span)
        return arguments

    # --- literals

    def int(self, children: Children) -> tree.IntLiteral:
        """`1_000`."""
        return tree.IntLiteral(self._whole(children[0], children[0]), self._span(children))

    def float(self, children: Children) -> tree.FloatLiteral:
        """`0.72`."""
        return tree.FloatLiteral(str(children[0]), self._span(children))

    def duration(self, children: Children) -> tree.DurationLiteral:
        """`30d`."""
        text = str(children[0])
        unit = text.lstrip("0123456789_")
        whole = self._whole(children[0], text.removesuffix(unit))
        return tree.DurationLiteral(text, whole * MICROSECONDS[unit], self._span(children))

    def bool(self, children: Children) -> tree.BoolLiteral:
        """`true`, `false`."""
        return tree.BoolLiteral(children[0] == "true", self._span(children))

    def null(self, children: Children) -> tree.NullLiteral:
        """`null`."""
        return tree.NullLiteral(self._span(children))

    def string(self, children: Children) -> tree.StringLiteral:
        """A quoted text; a bad escape is reported, and stays as it is, as in a pattern."""
        token = children[0]

        def undo(match: re.Match[str]) -> str:
            braced, four, simple = match.groups()
            number = int(braced or four or "0", 16)
            if simple is None and number <= sys.maxunicode and number not in _SURROGATES:
                return chr(number)
            if simple in _SIMPLE_ESCAPES:
                return _SIMPLE_ESCAPES[simple]
            start = token.start_pos + 1 + match.start()
            span = Span(self.path, start, start + len(match[0]))
            help_text = 'the escapes are `\\"`, `\\\\`, `\\n`, `\\t`, `\\r`, `\\u0041` and `\\u{1F600}`'
            if simple is not None:
                help_text = f"write `\\{match[0]}`, if the text holds a `\\`; {help_text}"
            self.report("F013", f"`{match[0]}` is not an escape", span, help_text)
            return "" if simple is None else match[0]

        return tree.StringLiteral(_ESCAPE.sub(undo, token[1:-1]), self._span(children))

    def _whole(self, token: Token, digits: str) -> Whole:
        text = digits.replace("_", "")
        if len(text) > MAX_DIGITS:
            self.report("F012", f"a number has {len(text):,} digits", self._span([token]), "write a shorter number")
            return 0
        return int(text)


def _is(child: object, token_type: str) -> bool:
    return isinstance(child, Token) and child.type == token_type


def _nodes(children: Children) -> tuple[Any, ...]:
    """The nodes among the children, without the tokens."""
    return tuple(child for child in children if not isinstance(child, Token))
