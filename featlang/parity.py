"""The same input through Flink, Spark and the reference: every row's bits, every stored and every refused record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from featlang import run_reference
from featlang.backends.connectors import sqlite
from featlang.backends.connectors.stored_rows import stored_columns
from featlang.backends.reference.result import ReferenceResult
from featlang.compiler import ir
from featlang.compiler.streams import EVENT
from featlang.parity_compare import COPY, RECORD_NAME, Comparison, comparable, compare, counted, with_copies
from featlang.parity_sample import CHEAP_SCANS, RowName, estimated_scans, row_names, sample, sample_events
from featlang.parity_stores import Moment, StoreParity, checked, compare_store, moments, stored, tables_of
from featlang.request import Progress, Request
from featlang.run_report import Engine, RunReport
from featlang.runner import run
from featlang.settings import Environment

REFERENCE_ROWS = 2_000
"""So many rows of each block the reference computes, where all would take too long."""

_ROWS_ONLY = " (rows only)"  # after a block's name: a copy of it without values; no name in a program holds a space

Tables = Mapping[Engine, pa.Table]


@dataclass(frozen=True)
class ColumnSummary:
    """What a feature's values are like: their type, how many are null, how many different ones there are."""

    name: str
    type: str
    nulls: int
    distinct: int


@dataclass
class BlockParity:
    """A `features` block, or a stream, on all sides.

    `comparisons` is by the pair of sides. `reference_rows` of `rows` were computed by the reference; `lost` compares
    which rows there are, of all of them, where it computed only some. `stores` are the engines' tables.
    """

    block: ir.Features | ir.Stream
    rows: int
    reference_rows: int
    columns: list[ColumnSummary]
    comparisons: dict[tuple[Engine, Engine], Comparison] = field(default_factory=dict)
    lost: Comparison | None = None
    stores: list[StoreParity] = field(default_factory=list)

    @property
    def all_comparisons(self) -> list[Comparison]:
        """Every comparison of the block."""
        return [*self.comparisons.values(), *([self.lost] if self.lost else [])]


@dataclass
class SourceParity:
    """Rejects, late and quarantined events of a source on all sides, counted by (path, record, code)."""

    name: str
    rejects: dict[tuple[Engine, Engine], Comparison] = field(default_factory=dict)
    late: dict[tuple[Engine, Engine], Comparison] = field(default_factory=dict)
    quarantined: dict[tuple[Engine, Engine], Comparison] = field(default_factory=dict)

    @property
    def outputs(self) -> tuple[tuple[str, dict[tuple[Engine, Engine], Comparison]], ...]:
        """Each output by what is in it."""
        return (("rejects", self.rejects), ("late events", self.late), ("quarantined events", self.quarantined))


@dataclass
class ParityReport:
    """All blocks and sources, and the runs that they come from."""

    blocks: list[BlockParity] = field(default_factory=list)
    sources: list[SourceParity] = field(default_factory=list)
    runs: dict[Engine, RunReport] = field(default_factory=dict)

    @property
    def values(self) -> int:
        """How many pairs of values were compared."""
        return sum(c.values for c in self._comparisons)

    @property
    def differing(self) -> int:
        """How many pairs of values differ."""
        return sum(n for c in self._comparisons for n in c.differing.values())

    @property
    def _comparisons(self) -> list[Comparison]:
        """Those of values, in rows and in stores."""
        of_rows = [c for block in self.blocks for c in block.comparisons.values()]
        return of_rows + [store.values for block in self.blocks for store in block.stores]

    def problems(self, *, allow_empty: bool = False) -> list[str]:
        """Why parity is not shown; [] where it is. With `allow_empty`, no rows and columns of only null are right."""
        found = (
            []
            if self.blocks
            else ["there is no `features` block and no stream that writes rows, so nothing was compared"]
        )
        for block in self.blocks:
            name = block.block.name
            if not allow_empty:
                if not block.rows:
                    found.append(f"`{name}` has no rows, so nothing was compared")
                else:
                    found += [f"`{name}.{c.name}` is null in every row" for c in block.columns if c.nulls == block.rows]
            for pair, comparison in block.comparisons.items():
                found += [f"`{name}`: {text}" for text in _differences(pair, comparison)]
            if block.lost and not block.lost.same:
                found.append(f"`{name}`: {_lacking(('flink', 'reference'), block.lost)}")
            found += [f"`{name}`: {text}" for store in block.stores for text in store.problems()]
        for source in self.sources:
            for what, comparisons in source.outputs:
                found += [
                    f"{what} of `{source.name}` differ between {pair[0]} and {pair[1]}"
                    for pair, comparison in comparisons.items()
                    if not comparison.same
                ]
        return found


def parity(request: Request, reference_rows: int = REFERENCE_ROWS, progress: Progress = lambda _: None) -> ParityReport:
    """Run all three and compare. What the engines write stays below `request.out`. Raises as `run` does."""
    report = ParityReport()
    for engine in ("flink", "spark"):
        at = replace(request, out=request.out / engine, environment=_without_servers(request.environment))
        report.runs[engine] = run(at, engine, _named(engine, progress))
    blocks = [block for block in request.program.features if block.name in request.features]
    outputs = [each for each in request.program.outputs if each.name in request.features]
    streams = [each for each in outputs if isinstance(each, ir.Stream)]
    engines: dict[str, dict[Engine, pa.Table]] = {
        name: {engine: pq.read_table(request.out / engine / name) for engine in report.runs}
        for name in request.features
    }
    progress("reference: choosing rows")
    names = {block.name: row_names(engines[block.name]["flink"], block) for block in blocks}
    wanted = _wanted(blocks, names, reference_rows)
    events = {stream.name: sample_events(engines[stream.name]["flink"], reference_rows) for stream in streams}
    stores = {block.name: _stores(request, block) for block in blocks if tables_of(block)}
    progress("reference: computing")
    extended = _with_copies(request.program, wanted)
    result, report.runs["reference"] = run_reference.compute(
        extended,
        [*request.features, *(name + _ROWS_ONLY for name in wanted)],
        request.inputs,
        request.now,
        rows_wanted=wanted,
        stream_rows_wanted={name: chosen for name, chosen in events.items() if chosen is not None},
        values_wanted={
            block.name: checked(_moments(stores[block.name], block), names[block.name], block, reference_rows)
            for block in blocks
            if block.name in stores
        },
    )
    progress("comparing")
    computed = run_reference.tables(extended, result)
    for block in blocks:
        tables: Tables = {**engines[block.name], "reference": computed[block.name]}
        only_names = computed.get(block.name + _ROWS_ONLY)
        compared = _compare_block(block, request.program.time_of(block), tables, only_names)
        compared.stores = [
            compare_store(engine, table, found, block, tables[engine], result.features[block.name].values_at)
            for (engine, table), found in stores.get(block.name, {}).items()
        ]
        report.blocks.append(compared)
    for stream in streams:
        tables = {**engines[stream.name], "reference": computed[stream.name]}
        time = request.program.time_of(stream)
        report.blocks.append(_compare_stream(stream, time, tables, subset=events[stream.name] is not None))
    for name in result.sources:
        report.sources.append(_compare_source(name, request.out, result))
    return report


def _stores(request: Request, block: ir.Features) -> dict[tuple[Engine, str], pa.Table]:
    """The rows that each engine left in each of the block's tables."""
    engines: tuple[Engine, ...] = ("flink", "spark")
    columns = stored_columns(request.program, block)
    return {
        (engine, table): stored(
            request.program, block, sqlite.rows(request.out / engine / sqlite.DATABASE, table, columns)
        )
        for engine in engines
        for table in tables_of(block)
    }


def _moments(stores: Mapping[tuple[Engine, str], pa.Table], block: ir.Features) -> set[Moment]:
    return {moment for table in stores.values() for moment in moments(table, block)}


def _without_servers(environment: Environment) -> Environment:
    """What is left of an environment for a comparison: its servers are for what is used."""
    return Environment(parallelism=environment.parallelism)


def _named(engine: Engine, progress: Progress) -> Progress:
    return lambda step: progress(f"{engine}: {step}")


def _wanted(blocks: Sequence[ir.Features], names: Mapping[str, list[RowName]], size: int) -> dict[str, list[RowName]]:
    """The rows that the reference computes, for the blocks of which all would take too long."""
    return {
        block.name: sample(names[block.name], size)
        for block in blocks
        if estimated_scans(names[block.name], block) > CHEAP_SCANS
    }


def _with_copies(program: ir.Program, sampled: Mapping[str, object]) -> ir.Program:
    """The program with, for each sampled block, a copy without values: cheap enough to give every row's name."""
    copies = [_rows_only(program, block) for block in program.features if block.name in sampled]
    return program.model_copy(update={"features": (*program.features, *copies)})


def _rows_only(program: ir.Program, block: ir.Features) -> ir.Features:
    """Events with a null key are filtered, because the block itself counts them as rejects already."""
    nullable = [c for c in program.source(block.source).columns if c.name in block.key and c.nullable]
    conditions = [
        *([block.where] if block.where else []),
        *(_not_null(ir.ColumnValue(name=c.name, type=c.type, nullable=True)) for c in nullable),
    ]
    where = conditions[0] if conditions else None
    for condition in conditions[1:]:
        where = ir.Operation(operator="and", arguments=(where, condition), type="bool", nullable=True)
    update = {"name": block.name + _ROWS_ONLY, "where": where, "aggregates": (), "values": ()}
    return block.model_copy(update=update)


def _not_null(column: ir.ColumnValue) -> ir.Operation:
    is_null = ir.Operation(operator="is_null", arguments=(column,), type="bool", nullable=False)
    return ir.Operation(operator="not", arguments=(is_null,), type="bool", nullable=False)


def _summaries(block: ir.Features | ir.Stream, table: pa.Table) -> list[ColumnSummary]:
    types = {value.name: value.type for value in block.values}
    return [
        ColumnSummary(name, types[name], table[name].null_count, pc.count_distinct(comparable(table[name])).as_py())
        for name in table.column_names
        if name in types
    ]


def _compare_stream(stream: ir.Stream, time: str, tables: Tables, *, subset: bool) -> BlockParity:
    """Compare rows by time and event; of a `subset` the reference computed some events, with all their rows."""
    table = tables["flink"]
    found = BlockParity(stream, table.num_rows, tables["reference"].num_rows, _summaries(stream, table))
    numbered = {side: with_copies(each, (time, EVENT)) for side, each in tables.items()}
    for left, right in combinations(tables, 2):
        found.comparisons[left, right] = compare(
            numbered[left], numbered[right], (COPY, time, EVENT), subset=subset and right == "reference"
        )
    return found


def _compare_block(block: ir.Features, time: str, tables: Tables, only_names: pa.Table | None) -> BlockParity:
    names = (*block.key, time, "_tie")
    table = tables["flink"]
    found = BlockParity(block, table.num_rows, tables["reference"].num_rows, _summaries(block, table))
    for left, right in combinations(tables, 2):
        subset = right == "reference" and only_names is not None
        found.comparisons[left, right] = compare(tables[left], tables[right], names, subset=subset)
    if only_names is not None:
        found.lost = compare(table.select(list(names)), only_names, names)
    return found


def _compare_source(name: str, out: Path, result: ReferenceResult) -> SourceParity:
    found = SourceParity(name)
    source = result.sources[name]
    for folder, refused, comparisons in (
        ("_rejects", source.rejects, found.rejects),
        ("_late", source.late, found.late),
        ("_quarantine", source.quarantined, found.quarantined),
    ):
        sides: dict[Engine, pa.Table] = {
            "flink": counted(pq.read_table(out / "flink" / folder / name)),
            "spark": counted(pq.read_table(out / "spark" / folder / name)),
            "reference": counted(run_reference.refused_table(refused)),
        }
        for left, right in combinations(sides, 2):
            comparisons[left, right] = compare(sides[left], sides[right], RECORD_NAME)
    return found


def _differences(pair: tuple[Engine, Engine], comparison: Comparison) -> list[str]:
    found = [
        f"`{column}` differs between {pair[0]} and {pair[1]} in {count:,} of {comparison.rows:,} rows"
        for column, count in comparison.differing.items()
    ]
    lacking = comparison.only_left or comparison.only_right or comparison.repeated
    return [*found, _lacking(pair, comparison)] if lacking else found


def _lacking(pair: tuple[Engine, Engine], comparison: Comparison) -> str:
    parts = []
    if comparison.only_left:
        parts.append(f"{comparison.only_left:,} rows of {pair[0]} are not in {pair[1]}")
    if comparison.only_right:
        parts.append(f"{comparison.only_right:,} rows of {pair[1]} are not in {pair[0]}")
    if comparison.repeated:
        parts.append(f"{comparison.repeated:,} rows of {pair[0]} or {pair[1]} stand there twice")
    return "; ".join(parts) + (f"; the first is {comparison.missing}" if comparison.missing else "")
