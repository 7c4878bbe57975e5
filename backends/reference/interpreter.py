"""A program and its input to every row, by the definitions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from featlang.backends.reference.block import Block
from featlang.backends.reference.reading import accepted_events
from featlang.backends.reference.result import BlockResult, ReferenceResult, SourceResult

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from featlang.backends.reference.records import Input
    from featlang.compiler import ir

    RowName = tuple[tuple[Any, ...], int, int]  # the row's key values, its time, its tie


def run_reference(
    program: ir.Program,
    features: Sequence[str],
    inputs: Mapping[str, Input],
    now: int,
    rows_wanted: Mapping[str, Collection[RowName]] | None = None,
    *,
    since: int | None = None,
    until: int | None = None,
) -> ReferenceResult:
    """Compute the rows of the named `features` blocks.

    `inputs` holds an input for each of their sources; `now` is the run's clock in µs UTC. For a block that
    `rows_wanted` names only the rows of these (key values, time, tie) are computed, each from all events. Rows
    outside `[since, until)` are left out, which changes no other row. Raises `InputError` where an input is wrong as a
    whole.
    """
    result = ReferenceResult()
    for source in program.sources:
        blocks = [block for block in program.features if block.name in features and block.source == source.name]
        if blocks:
            read = result.sources[source.name] = SourceResult()
            computed = [_Run(block, source, (rows_wanted or {}).get(block.name), since, until) for block in blocks]
            for record, event in accepted_events(source, inputs[source.name], now, read):
                for run in computed:
                    run.block.take(record, event, read, run.wants_key)
            for run in computed:
                run.result.rows.extend(run.block.rows(run.wants))
                result.features[run.block.block.name] = run.result
    return result


class _Run:
    """A block, its result, and which of its rows are wanted."""

    def __init__(
        self,
        block: ir.Features,
        source: ir.Source,
        wanted: Collection[RowName] | None,
        since: int | None,
        until: int | None,
    ) -> None:
        self.result = BlockResult()
        self.block = Block(block, source, self.result)
        self._rows = None if wanted is None else set(wanted)
        self._keys = None if wanted is None else {keys for keys, _, _ in wanted}
        self._since = since
        self._until = until

    def wants_key(self, keys: tuple[Any, ...]) -> bool:
        return self._keys is None or keys in self._keys

    def wants(self, keys: tuple[Any, ...], time: int, tie: int) -> bool:
        return (
            (self._since is None or self._since <= time)
            and (self._until is None or time < self._until)
            and (self._rows is None or (keys, time, tie) in self._rows)
        )
