"""The strategies themselves: valid programs, even coverage, texts that decode to the values that were written."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING, Any, get_args

import pytest
from hypothesis import given, settings

from featlang.backends.reference import Input, Memory, SourceResult, run_reference
from featlang.backends.reference.arrival import Arrivals
from featlang.backends.reference.decode import decode
from featlang.backends.reference.reading import events_in_turn
from featlang.backends.reference.records import records
from featlang.backends.reference.windows import earliest
from featlang.compiler import ir
from featlang.compiler.structures import kind_of, structure
from featlang.stdlib.aggregates import AGGREGATES
from featlang.stdlib.functions import FUNCTIONS
from tests.strategies import (
    CELLS,
    ORDER_CELLS,
    Coverage,
    OrderCell,
    Stream,
    as_input,
    beyond_the_bound,
    cells_of,
    order_of,
    pairs,
    random_stream,
    seeded_pairs,
)
from tests.strategies.expressions import SIGNATURES
from tests.strategies.programs import random_program
from tests.strategies.schemas import KEY_TYPES, random_source
from tests.strategies.streams import random_times
from tests.strategies.texts import NOT_FINITE, csv_line, json_line, representable
from tests.strategies.types import in_csv
from tests.strategies.values import random_value
from tests.strategies.windows import DAY

if TYPE_CHECKING:
    from collections.abc import Iterator


def operations(expression: ir.Expression) -> Iterator[ir.Operation]:
    """List the operations of an expression, the outermost first."""
    if isinstance(expression, ir.Operation):
        yield expression
        for argument in expression.arguments:
            yield from operations(argument)


def expressions(block: ir.Features) -> Iterator[ir.Expression]:
    """List the outermost expressions of a block."""
    for aggregate in block.aggregates:
        yield from aggregate.arguments
        if aggregate.where is not None:
            yield aggregate.where
    yield from (value.expression for value in block.values)
    if block.where is not None:
        yield block.where


def check_operation(operation: ir.Operation) -> None:
    """Assert that an operation has a signature that the language has."""
    types = tuple(argument.type for argument in operation.arguments)
    match operation.operator:
        case "if":
            assert types == ("bool", operation.type, operation.type)
        case "coalesce":
            assert set(types) == {operation.type}
        case "in":
            assert len(types) > 1
            assert len(set(types)) == 1
        case "field":
            names = [part.name for part in structure(types[0]).parts]
            position = operation.arguments[1]
            assert isinstance(position, ir.Constant)
            assert ("field", (types[0], names[int(position.value or 0)])) in SIGNATURES[operation.type]
        case operator:
            assert (operator, types) in SIGNATURES[operation.type]


def test_programs_are_valid() -> None:
    """References point at what there is, types fit, keys can be keys, and the IR survives its own JSON."""
    for program, _ in seeded_pairs(1, programs=range(30), streams=0):
        assert ir.Program.model_validate_json(program.model_dump_json()) == program
        (source,) = program.sources
        columns = {column.name: column for column in source.columns}
        assert len(columns) == len(source.columns)
        assert columns[source.time].type == "timestamp"
        if source.order is not None:
            assert columns[source.order].type in ("int", "timestamp")
            assert not columns[source.order].nullable
        assert set(source.ties) <= set(columns)
        assert 1 <= len(program.features) <= 3
        for block in program.features:
            assert 1 <= len(block.key) <= 3
            assert all(columns[name].type in KEY_TYPES and name != source.time for name in block.key)
            assert len({value.name for value in block.values}) == len(block.values)
            for aggregate in block.aggregates:
                declaration = AGGREGATES[aggregate.function]
                argument = aggregate.arguments[0].type if aggregate.arguments else None
                assert kind_of(argument) in declaration.takes[0] if argument else declaration.optional
                assert aggregate.type == declaration.gives(argument)
            for expression in expressions(block):
                for operation in operations(expression):
                    check_operation(operation)


def test_every_operator_and_function_occurs() -> None:
    """In filters, in arguments and between features."""
    found: set[str] = set()
    for program, _ in seeded_pairs(1, programs=range(200), streams=0):
        for block in program.features:
            found |= {operation.operator for each in expressions(block) for operation in operations(each)}
    assert found == {*get_args(ir.Operator), *FUNCTIONS} - {"struct"}  # which only plans of tables have


def test_coverage_is_even() -> None:
    """Forty programs on fifty streams each try every cell at least 20 times."""
    coverage = Coverage()
    for program, _ in seeded_pairs(2, programs=range(40), streams=0):
        coverage.add(program, times=50)
    assert coverage.missing(least=20) == []
    assert len(coverage.table().splitlines()) == 1 + len(AGGREGATES)
    orders = Counter(order_of(program) for program, _ in seeded_pairs(2, programs=range(40), streams=0))
    assert orders == {"time": 27, "arrival": 13}


def test_a_missing_cell_is_told() -> None:
    """A tally of one program lacks what it has not."""
    coverage = Coverage()
    program = random_program(Random(3), CELLS[:3])
    coverage.add(program)
    order = order_of(program)
    tried = {OrderCell(cell.aggregate, cell.window, order) for cell in cells_of(program)}
    assert set(coverage.missing(least=1)) == {*CELLS, *ORDER_CELLS} - set(cells_of(program)) - tried
    assert set(CELLS[:3]) <= set(cells_of(program))


def test_the_same_seed_makes_the_same() -> None:
    """Programs and streams, whichever others are asked for."""
    both = list(seeded_pairs(4, programs=range(2), streams=3))
    assert list(seeded_pairs(4, programs=range(2), streams=3)) == both
    assert list(seeded_pairs(4, programs=range(1, 2), streams=3)) == both[1:]


def decoded(source: ir.Source, given: Input) -> list[dict[str, Any]]:
    """Decode every record, none of which is a reject."""
    return [decode(source, given, record).values for record in records(source, given)]


@pytest.mark.parametrize("kind", ["jsonl", "csv"])
def test_what_is_written_is_read(kind: str) -> None:
    """Every spelling of an event decodes to its values, to the bit; what is not finite to null."""
    for seed in range(150):
        random = Random(seed)
        source = random_source(random)
        if kind == "csv":
            source = source.model_copy(update={"columns": tuple(c for c in source.columns if in_csv(c.type))})
        events = [_random_event(random, source) for _ in range(8)]
        if kind == "jsonl":
            data = b"\n".join(json_line(random, source.columns, event) for event in events)
            given = Input("jsonl", (Memory("file", data),))
        else:
            header = ",".join(column.name for column in source.columns).encode()
            rows = [csv_line(random, source.columns, event, "NA") for event in events]
            given = Input("csv", (Memory("file", b"\n".join([header, *rows])),), {"null": "NA"})
        expected = [{name: None if v is NOT_FINITE else v for name, v in event.items()} for event in events]
        assert [repr(values) for values in decoded(source, given)] == [repr(_normal(event)) for event in expected]


def _random_event(random: Random, source: ir.Source) -> dict[str, Any]:
    event = {}
    for column in source.columns:
        value = representable(column, random_value(random, column.type))
        if column.type in ("timestamp", "duration") and abs(value) > 62_000_000_000_000_000:
            value = 0  # rounding down to a unit may leave the range
        if column.nullable and column.name != source.time and random.random() < 0.2:
            value = None
        elif column.type == "float" and random.random() < 0.1:
            value = NOT_FINITE
        event[column.name] = value
    return event


def _normal(event: dict[str, Any]) -> dict[str, Any]:
    return {name: value + 0.0 if isinstance(value, float) else value for name, value in event.items()}


def test_streams_are_adversarial() -> None:
    """Most records are events, and every code, ties, late events, empty streams and counted nulls occur."""
    codes: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for program, streams in seeded_pairs(5, programs=range(8), streams=25):
        for stream in streams:
            result = run_reference(program, [b.name for b in program.features], as_input(program, stream), stream.now)
            (read,) = result.sources.values()
            codes.update(read.rejected)
            seen.update({"read": read.read, "accepted": read.accepted, "quarantined": len(read.quarantined)})
            seen.update(refused.code for refused in read.late)
            seen.update({"empty": read.read == 0, "negative": 0, "tie": 0})
            seen["not finite"] += read.not_finite.total()
            for block in result.features.values():
                seen["tie"] += sum(row.tie > 0 for row in block.rows)
                seen["negative"] += sum(row.time < 0 for row in block.rows)
                for nulls in block.nulls.values():
                    seen.update(nulls)
    assert set(codes) == {"malformed", "short", "long", "null_value", "type", "range", "null_key"}
    assert seen["accepted"] > seen["read"] // 2
    for what in (
        "late",
        "out_of_sequence",
        "quarantined",
        "empty",
        "tie",
        "negative",
        "not finite",
        "null",
        "overflow",
        "not_finite",
        "division_by_zero",
    ):
        assert seen[what] > 0, what


def test_arrivals_come_into_every_place_of_a_window() -> None:
    """The tile of its time may be the open one, an earlier one, one that is not there, or out of the window."""
    places: Counter[str] = Counter()
    for program, streams in seeded_pairs(7, programs=range(24), streams=20):
        for stream in streams:
            for window in {a.window for block in program.features for a in block.aggregates}:
                if isinstance(window, ir.Sliding):
                    places.update(_places(program, stream, window))
    assert set(places) == {"open", "earlier", "missing", "out"}
    assert min(places.values()) > 100


def _places(program: ir.Program, stream: Stream, window: ir.Sliding) -> Iterator[str]:
    """Say for each event in sequence where it comes to lie in the window of its key."""
    (source,) = program.sources
    if source.order is None:
        return
    arrivals = Arrivals(source, source.order)
    tiles: dict[tuple[Any, ...], set[int]] = {}
    given = as_input(program, stream)[source.name]
    for _, event in events_in_turn(source, given, stream.now, SourceResult()):
        keys = tuple(event.values[name] for name in program.features[0].key)
        read_at = arrivals.read_at(keys, event)
        if read_at is None:
            continue
        tile = event.time // window.step
        of_key = tiles.setdefault(keys, set())
        if event.time < earliest(window, read_at):
            yield "out"
        elif tile == read_at // window.step:
            yield "open"
        else:
            yield "earlier" if tile in of_key else "missing"
        of_key.add(tile)


@pytest.mark.parametrize("length", [100, DAY])
def test_silences_end_at_every_edge(length: int) -> None:
    """Gaps of a microsecond less than a ttl, of just that, and of one more."""
    window = ir.Forever(ttl=length)
    gaps: Counter[int] = Counter()
    for seed in range(300):
        random = Random(seed)
        (block, *_) = (program := random_program(random, orders=("time",))).features
        aggregate = block.aggregates[0].model_copy(update={"window": window})
        block = block.model_copy(update={"aggregates": (aggregate, *block.aggregates[1:])})
        program = program.model_copy(update={"features": (block,)})
        times = random_times(random, program, 40)
        gaps.update(b - a for a, b in pairwise(times))
    assert min(gaps[length - 1], gaps[length], gaps[length + 1]) > 20


def test_a_stream_goes_beyond_the_bound_and_comes_back() -> None:
    """Six events have one item, and each later one a new one; a window of 10,000 µs never holds more than the bound."""
    program, stream, rows = beyond_the_bound()
    wanted = {"features": rows}
    result = run_reference(program, ["features"], as_input(program, stream), stream.now, wanted).features["features"]
    by_time = {row.time: list(row.values.values()) for row in result.rows}
    assert len(by_time) == len(rows)
    assert by_time[5] == [1] * 5
    assert by_time[10_003] == [9_999] * 5
    assert by_time[10_004] == [10_000] * 5
    assert by_time[10_005] == [None, None, 10_000, None, None]
    assert by_time[100_009] == [10, 10, 10, 10, None]
    assert result.nulls["distinct_2"] == {}


@settings(max_examples=10, deadline=None)
@given(pairs(streams=3))
def test_hypothesis_draws_pairs(pair: tuple[ir.Program, list[Stream]]) -> None:
    """The reference runs every one of them."""
    program, streams = pair
    for stream in streams:
        result = run_reference(program, [b.name for b in program.features], as_input(program, stream), stream.now)
        (read,) = result.sources.values()
        late = sum(refused.code == "late" for refused in read.late)
        rejected = read.rejected.total() - read.rejected["null_key"]
        assert read.read == read.accepted + late + rejected + len(read.quarantined)


@pytest.mark.parametrize("kind", ["jsonl", "csv"])
def test_the_kind_of_a_stream_can_be_chosen(kind: Any) -> None:
    """For hosts that read one."""
    random = Random(6)
    assert {random_stream(random, random_program(random), kind).kind for _ in range(5)} == {kind}
