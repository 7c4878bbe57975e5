"""Every row of the tables in `docs/semantics.md`, on the reference and on the kernel."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from featlang.backends.kernel.inprocess import Feed, Other
from featlang.backends.reference import Input, Memory, run_reference
from featlang.compiler.compile import compile_program
from featlang.compiler.plan import plan
from tests.kernel.comparison import bits
from tests.strategies.texts import EPOCH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from featlang.backends.kernel.inprocess import InProcess, Outside
    from featlang.backends.reference import ReferenceResult, Refused
    from featlang.compiler import ir

PAGE = Path(__file__).parents[2] / "docs" / "semantics.md"
CELL = re.compile(r"`([^`]*)`")
DAY = "2024-02-29"
GIVEN = re.compile(r"(\w+): ([^=]+) = (.+)")


def _rows(header: str) -> list[list[str]]:
    """Give the cells of the tables with that header, row by row."""
    rows, inside = [], False
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        inside = line == header or (inside and line.startswith("|"))
        if inside and line != header and not line.startswith("|---"):
            rows.append(CELL.findall(line))
    return rows


OPERATORS = _rows("| given | expression | value |")
AGGREGATES = _rows("| values of `x` | aggregate | value |")
WINDOWS = _rows("| window | events at | `count()` at the last |")
ARRIVALS = _rows(
    "| `order` | window | events, each `n` at its time | the last row: time, `_tie`, `count()`, `first(n)`, `last(n)` |"
)
UNITED = _rows("| `from` | events of `a`, each `n` at its time | events of `b` | the order of `n` |")
STORED = _rows("| events at | `as_of` of the last | `_written` of the last |")


@pytest.mark.parametrize(("given", "expression", "value"), OPERATORS)
def test_operator(kernel_host: InProcess, given: str, expression: str, value: str) -> None:
    """The expression over the columns of one event."""
    columns = [_column(column) for column in given.split("; ")]
    event = {
        name: _Number(text) if type_name.startswith("decimal") else json.loads(text)
        for name, type_name, text in columns
    }
    declared = {name: f"{type_name}?" for name, type_name, _ in columns}
    _expect(kernel_host, declared, f"last({expression}) over forever", [event], value)


def _column(given: str) -> tuple[str, str, str]:
    """Give a column's name, type and value."""
    found = GIVEN.fullmatch(given)
    assert found is not None, given
    return found[1], found[2], found[3]


@pytest.mark.parametrize(("values", "aggregate", "value"), AGGREGATES)
def test_aggregate(kernel_host: InProcess, values: str, aggregate: str, value: str) -> None:
    """The aggregate of an event for each value."""
    type_name, _, items = values.partition(": ")
    exact = _Number if type_name.startswith("decimal") else float
    events = [{"x": item} for item in json.loads(f"[{items}]", parse_float=exact)]
    _expect(kernel_host, {"x": f"{type_name}?"}, f"{aggregate} over forever", events, value)


@pytest.mark.parametrize(("window", "times", "value"), WINDOWS)
def test_window(kernel_host: InProcess, window: str, times: str, value: str) -> None:
    """How many of the events the window at the last one holds."""
    events = [{"ts": f"{DAY}T{time}Z"} for time in times.split(", ")]
    _expect(kernel_host, {}, f"count() over {window}", events, value)


@pytest.mark.parametrize(("order", "window", "events", "row"), ARRIVALS)
def test_arrival(kernel_host: InProcess, order: str, window: str, events: str, row: str) -> None:
    """The row that the last event has, or that it is out of sequence."""
    source = f"source s(k: string, n: int, ts: timestamp) {{ time = ts lateness = 1d order = {order} }}"
    features = f"features f from s by k over {window} {{ number = count() first = first(n) last = last(n) }}"
    arrivals = [event.split(" at ") for event in events.split(", ")]
    data = _data([{"n": int(n), "ts": f"{DAY}T{time}Z"} for n, time in arrivals])
    program, reference = _run_reference(f"{source} {features}", {"s": data})
    (kernel,) = kernel_host.compile(plan(program).jobs[0]).run([Feed("jsonl", data)])
    assert _codes(kernel.late) == _codes(reference.sources["s"].late)
    if row == "out of sequence":
        assert _codes(kernel.late)[-1] == (len(arrivals), "out_of_sequence")
        return
    assert len(arrivals) not in {record for record, _ in _codes(kernel.late)}
    time, *numbers = row.split(", ")
    expected = (_micros(time), *map(int, numbers))
    last = max(reference.features["f"].rows, key=lambda each: (each.time, each.tie))
    assert (last.time, last.tie, *last.values.values()) == expected
    assert max(kernel.rows["f"])[1:] == expected


@pytest.mark.parametrize(("inputs", "of_a", "of_b", "ordered"), UNITED)
def test_united(kernel_host: InProcess, inputs: str, of_a: str, of_b: str, ordered: str) -> None:
    """The order in which the rows of both are applied."""
    head = "(k: string, n: int, ts: timestamp) { time = ts ties = [n] lateness = 1d }"
    stream = f"stream u from {inputs} keep k, n features f from u by k over forever {{ v = last(n) }}"
    events = {name: [each.split(" at ") for each in of.split(", ")] for name, of in (("a", of_a), ("b", of_b))}
    data = {s: _data([{"n": int(n), "ts": f"{DAY}T{time}Z"} for n, time in of]) for s, of in events.items()}
    program, reference = _run_reference(f"source a{head} source b{head} {stream}", data)
    expected = [int(n) for n in ordered.split(", ")]
    rows = sorted(reference.features["f"].rows, key=lambda row: (row.time, row.tie))
    assert [row.values["v"] for row in rows] == expected
    feed = Feed("jsonl", data["a"], others=[Other("jsonl", data["b"])])
    (kernel,) = kernel_host.compile(plan(program).jobs[0]).run([feed])
    assert [row[-1] for row in sorted(kernel.rows["f"], key=lambda row: row[1:3])] == expected


@pytest.mark.parametrize(("times", "as_of", "written"), STORED)
def test_stored(kernel_host: InProcess, times: str, as_of: str, written: str) -> None:
    """What a store gets for the last event."""
    source = "source s(k: string, ts: timestamp) { time = ts }"
    data = _data([{"ts": f"{DAY}T{time}Z"} for time in times.split(", ")])
    program, reference = _run_reference(f"{source} features f from s by k {{ v = count() over forever }}", {"s": data})
    (kernel,) = kernel_host.compile(plan(program).jobs[0]).run([Feed("jsonl", data, stores={"f": "EVERY"})])
    stored = reference.features["f"].stored[("k",)]
    assert (stored.as_of, stored.written) == (_micros(as_of), _micros(written))
    assert kernel.stored["f"][-1].values == ("k", stored.as_of, stored.written, stored.values["v"])


def test_the_tables_are_there() -> None:
    """A table that is not found would pass every test."""
    found = [len(table) for table in (OPERATORS, AGGREGATES, WINDOWS, ARRIVALS, UNITED, STORED)]
    assert all(rows >= least for rows, least in zip(found, (85, 37, 18, 12, 6, 4), strict=True))


def _expect(host: InProcess, columns: dict[str, str], feature: str, events: list[dict[str, Any]], value: str) -> None:
    """Run one feature over the events of one key; the last row has the expected value, bit for bit, on both hosts."""
    declared = ", ".join(f"{name}: {type_name}" for name, type_name in columns.items())
    text = (
        f"source s(k: string, n: int, ts: timestamp, {declared}) "
        '{ time = ts ties = [n] stream = jsonl("s.jsonl") } '
        f"features f from s by k {{ v = {feature} }}"
    )
    data = _data([{"n": n, "ts": f"2024-01-01T00:00:{n:02}Z", **event} for n, event in enumerate(events)])
    program, reference = _run_reference(text, {"s": data})
    (kernel,) = host.compile(plan(program).jobs[0]).run([Feed("jsonl", data)])
    expected = _expected(json.loads(value), program.features[0].values[0].type)
    last = max(reference.features["f"].rows, key=lambda row: (row.time, row.tie))
    assert bits(last.values["v"]) == bits(expected)
    *_, found = max(kernel.rows["f"], key=lambda row: (row[1], row[2]))
    assert bits(found) == bits(expected)


def _expected(value: Any, type_name: str) -> Any:
    """Give what the page says as the reference has it."""
    if isinstance(value, str) and type_name.startswith("decimal"):
        return Decimal(value)
    return tuple(value) if isinstance(value, list) else value


@dataclass(frozen=True)
class _Number:
    """A number that is written into JSON as it is on the page, with all its digits."""

    text: str


def _data(events: list[dict[str, Any]]) -> bytes:
    return "\n".join(_json({"k": "k", **event}) for event in events).encode()


def _json(event: dict[str, Any]) -> str:
    members = (f"{json.dumps(name)}: {_text(value)}" for name, value in event.items())
    return f"{{{', '.join(members)}}}"


def _text(value: Any) -> str:
    """Write a value as JSON; what no float holds is written as a number that none does."""
    if isinstance(value, _Number):
        return value.text
    if isinstance(value, list):
        return f"[{', '.join(map(_text, value))}]"
    return "1e999" if value == float("inf") else json.dumps(value)


def _run_reference(text: str, data: dict[str, bytes]) -> tuple[ir.Program, ReferenceResult]:
    """Run the block `f` of some sources."""
    compiled = compile_program({"page.feat": text})
    assert compiled.program is not None, compiled.diagnostics
    inputs = {name: Input("jsonl", (Memory(f"{name}.jsonl", content),)) for name, content in data.items()}
    return compiled.program, run_reference(compiled.program, ["f"], inputs, 0)


def _micros(time: str) -> int:
    """Give the time of day on the page's day in µs."""
    return (datetime.fromisoformat(f"{DAY}T{time}+00:00") - EPOCH) // timedelta(microseconds=1)


def _codes(refused: Sequence[Outside | Refused]) -> list[tuple[int, str]]:
    return [(each.record, each.code) for each in refused]
