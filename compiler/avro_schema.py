"""Avro's schemas: what a record's bytes are, checked against the columns, and written for the decoders.

A schema file becomes a line of words, each type before what it is made of: `record 2 a int b union 2 null string`. Only
what the columns read keeps its logical type: `ms long` is a time in that unit, `decimal 2 bytes` has two digits behind
the point. Records, enums and fixed types are numbered from 0 as they begin, `ref 0` is the first of them again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from featlang.compiler import ir
from featlang.compiler.report import did_you_mean, listed, with_article
from featlang.compiler.structures import Structure, structure

PRIMITIVES = ("null", "boolean", "int", "long", "float", "double", "bytes", "string")
DEEPEST = 50
"""How deep types may stand in one another in a schema."""

MOST_DIGITS = 38
"""Of a decimal."""

MOST_BYTES = 2**31 - 1
"""Of a fixed type: no record is longer."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_UNITS = {"millis": "ms", "micros": "us", "nanos": "ns"}
_INTEGERS = ("int", "long")
_TAKEN: Mapping[str, tuple[str, ...]] = {
    "bool": ("boolean",),
    "int": _INTEGERS,
    "duration": _INTEGERS,
    "float": ("float", "double", *_INTEGERS),
    "string": ("string", "enum"),
    "bytes": ("bytes", "fixed"),
    "timestamp": _INTEGERS,
    "date": ("int",),
    "decimal": ("bytes", "fixed", *_INTEGERS),
    "list": ("array",),
    "map": ("map",),
    "struct": ("record",),
}
"""For each kind of a column's type, the types of Avro that it is read from."""


class WrongSchema(Exception):  # noqa: N818 - said of a file, not a failure of the program
    """A schema that is none, or does not fit a column: what is wrong, and what to do."""

    def __init__(self, title: str, advice: str, column: str | None = None) -> None:
        """Keep all; `column` is the one that it does not fit."""
        super().__init__(title)
        self.title = title
        self.advice = advice
        self.column = column


@dataclass(slots=True, eq=False)
class Schema:
    """A type of Avro: `size` of a fixed one, or a decimal's digits behind the point; names of fields, or symbols."""

    kind: str
    size: int = 0
    names: tuple[str, ...] = ()
    parts: list[Schema] = field(default_factory=list)
    logical: str = ""

    @property
    def text(self) -> str:
        """As messages call it."""
        return f"{self.kind} ({self.logical})" if self.logical else self.kind


def written(text: str, columns: Iterable[ir.Column]) -> str:
    """The schema in a file for the decoders, fitted to the columns. Raises `WrongSchema`."""
    record = _parsed(text)
    columns = tuple(columns)
    fitted = _fitted_record(record, {column.name: column for column in columns}, None)
    return " ".join(_words(fitted, []))


# --- reading a file -------------------------------------------------------------------------------------------------


def _parsed(text: str) -> Schema:
    try:
        found = _Reading().schema(json.loads(text), "", 0)
    except (ValueError, RecursionError) as error:
        raise WrongSchema("it is no JSON", f"{error}") from None
    if found.kind != "record":
        raise WrongSchema(f"it is of type {found.kind}", "the schema of events is a `record`")
    return found


class _Reading:
    """A schema file while it is read; named types by their full names."""

    def __init__(self) -> None:
        self._named: dict[str, Schema] = {}

    def schema(self, found: Any, space: str, depth: int) -> Schema:
        if depth > DEEPEST:
            raise WrongSchema(f"types stand deeper than {DEEPEST} in one another", "make it flatter")
        match found:
            case str():
                return self._by_name(found, space)
            case list():
                return self._union([self.schema(branch, space, depth + 1) for branch in found])
            case {"type": "array", "items": items}:
                return Schema("array", parts=[self.schema(items, space, depth + 1)])
            case {"type": "map", "values": values}:
                return Schema("map", parts=[self.schema(values, space, depth + 1)])
            case {"type": "record" | "error" | "enum" | "fixed"}:
                return self._declared(found, space, depth)
            case {"type": inner}:
                return _with_logical(self.schema(inner, space, depth + 1), found)
            case _:
                raise WrongSchema(f"{_shown(found)} is no type", 'a type is a name, a list of types, or {"type": …}')

    def _union(self, branches: list[Schema]) -> Schema:
        if any(branch.kind == "union" for branch in branches):
            raise WrongSchema("a union is a branch of another one", "write the types of both in one list")
        return Schema("union", parts=branches)

    def _by_name(self, name: str, space: str) -> Schema:
        if name in PRIMITIVES:
            return Schema(name)
        for full in (f"{space}.{name}" if space and "." not in name else name, name):
            if full in self._named:
                return self._named[full]
        raise WrongSchema(f"there is no type {_shown(name)}", did_you_mean(name, [*PRIMITIVES, *self._named], "types"))

    def _declared(self, found: Mapping[str, Any], space: str, depth: int) -> Schema:
        name = found.get("name")
        if not isinstance(name, str) or not all(map(_NAME.fullmatch, name.split("."))):
            raise WrongSchema(f"{_shown(name)} is no name of a {found['type']}", "names have letters, digits and `_`")
        inner = found.get("namespace", space)
        full = name if "." in name or not inner else f"{inner}.{name}"
        self._named[full] = made = Schema("record" if found["type"] == "error" else found["type"])
        match found:
            case {"type": "fixed", "size": int(size)} if 0 <= size <= MOST_BYTES and not isinstance(size, bool):
                made.size = size
            case {"type": "enum", "symbols": list(symbols)}:
                made.names = _names(symbols, f"symbols of `{name}`")
            case {"type": "record" | "error", "fields": list(fields)} if all(isinstance(each, dict) for each in fields):
                made.names = _names([each.get("name") for each in fields], f"fields of `{name}`")
                space = full.rpartition(".")[0]
                made.parts += [self.schema(each.get("type"), space, depth + 1) for each in fields]
            case _:
                raise WrongSchema(
                    f"`{name}` is no {found['type']}", "a fixed type has a size, an enum symbols, a record fields"
                )
        self._named[full] = _with_logical(made, found)
        return self._named[full]


def _names(names: list[Any], what: str) -> tuple[str, ...]:
    wrong = next((name for name in names if not isinstance(name, str) or not _NAME.fullmatch(name)), None)
    if wrong is not None or None in names:
        raise WrongSchema(f"{_shown(wrong)} stands among the {what}", "names have letters, digits and `_`")
    if len({*names}) < len(names):
        raise WrongSchema(f"a name stands twice among the {what}", "remove one")
    return tuple(names)


def _with_logical(made: Schema, found: Mapping[str, Any]) -> Schema:
    """The type with what it stands for; what is not known here is ignored, as Avro wants it."""
    match found:
        case {"logicalType": "decimal"} if made.kind in {"bytes", "fixed"}:
            scale = found.get("scale", 0)
            if not isinstance(scale, int) or isinstance(scale, bool) or not 0 <= scale <= MOST_DIGITS:
                raise WrongSchema(f"a decimal has the scale {_shown(scale)}", "it is a number from 0 to 38")
            return Schema(made.kind, made.size, logical="decimal", parts=[made], names=(str(scale),))
        case {"logicalType": str(logical)} if made.kind in _INTEGERS:
            return replace(made, logical=logical)
        case _:
            return made


def _shown(found: Any) -> str:
    return f"`{json.dumps(found)[:40]}`"


# --- fitting it to columns ------------------------------------------------------------------------------------------


def _fitted_record(record: Schema, columns: Mapping[str, ir.Column], whole: str | None) -> Schema:
    """The record, whose fields of these names are read; `whole` is the column that it is within."""
    for name, column in columns.items():
        if name not in record.names and not column.nullable:
            what = "column" if whole is None else "field"
            advice = did_you_mean(name, list(record.names), "its fields")
            title = f"it has no field `{name}`, and the {what} may not be null"
            raise WrongSchema(title, advice, whole or name)
    parts = [
        _fitted(part, columns[name], whole or name) if name in columns else part
        for name, part in zip(record.names, record.parts, strict=True)
    ]
    return Schema("record", names=record.names, parts=parts)


def _fitted(schema: Schema, column: ir.Column, whole: str) -> Schema:
    if schema.kind == "union":
        branches = [branch for branch in schema.parts if branch.kind != "null"]
        if len(branches) > 1:
            kinds = listed([branch.kind for branch in schema.parts])
            raise WrongSchema(f"`{whole}` is one of {kinds}", "a column has one type, or null: leave it out", whole)
        return Schema(
            "union", parts=[each if each.kind == "null" else _fitted(each, column, whole) for each in schema.parts]
        )
    kind = structure(column.type)
    if schema.kind == "null":
        return schema
    if schema.kind not in _TAKEN[kind.kind] or (kind.kind == "date" and schema.logical != "date"):
        raise _mismatch(schema, column, whole)
    match kind.kind:
        case "map" if kind.parts[0].type != "string":
            raise WrongSchema(f"`{whole}` is a map, whose keys are texts", "declare it as in `map<string, int>`", whole)
        case "list" | "map":
            return Schema(schema.kind, parts=[_fitted(schema.parts[0], _part(column, kind, -1), whole)])
        case "struct":
            inner = {part.name: _part(column, kind, number) for number, part in enumerate(kind.parts)}
            return _fitted_record(schema, inner, whole)
        case "timestamp":
            return Schema(_unit_of(schema, column, whole), parts=[Schema(schema.kind)])
        case "decimal" if schema.kind not in _INTEGERS:
            return _fitted_decimal(schema, kind, column, whole)
        case _:
            return schema.parts[0] if schema.logical == "decimal" else replace(schema, logical="")


def _fitted_decimal(schema: Schema, kind: Structure, column: ir.Column, whole: str) -> Schema:
    if schema.logical != "decimal":
        raise _mismatch(schema, column, whole)
    scale = int(schema.names[0])
    if scale > kind.scale:
        title = f"`{whole}` has {scale} digits behind the point, the column {kind.scale}"
        raise WrongSchema(title, f"declare it as in `{column.name}: decimal<38, {scale}>`", whole)
    return Schema("decimal", scale, parts=[schema.parts[0]])


def _unit_of(schema: Schema, column: ir.Column, whole: str) -> str:
    """The unit of a time's numbers: as the schema says, or as the column does."""
    unit = _UNITS.get(schema.logical.rpartition("timestamp-")[2]) if "timestamp-" in schema.logical else None
    found = unit or column.unit
    if found is None:
        raise WrongSchema(f"`{whole}` is a plain {schema.text}", 'say what it counts, as in `@unit("ms")`', whole)
    return found


def _part(column: ir.Column, kind: Structure, number: int) -> ir.Column:
    part = kind.parts[number]
    return column.model_copy(update={"name": part.name or column.name, "type": part.type, "nullable": part.nullable})


def _mismatch(schema: Schema, column: ir.Column, whole: str) -> WrongSchema:
    taken = listed(_TAKEN[structure(column.type).kind])
    title = f"`{whole}` is of type {schema.text}, from which no {column.type} is read"
    return WrongSchema(title, f"{with_article(column.type)} is read from {taken}", whole)


# --- writing it -----------------------------------------------------------------------------------------------------


def _words(schema: Schema, named: list[Schema]) -> Iterator[str]:
    if schema.logical == "decimal":  # of what is not read
        schema = schema.parts[0]
    if schema in named:
        yield from ("ref", str(named.index(schema)))
        return
    if schema.kind in {"record", "enum", "fixed"}:
        named.append(schema)
    yield schema.kind
    match schema.kind:
        case "fixed" | "decimal":
            yield str(schema.size)
        case "enum":
            yield from (str(len(schema.names)), *schema.names)
        case "record" | "union":
            yield str(len(schema.parts))
    for number, part in enumerate(schema.parts):
        if schema.kind == "record":
            yield schema.names[number]
        yield from _words(part, named)
