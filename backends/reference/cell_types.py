"""One field of a record to a value of its column's type, by format (the table of docs/decoding.md).

Each reader takes the column and a field that is not null. A float may come out as NaN or infinite; the caller makes
those null. Raises `Unreadable`.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from featlang.backends.reference.json_text import Number
from featlang.compiler import ir
from featlang.compiler.structures import Part, Structure, kind_of, structure
from featlang.stdlib.aggregates.decimal_values import decimal_value
from featlang.stdlib.aggregates.exact import INT_MAX, INT_MIN
from featlang.stdlib.aggregates.order import order_key
from featlang.stdlib.functions import text_times as times

if TYPE_CHECKING:
    from featlang.backends.reference.csv_fields import Field


_INTEGER = re.compile(r"[+-]?[0-9]+")
_FLOAT = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_NOT_FINITE = {"NaN", "Infinity", "+Infinity", "-Infinity", "nan", "inf", "+inf", "-inf"}
_BOOLS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_KEY = re.compile(r"0|-?[1-9][0-9]*")
LONGEST_DECIMAL = 400
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")

Reader = Callable[[ir.Column, Any], Any]

Step = tuple[str, str | int]
"""One step into a value: `item` and its number, `key` or, of an int, `number` and a map's key, `field` and its name."""


class Unreadable(Exception):  # noqa: N818 - said of a field, not a failure of the program
    """A field, or a part of it, is no value of its type.

    `steps` lead from the column to the part, `part` is the column that it is read as one of, `field` what stands there.
    """

    def __init__(self) -> None:
        """Begin where it was found."""
        super().__init__()
        self.steps: list[Step] = []
        self.part: ir.Column | None = None
        self.field: Any = None
        self.is_key = False

    def found_in(self, part: ir.Column, field: Any) -> None:
        """Keep the innermost part that cannot be read."""
        if self.part is None:
            self.part, self.field = part, field


class WrongType(Unreadable):
    """The field has the wrong kind, or a text that its type cannot be read from."""


class NullInside(Unreadable):
    """A null stands in the field's value where its type has none."""


class RepeatedKey(Unreadable):
    """A map has a key twice."""


class OutOfRange(Unreadable):
    """The field is outside its type's range."""


# --- texts and numbers, whatever the format -----------------------------------------------------------------------


def _integer(text: str) -> int:
    """Read an integer's text, already known to be sign and digits, in int64."""
    digits = text.lstrip("+-").lstrip("0")
    if len(digits) > 19:  # beyond int64, and maybe more digits than Python likes to convert
        raise OutOfRange
    return _within(int(text[:1].strip("+0123456789") + (digits or "0")), INT_MIN, INT_MAX)


def _within(value: int, least: int, greatest: int) -> int:
    if not least <= value <= greatest:
        raise OutOfRange
    return value


def _instant(microseconds: int) -> int:
    return _within(microseconds, times.FIRST_INSTANT, times.LAST_INSTANT)


def _instant_text(column: ir.Column, text: str) -> int:
    microseconds = times.microseconds_from_text(text, zone_is_utc=column.zone == "UTC")
    if microseconds is None:
        raise WrongType
    return _instant(microseconds)


def _day(days: int) -> int:
    return _within(days, times.FIRST_DAY, times.LAST_DAY)


def _day_text(text: str) -> int:
    days = times.days_from_date(text)
    if days is None:
        raise WrongType
    return _day(days)


def _in_unit(column: ir.Column, count: int) -> int:
    """Convert a count of the column's unit to µs, floored; a duration without a unit counts µs."""
    if column.unit == "ns":
        return count // 1000
    return count * {"s": 1_000_000, "ms": 1000, "us": 1, None: 1}[column.unit]


def _instant_count(column: ir.Column, count: int) -> int:
    return _instant(_in_unit(column, count))


def _duration_count(column: ir.Column, count: int) -> int:
    return _within(_in_unit(column, count), INT_MIN, INT_MAX)


def _base64_text(text: str) -> bytes:
    if not _BASE64.fullmatch(text):
        raise WrongType
    return base64.b64decode(text)


def _decimal(kind: Structure, text: str) -> Decimal:
    """Read a number's text, which the type must hold as it is."""
    found = _FLOAT.fullmatch(text)
    if found is None:
        raise WrongType
    exponent = (found.group(2) or "e0")[1:].lstrip("+-").lstrip("0")
    if len(text) > LONGEST_DECIMAL or len(exponent) > 3 or int(exponent or "0") > LONGEST_DECIMAL:
        raise OutOfRange
    return _held(kind, Fraction(text))


def _held(kind: Structure, number: Fraction) -> Decimal:
    unscaled = kind.unscaled(number)
    if unscaled is None:
        raise OutOfRange
    return decimal_value(unscaled, kind.scale)


def _entries(entries: list[tuple[Any, Any]]) -> tuple[tuple[Any, Any], ...]:
    if len({key for key, _ in entries}) < len(entries):
        raise RepeatedKey
    return tuple(sorted(entries, key=lambda entry: order_key(entry[0])))


def _inner(column: ir.Column, part: Part) -> ir.Column:
    """Give the column that a part of a value is read as one of."""
    return column.model_copy(update={"type": part.type, "nullable": part.nullable})


def _holding(inner: ir.Column, value: Any, step: Step, kind: str) -> Any:
    """Read what stands within a value, one step into it."""
    try:
        return _part(inner, value, kind)
    except Unreadable as error:
        error.steps.insert(0, step)
        raise


@contextmanager
def _reading_key(key: ir.Column, name: Any) -> Iterator[None]:
    try:
        yield
    except Unreadable as error:
        error.found_in(key, name)
        error.is_key = True
        raise


def _part(inner: ir.Column, value: Any, kind: str) -> Any:
    if value is not None:
        return read_field(kind, inner, value)
    if not inner.nullable:
        raise NullInside
    return None


# --- JSON ---------------------------------------------------------------------------------------------------------


def _json_string(value: object) -> str:
    if not isinstance(value, str) or isinstance(value, Number):
        raise WrongType
    return value


def _json_integer(value: object) -> int:
    if not isinstance(value, Number) or not value.is_integer_text():
        raise WrongType
    return _integer(value)


def _json_bool(_: ir.Column, value: object) -> bool:
    if not isinstance(value, bool):
        raise WrongType
    return value


def _json_float(_: ir.Column, value: object) -> float:
    if not isinstance(value, Number):
        raise WrongType
    return float(value)


def _json_timestamp(column: ir.Column, value: object) -> int:
    if column.unit is None:
        return _instant_text(column, _json_string(value))
    return _instant_count(column, _json_integer(value))


def _json_decimal(column: ir.Column, value: object) -> Decimal:
    if not isinstance(value, str):
        raise WrongType
    return _decimal(structure(column.type), value)


def _json_list(column: ir.Column, value: object) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise WrongType
    inner = _inner(column, structure(column.type).parts[0])
    return tuple(_holding(inner, item, ("item", number), "jsonl") for number, item in enumerate(value))


def _json_map(column: ir.Column, value: object) -> tuple[tuple[Any, Any], ...]:
    if not isinstance(value, dict):
        raise WrongType
    key, held = (_inner(column, part) for part in structure(column.type).parts)
    entries = []
    for name, item in value.items():
        with _reading_key(key, name):
            read = name if key.type == "string" else _integer_key(name)
        entries.append((read, _holding(held, item, _step(key, name), "jsonl")))
    return _entries(entries)


def _step(key: ir.Column, name: Any) -> Step:
    return "key" if key.type == "string" else "number", name


def _integer_key(name: str) -> int:
    if not _KEY.fullmatch(name):
        raise WrongType
    return _integer(name)


def _json_struct(column: ir.Column, value: object) -> tuple[Any, ...]:
    if not isinstance(value, dict):
        raise WrongType
    parts = structure(column.type).parts
    return tuple(_holding(_inner(column, part), value.get(part.name), ("field", part.name), "jsonl") for part in parts)


# --- CSV ----------------------------------------------------------------------------------------------------------


def _csv_integer(field: Field) -> int:
    text = field.text.strip(" ")
    if not _INTEGER.fullmatch(text):
        raise WrongType
    return _integer(text)


def _csv_bool(_: ir.Column, field: Field) -> bool:
    if field.text not in _BOOLS:
        raise WrongType
    return _BOOLS[field.text]


def _csv_float(_: ir.Column, field: Field) -> float:
    text = field.text.strip(" ")
    if text not in _NOT_FINITE and not _FLOAT.fullmatch(text):
        raise WrongType
    return float(text)


def _csv_timestamp(column: ir.Column, field: Field) -> int:
    if column.unit is None:
        return _instant_text(column, field.text.strip(" "))
    return _instant_count(column, _csv_integer(field))


# --- Parquet ------------------------------------------------------------------------------------------------------


def _parquet_string(_: ir.Column, value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        raise WrongType from None


def _parquet_decimal(column: ir.Column, value: Decimal | int) -> Decimal:
    return _held(structure(column.type), Fraction(value))


def _parquet_list(column: ir.Column, value: list[Any]) -> tuple[Any, ...]:
    inner = _inner(column, structure(column.type).parts[0])
    return tuple(_holding(inner, item, ("item", number), "parquet") for number, item in enumerate(value))


def _parquet_map(column: ir.Column, value: list[tuple[Any, Any]]) -> tuple[tuple[Any, Any], ...]:
    key, held = (_inner(column, part) for part in structure(column.type).parts)
    entries = []
    for name, item in value:
        with _reading_key(key, name):
            read = _part(key, name, "parquet")
        entries.append((read, _holding(held, item, _step(key, read), "parquet")))
    return _entries(entries)


def _parquet_struct(column: ir.Column, value: dict[str, Any]) -> tuple[Any, ...]:
    parts = structure(column.type).parts
    return tuple(
        _holding(_inner(column, part), value.get(part.name), ("field", part.name), "parquet") for part in parts
    )


def read_field(kind: str, column: ir.Column, field: Any) -> Any:
    """Read a field of a format that is not null. Raises `Unreadable`."""
    try:
        return READERS[kind][kind_of(column.type)](column, field)
    except Unreadable as error:
        error.found_in(column, field)
        raise


READERS: Mapping[str, Mapping[str, Reader]] = {
    "jsonl": {
        "bool": _json_bool,
        "int": lambda _, value: _json_integer(value),
        "float": _json_float,
        "string": lambda _, value: _json_string(value),
        "bytes": lambda _, value: _base64_text(_json_string(value)),
        "timestamp": _json_timestamp,
        "duration": lambda column, value: _duration_count(column, _json_integer(value)),
        "date": lambda _, value: _day_text(_json_string(value)),
        "decimal": _json_decimal,
        "list": _json_list,
        "map": _json_map,
        "struct": _json_struct,
    },
    "csv": {
        "bool": _csv_bool,
        "int": lambda _, field: _csv_integer(field),
        "float": _csv_float,
        "string": lambda _, field: field.text,
        "bytes": lambda _, field: _base64_text(field.text),
        "timestamp": _csv_timestamp,
        "duration": lambda column, field: _duration_count(column, _csv_integer(field)),
        "date": lambda _, field: _day_text(field.text),
        "decimal": lambda column, field: _decimal(structure(column.type), field.text.strip(" ")),
    },
    "parquet": {
        "bool": lambda _, value: value,
        "int": lambda _, value: value,
        "float": lambda _, value: float(value),
        "string": _parquet_string,
        "bytes": lambda _, value: value,
        "timestamp": lambda _, value: _instant(value),
        "duration": _duration_count,
        "date": lambda _, value: _day(value),
        "decimal": _parquet_decimal,
        "list": _parquet_list,
        "map": _parquet_map,
        "struct": _parquet_struct,
    },
}
"""For each format and kind of type, what reads a field that is not null."""
