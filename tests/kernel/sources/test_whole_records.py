"""JSON as RFC 8259 has it and nothing looser, whatever part of the record is declared; the texts of rejects."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kernel.sources.probe import Kind, SourceProbe, Stage, expected
from tests.reference.build import column, source

INTS = source(column("x", "int?"))


def codes(probe: SourceProbe, folder: Path, records: list[bytes]) -> list[str]:
    """The code of each record's reject, or `ok`; the reference agrees."""
    file = folder / "file.jsonl"
    file.write_bytes(b"\n".join(records))
    printed = probe.read(INTS, [file], stages=[Stage(("ts",))])
    assert printed.outputs() == expected(INTS, [file], stages=[Stage(("ts",))])
    found = {number: code for _, number, code, _ in printed.rejected}
    return [found.get(number, "ok") for number in range(1, len(records) + 1)]


GOOD = [
    rb'{"ts":0}',
    b' \t\r{ "ts" : 0 , "u" : [ ] , "v" : { } } \r',
    rb'{"ts":0,"u":[1,-0.5e+3,"\u00e9",null,true,false,{"a":{"a":[{}]}}]}',
    rb'{"t\u0073":0,"\u0078":7}',
    rb'{"ts":0,"u":{"a":1,"A":2},"v":{"a":1},"w":[{"a":1},{"a":1}]}',
    rb'{"ts":0,"":1,"u":{"":1}}',
    b'{"ts":0,"u":"' + "\u0080\u07ff\u0800\ud7ff\ue000\uffff\U00010000\U0010ffff".encode() + b'"}',
    b'{"ts":0,"u":' + b"[" * 99 + b"]" * 99 + b"}",
    b'{"ts":0,"u":' + b'{"a":' * 99 + b"1" + b"}" * 99 + b"}",
    b'{"ts":0,' + b",".join(b'"k%d":%d' % (i, i) for i in range(5000)) + b"}",
    rb'{"ts":0,"u":1e999999999999,"v":123456789012345678901234567890}',
]

MALFORMED = [
    b"{",
    b"[]",
    b"1",
    b"null",
    b'"x"',
    b'{"ts":0}x',
    b'{"ts":0}{"ts":0}',
    b'{"ts":0,}',
    b'{,"ts":0}',
    b'{"ts" 0}',
    b'{"ts":}',
    b"{ts:0}",
    b"{'ts':0}",
    b'{"ts":0 "u":1}',
    b'{"ts":0}\x00',
    b'{"ts":0}\x0c',
    b'{"ts":0,"u":[1,]}',
    b'{"ts":0,"u":[,1]}',
    b'{"ts":0,"u":[1 2]}',
    b'{"ts":0,"u":[1}}',
    b'{"ts":0,"u":{"a"}}',
    b'{"ts":0,"u":{1:1}}',
    b'{"ts":0,"u":tru}',
    b'{"ts":0,"u":True}',
    b'{"ts":0,"u":truex}',
    b'{"ts":0,"u":nul',
    b'{"ts":0,"u":Infinity}',
    b'{"ts":0,"u":-Infinity}',
    b'{"ts":0,"u":.5}',
    b'{"ts":0,"u":-}',
    b'{"ts":0,"u":00}',
    b'{"ts":0,"u":1.e5}',
    b'{"ts":0,"u":1e+}',
    b'{"ts":0,"u":0x10}',
    b'{"ts":0,"u":1}//',
    b'{"ts":0,"u":"\x01"}',
    b'{"ts":0,"u":"\x00"}',
    rb'{"ts":0,"u":"\u12"}',
    rb'{"ts":0,"u":"\u 123"}',
    b'{"ts":0,"u":"\\u\xef\xbc\x91\xef\xbc\x91\xef\xbc\x91\xef\xbc\x91"}',
    rb'{"ts":0,"u":"\a"}',
    rb'{"ts":0,"u":"\ud800"}',
    rb'{"ts":0,"u":["\udc00\ud800"]}',
    rb'{"ts":0,"u":{"\ud800":1}}',
    rb'{"ts":0,"\udfff":1}',
    rb'{"ts":0,"u":"\ud800\ud800\udc00"}',
    b'{"ts":0,"u":"\x80"}',
    b'{"ts":0,"u":"\xc0\xaf"}',
    b'{"ts":0,"u":"\xc1\xbf"}',
    b'{"ts":0,"u":"\xe0\x9f\xbf"}',
    b'{"ts":0,"u":"\xed\xa0\x80"}',
    b'{"ts":0,"u":"\xf0\x8f\xbf\xbf"}',
    b'{"ts":0,"u":"\xf4\x90\x80\x80"}',
    b'{"ts":0,"u":"\xf5\x80\x80\x80"}',
    b'{"ts":0,"u":"\xe2\x82"}',
    b'{"ts":0,"u":"\xe2\x82',
    b'{"ts":0,"u":"\xe2(\xa1"}',
    b'{"ts":0,"\xff":1}',
    b'{"ts":0}\xff',
    b'\xef\xbb\xbf{"ts":0}',
    b'{"ts":0,"ts":0}',
    b'{"x":1,"x":null,"ts":0}',
    rb'{"ts":0,"t\u0073":0}',
    b'{"u":1,"u":2,"ts":0}',
    rb'{"u":1,"\u0075":2,"ts":0}',
    b'{"ts":0,"u":{"a":1,"b":2,"a":3}}',
    b'{"ts":0,"u":[[{"a":{"b":1,"b":1}}]]}',
    rb'{"ts":0,"u":{"\ud83d\ude00":1,"' + "😀".encode() + rb'":2}}',
    b'{"ts":0,' + b",".join(b'"k%d":%d' % (i % 4999, i) for i in range(5000)) + b"}",
    b'{"ts":0,"u":' + b"[" * 100 + b"]" * 100 + b"}",
    b'{"ts":0,"u":' + b'{"a":' * 100 + b"1" + b"}" * 100 + b"}",
    b'{"ts":0,"u":' + b"[" * 100000,
]


def test_good_records(probe: SourceProbe, tmp_path: Path) -> None:
    assert codes(probe, tmp_path, GOOD) == ["ok"] * len(GOOD)


def test_malformed_records(probe: SourceProbe, tmp_path: Path) -> None:
    assert codes(probe, tmp_path, MALFORMED) == ["malformed"] * len(MALFORMED)


def test_every_cut_and_every_changed_byte_of_a_record(probe: SourceProbe, tmp_path: Path) -> None:
    record = '{"x":12,"u":{"k\\u0041":[true,null,"é\\ud83d\\ude00"],"z":-1.5e3},"ts":0}'.encode()
    cuts = [record[:end] for end in range(1, len(record))]
    put = [bytes([byte]) for byte in b'"\\{}[],:0e-.u \x01\x80\xe9']
    changed = [record[:i] + byte + record[i + 1 :] for i in range(len(record)) for byte in put]
    found = codes(probe, tmp_path, cuts + changed)
    assert set(found[: len(cuts)]) == {"malformed"}
    assert set(found) == {"malformed", "ok", "null_value"}


def test_the_whole_record_is_checked_before_its_columns_and_those_in_declared_order(
    probe: SourceProbe, tmp_path: Path
) -> None:
    records = [b'{"x":"a","ts":"b"', b'{"ts":"b","x":9223372036854775808}', b'{"x":"a"}', b"{}", b'{"x":1,"ts":null}']
    assert codes(probe, tmp_path, records) == ["malformed", "range", "type", "null_value", "null_value"]


def test_the_time_is_needed_even_where_it_may_be_null(probe: SourceProbe, tmp_path: Path) -> None:
    events = source(column("ts", "timestamp?", unit="us"), column("x", "int"))
    file = tmp_path / "file.jsonl"
    file.write_bytes(b'{"x":"a"}\n{"x":1}\n{"ts":1,"x":1}')
    printed = probe.read(events, [file], stages=[Stage(("x",))])
    assert [code for _, _, code, _ in printed.rejected] == ["type", "null_value"]
    assert printed.outputs() == expected(events, [file], stages=[Stage(("x",))])


@pytest.mark.parametrize(
    ("kind", "record", "text"),
    [
        ("jsonl", '{"x":"a","ts":0}', 'column `x` is "a", expected an integer'),
        ("jsonl", '{"x":9223372036854775808,"ts":0}', "column `x` is 9223372036854775808, out of the range of int"),
        ("jsonl", '{"x":"' + "é" * 30 + '","ts":0}', 'column `x` is "' + "é" * 19 + "…, expected an integer"),
        ("jsonl", '{"x":1}', "column `ts` is null"),
        ("jsonl", '{"x":1,"x":1}', 'not JSON: key "x" occurs twice in one object'),
        ("jsonl", '{"u":{"é":1,"é":1}}', 'not JSON: key "é" occurs twice in one object'),
        ("jsonl", '{"x":1', "not JSON: it ends where `,` or `}` should stand"),
        ("jsonl", '{"x";1}', "not JSON: `;` at byte 5 where `:` should stand"),
        ("jsonl", '{"x":é}', "not JSON: `é` at byte 6 where a value should stand"),
        ("csv", "a,0", "column `x` is `a`, expected an integer"),
        ("csv", "1", "1 fields, the header has 2"),
        ("csv", '1,"', "the quote of field 2 is never closed"),
    ],
)
def test_the_text_of_a_reject(probe: SourceProbe, tmp_path: Path, kind: Kind, record: str, text: str) -> None:
    file = tmp_path / f"file.{kind}"
    file.write_bytes(("x,ts\n" if kind == "csv" else "").encode() + record.encode())
    assert probe.read(INTS, [file], kind=kind).texts == [text]


@pytest.mark.parametrize(
    ("kind", "written", "text"),
    [
        ("list<int>", '[1, 2, "b"]', '`x[2]` is "b", expected an integer'),
        ("list<int>", "[1, null]", "`x[1]` is null"),
        ("list<int>", '{"a": [1]}', 'column `x` is {"a": [1]}, expected an array'),
        ("struct<city: string, zip: int?>", '{"zip": 1, "city": 5}', "`x.city` is 5, expected a string"),
        ("struct<city: string>", '{"town": "a"}', "`x.city` is null"),
        ("struct<city: string>", " 5", "column `x` is 5, expected an object"),
        ("map<string, int>", r'{"a": 1, "q\"\n": true}', r'`x["q\"\u000a"]` is true, expected an integer'),
        ("map<int, int>", '{"-5": 9223372036854775808}', "`x[-5]` is 9223372036854775808, out of the range of int"),
        ("map<int, int>", '{"05": 1}', 'a key of column `x` is "05", expected an integer'),
        ("list<map<int, int>>", '[{}, {"9223372036854775808": 1}]',
         'a key of `x[1]` is "9223372036854775808", out of the range of int'),
        ("map<string, list<struct<a: timestamp>>>", r'{"k" : [ {"a":"1970-01-01T00:00Z"}, {"b":[],"a" : "\u0061"} ]}',
         r'`x["k"][1].a` is "\u0061", expected a string YYYY-MM-DDTHH:MM:SS with its offset from UTC'),
    ],
)  # fmt: skip
def test_the_text_names_the_part_that_is_wrong(
    probe: SourceProbe, tmp_path: Path, kind: str, written: str, text: str
) -> None:
    file = tmp_path / "file.jsonl"
    file.write_text(f'{{"u": {{"x": [1]}}, "x":{written}, "ts": 0}}\n')
    events = source(column("x", kind))
    printed = probe.read(events, [file])
    assert printed.texts == [text]
    assert printed.outputs() == expected(events, [file])
