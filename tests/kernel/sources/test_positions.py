"""Where records begin and end, their numbers, and records that are too long or never end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.kernel.sources.probe import Kind, Plain, SourceProbe, Stage, expected
from tests.reference.build import column, source

LONGEST = 16 * 2**20
TEXTS = source(column("x", "string"))
STAGES = [Stage(("ts",))]


def numbers(probe: SourceProbe, folder: Path, data: bytes, kind: Kind = "jsonl") -> list[tuple[int, object]]:
    """Each record's number with its value of `x` or its code; the reference and a restarted reader agree."""
    file = folder / f"file.{kind}"
    file.write_bytes(data)
    printed = probe.read(TEXTS, [file], kind=kind, stages=STAGES)
    assert printed.outputs() == expected(TEXTS, [file], kind=kind, stages=STAGES)
    assert probe.read(TEXTS, [file], kind=kind, stages=STAGES, restart=1).outputs() == printed.outputs()
    found: list[tuple[int, object]] = [(routed[1], text_of(routed[-1][0])) for routed in printed.routed]
    return sorted(found + [(rejected[1], rejected[2]) for rejected in printed.rejected], key=lambda item: item[0])


def text_of(value: Plain) -> str:
    """A string column's value."""
    assert isinstance(value, bytes)
    return value.decode()


def line(text: str) -> bytes:
    """A JSON record."""
    return json.dumps({"x": text, "ts": 0}).encode()


def test_lines_end_with_either_line_end_and_the_last_needs_none(probe: SourceProbe, tmp_path: Path) -> None:
    data = line("a") + b"\n" + line("b") + b"\r\n" + line("c") + b"\r"
    assert numbers(probe, tmp_path, data) == [(1, "a"), (2, "b"), (3, "c")]


def test_empty_lines_count(probe: SourceProbe, tmp_path: Path) -> None:
    data = b"\n \t\r\n" + line("a") + b"\n\r\r\n\n" + line("b") + b"\n\n  "
    assert numbers(probe, tmp_path, data) == [(3, "a"), (4, "malformed"), (6, "b")]


def test_a_byte_order_mark_is_malformed_in_json_and_skipped_in_csv(probe: SourceProbe, tmp_path: Path) -> None:
    mark = b"\xef\xbb\xbf"
    assert numbers(probe, tmp_path, mark + line("a") + b"\n" + line("b")) == [(1, "malformed"), (2, "b")]
    assert numbers(probe, tmp_path, mark + b"x,ts\na,0\n" + mark + b"b,0", "csv") == [(1, "a"), (2, "\ufeffb")]
    assert numbers(probe, tmp_path, mark, "csv") == []


def test_files_without_records(probe: SourceProbe, tmp_path: Path) -> None:
    assert numbers(probe, tmp_path, b"") == []
    assert numbers(probe, tmp_path, b"", "csv") == []
    assert numbers(probe, tmp_path, b"x,ts", "csv") == []
    assert numbers(probe, tmp_path, b"x,ts\r\n", "csv") == []


@pytest.mark.parametrize(
    ("records", "found"),
    [
        ("a,0\n\n\r\nb,0", [(1, "a"), (4, "b")]),
        ('"a\nb",0\r\n"c\r\nd",0\n', [(1, "a\nb"), (2, "c\r\nd")]),
        ('"a""\n""b",0\nc,0', [(1, 'a"\n"b'), (2, "c")]),
        ('a"\n"b",0', [(1, "short"), (2, "b")]),
        ('"a"x\n"b",0', [(1, "malformed"), (2, "b")]),
        ('"a"x,"\n",0\n"b",0', [(1, "malformed"), (2, "b")]),
        ('"a"x"\nb,0', [(1, "malformed"), (2, "b")]),
        ('"",0\n"""",0', [(1, ""), (2, '"')]),
        ('a,0\n"b,0\nc,0\n', [(1, "a"), (2, "malformed")]),
        (' "a",0\n ,0', [(1, ' "a"'), (2, " ")]),
        (",0\nb\n c ,0,", [(1, "null_value"), (2, "short"), (3, "long")]),
    ],
)
def test_csv_records(probe: SourceProbe, tmp_path: Path, records: str, found: list[tuple[int, object]]) -> None:
    assert numbers(probe, tmp_path, f"x,ts\n{records}".encode(), "csv") == found


def test_a_record_of_exactly_the_longest_size_is_read(probe: SourceProbe, tmp_path: Path) -> None:
    padding = LONGEST - len(line(""))
    for end in (b"\r\n", b""):
        assert numbers(probe, tmp_path, line("a" * padding) + end) == [(1, "a" * padding)]


@pytest.mark.parametrize("excess", [1, 2, 3, 5 * 2**20])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_longer_record_is_malformed_and_its_beginning_is_kept(
    probe: SourceProbe, tmp_path: Path, excess: int, end: bytes
) -> None:
    long = line("a" * (LONGEST - len(line("")) + excess))
    assert numbers(probe, tmp_path, long + end + line("b")) == [(1, "malformed"), (2, "b")]
    printed = probe.read(TEXTS, [tmp_path / "file.jsonl"])
    assert printed.rejected[0][3] == long[: 64 * 2**10]


def test_a_long_csv_record_ends_where_its_quotes_close(probe: SourceProbe, tmp_path: Path) -> None:
    file = tmp_path / "file.csv"
    quoted = b'"' + b'a""\n,"",' * (LONGEST // 6) + b'"'
    unquoted = b'a"' * (LONGEST // 2) + b'"'
    file.write_bytes(b"x,ts\n" + quoted + b",0\nb,0\n" + unquoted + b"\nc,0\n")
    printed = probe.read(TEXTS, [file], kind="csv", stages=STAGES)  # the reference would need half a minute
    assert [rejected[1:] for rejected in printed.rejected] == [
        (1, "malformed", quoted[: 64 * 2**10]),
        (3, "malformed", unquoted[: 64 * 2**10]),
    ]
    assert [(routed[1], routed[-1][0]) for routed in printed.routed] == [(2, b"b"), (4, b"c")]


def test_a_long_line_of_spaces_is_empty(probe: SourceProbe, tmp_path: Path) -> None:
    spaces = b" \t" * (LONGEST // 2 + 100)
    assert numbers(probe, tmp_path, spaces + b"\r\n" + line("b")) == [(2, "b")]
    assert numbers(probe, tmp_path, spaces + b"\r") == [(1, "malformed")]


def test_files_are_read_in_the_given_order_and_numbered_each(probe: SourceProbe, tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("a.csv", "b.csv", "c.csv")]
    files[0].write_bytes(b"x,ts\na,5\nb,6")
    files[1].write_bytes(b"")
    files[2].write_bytes(b"ts,other,x\n6,,c\n1,,d\n")
    printed = probe.read(TEXTS, files, kind="csv", stages=STAGES)
    assert [(routed[0], routed[1], routed[-1][0]) for routed in printed.routed] == [
        (str(files[0]), 1, b"a"),
        (str(files[0]), 2, b"b"),
        (str(files[2]), 1, b"c"),
    ]
    assert printed.late[0][:3] == (str(files[2]), 2, "late")


def test_a_missing_file_is_named(probe: SourceProbe, tmp_path: Path) -> None:
    kinds: list[Kind] = ["jsonl", "csv", "parquet"]
    for kind in kinds:
        printed = probe.read(TEXTS, [tmp_path / "absent"], kind=kind)
        assert printed.message == f"{tmp_path / 'absent'} cannot be read: there is no such file"
    assert probe.read(TEXTS, [tmp_path]).message.startswith(f"{tmp_path} cannot be read: ")


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (b"x,y\n", "lacks column `ts`; it has x, y"),
        (b" x,y\n", "lacks column `x`, lacks column `ts`; it has  x, y"),
        (b"x,ts,x\n", "names column `x` 2 times; it has x, ts, x"),
        (b"\n", "lacks column `x`, lacks column `ts`; it has "),
        (b'"x"y,ts\n', "cannot be read: field 1 goes on after its closing quote"),
        (b'x,"ts\n', "cannot be read: the quote of field 2 is never closed"),
        (b"x,\xff\n", "cannot be read: not UTF-8 at byte 3"),
    ],
)
def test_a_wrong_header_ends_the_run(probe: SourceProbe, tmp_path: Path, header: bytes, message: str) -> None:
    file = tmp_path / "file.csv"
    file.write_bytes(header + b"a,0\n")
    printed = probe.read(TEXTS, [file], kind="csv")
    assert printed.message == f"{file}: the header {message}"
    assert expected(TEXTS, [file], kind="csv").failed
