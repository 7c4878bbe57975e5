"""What a reject says to people: the part of a column that cannot be read, and what stands there instead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from featlang.backends.reference.cell_types import NullInside, OutOfRange, RepeatedKey, Unreadable
from featlang.backends.reference.json_text import Number, quoted, value_text
from featlang.compiler.structures import kind_of
from featlang.stdlib.aggregates.exact import nearest_int

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from featlang.backends.reference.cell_types import Step
    from featlang.compiler import ir

LONGEST_EXCERPT = 40
"""How many bytes of a text are shown."""

_OF_JSON: Mapping[str, str] = {
    "bool": "true or false",
    "int": "an integer",
    "duration": "an integer",
    "float": "a number",
    "string": "a string",
    "bytes": "a string of base64",
    "date": "a string YYYY-MM-DD",
    "decimal": "a number, or a string of one",
    "list": "an array",
    "map": "an object",
    "struct": "an object",
}
_OF_CSV: Mapping[str, str] = {
    "bool": "true or false",
    "int": "an integer",
    "duration": "an integer",
    "float": "a number",
    "string": "text",
    "bytes": "base64",
    "date": "YYYY-MM-DD",
    "decimal": "a number",
}


def text_of(kind: str, column: ir.Column, error: Unreadable, record: str, place: Sequence[str] = ()) -> str:
    """Say which part of the column is wrong and how.

    `record` is the whole record's text, where it has one. In JSON the names of `place` lead to the column, without
    them its own does.
    """
    part, field = error.part or column, error.field
    path = "".join(_step(step) for step in error.steps)
    name = f"`{column.name}{path}`" if path else f"column `{column.name}`"
    name = f"a key of {name}" if error.is_key else name
    if isinstance(error, NullInside):
        return f"{name} is null"
    if isinstance(error, RepeatedKey):
        return f"{name} has a key twice"
    if kind == "jsonl":
        found = (
            quoted(excerpt(field))
            if error.is_key
            else _json_found(field, record, [*(place or [column.name]), *error.steps])
        )
    else:
        found = f"`{excerpt(field.text)}`" if kind == "csv" else _cell_found(field, part)
    if isinstance(error, OutOfRange):
        return f"{name} is {found}, out of the range of {part.type}"
    return f"{name} is {found}, expected {_expected(kind, part)}"


def excerpt(text: str) -> str:
    """Give the beginning of a text."""
    encoded = text.encode("utf-8")
    if len(encoded) <= LONGEST_EXCERPT:
        return text
    return encoded[:LONGEST_EXCERPT].decode("utf-8", "ignore") + "…"


def _step(step: Step) -> str:
    kind, name = step
    if kind == "field":
        return f".{name}"
    return f"[{quoted(excerpt(str(name)))}]" if kind == "key" else f"[{name}]"


def _json_found(field: Any, record: str, path: list[Any]) -> str:
    if isinstance(field, Number):
        return excerpt(field)
    return excerpt(value_text(record, [step if isinstance(step, str) else step[1] for step in path]))


def _cell_found(field: Any, part: ir.Column) -> str:
    match kind_of(part.type):
        case "string":
            return "not UTF-8"
        case "decimal":
            return "a number"
        case _:
            return str(nearest_int(field))


def _expected(kind: str, part: ir.Column) -> str:
    if kind == "parquet":
        return "text in UTF-8"
    if kind_of(part.type) == "timestamp":
        if part.unit is not None:
            return "an integer"
        written = "YYYY-MM-DDTHH:MM:SS" + ("" if part.zone == "UTC" else " with its offset from UTC")
        return f"a string {written}" if kind == "jsonl" else written
    return (_OF_JSON if kind == "jsonl" else _OF_CSV)[kind_of(part.type)]
