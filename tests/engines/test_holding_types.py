"""Lists, maps, structs and decimals through both engines: rows, stores and files are the reference's, bit for bit."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

import featlang
from featlang.backends.reference.to_table import arrow_type, to_array
from featlang.parity import parity
from featlang.request import Request
from featlang.run_inputs import inputs_of
from tests.strategies.texts import json_line
from tests.strategies.types import HOLDING
from tests.strategies.values import random_value

if TYPE_CHECKING:
    from pathlib import Path

    from featlang.compiler import ir

EVENTS = 200
TYPES = [each for types in HOLDING.values() for each in types]
COLUMNS = [*(f"c{n}: {each}?" for n, each in enumerate(TYPES)), "amount: decimal<10, 2>", "prices: list<float?>"]
LAST = " ".join(f"l{n} = last(c{n}) f{n} = first(c{n}) d{n} = count_distinct(c{n})" for n in range(len(TYPES)))


def definitions(kind: str) -> str:
    """A source of one kind of file, and features of it."""
    return f"""
source {kind}_events(user: string, id: int, {", ".join(COLUMNS)}, @unit("us") ts: timestamp) {{
  time = ts
  ties = [id]
  stream = {kind}("events.{kind}")
}}

features of_{kind} from {kind}_events by user over 1h, forever to cassandra("of_{kind}") {{
  {LAST}
  spent    = sum(amount)
  mean     = avg(amount)
  share    = spent / count()
  taxed    = sum(amount * 1.23)
  basket   = sum(sum_of(prices))
  vector   = [basket, mean, null]
  by_kind  = map_of(["spent", "taxed"], [spent ?? 0, taxed])
}}
"""


def events(source: ir.Source) -> list[dict[str, Any]]:
    """Random events, nulls and ties among them."""
    dice = Random("holding")
    made = []
    for number in range(EVENTS):
        event = {column.name: random_value(dice, column.type) for column in source.columns}
        event |= {column.name: None for column in source.columns if column.nullable and dice.random() < 0.2}
        time = 1_700_000_000_000_000 + number // 2 * 40_000_000
        made.append({**event, "user": dice.choice("abc"), "id": number, "ts": time})
    return made


def _as_one_job(program: ir.Program) -> ir.Program:
    """Both sources in one job, so that each engine starts once."""
    update: dict[str, object] = {"annotations": {"job": ("all",)}}
    return program.model_copy(update={"features": tuple(block.model_copy(update=update) for block in program.features)})


def test_both_engines_give_the_reference_s_bits(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "holding.feat").write_text(definitions("jsonl") + definitions("parquet"), encoding="utf-8")
    project = featlang.load(folder)
    source = project.program.source("jsonl_events")
    made = events(source)
    dice = Random("spelling")
    (folder / "events.jsonl").write_bytes(b"\n".join(json_line(dice, source.columns, event) for event in made))
    arrays = {c.name: to_array([event[c.name] for event in made], arrow_type(c.type)) for c in source.columns}
    pq.write_table(pa.table(arrays), folder / "events.parquet")

    program = _as_one_job(project.program)
    names = [block.name for block in program.features]
    inputs = inputs_of(project.source, program, names, None, "parity")
    report = parity(
        Request(program, tuple(names), inputs, tmp_path / "out", tmp_path / "build", now=1_800_000_000_000_000)
    )
    assert report.problems() == []
    assert report.values > 100 * EVENTS

    both = [pq.read_table(tmp_path / "out" / "spark" / name).drop_columns(["ts", "_tie"]) for name in names]
    assert both[0].schema == both[1].schema
    types = {value.name: value.type for value in project.program.features[0].values}
    assert all(both[0].schema.field(name).type == arrow_type(kind) for name, kind in types.items())
