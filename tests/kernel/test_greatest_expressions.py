"""The greatest expressions that pass `feat check` are within what a method of Java holds; one item more is F228."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from featlang.compiler.compile import compile_program
from featlang.compiler.expressions import MAX_LISTED
from featlang.compiler.plan import plan
from featlang.compiler.substitution import MAX_SIZE

if TYPE_CHECKING:
    from featlang.backends.kernel.inprocess import InProcess
    from featlang.compiler import ir

SOURCE = """\
source clicks(
  id: string,
  user: string?,
  n: int?,
  x: float?,
  d: decimal<10, 2>?,
  ok: bool?,
  tags: list<string>?,
  address: struct<city: string, zip: int?>?,
  ts: timestamp,
) {
  time = ts
  ties = [id]
}
"""
DEEP = "abs(" * 60 + "n" + ")" * 60
FEW_INTS = "[" + ", ".join(map(str, range(16))) + "]"
FEW_TEXTS = "[" + ", ".join(f'"a{number}"' for number in range(16)) + "]"
ITEMS = {
    "columns": ("n", 1),
    "ints": ("n + n", 3),
    "floats": ("x / x", 3),
    "decimals": ("-(-(-d))", 4),
    "texts": ("concat(user, id, user, id)", 5),
    "comparisons": ("(user > id) == (n > x)", 8),
    "truths": ("ok and ok or ok", 5),
    "choices": ("if n > 1 then -(-n) else -n", 9),
    "deep": (DEEP, 61),
    "short lists": ("n in [n, n + n]", 6),
    "constants": (f"n in {FEW_INTS}", 18),
    "constant texts": (f"user in {FEW_TEXTS}", 18),
    "fields": ("address.zip", 3),
    "items": ("tags[n]", 3),
    "lists": ("split(user, id)", 3),
    "widened": ("if x > n then x else n", 8),
}
"""Items of a list, and how many operators and values each has."""

FRAMES = {
    "a list": "last([{}])",
    "a branch": "last(if ok then [{}] else null)",
}


def compiled(feature: str) -> ir.Program | None:
    """The program; None where what is wrong is F228, once."""
    found = compile_program({"main.feat": f"{SOURCE}features f from clicks by id over 1h {{ a = {feature} }}\n"})
    if found.program is None:
        assert [each.code for each in found.diagnostics] == ["F228"]
    return found.program


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
@pytest.mark.parametrize(("item", "size"), ITEMS.values(), ids=ITEMS)
def test_the_longest_computed_list_compiles(kernel_host: InProcess, item: str, size: int, frame: str) -> None:
    most = (MAX_SIZE - (1 if frame == FRAMES["a list"] else 4)) // size
    program = compiled(frame.format(", ".join([item] * most)))
    assert program is not None
    (job,) = plan(program).jobs
    kernel_host.compile(job)
    assert compiled(frame.format(", ".join([item] * (most + 1)))) is None


def test_what_is_looked_for_is_in_the_code_once(kernel_host: InProcess) -> None:
    needle = "(" * 7 + "user > id" + "".join(f") == (x > {number}.5)" for number in range(7))
    most = MAX_SIZE - 1 - (3 + 7 * 4)
    program = compiled(f"last(({needle}) in [{', '.join(['ok'] * most)}])")
    assert program is not None
    (job,) = plan(program).jobs
    kernel_host.compile(job)
    assert compiled(f"last(({needle}) in [{', '.join(['ok'] * (most + 1))}])") is None


@pytest.mark.parametrize("feature", ["last([{}])", "last(d in [{}])", "last(x in [{}])"])
@pytest.mark.parametrize("value", ["{}", "{}.25"])
def test_the_longest_constant_list_compiles(kernel_host: InProcess, feature: str, value: str) -> None:
    values = [value.format(number) for number in range(MAX_LISTED)]
    program = compiled(feature.format(", ".join(values)))
    assert program is not None
    (job,) = plan(program).jobs
    kernel_host.compile(job)
    assert compiled(feature.format(", ".join([*values, "1"]))) is None


def test_filters_are_measured_too() -> None:
    long = "n in [" + ", ".join(["n + n"] * MAX_SIZE) + "]"
    of_events = compile_program(
        {"main.feat": f"{SOURCE}features f from clicks where {long} by id over 1h {{ a = count() }}"}
    )
    assert [each.code for each in of_events.diagnostics] == ["F228"]
    assert compiled(f"count() where {long}") is None
    assert compiled(f"[{', '.join(['count()'] * MAX_SIZE)}][0]") is None
