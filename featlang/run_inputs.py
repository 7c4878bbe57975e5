"""Which files are read: Flink the stream, Spark and the reference history or else the stream, parity the same."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Literal

from featlang.backends.connectors.kafka.topics import effective_times, topic_range
from featlang.backends.reference.records import Input
from featlang.compiler import ir
from featlang.data import BoundSource, BoundTopic, Place, Role
from featlang.dsl.diagnostics import Diagnostic, FeatError
from featlang.project import Project
from featlang.request import StreamState
from featlang.run_report import Engine


def inputs_of(
    project: Project,
    program: ir.Program,
    features: Collection[str],
    environment: str | None,
    reader: Engine | Literal["parity"],
    *,
    follow: bool = False,
) -> dict[str, Input]:
    """An input for each source that blocks and streams read, and what those look up.

    A topic is read as far as it has come; with `follow` on and on. Raises `FeatError` with all that is missing, and
    `RunError` where brokers do not answer.
    """
    bindings = project.bindings(environment)
    needed = program.read_by(features)
    tables = {table.name for table in program.tables}
    found: dict[str, Input] = {}
    missing: list[Diagnostic] = []
    for name, binding in bindings.items():
        if name in needed:
            try:
                found[name] = (
                    _table(binding, reader, follow=follow) if name in tables else _input(binding, reader, follow=follow)
                )
            except FeatError as error:
                missing += error.diagnostics
    if missing:
        raise FeatError(tuple(missing))
    return found


def _input(binding: BoundSource, reader: Engine | Literal["parity"], *, follow: bool) -> Input:
    """What the reader reads of a source. A history is read as one, but not for parity: that compares streams."""
    match reader:
        case "flink":
            bound = binding.streamed()
        case "parity":
            bound = binding.parity()
        case _:
            bound = binding.batch()
    as_history = reader in ("spark", "reference") and bound is binding.history
    return _of(bound, "history" if as_history else "stream", ends=not follow)


def _table(binding: BoundSource, reader: Engine | Literal["parity"], *, follow: bool) -> Input:
    """What the reader reads of a table, whose rows are never late: Flink also a history, where that is all there is.

    Where a gate has logged from when on its rows counted, they count so again.
    """
    bound = binding.batch() if reader in ("spark", "reference") else binding.parity()
    given = _of(bound, "history", ends=not follow)
    if isinstance(bound, BoundTopic) and not follow:
        return replace(given, effective=effective_times(bound.kafka, bound.topic))
    return given


def _of(bound: Place, role: Role, *, ends: bool) -> Input:
    if isinstance(bound, BoundTopic):
        topic = topic_range(bound.kafka, bound.topic, bound.format, bound.start, ends=ends)
        return Input("kafka", options=bound.options, role=role, topic=topic)
    return Input(bound.kind, bound.files, bound.options, role=role)


def state_of(project: Project, environment: str | None) -> StreamState:
    """How Flink keeps state, as the environment says; its folder starts at the project's. Raises `FeatError`."""
    state = project.environment(environment).state
    checkpoints = (project.folder / state.checkpoints).absolute() if state.checkpoints else None
    return StreamState(
        state.backend, state.interval_ms, checkpoints, memory=state.memory_bytes, restart=state.restart_ms
    )
