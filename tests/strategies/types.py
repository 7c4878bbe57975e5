"""The types that are drawn: every scalar, and of those that hold others a few, so that values of one type meet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from featlang.compiler.structures import SCALARS, kind_of

if TYPE_CHECKING:
    from random import Random

    from featlang.compiler import ir

HOLDING: dict[str, tuple[ir.TypeName, ...]] = {
    "decimal": ("decimal<20, 4>", "decimal<6, 0>", "decimal<38, 38>"),
    "list": ("list<int?>", "list<string>", "list<float?>", "list<decimal<20, 4>>", "list<list<timestamp>?>"),
    "map": ("map<string, float>", "map<int, string?>", "map<string, list<int?>>"),
    "struct": (
        "struct<a: int, b: string?>",
        "struct<at: timestamp?, of: list<string>, day: date, raw: bytes, ok: bool>",
    ),
}
"""Of each kind: types within types, with and without nulls."""

SOME: dict[str, ir.TypeName] = {
    **{scalar: scalar for scalar in SCALARS},
    **{k: types[0] for k, types in HOLDING.items()},
}
"""One type of each kind."""

TYPES: tuple[ir.TypeName, ...] = (*SCALARS, *(each for types in HOLDING.values() for each in types))


def random_type(random: Random, *, in_csv: bool = False) -> ir.TypeName:
    """Draw a type, every kind as often as any other; with `in_csv` one of values that a CSV can hold."""
    kind = random.choice([*SCALARS, "decimal"] if in_csv else [*SCALARS, *HOLDING])
    return random.choice(HOLDING[kind]) if kind in HOLDING else kind


def in_csv(type_name: ir.TypeName) -> bool:
    """Say whether a CSV can hold values of the type."""
    return kind_of(type_name) not in {"list", "map", "struct"}
