"""The kernel and the reference read random and broken records alike: values, codes, keys, orders, positions."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from tests.kernel.sources.probe import Kind, SourceProbe, expected
from tests.kernel.sources.records import NOW, Maker

RECORDS = 300


@pytest.mark.parametrize("seed", range(40))
def test_json_records(probe: SourceProbe, tmp_path: Path, seed: int) -> None:
    maker = Maker(seed)
    source, stages = maker.source()
    files = []
    for name in ("a.jsonl", "b.jsonl"):
        ends = [maker.pick([b"\n", b"\n", b"\r\n", b"\n \t\n"]) for _ in range(RECORDS)]
        data = b"".join(maker.json(source.columns) + end for end in ends)
        files.append(tmp_path / name)
        files[-1].write_bytes(data.removesuffix(maker.pick([b"\n", b""])))
    wanted = expected(source, files, stages=stages, now=NOW)
    assert wanted.read > RECORDS
    assert probe.read(source, files, stages=stages, now=NOW).outputs() == wanted
    restarted = probe.read(source, files, stages=stages, now=NOW, restart=maker.random.randint(1, 50))
    assert restarted.outputs() == wanted


@pytest.mark.parametrize("seed", range(40))
def test_csv_records(probe: SourceProbe, tmp_path: Path, seed: int) -> None:
    maker = Maker(1000 + seed)
    source, stages = maker.source(in_csv=True)
    files = []
    for name in ("a.csv", "b.csv"):
        columns = maker.random.sample(source.columns, len(source.columns))
        header = io.StringIO()
        csv.writer(header, lineterminator=maker.pick(["\n", "\r\n"])).writerow([column.name for column in columns])
        data = maker.pick([b"", b"\xef\xbb\xbf"]) + header.getvalue().encode()
        ends = [maker.pick([b"\n", b"\n", b"\r\n", b"\n\r\n"]) for _ in range(RECORDS)]
        data += b"".join(maker.csv(columns) + end for end in ends)
        files.append(tmp_path / name)
        files[-1].write_bytes(data.removesuffix(maker.pick([b"\n", b""])))
    null = maker.pick(["", "NA"])
    wanted = expected(source, files, kind="csv", stages=stages, now=NOW, null=null)
    assert wanted.read > 0
    assert probe.read(source, files, kind="csv", stages=stages, now=NOW, null=null).outputs() == wanted
    restarted = probe.read(
        source, files, kind="csv", stages=stages, now=NOW, null=null, restart=maker.random.randint(1, 50)
    )
    assert restarted.outputs() == wanted


def test_the_random_records_reach_every_code(tmp_path: Path) -> None:
    codes: set[str] = set()
    routed = 0
    kinds: list[Kind] = ["jsonl", "csv"]
    for seed in range(20):
        for kind in kinds:
            maker = Maker(seed)
            source, stages = maker.source(in_csv=kind == "csv")
            header = (
                b""
                if kind == "jsonl"
                else ",".join(maker.csv_field(column.name) for column in source.columns).encode() + b"\n"
            )
            make = maker.json if kind == "jsonl" else maker.csv
            file = tmp_path / f"{seed}.{kind}"
            file.write_bytes(header + b"\n".join(make(source.columns) for _ in range(200)))
            outputs = expected(source, [file], kind=kind, stages=stages, now=NOW)
            codes |= {code for _, _, code, _ in outputs.rejected + outputs.late + outputs.quarantined}
            routed += len(outputs.routed)
    assert codes == {"malformed", "short", "long", "null_value", "type", "range", "late", "max_ahead", "null_key"}
    assert routed > 1000
