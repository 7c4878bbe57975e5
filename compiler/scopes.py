"""What rows of streams read besides their own columns: looked-up rows, parameters, models and rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from featlang.compiler import ir
from featlang.compiler.typed import ColumnRead, Window
from featlang.dsl import tree


@dataclass(frozen=True, slots=True)
class Readable:
    """What fields are read of: a looked-up row, or a group of parameters.

    `columns` are by name, None where one was reported. A feature that is a family stands in `families`: its windows
    and, for each, the member, which is read as in `user.clicks[1h]`.
    """

    what: str
    columns: Mapping[str, ColumnRead | None]
    families: Mapping[str, Mapping[ir.Window, tuple[Window, ColumnRead]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Callee:
    """A model, or rules: what it takes, and what it gives."""

    declaration: tree.Declaration
    parameters: tuple[ColumnRead, ...]
    gives: ir.TypeName
    nullable: bool


@dataclass(frozen=True, slots=True)
class RowScope:
    """All of it, by name; a name that is None was reported before."""

    readable: Mapping[str, Readable | None] = field(default_factory=dict)
    callees: Mapping[str, Callee | None] = field(default_factory=dict)
