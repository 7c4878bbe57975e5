"""The tree that `parse` gives: frozen nodes with their spans, and nothing resolved or checked."""

from __future__ import annotations

from dataclasses import dataclass

from featlang.dsl.diagnostics import Span


@dataclass(frozen=True, slots=True)
class Name:
    """An identifier as it was written."""

    text: str
    span: Span


# --- expressions -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class IntLiteral:
    """`1_000`; the value is unbounded here, its range is checked later."""

    value: int
    span: Span


@dataclass(frozen=True, slots=True)
class FloatLiteral:
    """`0.72`, `1e6`; the text is kept so that nothing is rounded twice."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class StringLiteral:
    """A quoted text, escapes undone."""

    value: str
    span: Span


@dataclass(frozen=True, slots=True)
class BoolLiteral:
    """`true` or `false`."""

    value: bool
    span: Span


@dataclass(frozen=True, slots=True)
class NullLiteral:
    """`null`."""

    span: Span


@dataclass(frozen=True, slots=True)
class DurationLiteral:
    """`30d`, `1h`, `500ms`: the text as written (it names columns) and its length in microseconds."""

    text: str
    microseconds: int
    span: Span


@dataclass(frozen=True, slots=True)
class ListLiteral:
    """`["a", "b"]`."""

    items: tuple[Expression, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Reference:
    """A bare name: a column, a feature, a helper, a parameter, a window such as `forever`."""

    name: Name
    span: Span


@dataclass(frozen=True, slots=True)
class Field:
    """`user.clicks`."""

    base: Expression
    name: Name
    span: Span


@dataclass(frozen=True, slots=True)
class Index:
    """`clicks[1h]`, `items[0]`."""

    base: Expression
    index: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a call, with its name where `name=value` was written."""

    name: Name | None
    value: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class Call:
    """`count_distinct(page_id)`, `sliding(1h, step=1s)`, `kafka("web.clicks", format="json")`."""

    function: Name
    arguments: tuple[Argument, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Unary:
    """`-x`, `not x`."""

    operator: str
    operand: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class Binary:
    """`+ - * / % == != < <= > >= and or ??`, and `in` (a negated one is `not (a in b)`)."""

    operator: str
    left: Expression
    right: Expression
    operator_span: Span
    span: Span


@dataclass(frozen=True, slots=True)
class IsNull:
    """`x is null`, `x is not null`."""

    operand: Expression
    negated: bool
    span: Span


@dataclass(frozen=True, slots=True)
class If:
    """`if a then b else c`."""

    condition: Expression
    then: Expression
    otherwise: Expression
    span: Span


Expression = (
    IntLiteral
    | FloatLiteral
    | StringLiteral
    | BoolLiteral
    | NullLiteral
    | DurationLiteral
    | ListLiteral
    | Reference
    | Field
    | Index
    | Call
    | Unary
    | Binary
    | IsNull
    | If
)

# --- types -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TypeArgument:
    """What stands between `<` and `>`: a type, a number (`decimal<10, 2>`) or a named field (`struct<x: int>`)."""

    name: Name | None
    value: TypeExpression | int
    span: Span


@dataclass(frozen=True, slots=True)
class TypeExpression:
    """`int`, `string?`, `list<int>`."""

    name: Name
    arguments: tuple[TypeArgument, ...]
    nullable: bool
    span: Span


# --- declarations ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Annotation:
    """`@owner("growth")` before a declaration, a column or an entry."""

    name: Name
    arguments: tuple[Argument, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Column:
    """`dwell_ms: int?`, in a source, or a parameter of a model, rules, template or def, there with a default."""

    name: Name
    type: TypeExpression
    default: Expression | None
    doc: str
    annotations: tuple[Annotation, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class FromClause:
    """`from clicks`, `from a, b`, `from kafka("control.rules")`."""

    sources: tuple[Expression, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class WhereClause:
    """`where not is_bot`."""

    condition: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class LookupKey:
    """`user_id`, or `user_id == buyer`: the target's key column, and what it is compared with (None: the same name)."""

    name: Name
    value: Expression | None
    span: Span


@dataclass(frozen=True, slots=True)
class LookupClause:
    """`lookup user_engagement as user on user_id before`; `at` holds the expression of `at x`."""

    target: Name
    alias: Name | None
    keys: tuple[LookupKey, ...]
    before: bool
    at: Expression | None
    span: Span


@dataclass(frozen=True, slots=True)
class ByClause:
    """`by user_id, campaign_id`."""

    keys: tuple[Name, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class OverClause:
    """`over 5m, 1h`."""

    windows: tuple[Expression, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class KeepClause:
    """`keep user_id, ts`."""

    columns: tuple[Name, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class ToClause:
    """`to cassandra("features.user"), druid("user")`."""

    sinks: tuple[Expression, ...]
    span: Span


Clause = FromClause | WhereClause | LookupClause | ByClause | OverClause | KeepClause | ToClause


@dataclass(frozen=True, slots=True)
class Binding:
    """`clicks = count() where action == "click" over 1h`; in params typed (`limit: float = 0.72`), in rules `when`."""

    name: Name
    type: TypeExpression | None
    value: Expression
    where: Expression | None
    over: tuple[Expression, ...]
    when: Expression | None
    doc: str
    annotations: tuple[Annotation, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Use:
    """`use spend(amount=amount_usd) as refund`."""

    template: Call
    alias: Name | None
    span: Span


Entry = Binding | Use


@dataclass(frozen=True, slots=True)
class Declaration:
    """`KIND NAME (columns)? -> type? clause* { entries }?`, or `= value` for a `def`.

    `body` is None where no braces were written.
    """

    kind: Name
    name: Name
    columns: tuple[Column, ...] | None
    returns: TypeExpression | None
    clauses: tuple[Clause, ...]
    body: tuple[Entry, ...] | None
    value: Expression | None
    doc: str
    annotations: tuple[Annotation, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Import:
    """`import shop.sources`."""

    path: tuple[Name, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class File:
    """One parsed file. `text` is kept for messages; `path` is relative to the project's folder, with `/`."""

    path: str
    text: str
    imports: tuple[Import, ...]
    declarations: tuple[Declaration, ...]
