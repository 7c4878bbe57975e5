"""The accumulators of the kernel: which Java class holds which part of an aggregate's state, and how it is fed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from featlang.backends.kernel import java_text as java
from featlang.compiler import ir
from featlang.compiler.plan import Cell
from featlang.stdlib.aggregates.count_distinct import DISTINCT_BOUND

Storage = Literal["none", "bool", "int", "float", "bytes"]
"""How generated code holds an argument: not at all (`count()`), as boolean, long (times too), double, or byte[]."""

_STORAGE: dict[str, Storage] = {"boolean": "bool", "long": "int", "double": "float", "byte[]": "bytes"}


@dataclass(frozen=True, slots=True)
class JavaAccumulator:
    """A Java class of `featlang.kernel` and its use.

    `constructor` holds the constructor's arguments, `feed` the call that adds a value, with `{}` for the value's name.
    `invertible` says whether the window's running state can subtract its oldest tile.
    """

    java: str
    constructor: str
    feed: str
    invertible: bool

    def add(self, name: str) -> str:
        """The Java call that adds the variable `name` (`""` where there is no argument)."""
        return self.feed.format(name)


_COUNT = JavaAccumulator("Count", "", "add()", invertible=True)
_SUM = JavaAccumulator("ExactSum", "", "add({})", invertible=True)
_SUM_OF_SQUARES = JavaAccumulator("ExactSum", "", "addSquare({})", invertible=True)

_BOUND = str(DISTINCT_BOUND)
_PLAIN = "add({})"
_TRUTH = "add({} ? 1L : 0L)"
_BITS = "add(Double.doubleToRawLongBits({}))"
_SORTABLE = "add(Bits.sortable({}))"

ACCUMULATORS: dict[tuple[str, Storage], JavaAccumulator] = {
    ("count", "none"): _COUNT,
    ("count", "bool"): _COUNT,
    ("count", "int"): _COUNT,
    ("count", "float"): _COUNT,
    ("count", "bytes"): _COUNT,
    ("sum", "int"): _SUM,
    ("sum", "float"): _SUM,
    ("sum_of_squares", "int"): _SUM_OF_SQUARES,
    ("sum_of_squares", "float"): _SUM_OF_SQUARES,
    ("min", "int"): JavaAccumulator("LongExtreme", "false", _PLAIN, invertible=False),
    ("min", "float"): JavaAccumulator("LongExtreme", "false", _SORTABLE, invertible=False),
    ("min", "bytes"): JavaAccumulator("BytesExtreme", "false", _PLAIN, invertible=False),
    ("max", "int"): JavaAccumulator("LongExtreme", "true", _PLAIN, invertible=False),
    ("max", "float"): JavaAccumulator("LongExtreme", "true", _SORTABLE, invertible=False),
    ("max", "bytes"): JavaAccumulator("BytesExtreme", "true", _PLAIN, invertible=False),
    ("first", "bool"): JavaAccumulator("LongFirst", "", _TRUTH, invertible=False),
    ("first", "int"): JavaAccumulator("LongFirst", "", _PLAIN, invertible=False),
    ("first", "float"): JavaAccumulator("LongFirst", "", _BITS, invertible=False),
    ("first", "bytes"): JavaAccumulator("BytesFirst", "", _PLAIN, invertible=False),
    ("last", "bool"): JavaAccumulator("LongLast", "", _TRUTH, invertible=False),
    ("last", "int"): JavaAccumulator("LongLast", "", _PLAIN, invertible=False),
    ("last", "float"): JavaAccumulator("LongLast", "", _BITS, invertible=False),
    ("last", "bytes"): JavaAccumulator("BytesLast", "", _PLAIN, invertible=False),
    ("distinct", "bool"): JavaAccumulator("LongDistinct", _BOUND, _TRUTH, invertible=True),
    ("distinct", "int"): JavaAccumulator("LongDistinct", _BOUND, _PLAIN, invertible=True),
    ("distinct", "float"): JavaAccumulator("LongDistinct", _BOUND, _BITS, invertible=True),
    ("distinct", "bytes"): JavaAccumulator("BytesDistinct", _BOUND, _PLAIN, invertible=True),
}
"""Every kind that an aggregate may name, for every storage of the values that it may be fed."""

BY_ARRIVAL: dict[tuple[str, Storage], JavaAccumulator] = {
    (kind, storage): JavaAccumulator(
        "BytesByArrival" if storage == "bytes" else "LongByArrival",
        java.boolean(kind == "last"),
        f"{accumulator.feed[:-1]}, arrived())",
        invertible=False,
    )
    for (kind, storage), accumulator in ACCUMULATORS.items()
    if kind in ("first", "last")
}
"""What stands in for those whose value depends on the order of the events, in the order of arrival."""


def storage_of(type_name: ir.TypeName | None) -> Storage:
    """How generated code holds a value of that type; None stands for no argument."""
    return "none" if type_name is None else _STORAGE[java.JAVA_TYPES[type_name]]


def accumulator_of(cell: Cell, *, by_arrival: bool) -> JavaAccumulator:
    """The Java accumulator of a planned cell. Raises `KeyError` where no aggregate feeds such a cell."""
    place = (cell.kind, storage_of(None if cell.argument is None else cell.argument.type))
    return BY_ARRIVAL.get(place, ACCUMULATORS[place]) if by_arrival else ACCUMULATORS[place]
