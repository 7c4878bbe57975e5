"""One program and one stream on the kernel and on the reference: whatever differs, bit for bit."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, Literal

from featlang.backends.kernel.inprocess import Feed, Results
from featlang.backends.reference import ReferenceResult, run_reference
from tests.strategies import as_input

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from featlang.compiler import ir
    from tests.strategies import Stream

    Asked = Mapping[str, Collection[tuple[tuple[Any, ...], int]]]

RELOADS = (0, 1, 3)
"""After how many events of a key its state is written and read back; 0 for never."""


def reference(
    program: ir.Program, stream: Stream, role: Literal["stream", "history"] = "stream", asked: Asked | None = None
) -> ReferenceResult:
    """Run the reference; `asked` are keys and times, by block, at which values are wanted too."""
    names = [block.name for block in program.features]
    return run_reference(program, names, as_input(program, stream, role), stream.now, values_wanted=asked or {})


def differences(
    program: ir.Program,
    stream: Stream,
    found: Results,
    role: Literal["stream", "history"] = "stream",
    reference: Callable[..., ReferenceResult] = reference,
) -> list[str]:
    """Say where the kernel's results are not the reference's; empty where they agree on everything."""
    expected = reference(program, stream, role)
    return [
        *_row_differences(program, expected, found),
        *_outside_differences(program, expected, found),
        *_null_differences(program, expected, found),
    ]


def feeds(streams: Sequence[Stream]) -> list[Feed]:
    """Make the kernel's feeds of streams; in some, the state is written and read back between events."""
    return [
        Feed(stream.kind, stream.data, stream.options, stream.now, RELOADS[number % len(RELOADS)])
        for number, stream in enumerate(streams)
    ]


def bits(value: object) -> object:
    """Make a value that is equal to another one's iff type and bits are equal."""
    if isinstance(value, tuple):
        return tuple(bits(part) for part in value)
    return struct.pack(">d", value) if isinstance(value, float) else (type(value).__name__, str(value), value)


def _row_differences(program: ir.Program, expected: ReferenceResult, found: Results) -> list[str]:
    differing = []
    for block in program.features:
        width = len(block.key) + 2
        columns = [value.name for value in block.values if value.written]
        reference: dict[Any, list[object]] = {}
        for row in expected.features[block.name].rows:
            reference[row.keys, row.time, row.tie] = list(row.values.values())
        kernel: dict[Any, list[object]] = {}
        for cells in found.rows[block.name]:
            kernel[cells[: width - 2], cells[width - 2], cells[width - 1]] = list(cells[width:])
        if len(found.rows[block.name]) != len(kernel):
            differing.append(f"{block.name}: the kernel gave a row twice")
        differing += [f"{block.name} {key}: only the reference has the row" for key in reference.keys() - kernel.keys()]
        differing += [f"{block.name} {key}: only the kernel has the row" for key in kernel.keys() - reference.keys()]
        for key in reference.keys() & kernel.keys():
            for column, ours, theirs in zip(columns, kernel[key], reference[key], strict=True):
                if bits(ours) != bits(theirs):
                    differing.append(f"{block.name}.{column} {key}: kernel {ours!r}, reference {theirs!r}")
    return differing


def _outside_differences(program: ir.Program, expected: ReferenceResult, found: Results) -> list[str]:
    source = expected.sources[program.sources[0].name]
    sides = (
        ("rejects", source.rejects, found.rejects),
        ("late", source.late, found.late),
        ("quarantined", source.quarantined, found.quarantined),
    )
    return [
        f"{name}: kernel {ours}, reference {theirs}"
        for name, reference, kernel in sides
        if (ours := sorted((r.record, r.code, r.raw) for r in kernel))
        != (theirs := sorted((r.record, r.code, r.raw) for r in reference))
    ]


def _null_differences(program: ir.Program, expected: ReferenceResult, found: Results) -> list[str]:
    differing = []
    for block in program.features:
        for name, reasons in expected.features[block.name].nulls.items():
            for reason in ("null", "overflow", "not_finite", "division_by_zero", "bound", "undefined"):
                ours = found.counters.get(f"{block.name}.{name}.{reason}", 0)
                if ours != reasons[reason]:
                    differing.append(f"{block.name}.{name} {reason}: kernel {ours}, reference {reasons[reason]}")
    return differing
