"""The accumulators of the kernel: which Java class holds which part of an aggregate's state, and how it is fed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from featlang.backends.kernel import java_text as java
from featlang.compiler import ir
from featlang.compiler.decimals import summed
from featlang.compiler.plan import Cell
from featlang.compiler.structures import kind_of
from featlang.stdlib.aggregates.count_distinct import DISTINCT_BOUND

Storage = Literal["none", "bool", "int", "float", "bytes", "decimal"]
"""How generated code holds an argument: not at all (`count()`), as boolean, long (times too), double, or byte[].

A decimal is held as byte[] too, but its sum is another than that of numbers.
"""

_STORAGE: dict[str, Storage] = {"boolean": "bool", "long": "int", "double": "float", "byte[]": "bytes"}


LONG = 10
"""The most bytes of a number in the encoding of variable length."""
BLOCK = 5
"""The most bytes of the length that stands before a part."""
DECIMAL = 16
"""The bytes of a decimal."""
DECIMAL_SUM = 32
"""The most bytes of a sum of decimals."""


@dataclass(frozen=True, slots=True)
class Size:
    """So many bytes at most, and besides so many texts (or `bytes`), of events or computed, each as long as it is."""

    bytes: int
    texts: int = 0

    def __add__(self, other: Size) -> Size:
        """Both together."""
        return Size(self.bytes + other.bytes, self.texts + other.texts)

    def times(self, number: int) -> Size:
        """So many of it."""
        return Size(self.bytes * number, self.texts * number)


@dataclass(frozen=True, slots=True)
class JavaAccumulator:
    """A Java class of `featlang.kernel` and its use.

    `constructor` holds the constructor's arguments, `feed` the call that adds a value, with `{}` for the value's name.
    `most` is what its encoding takes at most for one tile. `invertible` says whether the window's running state can
    subtract its oldest tile. `each` is what one value takes of an accumulator that holds all of them, those of a window
    as much as its tiles together.
    """

    java: str
    constructor: str
    feed: str
    most: Size
    invertible: bool
    each: Size | None = None

    def add(self, name: str) -> str:
        """The Java call that adds the variable `name` (`""` where there is no argument)."""
        return self.feed.format(name)


_COUNT = JavaAccumulator("Count", "", "add()", Size(LONG), invertible=True)
_PLAIN = "add({})"
_TRUTH = "add({} ? 1L : 0L)"
_BITS = "add(Double.doubleToRawLongBits({}))"
_SORTABLE = "add(Bits.sortable({}))"
_HELD_LONG, _HELD_BYTES = Size(9), Size(BLOCK, 1)
_LONG_COUNTED, _BYTES_COUNTED = Size(2 * LONG), Size(BLOCK + LONG, 1)


def _fixed(size: Size) -> Size:
    """What is held of decimals, where `size` is that of texts: each has 16 bytes."""
    return Size(size.bytes + DECIMAL * size.texts)


def _sum(feed: str, most: int) -> JavaAccumulator:
    """`most` is for a sum that holds the smallest and the greatest number; mostly it is 10 bytes or so."""
    return JavaAccumulator("ExactSum", "", feed, Size(most), invertible=True)


def _held(java_class: str, constructor: str, feed: str, most: Size = _HELD_LONG) -> JavaAccumulator:
    return JavaAccumulator(java_class, constructor, feed, most, invertible=False)


def _distinct(java_class: str, feed: str, each: Size = _LONG_COUNTED) -> JavaAccumulator:
    return _bounded(JavaAccumulator(java_class, "", feed, Size(0), invertible=True, each=each), DISTINCT_BOUND)


def _bounded(accumulator: JavaAccumulator, bound: int) -> JavaAccumulator:
    """One that keeps so many different values."""
    most = Size(3 * LONG) + (accumulator.each or Size(0)).times(bound + 1)
    return replace(accumulator, constructor=str(bound), most=most)


ACCUMULATORS: dict[tuple[str, Storage], JavaAccumulator] = {
    ("count", "none"): _COUNT,
    ("count", "bool"): _COUNT,
    ("count", "int"): _COUNT,
    ("count", "float"): _COUNT,
    ("count", "bytes"): _COUNT,
    ("sum", "int"): _sum(_PLAIN, 20),
    ("sum", "float"): _sum(_PLAIN, 280),
    ("sum", "decimal"): JavaAccumulator("DecimalSum", "", _PLAIN, Size(1 + DECIMAL_SUM), invertible=True),
    ("sum_of_squares", "int"): _sum("addSquare({})", 28),
    ("sum_of_squares", "float"): _sum("addSquare({})", 540),
    ("min", "int"): _held("LongExtreme", "false", _PLAIN),
    ("min", "float"): _held("LongExtreme", "false", _SORTABLE),
    ("min", "bytes"): _held("BytesExtreme", "false", _PLAIN, _HELD_BYTES),
    ("max", "int"): _held("LongExtreme", "true", _PLAIN),
    ("max", "float"): _held("LongExtreme", "true", _SORTABLE),
    ("max", "bytes"): _held("BytesExtreme", "true", _PLAIN, _HELD_BYTES),
    ("first", "bool"): _held("LongFirst", "", _TRUTH),
    ("first", "int"): _held("LongFirst", "", _PLAIN),
    ("first", "float"): _held("LongFirst", "", _BITS),
    ("first", "bytes"): _held("BytesFirst", "", _PLAIN, _HELD_BYTES),
    ("last", "bool"): _held("LongLast", "", _TRUTH),
    ("last", "int"): _held("LongLast", "", _PLAIN),
    ("last", "float"): _held("LongLast", "", _BITS),
    ("last", "bytes"): _held("BytesLast", "", _PLAIN, _HELD_BYTES),
    ("distinct", "bool"): _distinct("LongDistinct", _TRUTH),
    ("distinct", "int"): _distinct("LongDistinct", _PLAIN),
    ("distinct", "float"): _distinct("LongDistinct", _BITS),
    ("distinct", "bytes"): _distinct("BytesDistinct", _PLAIN, _BYTES_COUNTED),
}
"""Every kind that an aggregate may name, for every storage of the values that it may be fed."""

ACCUMULATORS |= {
    (kind, "decimal"): replace(
        accumulator, most=_fixed(accumulator.most), each=accumulator.each and _fixed(accumulator.each)
    )
    for (kind, storage), accumulator in ACCUMULATORS.items()
    if storage == "bytes"
}

BY_ARRIVAL: dict[tuple[str, Storage], JavaAccumulator] = {
    (kind, storage): JavaAccumulator(
        "BytesByArrival" if storage in {"bytes", "decimal"} else "LongByArrival",
        java.boolean(kind == "last"),
        f"{accumulator.feed[:-1]}, arrived())",
        accumulator.most + Size(LONG),
        invertible=False,
    )
    for (kind, storage), accumulator in ACCUMULATORS.items()
    if kind in ("first", "last")
}
"""What stands in for those whose value depends on the order of the events, in the order of arrival."""


def storage_of(type_name: ir.TypeName | None) -> Storage:
    """How generated code holds a value of that type; None stands for no argument."""
    if type_name is None:
        return "none"
    return "decimal" if kind_of(type_name) == "decimal" else _STORAGE[java.type_of(type_name)]


def accumulator_of(cell: Cell, *, by_arrival: bool) -> JavaAccumulator:
    """The Java accumulator of a planned cell. Raises `KeyError` where no aggregate feeds such a cell."""
    place = (cell.kind, storage_of(None if cell.argument is None else cell.argument.type))
    found = BY_ARRIVAL.get(place, ACCUMULATORS[place]) if by_arrival else ACCUMULATORS[place]
    if place == ("sum", "decimal") and cell.argument is not None:
        return replace(found, constructor=java.structure(summed(cell.argument.type)))
    return found if cell.bound is None else _bounded(found, cell.bound)
