"""Every row of the tables in `docs/semantics.md`, on the reference and on the kernel."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from featlang.backends.kernel.inprocess import Feed
from featlang.backends.reference import Input, Memory, run_reference
from featlang.compiler.compile import compile_program
from featlang.compiler.plan import plan
from tests.kernel.comparison import bits

if TYPE_CHECKING:
    from featlang.backends.kernel.inprocess import InProcess

PAGE = Path(__file__).parents[2] / "docs" / "semantics.md"
CELL = re.compile(r"`([^`]*)`")
GIVEN = re.compile(r"(\w+): (\w+) = (\"[^\"]*\"|[^,]+)")


def _rows(header: str) -> list[list[str]]:
    """Give the cells of the table with that header, row by row."""
    lines = iter(PAGE.read_text(encoding="utf-8").splitlines())
    for line in lines:
        if line == header:
            break
    next(lines)
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append(CELL.findall(line))
    return rows


OPERATORS = _rows("| given | expression | value |")
AGGREGATES = _rows("| values of `x` | aggregate | value |")
WINDOWS = _rows("| window | events at | `count()` at the last |")


@pytest.mark.parametrize(("given", "expression", "value"), OPERATORS)
def test_operator(kernel_host: InProcess, given: str, expression: str, value: str) -> None:
    """The expression over the columns of one event."""
    columns = GIVEN.findall(given)
    event = {name: json.loads(text) for name, _, text in columns}
    declared = {name: f"{type_name}?" for name, type_name, _ in columns}
    _expect(kernel_host, declared, f"last({expression}) over forever", [event], value)


@pytest.mark.parametrize(("values", "aggregate", "value"), AGGREGATES)
def test_aggregate(kernel_host: InProcess, values: str, aggregate: str, value: str) -> None:
    """The aggregate of an event for each value."""
    type_name, _, items = values.partition(": ")
    events = [{"x": item} for item in json.loads(f"[{items}]")]
    _expect(kernel_host, {"x": f"{type_name}?"}, f"{aggregate} over forever", events, value)


@pytest.mark.parametrize(("window", "times", "value"), WINDOWS)
def test_window(kernel_host: InProcess, window: str, times: str, value: str) -> None:
    """How many of the events the window at the last one holds."""
    events = [{"ts": f"2024-02-29T{time}Z"} for time in times.split(", ")]
    _expect(kernel_host, {}, f"count() over {window}", events, value)


def test_the_tables_are_there() -> None:
    """A table that is not found would pass every test."""
    assert (len(OPERATORS), len(AGGREGATES), len(WINDOWS)) >= (42, 29, 12)


def _expect(host: InProcess, columns: dict[str, str], feature: str, events: list[dict[str, Any]], value: str) -> None:
    """Run one feature over the events of one key; the last row has the expected value, bit for bit, on both hosts."""
    declared = ", ".join(f"{name}: {type_name}" for name, type_name in columns.items())
    text = (
        f"source s(k: string, n: int, ts: timestamp, {declared}) "
        '{ time = ts ties = [n] stream = jsonl("s.jsonl") } '
        f"features f from s by k {{ v = {feature} }}"
    )
    compiled = compile_program({"page.feat": text})
    assert compiled.program is not None, compiled.diagnostics
    lines = [
        json.dumps({"k": "k", "n": n, "ts": f"2024-01-01T00:00:{n:02}Z", **event}) for n, event in enumerate(events)
    ]
    data = "\n".join(lines).encode()
    inputs = {"s": Input("jsonl", (Memory("s.jsonl", data),), {})}
    reference = run_reference(compiled.program, ["f"], inputs, 0).features["f"].rows
    (kernel,) = host.compile(plan(compiled.program).jobs[0]).run([Feed("jsonl", data)])
    expected = json.loads(value)
    last = max(reference, key=lambda row: (row.time, row.tie))
    assert bits(last.values["v"]) == bits(expected)
    *_, found = max(kernel.rows["f"], key=lambda row: (row[1], row[2]))
    assert bits(found) == bits(expected)
