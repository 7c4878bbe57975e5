"""The lookups of a stream: what each finds, by which keys, and what may be read of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from featlang.compiler import ir, typed
from featlang.compiler.connected import reached
from featlang.compiler.expressions import Context, Typer
from featlang.compiler.kinds import Columns, Kinds
from featlang.compiler.report import Report, did_you_mean, listed, with_article
from featlang.compiler.scopes import Readable, RowScope
from featlang.compiler.substitution import leaves, replaced
from featlang.compiler.typed import ColumnRead, Constant, Expression, Operation
from featlang.dsl import tree
from featlang.dsl.diagnostics import Label


@dataclass(frozen=True, slots=True)
class Rows:
    """What a stream reads: its columns, None where they are wrong, and which of them is the time."""

    columns: Columns | None
    time: str | None


@dataclass(frozen=True, slots=True)
class Found:
    """What the lookup of a clause finds, under the name that it has in the stream.

    `readable` and `key`, an expression over the rows and what other lookups find for each column of the target's key,
    are None where something is wrong, which was reported.
    """

    clause: tree.LookupClause
    readable: Readable | None
    key: Mapping[str, Expression] | None = None

    @property
    def alias(self) -> str:
        """The name."""
        return (self.clause.alias or self.clause.target).text

    @property
    def columns(self) -> list[ColumnRead]:
        """All that may be read of it."""
        if self.readable is None:
            return []
        members = [read for family in self.readable.families.values() for _, read in family.values()]
        return [*(read for read in self.readable.columns.values() if read is not None), *members]

    def looking_up(self, known: Mapping[str, Expression]) -> typed.Lookup | None:
        """The lookup, in terms of the source that the rows are of; None where it is wrong."""
        if self.key is None:
            return None
        clause = self.clause
        key = tuple(replaced(part, known) for part in self.key.values())
        return typed.Lookup(clause.target.text, tuple(self.key), key, clause.before, clause.at is not None, clause.span)


class Lookups:
    """Types the lookups of streams."""

    def __init__(
        self,
        kinds: Kinds,
        report: Report,
        features: Callable[[str], typed.Features | None],
        columns: Callable[[str], Columns | None],
    ) -> None:
        """`features` gives a checked block, `columns` those of a source or a stream; they report what is wrong."""
        self.kinds = kinds
        self.report = report
        self.features = features
        self.columns = columns

    def of(self, declaration: tree.Declaration, rows: Rows) -> list[Found]:
        """The lookups of a stream, as they stand. A key may be what another lookup finds, but not in a circle."""
        clauses = [clause for clause in declaration.clauses if isinstance(clause, tree.LookupClause)]
        self._check_names(clauses, rows)
        targets = [self._target(clause) for clause in clauses]
        scope = RowScope(
            {
                (clause.alias or clause.target).text: readable
                for clause, (_, readable) in zip(clauses, targets, strict=True)
            }
        )
        found = []
        for clause, (wanted, readable) in zip(clauses, targets, strict=True):
            context = Context(self.kinds.functions, self.kinds.reported, scope=scope)
            typer = Typer(self.report, rows.columns, {}, "`lookup`", context)
            given = self._keys(clause, wanted, typer)
            self._check_at(clause, rows)
            key = {each: value for each in wanted or () if (value := given.get(each)) is not None}
            found.append(Found(clause, readable, key if wanted is not None and len(key) == len(wanted) else None))
        return self._without_circles(found)

    def _check_names(self, clauses: Sequence[tree.LookupClause], rows: Rows) -> None:
        """Each lookup has a name of its own in the stream."""
        seen: dict[str, tree.Name] = {}
        for clause in clauses:
            alias = clause.alias or clause.target
            if alias.text in (rows.columns or {}):
                title = f"`{alias.text}` is a column already"
                self.report.error("F101", title, alias.span, "give it a name with `as`")
            first = seen.setdefault(alias.text, alias)
            if first is not alias:
                title = f"`{alias.text}` is looked up already"
                label = Label(first.span, "first here")
                self.report.error("F101", title, alias.span, "give it another name with `as`", label)

    def _target(self, clause: tree.LookupClause) -> tuple[Columns | None, Readable | None]:
        """The key columns of what is looked up, and what may be read of it."""
        kind = self.kinds.named(clause.target, ("table", "features"), "table or block of features")
        alias, name = (clause.alias or clause.target).text, clause.target.text
        if kind == "table":
            table = self.kinds.table(name)
            return (None, None) if table is None else (_keys_of(table), _columns_read(alias, table))
        block = None if kind is None else self.features(name)
        if block is None:
            return None, None
        columns = self.columns(block.source) or {}
        return {key: columns.get(key) for key in block.key}, _features_read(alias, block)

    def _keys(self, clause: tree.LookupClause, wanted: Columns | None, typer: Typer) -> dict[str, Expression | None]:
        """Each key of what is looked up is given a value of its type: those values, None where one is wrong."""
        values: dict[str, Expression | None] = {}
        for key in clause.keys:
            written = key.value if key.value is not None else tree.Reference(key.name, key.name.span)
            if key.name.text in values:
                self.report.error("F121", f"`{key.name.text}` stands here twice", key.name.span, "keep one")
            values[key.name.text] = typer.value(written)
        if wanted is None:
            return values
        for key in clause.keys:
            if key.name.text not in wanted:
                title = f"`{clause.target.text}` has no key `{key.name.text}`"
                self.report.error("F127", title, key.name.span, did_you_mean(key.name.text, list(wanted), "its keys"))
        missing = [key for key in wanted if key not in values]
        if missing:
            title = f"`{clause.target.text}` is looked up without {listed(missing)}"
            self.report.error("F127", title, clause.span, f"add it, as in `on {', '.join(wanted)}`")
        for name, value in values.items():
            column = wanted.get(name)
            if value is not None and column is not None and value.type != column.type:
                title = f"the key `{name}` is {with_article(column.type)}, this is {with_article(value.type)}"
                span = next(key for key in clause.keys if key.name.text == name).span
                self.report.error("F127", title, span, f"give it {with_article(column.type)}")
        return values

    def _check_at(self, clause: tree.LookupClause, rows: Rows) -> None:
        """`at` names the time of the row: what comes later must not be seen, what was earlier is gone by then."""
        time, columns = rows.time, rows.columns
        if clause.at is None or time is None or columns is None:
            return
        known = {**columns, time: ColumnRead(time, "timestamp", nullable=False)}  # rows have it, if it is kept or not
        value = Typer(self.report, known, {}, "`at`", Context(self.kinds.functions, self.kinds.reported)).value(
            clause.at
        )
        if value is None:
            return
        if value.type != "timestamp":
            title = f"`at` takes a timestamp, this is {with_article(value.type)}"
            self.report.error("F202", title, clause.at.span, f"write `at {time}`, the time of the row")
            return
        distance = _distance(value, time)
        if distance is None or distance > 0:
            is_later = "is after the time of the row" if distance else "may be after the time of the row"
            title = f"this {is_later}: a lookup sees no future"
            self.report.error("F240", title, clause.at.span, f"write `at {time}`, the time of the row, or `before`")
        elif distance < 0:
            title = "a lookup as of an earlier time than that of the row is not compiled yet"
            advice = f"write `at {time}`, the time of the row, or `before`: of all times before it"
            self.report.error("F502", title, clause.at.span, advice)

    def _without_circles(self, found: list[Found]) -> list[Found]:
        """What keys read of each other is found before: those of a circle are reported, and have no key."""
        reads = {each.alias: _lookups_read(each, [other.alias for other in found]) for each in found}
        reaches = {alias: reached(reads, [alias]) for alias in reads}
        circular: list[Found] = []
        for each in found:
            if each.alias in reaches[each.alias] and each not in circular:
                behind = reaches[each.alias]
                circle = [other for other in found if other.alias in behind and each.alias in reaches[other.alias]]
                title = f"the key of `{each.alias}` depends on what it finds itself"
                labels = [Label(other.clause.span, f"by {listed(reads[other.alias])}") for other in circle[1:]]
                advice = f"look {'one of them' if labels else 'it'} up by a column of the rows"
                self.report.error("F129", title, each.clause.span, advice, *labels)
                circular += circle
        return [Found(each.clause, each.readable) if each in circular else each for each in found]


def columns_in(expression: Expression) -> set[str]:
    """The names of the columns that it reads."""
    return {each.name for each in leaves(expression) if isinstance(each, ColumnRead)}


def _lookups_read(found: Found, aliases: Sequence[str]) -> list[str]:
    """The other lookups that find its key."""
    read = {name.partition(".")[0] for part in (found.key or {}).values() for name in columns_in(part) if "." in name}
    return [alias for alias in aliases if alias in read]


def _distance(time: Expression, of_row: str) -> int | None:
    """How long after the time of the row a time is, in microseconds; None where that is not known."""
    match time:
        case ColumnRead(name=name):
            return 0 if name == of_row else None
        case Operation(operator="add" | "subtract" as sign, arguments=(start, Constant(value=int(length)))):
            distance = _distance(start, of_row)
            return None if distance is None else distance + (length if sign == "add" else -length)
        case _:
            return None


def _keys_of(table: typed.Table) -> dict[str, ColumnRead | None]:
    columns = {column.name: column for column in table.columns}
    return {key: ColumnRead(key, columns[key].type, nullable=False) for key in table.key}


def _columns_read(alias: str, table: typed.Table) -> Readable:
    """The columns of a row that may not be there: all may be null."""
    reads = {each.name: ColumnRead(f"{alias}.{each.name}", each.type, nullable=True) for each in table.columns}
    return Readable("column", dict(reads))


def _features_read(alias: str, block: typed.Features) -> Readable:
    """The written features of a block: a key that was never seen has those of no events."""
    columns: dict[str, ColumnRead | None] = {}
    families: dict[str, dict[ir.Window, tuple[typed.Window, ColumnRead]]] = {}
    for feature in block.features:
        if not feature.written:
            continue
        kind, nullable = feature.expression.type, feature.expression.nullable
        if feature.family:
            families[feature.name] = {
                own.window: (own, ColumnRead(f"{alias}.{feature.name}_{own.suffix}", kind, nullable))
                for own in feature.windows
            }
        else:
            columns[feature.name] = ColumnRead(f"{alias}.{feature.name}", kind, nullable)
    return Readable("feature", columns, families)
