"""The kernel and the reference read Debezium's envelopes alike: rows, what stands beside them, deletions, rejects."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from featlang.compiler import ir
from tests.kernel.sources.probe import Plain, SourceProbe, Stage, expected
from tests.kernel.sources.records import NOW, Maker
from tests.reference.build import column, source

RECORDS = 300
STAGES = [Stage(("user",))]
CHANGED = 1_709_294_400_123
"""The time of the changes, ms."""


def users(*more: ir.Column) -> ir.Source:
    """A table's source: the time is that of the change, `gone` a column by which a row is deleted."""
    changed = column("ts", "timestamp", unit="ms", envelope="source.ts_ms")
    made = source(column("user", "string"), column("plan", "string?"), column("gone", "bool?"), changed, *more)
    return made.model_copy(update={"deleted": "gone"})


def envelope(operation: str, *, before: str = "null", after: str = "null", more: str = "") -> str:
    """One as Debezium writes it."""
    source_member = f'"source": {{"db": "crm", "ts_ms": {CHANGED}, "lsn": 24023128}}'
    return f'{{"before": {before}, "after": {after}, {source_member}, "op": "{operation}", "ts_ms": 1{more}}}'


ROW = '{"user": "u1", "plan": "free"}'
NEWER = '{"user": "u1", "plan": "paid"}'
VALUES = (b"u1", b"free", None, CHANGED * 1000)

GOLDEN: list[tuple[str, tuple[Plain, ...] | str]] = [
    (envelope("c", after=ROW), VALUES),
    (envelope("r", after=ROW), VALUES),
    (envelope("u", before=NEWER, after=ROW), VALUES),
    (envelope("d", before=ROW), (b"u1", b"free", 1, CHANGED * 1000)),
    (envelope("u", after='{"user": "u1", "plan": null, "gone": true}'), (b"u1", None, 1, CHANGED * 1000)),
    (envelope("d", before='{"user": "u1", "gone": "x"}'), (b"u1", None, 1, CHANGED * 1000)),
    (f'{{"schema": {{"type": "struct"}}, "payload": {envelope("c", after=ROW)}}}', VALUES),
    (envelope("\\u0063", after=ROW), VALUES),
    (envelope("c", after='{"user": "u1", "plan": 3}'), "column `plan` is 3, expected a string"),
    (envelope("c", after='{"plan": "free"}'), "column `user` is null"),
    (envelope("t"), '`op` is "t", expected "c", "u", "r" or "d"'),
    (envelope("d", after=ROW), "`before` is null, expected an object"),
    (envelope("u", before=ROW), "`after` is null, expected an object"),
    (envelope("u", after=f"[{ROW}]"), f"`after` is {f'[{ROW}]'[:40]}, expected an object"),
    (ROW, '`op` is null, expected "c", "u", "r" or "d"'),
    (f'{{"op": {{"op": "c"}}, "after": {ROW}}}', '`op` is {"op": "c"}, expected "c", "u", "r" or "d"'),
    ('{"payload": "c"}', '`payload` is "c", expected an object'),
    ('{"payload": null}', '`op` is null, expected "c", "u", "r" or "d"'),
    (f'{{"op": "c", "after": {ROW}, "source": null}}', "column `ts` is null"),
    (f'{{"op": "c", "after": {ROW}, "source": 7}}', "column `ts` is null"),
    (f'{{"op": "c", "after": {ROW}, "source": {{"ts_ms": "now"}}}}', 'column `ts` is "now", expected an integer'),
]


@pytest.mark.parametrize(("record", "wanted"), GOLDEN)
def test_an_envelope(probe: SourceProbe, tmp_path: Path, record: str, wanted: tuple[Plain, ...] | str) -> None:
    file = tmp_path / "users.jsonl"
    file.write_text(record)
    outputs = expected(users(), [file], stages=STAGES, form="debezium")
    if isinstance(wanted, str):
        code = "null_value" if wanted.startswith("column") and "null" in wanted else "type"
        assert outputs.reasons == [wanted if len(wanted) < 70 else wanted.replace(", expected", "…, expected")]
        assert [reject[2] for reject in outputs.rejected] == [code if wanted.startswith("column") else "envelope"]
    else:
        assert [routed[-1] for routed in outputs.routed] == [wanted]
    assert probe.read(users(), [file], stages=STAGES, form="debezium").outputs() == outputs


@pytest.mark.parametrize("seed", range(40))
def test_random_envelopes(probe: SourceProbe, tmp_path: Path, seed: int) -> None:
    made, stages, file = random_envelopes(seed, tmp_path)
    wanted = expected(made, [file], stages=stages, form="debezium", now=NOW)
    assert wanted.read > RECORDS // 2
    assert probe.read(made, [file], stages=stages, form="debezium", now=NOW).outputs() == wanted


def test_the_random_envelopes_reach_every_code(tmp_path: Path) -> None:
    codes: set[str] = set()
    routed = deleted = 0
    for seed in range(20):
        made, stages, file = random_envelopes(seed, tmp_path)
        outputs = expected(made, [file], stages=stages, form="debezium", now=NOW)
        codes |= {code for _, _, code, _ in outputs.rejected}
        routed += len(outputs.routed)
        deleted += sum(values[-1] == 1 for *_, values in outputs.routed)
    assert codes == {"malformed", "envelope", "null_value", "type", "range", "null_key"}
    assert routed > 500
    assert deleted > 100


def random_envelopes(seed: int, folder: Path) -> tuple[ir.Source, list[Stage], Path]:
    """A source some of whose columns stand in the envelope, and a file of envelopes."""
    maker = Maker(2000 + seed)
    made, stages = maker.source()
    paths = ["source.ts_ms", "source.lsn", "ts_ms", "transaction.id", "source.a.b", None, None, None]
    maker.random.shuffle(paths)
    columns: list[Any] = [
        each.model_copy(update={"envelope": path}) for each, path in zip(made.columns, paths, strict=False)
    ]
    every = (*columns, column("_deleted", "bool?"))
    taken = {"columns": every, "deleted": "_deleted", "lateness": 2**63 - 1, "max_ahead": None}
    made = made.model_copy(update=taken)
    file = folder / f"{seed}.jsonl"
    file.write_bytes(b"\n".join(maker.envelope(made.columns) for _ in range(RECORDS)))
    return made, stages, file
