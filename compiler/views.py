"""What the rows of a source or a stream are, said in terms of the sources that they come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from featlang.compiler import ir, typed
from featlang.compiler.kinds import Columns
from featlang.compiler.substitution import replaced
from featlang.compiler.typed import Expression
from featlang.compiler.types import operation


@dataclass(frozen=True, slots=True)
class View:
    """Rows of a stream in terms of the source that they come from: which events they are of, and each column."""

    source: str
    where: Expression | None
    values: Mapping[str, Expression]
    lookups: tuple[typed.Lookup, ...] = ()

    def filtered(self, condition: Expression | None) -> Expression | None:
        """Which events those of its rows are of for which a condition is true; None for all events."""
        if condition is None:
            return self.where
        own = replaced(condition, self.values)
        return own if self.where is None else operation("and", (self.where, own), "bool")


@dataclass(frozen=True, slots=True)
class Stream:
    """The rows of a source or a stream: its columns; the time is that of what it reads.

    `views` are one for each source that the rows come from, in the order of the inputs: several where it, or a stream
    that it reads, unites some; that one's name is `union`. None where it is wrong. `sinks` is what its rows are written
    to. `by_time` says that their order is that of time, and not of arrival. Where it does not run yet (`runs`), its
    views are there for what is proved of them.
    """

    columns: Columns
    time: str | None
    views: tuple[View, ...]
    sinks: tuple[ir.Connector, ...] = ()
    union: str | None = None
    by_time: bool = True
    runs: bool = True
