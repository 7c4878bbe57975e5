"""Bytes to records: line ends, quotes, headers, numbers, order of files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from featlang.backends.reference import Input, InputError, Memory
from featlang.backends.reference.csv_fields import Field, Malformed, csv_fields
from featlang.backends.reference.records import LONGEST_RAW, LONGEST_RECORD, records
from tests.reference.build import Kind, column, outcomes, source

if TYPE_CHECKING:
    from pathlib import Path

EVENTS = source(column("a", "string?"))


def split(kind: Kind, data: bytes) -> list[tuple[int, bytes]]:
    """List the records of one file with their numbers."""
    given = Input(kind, (Memory("file", data),))
    return [(record.number, record.raw) for record in records(EVENTS, given)]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", []),
        (b"\n", []),
        (b"x", [(1, b"x")]),
        (b"x\n", [(1, b"x")]),
        (b"x\r\ny", [(1, b"x"), (2, b"y")]),
        (b"x\r\r\ny\r", [(1, b"x\r"), (2, b"y\r")]),
        (b"\n \t\r\nx\n\n", [(3, b"x")]),
        (b"\r\nx", [(2, b"x")]),
        (b"\xef\xbb\xbf{}\n", [(1, b"\xef\xbb\xbf{}")]),
    ],
)
def test_jsonl(data: bytes, expected: list[tuple[int, bytes]]) -> None:
    """A line is a record; blank ones only count."""
    assert split("jsonl", data) == expected


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (b"", []),
        (b"1,x\n2,y", [(1, b"1,x"), (2, b"2,y")]),
        (b"1,x\r\n2,y\r\n", [(1, b"1,x"), (2, b"2,y")]),
        (b"\n1,x\n", [(2, b"1,x")]),
        (b" \n", [(1, b" ")]),
        (b'1,"x\ny"\n2,z\n', [(1, b'1,"x\ny"'), (2, b"2,z")]),
        (b'1,"x""\n""y"\n2,z', [(1, b'1,"x""\n""y"'), (2, b"2,z")]),
        (b'1,x"\n"y\n', [(1, b'1,x"'), (2, b'"y\n')]),
        (b'"a"b"c\n2,z\n', [(1, b'"a"b"c'), (2, b"2,z")]),
        (b'1,"never\n2,z\n', [(1, b'1,"never\n2,z\n')]),
        (b'1,"x"\r\n2,y\r', [(1, b'1,"x"'), (2, b"2,y\r")]),
    ],
)
def test_csv(rows: bytes, expected: list[tuple[int, bytes]]) -> None:
    """A record ends at a line end outside quotes; a file that never closes one is one record to its end."""
    assert split("csv", b"ts,a\n" + rows) == expected
    assert split("csv", b'\xef\xbb\xbf"ts",a\r\n' + rows) == expected


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ("", [Field("", quoted=False)]),
        (",", [Field("", quoted=False)] * 2),
        ('"",a', [Field("", quoted=True), Field("a", quoted=False)]),
        ('"a,""b""\n",c', [Field('a,"b"\n', quoted=True), Field("c", quoted=False)]),
        ('a"b, "c"', [Field('a"b', quoted=False), Field(' "c"', quoted=False)]),
        ('a,""', [Field("a", quoted=False), Field("", quoted=True)]),
        ('"a"b', None),
        ('"a" ,b', None),
        ('"a"\r', None),
        ('a,"b', None),
        ('"', None),
        ('"""', None),
    ],
)
def test_csv_fields(record: str, expected: list[Field] | None) -> None:
    """A quote opens only as a field's first byte, and after its end comes a separator or nothing."""
    if expected is None:
        with pytest.raises(Malformed):
            csv_fields(record)
    else:
        assert csv_fields(record) == expected


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"a,b\n", "file: the header names column `ts` not; it has a, b"),
        (b"ts,a,a\n", "file: the header names column `a` twice; it has ts, a, a"),
        (b"ts, a\n", "file: the header names column `a` not; it has ts,  a"),
        (b'ts,"a\n', "file: the header cannot be read: a quote is never closed"),
        (b"\n", "file: the header names column `a` not; it has "),
    ],
)
def test_headers_that_are_errors(data: bytes, message: str) -> None:
    """The file, the column and what the header has."""
    with pytest.raises(InputError) as error:
        split("csv", data)
    assert str(error.value) == message


def test_a_file_of_no_bytes_has_no_header() -> None:
    """And is no error."""
    assert split("csv", b"") == []


def test_columns_are_matched_by_name() -> None:
    """Undeclared ones are ignored, also where they are named twice."""
    assert outcomes(EVENTS, "csv", b"x,ts,x,a\n,5,,b\n") == [(1, {"a": "b", "ts": 5})]


def test_a_record_that_is_too_long() -> None:
    """Refused as a whole; its first 64 KiB are kept."""
    longest = b'"' + b"x" * (LONGEST_RECORD - 2) + b'"'
    given = Input("jsonl", (Memory("file", longest + b"\r\n " + longest + b"\n{}"),))
    found = list(records(EVENTS, given))
    assert [(r.number, r.too_long, len(r.raw)) for r in found] == [
        (1, False, LONGEST_RECORD),
        (2, True, LONGEST_RAW),
        (3, False, 2),
    ]
    assert outcomes(EVENTS, "jsonl", b" " + longest) == [(1, "malformed")]


def test_files_are_read_in_the_order_of_their_names() -> None:
    """By UTF-8 bytes of the path; hidden files are skipped, and numbers begin again."""
    names = ["b", "a/\U00010000", "a/\uffff", "a/_SUCCESS", "a/.hidden", "a/10", "a/9"]
    given = Input("jsonl", tuple(Memory(name, b"{}\n{}") for name in names))
    found = [(record.path, record.number) for record in records(EVENTS, given)]
    assert found == [(name, n) for name in ["a/10", "a/9", "a/\uffff", "a/\U00010000", "b"] for n in (1, 2)]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """An error of the run that names it."""
    given = Input("jsonl", (tmp_path / "nothing.jsonl",))
    with pytest.raises(InputError, match=r"nothing\.jsonl cannot be read"):
        list(records(EVENTS, given))


def test_a_file_on_disk(tmp_path: Path) -> None:
    """Its path is what rejects show."""
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"{}\r\n")
    assert [(r.path, r.raw) for r in records(EVENTS, Input("jsonl", (path,)))] == [(str(path), b"{}")]
