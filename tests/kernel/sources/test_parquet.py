"""Rows of Parquet files, whatever their encoding; wrong and broken files."""

from __future__ import annotations

import json
import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from featlang.compiler import ir
from tests.kernel.sources.probe import Plain, Printed, SourceProbe, Stage, expected
from tests.reference.build import column, source

FIRST, LAST = -62135596800_000_000, 253402300800_000_000 - 1
STAGES = [Stage(("ts",))]


def times(count: int) -> pa.Array:
    """A time for each row."""
    return pa.array(range(count), pa.timestamp("us"))


def read(probe: SourceProbe, events: ir.Source, *files: Path, restart: int = 3) -> Printed:
    """What becomes of the files' rows: the reference says the same, and so does a reader that is restarted."""
    wanted = expected(events, files, kind="parquet", stages=STAGES)
    printed = probe.read(events, files, kind="parquet", stages=STAGES)
    assert printed.outputs() == wanted
    if not printed.failed:
        restarted = probe.read(events, files, kind="parquet", stages=STAGES, restart=restart)
        assert restarted.outputs() == wanted
    return printed


@pytest.mark.parametrize(
    ("kind", "options", "array"),
    [
        ("bool?", {}, pa.array([True, False, None])),
        ("int?", {}, pa.array([2**63 - 1, -(2**63), None])),
        ("int?", {}, pa.array([2**31 - 1, -(2**31), None], pa.int32())),
        ("int", {}, pa.array([-128, 127], pa.int8())),
        ("int", {}, pa.array([1, None])),
        (
            "float?",
            {},
            pa.array([0.1, -0.0, 5e-324, 1.7976931348623157e308, float("nan"), float("inf"), -float("inf"), None]),
        ),
        ("float?", {}, pa.array([0.1, -0.0, 1e-45, 3e38, float("nan"), float("-inf")], pa.float32())),
        ("float", {}, pa.array([2**53 + 1, 2**53 + 3, 2**63 - 1, -(2**63)])),
        ("float", {}, pa.array([2**31 - 1, -7], pa.int32())),
        ("string", {}, pa.array(["", "a\0ż😀", "x" * 5000])),
        ("string?", {}, pa.array(["a", None, "a"]).dictionary_encode()),
        ("bytes", {}, pa.array([b"", b"\0\xff"])),
        ("bytes", {}, pa.array([b"\0\xff"], pa.binary(2))),
        (
            "timestamp",
            {},
            pa.array([-1, FIRST // 1000, FIRST // 1000 - 1, LAST // 1000, 2**63 - 1, -(2**63)], pa.timestamp("ms")),
        ),
        (
            "timestamp",
            {},
            pa.array([-1, FIRST, FIRST - 1, LAST, LAST + 1, 2**63 - 1, -(2**63)], pa.timestamp("us", tz="UTC")),
        ),
        ("timestamp", {}, pa.array([-1, 999, 2**63 - 1, -(2**63)], pa.timestamp("ns"))),
        ("timestamp", {"unit": "s"}, pa.array([-1, 5], pa.timestamp("us"))),
        ("duration", {}, pa.array([2**63 - 1, -1])),
        ("duration", {"unit": "s"}, pa.array([9223372036854, 9223372036855, -9223372036855])),
        ("duration", {"unit": "ns"}, pa.array([-1, 1999])),
        ("date?", {}, pa.array([0, -719162, -719163, 2932896, 2932897, None], pa.date32())),
        ("decimal<5, 2>", {}, pa.array([Decimal("1.5"), Decimal("-999.9"), Decimal(1000)], pa.decimal128(6, 1))),
        ("decimal<38, 2>?", {}, pa.array([Decimal("-1.25"), None, Decimal("9" * 36 + ".99")], pa.decimal128(38, 2))),
        ("decimal<5, 2>", {}, pa.array([1, -999, 1000, 2**63 - 1])),
        ("decimal<38, 30>", {}, pa.array([1, -(2**31)], pa.int32())),
        ("decimal<38, 38>", {}, pa.array([Decimal("9" * 38)], pa.decimal128(38, 0))),
        ("list<int?>?", {}, pa.array([[1, None], [], None, [3]])),
        ("list<int>", {}, pa.array([[1, None], [2]])),
        ("list<float>", {}, pa.array([[-0.0, float("nan")], [float("inf")], [1.5]])),
        ("list<string>", {}, pa.array([["a", "\0"], [], ["ż"] * 300])),
        ("list<list<int>?>", {}, pa.array([[[1], None, []], [], [[2, 3], [4]]])),
        ("list<timestamp?>", {}, pa.array([[0, None], [LAST]], pa.list_(pa.timestamp("us")))),
        ("list<timestamp>", {}, pa.array([[0], [2**62]], pa.list_(pa.timestamp("ms")))),
        ("list<timestamp>", {}, pa.array([[-1], [1999]], pa.list_(pa.timestamp("ns")))),
        ("list<duration>", {"unit": "s"}, pa.array([[1], [9223372036855]])),
        ("list<date>", {}, pa.array([[0], [2932897]], pa.list_(pa.date32()))),
        ("list<bool?>", {}, pa.array([[True, None, False]])),
        ("list<decimal<6, 2>>", {}, pa.array([[Decimal("1.5")], [Decimal("99999.9")]], pa.list_(pa.decimal128(6, 1)))),
        ("list<int?>?", {}, pa.array([[1, None], None, []], pa.large_list(pa.int64()))),
        ("list<int?>", {}, pa.array([[1, None], [3, 4]], pa.list_(pa.int64(), 2))),
        ("list<list<string>>", {}, pa.array([[["a"]], [["b", "a"]]], pa.large_list(pa.large_list(pa.large_string())))),
        ("list<string>", {}, pa.array([["a"], ["b", "a"]], pa.list_(pa.dictionary(pa.int32(), pa.string())))),
        ("float", {}, pa.array([1, 2], pa.duration("ms"))),
        ("duration", {"unit": "s"}, pa.array([1, 2], pa.duration("ms"))),
        ("list<float?>", {}, pa.array([[1, None], [2]], pa.list_(pa.duration("us")))),
        ("struct<a: int>?", {}, pa.array([None, {"a": 1}, {"a": 2}], pa.struct([("a", pa.duration("ns"))]))),
        ("map<string, int?>", {}, pa.array([[("b", 1), ("a", None)], []], pa.map_(pa.string(), pa.int64()))),
        ("map<string, int>?", {}, pa.array([None, [("b", None)]], pa.map_(pa.string(), pa.int64()))),
        ("map<int, list<int>>", {}, pa.array([[(2, [1]), (-1, [])]], pa.map_(pa.int64(), pa.list_(pa.int64())))),
        ("map<string, int>", {}, pa.array([[("a", 1), ("a", 2)], [("a", 1)]], pa.map_(pa.string(), pa.int64()))),
        ("struct<a: int, b: string?>", {}, pa.array([{"b": "x", "z": 1, "a": 1}, {"b": None, "z": 2, "a": 2}])),
        ("struct<a: int>?", {}, pa.array([None, {"a": None}, {"a": 1}])),
        (
            "list<struct<a: list<int>?, b: map<string, float?>>>",
            {},
            pa.array(
                [[{"a": [1], "b": [("k", 0.5)]}, {"a": None, "b": []}], []],
                pa.list_(pa.struct([("a", pa.list_(pa.int64())), ("b", pa.map_(pa.string(), pa.float64()))])),
            ),
        ),
    ],
)
def test_types(probe: SourceProbe, tmp_path: Path, kind: str, options: dict[str, Any], array: pa.Array) -> None:
    file = tmp_path / "file.parquet"
    pq.write_table(pa.table({"other": times(len(array)), "x": array, "ts": times(len(array))}), file)
    assert read(probe, source(column("x", kind, **options)), file).read == len(array)


def test_values_of_several_row_groups(probe: SourceProbe, tmp_path: Path) -> None:
    """Dictionaries of their own, and a column beside whose name begins like a path into another."""
    file = tmp_path / "file.parquet"
    words = pa.array([["x"], None, ["y", "x"], ["z"]], pa.list_(pa.dictionary(pa.int32(), pa.string())))
    columns = {"x": words, "x.y": times(4), "v": pa.array(["a", "b", "a", "c"]).dictionary_encode(), "ts": times(4)}
    pq.write_table(pa.table(columns), file, row_group_size=1)
    assert read(probe, source(column("x", "list<string>?"), column("v", "string")), file).read == 4


def test_int96(probe: SourceProbe, tmp_path: Path) -> None:
    file = tmp_path / "file.parquet"
    events = source(column("x", "timestamp?"))

    def values(*micros: int | None) -> list[Plain]:
        table = pa.table({"x": pa.array(micros, pa.timestamp("us")), "ts": times(len(micros))})
        pq.write_table(table, file, use_deprecated_int96_timestamps=True)
        return [routed[-1][0] for routed in probe.read(events, [file], kind="parquet", stages=STAGES).routed]

    assert values(0, 86_400_000_000 - 1, 10**15, None) == [0, 86_400_000_000 - 1, 10**15, None]
    read(probe, events, file)
    # These are written as a day and a negative count of nanoseconds, which `pyarrow` does not read back in µs.
    assert values(-1, -86_400_000_001) == [-1, -86_400_000_001]


@pytest.mark.parametrize("compression", ["none", "snappy", "gzip", "zstd"])
@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_encodings(probe: SourceProbe, tmp_path: Path, compression: str, version: str) -> None:
    randomness = random.Random(7)
    count = 600
    table = pa.table(
        {
            "ts": times(count),
            "a": pa.array([randomness.choice([None, *range(9)]) for _ in range(count)], pa.int64()),
            "b": pa.array([randomness.choice([None, "x", "yy", str(i)]) for i in range(count)]),
            "c": pa.array([randomness.choice([None, randomness.random()]) for _ in range(count)], pa.float64()),
            "d": pa.array([randomness.random() < 0.5 for _ in range(count)]),
            "e": pa.array([randomness.randbytes(randomness.randint(0, 20)) for _ in range(count)]),
        }
    )
    events = source(
        *(
            column(name, f"{kind}?")
            for name, kind in zip("abcde", ["int", "string", "float", "bool", "bytes"], strict=True)
        )
    )
    file = tmp_path / "file.parquet"
    options: dict[str, Any] = {
        "compression": compression,
        "data_page_version": version,
        "row_group_size": 250,
        "data_page_size": 500,
    }
    pq.write_table(table, file, **options)
    plain = tmp_path / "plain.parquet"
    encodings = {
        "ts": "DELTA_BINARY_PACKED",
        "b": "DELTA_BYTE_ARRAY",
        "e": "DELTA_LENGTH_BYTE_ARRAY",
        "c": "BYTE_STREAM_SPLIT",
    }
    pq.write_table(table, plain, use_dictionary=False, column_encoding=encodings, **options)
    printed = read(probe, events, file, restart=99)
    assert printed.accepted == count
    assert [routed[1:] for routed in read(probe, events, plain, restart=99).routed] == [
        routed[1:] for routed in printed.routed
    ]


def test_rows_are_numbered_in_each_file(probe: SourceProbe, tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("a.parquet", "b.parquet", "c.parquet")]
    for file, values in zip(files, ([1, None, 2], [], [None, 3]), strict=True):
        pq.write_table(pa.table({"x": pa.array(values, pa.int64()), "ts": times(len(values))}), file, row_group_size=2)
    printed = read(probe, source(column("x", "int"), lateness=1), *files)
    assert [(routed[0], routed[1]) for routed in printed.routed] == [
        (str(files[0]), 1),
        (str(files[0]), 3),
        (str(files[2]), 2),
    ]
    assert [(path, record, code) for path, record, code, _ in printed.rejected] == [
        (str(files[0]), 2, "null_value"),
        (str(files[2]), 1, "null_value"),
    ]


def test_text_that_is_not_utf_8_is_of_the_wrong_type(probe: SourceProbe, tmp_path: Path) -> None:
    file = tmp_path / "file.parquet"
    binary = pa.array([b"ok", b"\xed\xa0\x80", b"\xff"])
    texts = pa.Array.from_buffers(pa.string(), 3, binary.buffers())
    pq.write_table(pa.table({"x": texts, "ts": times(3)}), file)
    printed = read(probe, source(column("x", "string")), file)
    assert [code for _, _, code, _ in printed.rejected] == ["type", "type"]
    assert printed.texts == ["column `x` is not UTF-8, expected text in UTF-8"] * 2


@pytest.mark.parametrize(
    ("kind", "array", "text"),
    [
        ("list<date>", pa.array([[0, 2932897]], pa.list_(pa.date32())), "`x[1]` is 2932897, out of the range of date"),
        ("list<list<int>>", pa.array([[[1], [2, None]]]), "`x[1][1]` is null"),
        ("struct<a: struct<b: int>>", pa.array([{"a": {"b": 1}}, {"a": {"b": None}}]), "`x.a.b` is null"),
        (
            "map<string, decimal<3, 1>>",
            pa.array([[("ż\n", 100)]], pa.map_(pa.string(), pa.int64())),
            '`x["ż\\u000a"]` is a number, out of the range of decimal<3, 1>',
        ),
        (
            "map<int, struct<a: timestamp>>",
            pa.array([[(-7, {"a": LAST + 1})]], pa.map_(pa.int64(), pa.struct([("a", pa.timestamp("us"))]))),
            f"`x[-7].a` is {LAST + 1}, out of the range of timestamp",
        ),
        (
            "list<map<int, int>>",
            pa.array([[[], [(1, 1), (1, 2)]]], pa.list_(pa.map_(pa.int64(), pa.int64()))),
            "`x[1]` has a key twice",
        ),
    ],
)
def test_the_text_names_the_part_that_is_wrong(
    probe: SourceProbe, tmp_path: Path, kind: str, array: pa.Array, text: str
) -> None:
    file = tmp_path / "file.parquet"
    pq.write_table(pa.table({"x": array, "ts": times(len(array))}), file)
    assert read(probe, source(column("x", kind)), file).texts == [text]


def test_a_reject_shows_the_row_as_the_file_holds_it(probe: SourceProbe, tmp_path: Path) -> None:
    file = tmp_path / "file.parquet"
    row = {
        "a": pa.array([-1], pa.int32()),
        "b": pa.array(['"\\\n\x01é']),
        "c": pa.array([b"\0\1\2"]),
        "d": pa.array([1.5]),
        "e": pa.array([float("nan")]),
        "f": pa.array([True]),
        "g": pa.array([None], pa.int64()),
        "h": pa.array([7]),
        "unknown": pa.array([0]),
        "ts": pa.array([LAST + 1], pa.timestamp("us")),
    }
    pq.write_table(pa.table(row), file)
    kinds = ["int", "string", "bytes", "float", "float", "bool", "int?", "duration"]
    declared = [column(name, kind) for name, kind in zip("abcdefgh", kinds, strict=True)]
    declared[-1] = column("h", "duration", unit="s")
    printed = read(probe, source(*declared), file)
    assert json.loads(printed.rejected[0][3]) == {
        "a": -1, "b": '"\\\n\x01é', "c": "AAEC", "d": 1.5, "e": "NaN", "f": True, "g": None, "h": 7, "ts": LAST + 1
    }  # fmt: skip
    assert printed.texts == [f"column `ts` is {LAST + 1}, out of the range of timestamp"]


def test_the_row_of_a_reject_is_the_same_bytes(probe: SourceProbe, tmp_path: Path) -> None:
    file = tmp_path / "file.parquet"
    nested = pa.struct([("a", pa.list_(pa.timestamp("us"))), ("b", pa.map_(pa.string(), pa.decimal128(4, 1)))])
    broken = pa.Array.from_buffers(pa.string(), 2, pa.array([b"\xed\xa0\x80", b"a"]).buffers())
    values: dict[str, tuple[str, pa.Array]] = {
        "a": ("timestamp", pa.array([2**62, 1], pa.timestamp("ms"))),
        "b": ("decimal<5, 2>", pa.array([Decimal("-0.5"), Decimal("9" * 37 + ".9")], pa.decimal128(38, 1))),
        "c": ("decimal<38, 30>", pa.array([2**63 - 1, 1])),
        "d": ("bytes?", pa.array([b"plain", None])),
        "e": ("string", broken),
        "f": ("float", pa.array([1e22, -0.0])),
        "g": ("list<float?>", pa.array([[1e-7, None, float("-inf")], [123456789.0]])),
        "h": (
            "struct<b: map<string, decimal<6, 2>?>, a: list<timestamp>>",
            pa.array([{"a": [0, -1], "b": [("k\n", Decimal("1.5")), ("k\n", None)]}, {"a": [], "b": []}], nested),
        ),
        "i": (
            "map<int, list<bytes>>",
            pa.array([[(2, [b"\0"]), (-1, [])], []], pa.map_(pa.int64(), pa.list_(pa.binary()))),
        ),
        "j": ("date", pa.array([2932897, 0], pa.date32())),
        "k": ("bool", pa.array([True, False])),
        "z": ("int", pa.array([None, None], pa.int64())),
    }
    pq.write_table(pa.table({name: array for name, (_, array) in values.items()} | {"ts": times(2)}), file)
    declared = [column("z", "int")] + [column(name, kind) for name, (kind, _) in values.items() if name != "z"]
    shown = [raw.decode() for *_, raw in read(probe, source(*declared), file).rejected]
    assert shown[0] == (
        '{"z":null,"a":9223372036854775807,"b":"-0.50","c":"170141183.460469231731687303715884105727","d":"cGxhaW4=",'
        '"e":"7aCA","f":1e+22,"g":[1e-07,null,"-Infinity"],"h":{"b":{"k\\u000a":"1.50","k\\u000a":null},"a":[0,-1]},'
        '"i":{"2":["AA=="],"-1":[]},"j":2932897,"k":true,"ts":0}'
    )
    assert len(shown) == 2


@pytest.mark.parametrize(
    ("kind", "array", "shown"),
    [
        ("int", pa.array(["a"]), "optional binary x (STRING)"),
        ("int", pa.array([1], pa.uint32()), "optional int32 x (INTEGER(32,false))"),
        ("int", pa.array([1.0]), "optional double x"),
        ("int", pa.array([1], pa.timestamp("us")), "optional int64 x (TIMESTAMP(MICROS,false))"),
        ("int", pa.array([1], pa.date32()), "optional int32 x (DATE)"),
        ("int", pa.array([[1]]), "optional group x (LIST)"),
        ("list<int>", pa.array([1]), "optional int64 x"),
        ("list<int>", pa.array([["a"]]), "optional group x (LIST)"),
        ("map<string, int>", pa.array([["a"]]), "optional group x (LIST)"),
        ("struct<a: int, b: int>", pa.array([{"a": 1}]), "optional group x"),
        ("struct<a: int>", pa.array([{"a": "x"}]), "optional group x"),
        ("decimal<5, 2>", pa.array([Decimal("0.001")]), "(DECIMAL(3,3))"),
        ("decimal<5, 2>", pa.array([1.5]), "optional double x"),
        ("decimal<5, 2>", pa.array(["1"]), "optional binary x (STRING)"),
        ("float", pa.array([1], pa.uint64()), "optional int64 x (INTEGER(64,false))"),
        ("float", pa.array([1], pa.decimal128(5, 2)), "(DECIMAL(5,2))"),
        ("string", pa.array([b"a"]), "optional binary x`"),
        ("bytes", pa.array(["a"]), "optional binary x (STRING)"),
        ("bool", pa.array([1]), "optional int64 x"),
        ("timestamp", pa.array([1]), "optional int64 x"),
        ("timestamp", pa.array(["2024-01-01"]), "optional binary x (STRING)"),
        ("duration", pa.array([1], pa.int32()), "optional int32 x"),
        ("date", pa.array([1], pa.int32()), "optional int32 x"),
    ],
)
def test_a_column_of_another_type_ends_the_run(
    probe: SourceProbe, tmp_path: Path, kind: str, array: pa.Array, shown: str
) -> None:
    file = tmp_path / "file.parquet"
    pq.write_table(pa.table({"x": array, "ts": times(1)}), file)
    message = read(probe, source(column("x", kind)), file).message
    assert message.startswith(f"{file}: column `x` is `")
    assert shown in message
    assert message.endswith(f"which cannot be read as {kind}")


def test_a_lacking_column_ends_the_run(probe: SourceProbe, tmp_path: Path) -> None:
    file = tmp_path / "file.parquet"
    pq.write_table(pa.table({"y": pa.array([1]), "X": pa.array([1]), "ts": times(1)}), file)
    assert read(probe, source(column("x", "int")), file).message == f"{file} has no column `x`; it has y, X, ts"


def test_a_broken_file_ends_the_run_and_is_named(probe: SourceProbe, tmp_path: Path) -> None:
    file = tmp_path / "file.parquet"
    count = 500
    texts = pa.array([f"value {i}" for i in range(count)])
    pq.write_table(pa.table({"x": texts, "ts": times(count)}), file, compression="gzip", use_dictionary=False)
    whole = file.read_bytes()
    events = source(column("x", "string"))
    for data in (
        b"",
        b"PAR1",
        b"not parquet at all",
        whole[:-1],
        whole[: len(whole) // 2],
        whole[4:],
        whole[:-8] + b"\xff" * 4 + b"PAR1",
    ):
        file.write_bytes(data)
        assert read(probe, events, file).message.startswith(f"{file} cannot be read as Parquet: ")
    file.write_bytes(whole[:60] + b"\xff" * 200 + whole[260:])
    assert probe.read(events, [file], kind="parquet").message.startswith(f"{file} cannot be read as Parquet: ")
