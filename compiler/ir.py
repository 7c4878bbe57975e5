"""The IR: what the definitions mean, typed, resolved, engine-free and serialisable.

It is the one stop other tools may rely on. Families are unrolled (one value per window), names are resolved, widening
is explicit (`to_float`), constants are folded, and every default (steps of windows, of options) is written out.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from featlang.compiler.connected import reached
from featlang.compiler.structures import structure
from featlang.dsl.modules import module_of

IR_VERSION = 4
SEMANTICS_VERSION = 1

TypeName = Annotated[str, AfterValidator(lambda text: structure(text).text)]
"""A type's text, as `structures` reads it: `int`, `list<string?>`, `decimal<10, 2>`."""

MessagePart = Literal["key", "partition", "offset", "timestamp"]
"""What a message has beside its value and its headers."""

Operator = Literal[
    "add",  # int, float, decimal, duration; timestamp + duration
    "subtract",  # int, float, decimal, duration; timestamp - duration; timestamp - timestamp gives duration
    "multiply",  # int, float, decimal; duration * int
    "divide",  # float / float, decimal / decimal; duration / duration gives float; by zero null
    "modulo",  # int, float, decimal, duration; sign of the dividend; by zero null
    "negate",  # int, float, decimal, duration
    "equal",
    "not_equal",
    "less",
    "less_equal",
    "greater",
    "greater_equal",
    "and",
    "or",
    "not",
    "is_null",
    "coalesce",  # `a ?? b`
    "if",  # condition, then, otherwise
    "in",  # needle, then each item of the list
    "to_float",  # int to float, rounding to nearest
    "rescale",  # int or decimal to a decimal that holds it
    "among",  # needle, then a list: whether an item is equal; null where none is and an item is null
    "list",  # the items
    "item",  # list, position from 0; out of range null
    "entry",  # map, key; of no entry null
    "field",  # struct, position of the field
    "struct",  # the fields, null or not; no expression of the language
]


class Node(BaseModel):
    """A frozen node that refuses unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


# --- expressions -------------------------------------------------------------------------------------------------


class Constant(Node):
    """A literal or a folded expression.

    `value` is None for null; a float is finite and never -0.0; a decimal is a text.
    """

    node: Literal["constant"] = "constant"
    type: TypeName
    value: bool | int | float | str | None
    nullable: bool = False


class ColumnValue(Node):
    """A column of the source's event."""

    node: Literal["column"] = "column"
    name: str
    type: TypeName
    nullable: bool


class AggregateValue(Node):
    """The value of `group.aggregates[index]` at the row."""

    node: Literal["aggregate"] = "aggregate"
    index: int
    type: TypeName
    nullable: bool


class NamedValue(Node):
    """The value of an earlier `group.values[index]`."""

    node: Literal["value"] = "value"
    index: int
    type: TypeName
    nullable: bool


class LookedUp(Node):
    """The value or column `name` of what `stream.lookups[lookup]` looks up."""

    node: Literal["looked_up"] = "looked_up"
    lookup: int
    name: str
    type: TypeName
    nullable: bool


class Operation(Node):
    """An operator on arguments of the types that `Operator` lists, or a function of the standard library by its name.

    Total, null by semantics.md; a function is null where an argument is.
    """

    node: Literal["operation"] = "operation"
    operator: str
    arguments: tuple[Expression, ...]
    type: TypeName
    nullable: bool


Leaf = Constant | ColumnValue | AggregateValue | NamedValue | LookedUp

Expression = Annotated[Leaf | Operation, Field(discriminator="node")]

# --- windows -----------------------------------------------------------------------------------------------------


class Sliding(Node):
    """Events with time in [floor((t - width) / step) * step, t]; `step` divides `width`. Microseconds."""

    node: Literal["sliding"] = "sliding"
    width: int
    step: int

    @property
    def reach(self) -> int:
        """How far back it looks at most."""
        return self.width + self.step


EXACT_BOUND = 1_000_000
"""How many different times the events of an exact window may have, where its `bound` does not say."""


class Exact(Node):
    """Events with time in (t - width, t]. Microseconds.

    Where they have more different times than `bound` (None: `EXACT_BOUND`), everything over it is null.
    """

    node: Literal["exact"] = "exact"
    width: int
    bound: int | None = None

    @property
    def most(self) -> int:
        """The bound, said or not."""
        return EXACT_BOUND if self.bound is None else self.bound

    @property
    def reach(self) -> int:
        """How far back it looks."""
        return self.width


class Forever(Node):
    """All events so far; with `ttl` (µs), only those since the last silence of the block's key of at least so long."""

    node: Literal["forever"] = "forever"
    ttl: int | None = None

    @property
    def reach(self) -> None:
        """None: it looks back to the beginning."""


Window = Annotated[Sliding | Exact | Forever, Field(discriminator="node")]

# --- declarations ------------------------------------------------------------------------------------------------


class Origin(Node):
    """Where a definition stands: file (relative to the project, with `/`) and 1-based line."""

    file: str
    line: int

    @property
    def module(self) -> str:
        """The file's name without its form, as in `shop.sources`.

        What is generated says no more, so that the look of a file, or its other form, change nothing there.
        """
        return module_of(self.file)


class Column(Node):
    """A declared column. `unit` and `zone` say how numbers and texts are read as times (semantics: decoding).

    `envelope` is the place in Debezium's envelope that it is read from (`source.ts_ms`), instead of the row. In a topic
    `message` is the part of a message that it is, `header` the name of a header, instead of a field of the value. `pii`
    marks what is about a person, `label` what a model is to predict.
    """

    name: str
    type: TypeName
    nullable: bool
    doc: str = ""
    unit: Literal["s", "ms", "us", "ns"] | None = None
    zone: Literal["UTC"] | None = None
    envelope: str | None = None
    message: MessagePart | None = None
    header: str | None = None
    pii: bool = False
    label: bool = False

    @property
    def is_beside(self) -> bool:
        """Whether it stands, in a topic, beside a message's value."""
        return self.message is not None or self.header is not None


class Connector(Node):
    """`kafka("web.clicks", format="json")`: a kind, what it points at, and typed options."""

    kind: str
    target: str
    options: dict[str, bool | int | float | str] = {}


class Dedup(Node):
    """Of events with the same values of these columns, none of them null, one is accepted `within` so many µs."""

    columns: tuple[str, ...]
    within: int


class Source(Node):
    """A stream of events. Lengths of time are in microseconds; `max_ahead` None: no quarantine.

    `order` is the column by which a key's events must ascend (`order = arrival(column)`), which starts anew after
    `order_ttl` of silence; None is the order of time. After `idleness` a silent partition holds back no other.
    `deleted`, of a table, is a column that says that its key has no row; a deletion in an envelope makes it true.
    """

    name: str
    columns: tuple[Column, ...]
    time: str
    ties: tuple[str, ...]
    lateness: int
    max_ahead: int | None
    dedup: Dedup | None = None
    order: str | None = None
    order_ttl: int | None = None
    idleness: int | None = None
    deleted: str | None = None
    stream: Connector | None
    history: Connector | None
    doc: str = ""
    origin: Origin


class Aggregate(Node):
    """One aggregate over one window. Arguments and `where` are expressions over columns of the event.

    `bound` is the most different values that one which keeps them may have; None: as many as it declares itself.
    """

    function: str
    arguments: tuple[Expression, ...]
    where: Expression | None
    window: Window
    type: TypeName
    nullable: bool
    bound: int | None = None


class Value(Node):
    """One named value of a row: a feature's column, or a helper (`written` false).

    `feature` is the name in the file; `name` has the window's suffix where the feature has one. `pii` says that it
    tells something of a person.
    """

    name: str
    feature: str
    expression: Expression
    type: TypeName
    nullable: bool
    written: bool
    pii: bool = False
    doc: str = ""
    origin: Origin


class Features(Node):
    """Keyed aggregates over one source: one row for each event whose `where` is true and whose keys are not null."""

    name: str
    source: str
    key: tuple[str, ...]
    where: Expression | None
    aggregates: tuple[Aggregate, ...]
    values: tuple[Value, ...]
    sinks: tuple[Connector, ...]
    doc: str = ""
    annotations: dict[str, tuple[bool | int | float | str, ...]] = {}
    origin: Origin


class Table(Node):
    """Rows by key, of which the newest counts from its time on, or once it was `known`, whichever is later.

    `source` is how its rows are read; its `time` is empty where every row counts from the beginning. Of the rows of a
    key that count, the one with the greatest time is the table's; of equal times the one that is greatest by the
    source's `ties`, then by all columns in declared order. Where its `deleted`, a column, is true, there is no row.
    """

    source: Source
    key: tuple[str, ...]
    known: str | None

    @property
    def name(self) -> str:
        """The table's name."""
        return self.source.name

    @property
    def deleted(self) -> str | None:
        """The column that is true in a row that ends those before it."""
        return self.source.deleted


class Lookup(Node):
    """What a block of features, or a table, has for a key, as of a row's event.

    `target` names it; `key` holds an expression for each of its key columns, over the event's columns and what other
    lookups of the stream find for it, never in a circle. Of the events of
    the row's own source it sees those up to the row's in the declared order, those that are equal to it in all columns
    included; of another source, and of a table, what has a time up to the row's; with `before` what has an earlier one.
    A key that is null, or was never seen, has the features of no event, and a row of nulls in a table.
    """

    target: str
    key: tuple[Expression, ...]
    before: bool = False


class Union(Node):
    """The order of rows that come from several sources: of a stream that unites them, or of one that reads such a one.

    `name` is the stream that unites. Its rows stand in the order of time; of equal times in that of `input`, which
    counts the sources as `from` names them, from 0; then in that of their source. `time` is what rows call their time.
    """

    name: str
    input: int
    time: str


class Stream(Node):
    """Rows of a source's events: one for each for which `where`, and then `where_found`, is true.

    A stream whose rows come from several sources is there once for each, in the order of the inputs: of the same name,
    with the same columns and sinks, and with its `union`.

    `where` is over the event's columns alone, `where_found` and the values are over those and what the lookups find. A
    row holds the time under its own name, `_event` (which event of its time it is of: 32 hex digits, equal for events
    that are equal in all columns; in the order of arrival 16, of its column; in a union 2 digits of the input come
    first), then the written values.
    """

    name: str
    source: str
    where: Expression | None
    lookups: tuple[Lookup, ...]
    where_found: Expression | None
    values: tuple[Value, ...]
    sinks: tuple[Connector, ...]
    doc: str = ""
    annotations: dict[str, tuple[bool | int | float | str, ...]] = {}
    origin: Origin
    union: Union | None = None

    @property
    def writes(self) -> bool:
        """Whether its rows are written; of another one features are computed."""
        return bool(self.sinks)

    @property
    def ordered_by(self) -> str:
        """The source, or the stream that unites several, in whose order its rows stand."""
        return self.source if self.union is None else self.union.name

    def time(self, source: Source) -> str:
        """What its rows call their time; `source` is that of their events."""
        return source.time if self.union is None else self.union.time


def rows_as_events(streams: Sequence[Stream], source: Source) -> Source:
    """The rows of a stream as events: those of its sources, with its columns besides the time.

    `streams` are the stream for each source that its rows come from, `source` is the first of those.
    """
    first = streams[0]
    time = next(column for column in source.columns if column.name == source.time)
    each_values = zip(*(stream.values for stream in streams), strict=True)
    values = [
        Column(
            name=v[0].name, type=v[0].type, nullable=any(n.nullable for n in v), pii=any(n.pii for n in v), doc=v[0].doc
        )
        for v in each_values
    ]
    return source.model_copy(
        update={
            "name": first.name,
            "columns": (time.model_copy(update={"name": first.time(source), "unit": None, "zone": None}), *values),
            "time": first.time(source),
            "ties": (),
            "dedup": None,  # repeats are no events any more
            "stream": None,
            "history": None,
            "doc": first.doc,
            "origin": first.origin,
        }
    )


class Program(Node):
    """All of a project: `streams` that write rows or feed features, `tables` that they look up."""

    version: int = IR_VERSION
    semantics: int = SEMANTICS_VERSION
    sources: tuple[Source, ...]
    features: tuple[Features, ...]
    streams: tuple[Stream, ...] = ()
    tables: tuple[Table, ...] = ()

    def source(self, name: str) -> Source:
        """The source of that name, or of the table or stream of that name."""
        streams = [each for each in self.streams if each.name == name]
        if streams:
            return rows_as_events(streams, self.source(streams[0].source))
        return next(s for s in self.inputs if s.name == name)

    def time_of(self, output: Features | Stream) -> str:
        """What the rows of a block or a stream call their time."""
        source = self.source(output.source)
        return source.time if isinstance(output, Features) else output.time(source)

    @property
    def inputs(self) -> tuple[Source, ...]:
        """All that is read: the sources, and those of tables."""
        return (*self.sources, *(table.source for table in self.tables))

    @property
    def outputs(self) -> tuple[Features | Stream, ...]:
        """All that rows are written of, each once."""
        streams = {stream.name: stream for stream in reversed(self.streams) if stream.writes}
        return (*self.features, *reversed(streams.values()))

    def read_by(self, names: Collection[str]) -> set[str]:
        """The sources and tables that are read to compute these."""
        needed = {*names, *self.needed_by(names)}
        return {each.name for each in self.inputs if each.name in needed}

    def needed_by(self, names: Collection[str]) -> set[str]:
        """All that is computed or read for blocks and streams of these names: sources, tables, streams, blocks."""
        reads = {block.name: {block.source} for block in self.features}
        for each in self.streams:
            reads.setdefault(each.name, set()).update([each.source, *(lookup.target for lookup in each.lookups)])
        return reached(reads, names)


Operation.model_rebuild()
