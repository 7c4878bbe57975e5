"""The typed tree that `check` gives: names bound, types known, constants folded, families not yet unrolled."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from featlang.compiler import ir
from featlang.dsl.diagnostics import Span

# --- expressions -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Constant:
    """A value known now; None is null.

    `exact` is the number that is written out where it is a float's; a computed one has none.
    """

    type: ir.TypeName
    value: bool | int | float | str | None
    exact: Decimal | None = field(default=None, compare=False)

    @property
    def nullable(self) -> bool:
        """Whether it is null."""
        return self.value is None


@dataclass(frozen=True, slots=True)
class ColumnRead:
    """A column of the event; stands only inside aggregates and filters."""

    name: str
    type: ir.TypeName
    nullable: bool


@dataclass(frozen=True, slots=True)
class AggregateRead:
    """An aggregate over each of its feature's windows, with its feature's `where`; `bound` as in the IR."""

    function: str
    arguments: tuple[Expression, ...]
    type: ir.TypeName
    nullable: bool
    bound: int | None = None


@dataclass(frozen=True, slots=True)
class FeatureRead:
    """Another feature of the block.

    `window` picks a member of a family; None reads a family's member of the reader's own window, or the one value of a
    feature that is no family.
    """

    feature: str
    window: ir.Window | None
    type: ir.TypeName
    nullable: bool


@dataclass(frozen=True, slots=True)
class LookupRead:
    """A written value, or a column, of what a stream's lookup of that number finds; stands only in streams."""

    lookup: int
    name: str
    type: ir.TypeName
    nullable: bool


@dataclass(frozen=True, slots=True)
class Called:
    """What a model or rules of that name give for arguments; stands only in streams, which do not run yet then."""

    name: str
    arguments: tuple[Expression, ...]
    type: ir.TypeName
    nullable: bool


@dataclass(frozen=True, slots=True)
class Operation:
    """An operator or function of the IR on arguments of the types it takes; `depth` is that of its longest path."""

    operator: str
    arguments: tuple[Expression, ...]
    type: ir.TypeName
    nullable: bool
    depth: int


Expression = Constant | ColumnRead | AggregateRead | FeatureRead | LookupRead | Called | Operation


def depth_of(expression: Expression) -> int:
    """How many operators the longest path holds."""
    return expression.depth if isinstance(expression, Operation) else 0


# --- declarations ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Window:
    """A window, the suffix that it gives to names, and how messages and the file write it."""

    window: ir.Window
    suffix: str
    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Source:
    """A source whose properties are known."""

    name: str
    columns: tuple[ir.Column, ...]
    time: str
    ties: tuple[str, ...]
    lateness: int
    max_ahead: int | None
    dedup: ir.Dedup | None
    order: str | None
    order_ttl: int | None
    idleness: int | None
    stream: ir.Connector | None
    history: ir.Connector | None
    doc: str
    span: Span


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose properties are known. Without `time` every row counts from the beginning."""

    name: str
    columns: tuple[ir.Column, ...]
    key: tuple[str, ...]
    time: str | None
    known: str | None
    ties: tuple[str, ...]
    deleted: str | None
    stream: ir.Connector | None
    history: ir.Connector | None
    doc: str
    span: Span


@dataclass(frozen=True, slots=True)
class Feature:
    """A named expression of a block. `windows` is its own list; two or more make it a family."""

    name: str
    windows: tuple[Window, ...]
    expression: Expression
    where: Expression | None
    doc: str
    span: Span
    pii: bool = False

    @property
    def family(self) -> bool:
        """Whether it has a value for each of several windows."""
        return len(self.windows) > 1

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it makes: one for each window of a family, with its suffix."""
        return tuple(f"{self.name}_{own.suffix}" for own in self.windows) if self.family else (self.name,)

    @property
    def written(self) -> bool:
        """Whether it is a column of the row; a helper is not."""
        return not self.name.startswith("_")


@dataclass(frozen=True, slots=True)
class Features:
    """A block. `features` are in declared order; `ordered` holds their names, each after those it reads."""

    name: str
    source: str
    key: tuple[str, ...]
    where: Expression | None
    features: tuple[Feature, ...]
    ordered: tuple[str, ...]
    sinks: tuple[ir.Connector, ...]
    doc: str
    annotations: dict[str, tuple[bool | int | float | str, ...]]
    span: Span


@dataclass(frozen=True, slots=True)
class Lookup:
    """What a block of features or a table has for a key, as of a row.

    For each of the target's key `columns` stands an expression of the event in `key`. With `before`, of earlier times
    alone; where it is written `at` the row's time, what happens then is meant too.
    """

    target: str
    columns: tuple[str, ...]
    key: tuple[Expression, ...]
    before: bool
    at: bool
    span: Span


@dataclass(frozen=True, slots=True)
class StreamValue:
    """A column of a stream, or a helper (`written` false)."""

    name: str
    expression: Expression
    doc: str
    span: Span
    written: bool
    pii: bool = False


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream that writes rows: of the events of its source for which `where` is true, one each.

    One whose rows come from several sources is there once for each, with its `union`. One that does not run yet
    (`runs`) is there for what flows into its sinks.
    """

    name: str
    source: str
    where: Expression | None
    lookups: tuple[Lookup, ...]
    values: tuple[StreamValue, ...]
    sinks: tuple[ir.Connector, ...]
    doc: str
    annotations: dict[str, tuple[bool | int | float | str, ...]]
    span: Span
    union: ir.Union | None = None
    runs: bool = True


@dataclass(frozen=True, slots=True)
class Checked:
    """All of a project, free of errors."""

    sources: tuple[Source, ...]
    features: tuple[Features, ...]
    streams: tuple[Stream, ...] = ()
    tables: tuple[Table, ...] = ()
