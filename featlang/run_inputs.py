"""Which files are read: Flink the stream, Spark and the reference history or else the stream, parity the same."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from featlang.backends.reference.records import Input
from featlang.compiler import ir
from featlang.data import Bound, BoundSource
from featlang.dsl.diagnostics import Diagnostic, FeatError
from featlang.project import Project
from featlang.run_report import Engine


def inputs_of(
    project: Project,
    program: ir.Program,
    features: Collection[str],
    environment: str | None,
    reader: Engine | Literal["parity"],
) -> dict[str, Input]:
    """An input for each source that the blocks read. Raises `FeatError` with all that is missing."""
    bindings = project.bindings(environment)
    needed = {block.source for block in program.features if block.name in features}
    found: dict[str, Input] = {}
    missing: list[Diagnostic] = []
    for name, binding in bindings.items():
        if name in needed:
            try:
                found[name] = _input(_bound(binding, reader))
            except FeatError as error:
                missing += error.diagnostics
    if missing:
        raise FeatError(tuple(missing))
    return found


def _bound(binding: BoundSource, reader: Engine | Literal["parity"]) -> Bound:
    match reader:
        case "flink":
            return binding.streamed()
        case "parity":
            return binding.parity()
        case _:
            return binding.batch()


def _input(bound: Bound) -> Input:
    return Input(bound.kind, bound.files, bound.options)
