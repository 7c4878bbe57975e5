"""Schemas of Avro: what the decoders get of them, and what is said where they do not fit."""

from __future__ import annotations

import json
from typing import Any

import pytest

from featlang.compiler.avro_schema import WrongSchema, written
from tests.reference.build import column

TIME = {"type": "long", "logicalType": "timestamp-millis"}
MONEY = {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}
NODE = {
    "type": "record",
    "name": "a.Node",
    "fields": [{"name": "n", "type": "int"}, {"name": "up", "type": ["null", "Node"]}],
}


def record(**fields: Any) -> str:
    """A file with a record of these fields."""
    held = [{"name": name, "type": kind} for name, kind in fields.items()]
    return json.dumps({"type": "record", "name": "Event", "namespace": "shop", "fields": held})


FITTING = [
    ({"a": "int", "b": "string"}, ["a: int"], "record 2 a int b string"),
    ({"a": ["null", TIME]}, ["a: timestamp?"], "record 1 a union 2 null ms long"),
    ({"a": TIME}, [], "record 1 a long"),
    ({"a": {"type": "long", "logicalType": "local-timestamp-micros"}}, ["a: timestamp"], "record 1 a us long"),
    ({"a": MONEY}, ["a: decimal<20, 4>"], "record 1 a decimal 2 bytes"),
    ({"a": MONEY}, ["a: bytes"], "record 1 a bytes"),
    ({"a": {"type": "array", "items": TIME}}, ["a: list<timestamp>"], "record 1 a array ms long"),
    (
        {"a": NODE, "b": NODE["name"]},
        ["a: struct<n: int>"],
        "record 2 a record 2 n int up union 2 null record 2 n int up union 2 null ref 2 b ref 2",
    ),
    ({"a": {"type": "enum", "name": "E", "symbols": ["X"]}, "b": "E"}, [], "record 2 a enum 1 X b ref 1"),
    ({"a": {"type": {"type": "fixed", "name": "F", "size": 3}}, "b": "shop.F"}, [], "record 2 a fixed 3 b ref 1"),
    ({"b": "null"}, ["a: int?"], "record 1 b null"),
]


def columns(*texts: str) -> list[Any]:
    """Columns as they are written."""
    return [column(*text.split(": ", 1)) for text in texts]


@pytest.mark.parametrize(("fields", "declared", "wanted"), FITTING)
def test_a_schema_that_fits(fields: dict[str, Any], declared: list[str], wanted: str) -> None:
    assert written(record(**fields), columns(*declared)) == wanted


WRONG = [
    ("{", [], "it is no JSON", None),
    ('"string"', [], "it is of type string", None),
    ("7", [], "`7` is no type", None),
    (record(a="strin"), [], 'there is no type `"strin"`', None),
    (record(a={"type": "enum", "name": "E"}), [], "`E` is no enum", None),
    (record(a={"type": "fixed", "name": "a b", "size": 1}), [], '`"a b"` is no name of a fixed', None),
    (
        '{"type": "record", "name": "R", "fields": [{"name": "x y", "type": "int"}]}',
        [],
        '`"x y"` stands among the fields of `R`',
        None,
    ),
    (
        '{"type": "record", "name": "R", "fields": [{"name": "x", "type": "int"}, {"name": "x", "type": "int"}]}',
        [],
        "a name stands twice among the fields of `R`",
        None,
    ),
    (record(a=["null", ["null", "int"]]), ["a: int?"], "a union is a branch of another one", None),
    (record(a=["null", {"type": ["null", "int"]}]), ["a: int?"], "a union is a branch of another one", None),
    (record(a={**MONEY, "scale": True}), ["a: decimal<9, 2>"], "a decimal has the scale `true`", None),
    (record(a={"type": "fixed", "name": "F", "size": 2**31}), ["a: bytes"], "`F` is no fixed", None),
    ("[" * 60 + '"int"' + "]" * 60, [], "types stand deeper than 50 in one another", None),
    (record(a="int"), ["b: int"], "it has no field `b`, and the column may not be null", "b"),
    (record(a="string"), ["a: int"], "`a` is of type string, from which no int is read", "a"),
    (record(a=["int", "string"]), ["a: int"], "`a` is one of `int`, `string`", "a"),
    (record(a="long"), ["a: timestamp"], "`a` is a plain long", "a"),
    (record(a="int"), ["a: date"], "`a` is of type int, from which no date is read", "a"),
    (record(a="bytes"), ["a: decimal<9, 2>"], "`a` is of type bytes, from which no decimal<9, 2> is read", "a"),
    (record(a=MONEY), ["a: decimal<9, 1>"], "`a` has 2 digits behind the point, the column 1", "a"),
    (record(a={"type": "map", "values": "int"}), ["a: map<int, int>"], "`a` is a map, whose keys are texts", "a"),
    (record(a=NODE), ["a: struct<m: int>"], "it has no field `m`, and the field may not be null", "a"),
    (
        record(a={"type": "array", "items": "string"}),
        ["a: list<int>"],
        "`a` is of type string, from which no int is read",
        "a",
    ),
]


@pytest.mark.parametrize(("text", "declared", "title", "at"), WRONG)
def test_a_schema_that_does_not_fit(text: str, declared: list[str], title: str, at: str | None) -> None:
    with pytest.raises(WrongSchema) as raised:
        written(text, columns(*declared))
    assert (raised.value.title, raised.value.column) == (title, at)
    assert raised.value.advice


def test_a_time_by_the_unit_of_its_column() -> None:
    assert written(record(a="int"), [column("a", "timestamp", unit="s")]) == "record 1 a s int"
    assert written(record(a=TIME), [column("a", "timestamp", unit="s")]) == "record 1 a ms long"
