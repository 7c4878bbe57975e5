"""Lists and maps that are made are as long as a text may be; longer ones are null for `overflow`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from featlang.compiler.compile import compile_program
from featlang.compiler.plan import plan
from featlang.stdlib.functions.texts import LONGEST
from tests.kernel.comparison import differences, feeds
from tests.strategies import Stream

if TYPE_CHECKING:
    from featlang.backends.kernel.inprocess import InProcess

SOURCE = """\
source events(id: string, a: string?, b: string?, ts: timestamp) {
  time = ts
}
"""
MIB = 2**20
FITTING: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "texts": (f"[{'a, ' * 15}b]", {"a": "x" * (MIB - 4), "b": "x" * (MIB - 5)}, {"b": "x" * (MIB - 4)}),
    "many zeros": (
        'split(replace(a, "x", "\\u{0}\\u{0}\\u{0}\\u{0}"), "")',
        {"a": "x" * (MIB * 2 - 1)},
        {"a": "x" * (MIB * 2)},
    ),
    "parts": (
        'split(a, ",")',
        {"a": ",".join(["x" * 60] * (LONGEST // 64 - 1))},
        {"a": ",".join(["x" * 60] * (LONGEST // 64))},
    ),
    "a map": ("map_of([a], [a])", {"a": "x" * (LONGEST // 2 - 4)}, {"a": "x" * (LONGEST // 2 - 3)}),
}
"""An expression, columns of which it makes the longest that may be, and of which one that is too long."""


@pytest.mark.parametrize(("expression", "fitting", "other"), FITTING.values(), ids=FITTING)
def test_what_is_too_long_is_null(
    kernel_host: InProcess, expression: str, fitting: dict[str, Any], other: dict[str, Any]
) -> None:
    block = f"features f from events by id over 1h {{ size = last(length({expression})) }}\n"
    compiled = compile_program({"main.feat": SOURCE + block})
    assert compiled.program is not None, compiled.diagnostics
    times = {"ts": "2026-01-01T00:00:00Z"}
    events = [{"id": "fitting", **times, **fitting}, {"id": "too long", **times, **fitting, **other}]
    stream = Stream("jsonl", "\n".join(map(json.dumps, events)).encode())
    (job,) = plan(compiled.program).jobs
    (found,) = kernel_host.compile(job).run(feeds([stream]))
    assert differences(compiled.program, stream, found) == []
    sizes = {row[0]: row[-1] for row in found.rows["f"]}
    assert sizes["fitting"] is not None
    assert sizes["too long"] is None
    assert found.counters["f.events.overflow"] == 1
