"""Events that wait while a column's type is edited keep its value where the new type takes it in the same bytes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from featlang.backends.kernel.inprocess import Feed, KernelProgram
from featlang.compiler.compile import compile_program
from featlang.compiler.plan import plan

if TYPE_CHECKING:
    from featlang.backends.kernel.inprocess import InProcess

VALUES: dict[str, list[object]] = {
    "list": [["a"], [], ["b", "c"]],
    "map": [{"k": 1}, {}, {"b": 2, "a": 3}],
    "struct": [{"a": 1, "b": [{"c": 2.5}]}, {"a": 2, "b": []}, {"a": 3, "b": [{"c": 0.0}]}],
    "decimal": ["1.25", "-9.5", 0],
}


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        ("list<string>", "list<string?>"),
        ("map<string, int>", "map<string, int?>"),
        ("struct<a: int, b: list<struct<c: float>>>", "struct<a: int?, b: list<struct<c: float?>?>?>"),
        ("decimal<4, 2>", "decimal<12, 2>"),
        ("list<decimal<4, 2>>", "list<decimal<38, 2>?>"),
    ],
)
def test_a_wider_type_keeps_the_values_of_events_that_wait(kernel_host: InProcess, narrow: str, wide: str) -> None:
    """The way back makes them null: what the narrower type does not hold may be among them."""
    given: list[object] = [["1.25", "-9.5"], [], [0]] if "<decimal" in narrow else VALUES[narrow.partition("<")[0]]
    lines = [json.dumps({"id": str(n), "user": "a", "ts": n, "x": value}) for n, value in enumerate(given)]
    events = "\n".join(lines).encode()
    old, new = (_compiled(kernel_host, kind) for kind in (narrow, wide))
    assert _after_edit(old, new, events) == _newest(new, events)
    assert None not in _newest(new, events)
    assert _after_edit(new, old, events) == [None] * len(given)


def test_another_scale_or_field_is_another_type(kernel_host: InProcess) -> None:
    """Its bytes would be another value."""
    for one, other, value in (
        ("decimal<6, 2>", "decimal<6, 3>", "1.5"),
        ("struct<a: int>", "struct<b: int>", {"a": 1, "b": 2}),
        ("list<int>", "list<float>", [1]),
    ):
        events = json.dumps({"id": "0", "user": "a", "ts": 0, "x": value}).encode()
        old, new = (_compiled(kernel_host, kind) for kind in (one, other))
        assert _after_edit(old, new, events) == [None]


def _compiled(host: InProcess, kind: str) -> KernelProgram:
    columns = f'id: string, user: string, x: {kind}, @unit("us") ts: timestamp'
    source = f"source s({columns}) {{ time = ts ties = [id] lateness = 1h }}\n"
    compiled = compile_program({"main.feat": f"{source}features f from s by user over 1h {{ newest = last(x) }}"})
    assert compiled.program is not None, compiled.diagnostics
    return host.compile(plan(compiled.program).jobs[0])


def _after_edit(old: KernelProgram, new: KernelProgram, events: bytes) -> list[object]:
    (held,) = old.run([Feed("jsonl", events, save=True, watermarks=(), ends=False)])
    assert sum(len(state.held) for state in held.states) == len(events.splitlines())
    (found,) = new.run([Feed("jsonl", b"", states=held.states, layouts=held.layouts)])
    return [row[-1] for row in found.rows["f"]]


def _newest(program: KernelProgram, events: bytes) -> list[object]:
    (found,) = program.run([Feed("jsonl", events)])
    return [row[-1] for row in found.rows["f"]]
