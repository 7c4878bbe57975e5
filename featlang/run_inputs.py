"""Which files are read: Flink the stream, Spark and the reference history or else the stream, parity the same."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from featlang.backends.reference.records import Input
from featlang.compiler import ir
from featlang.data import BoundSource
from featlang.dsl.diagnostics import Diagnostic, FeatError
from featlang.project import Project
from featlang.run_report import Engine
from featlang.runner import StreamState


def inputs_of(
    project: Project,
    program: ir.Program,
    features: Collection[str],
    environment: str | None,
    reader: Engine | Literal["parity"],
) -> dict[str, Input]:
    """An input for each source that blocks and streams read, and what those look up.

    Raises `FeatError` with all that is missing.
    """
    bindings = project.bindings(environment)
    needed = program.read_by(features)
    tables = {table.name for table in program.tables}
    found: dict[str, Input] = {}
    missing: list[Diagnostic] = []
    for name, binding in bindings.items():
        if name in needed:
            try:
                found[name] = _table(binding, reader) if name in tables else _input(binding, reader)
            except FeatError as error:
                missing += error.diagnostics
    if missing:
        raise FeatError(tuple(missing))
    return found


def _input(binding: BoundSource, reader: Engine | Literal["parity"]) -> Input:
    """What the reader reads of a source. A history is read as one, but not for parity: that compares streams."""
    match reader:
        case "flink":
            bound = binding.streamed()
        case "parity":
            bound = binding.parity()
        case _:
            bound = binding.batch()
    as_history = reader in ("spark", "reference") and bound is binding.history
    return Input(bound.kind, bound.files, bound.options, role="history" if as_history else "stream")


def _table(binding: BoundSource, reader: Engine | Literal["parity"]) -> Input:
    """What the reader reads of a table, whose rows are never late: Flink also a history, where that is all there is."""
    bound = binding.batch() if reader in ("spark", "reference") else binding.parity()
    return Input(bound.kind, bound.files, bound.options, role="history")


def state_of(project: Project, environment: str | None) -> StreamState:
    """How Flink keeps state, as the environment says; its folder starts at the project's. Raises `FeatError`."""
    state = project.environment(environment).state
    checkpoints = (project.folder / state.checkpoints).absolute() if state.checkpoints else None
    return StreamState(state.backend, state.interval_ms, checkpoints, memory=state.memory_bytes)
