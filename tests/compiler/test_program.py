"""The IR of whole programs, and what stays as it was written."""

from __future__ import annotations

import time

import pytest
from syrupy.assertion import SnapshotAssertion

from featlang.compiler import ir
from featlang.compiler.compile import compile_program
from tests.compiler.programs import EVENTS, block, codes, compiled, features, program

CLICKSTREAM = """\
source clicks(
  event_id: string,
  user_id:  string,
  page_id:  string,
  action:   string,
  dwell_ms: int?,
  is_bot:   bool,
  ts:       timestamp,
) {
  time     = ts
  ties     = [event_id]
  lateness = 2s
  stream   = kafka("web.clicks", format="json")
  history  = parquet("hdfs://lake/clicks/")
}

## How actively a user reads the site.
@owner("growth")
features user_engagement
  from clicks
  where not is_bot
  by user_id
  over 5m, 1h, 30d
  to cassandra("features.user_engagement"), druid("user_engagement")
{
  clicks    = count() where action == "click"
  views     = count() where action == "view"
  pages     = count_distinct(page_id)
  avg_dwell = avg(dwell_ms) over 1h, 30d
  last_seen = max(ts) over forever
  ctr       = clicks / views ?? 0.0
  momentum  = clicks[1h] / (clicks[30d] / 720) ?? 0.0
}
"""

PAYMENTS = """\
source payments(
  card_id: string,
  amount_usd: float,
  merchant_id: string,
  status: string,
  country: string?,
  ts: timestamp,
) {
  time = ts
  ties = [merchant_id]
}

features card_velocity from payments by card_id over 5m, 1h, 24h to cassandra("features.card_velocity") {
  tx           = count()
  amount       = sum(amount_usd)
  merchants    = count_distinct(merchant_id)
  decline_rate = count_if(status == "declined") / count() ?? 0.0
  burst        = tx[5m] / (tx[1h] / 12) ?? 0.0
  country_hop  = count_distinct(country) > 1 over 1h
  amount_z     = (last(amount_usd) - avg(amount_usd)) / stddev(amount_usd) over 30d
}
"""


@pytest.mark.parametrize("text", [CLICKSTREAM, PAYMENTS], ids=["user_engagement", "card_velocity"])
def test_program(text: str, snapshot: SnapshotAssertion) -> None:
    found = program(text)
    assert outline(found) == snapshot(name="outline")
    assert found.model_dump_json(indent=1) == snapshot(name="json")
    assert ir.Program.model_validate_json(found.model_dump_json()) == found


def outline(whole: ir.Program) -> str:
    """A program in a form to read."""
    lines = []
    for group in whole.features:
        lines.append(f"{group.name} from {group.source} by {', '.join(group.key)} where {_text(group.where)}")
        for i, aggregate in enumerate(group.aggregates):
            arguments = ", ".join(_text(argument) for argument in aggregate.arguments)
            where = f" where {_text(aggregate.where)}" if aggregate.where else ""
            window = " ".join(str(value) for value in aggregate.window.model_dump().values())
            null = "?" if aggregate.nullable else ""
            lines.append(f"  @{i}: {aggregate.type}{null} = {aggregate.function}({arguments}){where} over {window}")
        for i, value in enumerate(group.values):
            null = "?" if value.nullable else ""
            lines.append(f"  #{i} {value.name}: {value.type}{null} = {_text(value.expression)}")
    return "\n".join(lines)


def _text(expression: ir.Expression | None) -> str:
    match expression:
        case ir.Constant():
            return repr(expression.value)
        case ir.ColumnValue():
            return expression.name
        case ir.AggregateValue():
            return f"@{expression.index}"
        case ir.NamedValue():
            return f"#{expression.index}"
        case ir.LookedUp():
            return f"lookup {expression.lookup}.{expression.name}"
        case ir.Operation():
            return f"{expression.operator}({', '.join(_text(argument) for argument in expression.arguments)})"
        case None:
            return "-"


def types_of(body: str) -> dict[str, str]:
    return {v.name: v.type + ("?" if v.nullable else "") for v in features(body).values}


def test_types_and_declared_null() -> None:
    assert types_of(
        """
        counts    = count() + count(m)
        ratio     = count() / 2
        unsafe    = count() / count(m)
        by_zero   = count() % count(m)
        safe      = count() % 7
        total     = sum(n)
        share     = sum(n) / sum(x) ?? 0
        known     = sum(n) is null
        either    = any(ok) or sum(n) > 1
        bools     = any(ok) or all(ok)
        branch    = if sum(n) > 1 then 1 else 2.5
        nothing   = if any(ok) then count() else null
        earlier   = max(ts) - 5m
        later     = 5m + max(ts)
        span      = max(ts) - min(ts)
        spans     = 2 * (max(ts) - min(ts))
        hours     = (max(ts) - min(ts)) / 1h
        wait      = avg(n) * count()
        latest    = last(page)
        found     = last(page) in ["a", "b"]
        there     = count() in [1, 2]
        gap       = count() in [1, null]
        shortest  = min(took)
        day_      = max(day)
        raw_      = last(raw)
        """
    ) == {
        "counts": "int",
        "ratio": "float",
        "unsafe": "float?",
        "by_zero": "int?",
        "safe": "int",
        "total": "int?",
        "share": "float",
        "known": "bool",
        "either": "bool?",
        "bools": "bool",
        "branch": "float",
        "nothing": "int?",
        "earlier": "timestamp?",
        "later": "timestamp?",
        "span": "duration?",
        "spans": "duration?",
        "hours": "float?",
        "wait": "float?",
        "latest": "string?",
        "found": "bool?",
        "there": "bool",
        "gap": "bool?",
        "shortest": "duration?",
        "day_": "date?",
        "raw_": "bytes?",
    }


def test_source_is_kept_whole() -> None:
    text = """
    ## Sensors.
    ## All of them.
    source s(
      ## Who.
      id: string,
      @unit("s") at: timestamp?,
      @zone("UTC") text: timestamp,
      @unit("us") took: duration,
    ) {
      time = at
      ties = [id, took]
      lateness = 2 * 30s
      max_ahead = 1h
      order = time
      stream = kafka("a.b", format="json", start="earliest")
      history = parquet("lake/s")
    }
    """
    source = program(text).source("s")
    assert source == ir.Source(
        name="s",
        columns=(
            ir.Column(name="id", type="string", nullable=False, doc="Who."),
            ir.Column(name="at", type="timestamp", nullable=True, unit="s"),
            ir.Column(name="text", type="timestamp", nullable=False, zone="UTC"),
            ir.Column(name="took", type="duration", nullable=False, unit="us"),
        ),
        time="at",
        ties=("id", "took"),
        lateness=60_000_000,
        max_ahead=3_600_000_000,
        stream=ir.Connector(kind="kafka", target="a.b", options={"format": "json", "start": "earliest"}),
        history=ir.Connector(kind="parquet", target="lake/s"),
        doc="Sensors.\nAll of them.",
        origin=ir.Origin(file="main.feat", line=4),
    )


def test_the_text_of_a_csv_null_is_an_option() -> None:
    source = program('source s(k: string, ts: timestamp) { time = ts stream = csv("a.csv", null="NA") }').source("s")
    assert source.stream == ir.Connector(kind="csv", target="a.csv", options={"null": "NA"})


def test_annotations_sinks_and_origins_are_kept() -> None:
    annotations = '@owner("growth")\n@weights(1, 0.5, -2, true)'
    found = program(EVENTS + annotations, block("## Many.\na = count()", _TO)).features[0]
    assert found.annotations == {"owner": ("growth",), "weights": (1, 0.5, -2, True)}
    assert [(s.kind, s.target, s.options) for s in found.sinks] == [
        ("cassandra", "t", {"ttl": 86_400_000_000}),
        ("kafka", "u", {"delivery": "exactly_once"}),
        ("druid", "v", {"retries": 3, "eager": True, "wait": 1_000_000, "share": 0.5}),
    ]
    assert (found.origin.line, found.values[0].origin.line, found.values[0].doc) == (20, 22, "Many.")


@pytest.mark.parametrize(
    ("emit", "options"),
    [("", {}), (', emit="every"', {}), (', emit="change"', {"emit": "change"}), (", emit=1s", {"emit": 1_000_000})],
)
def test_what_a_store_is_told(emit: str, options: dict[str, str | int]) -> None:
    found = features("a = count()", f'from events by user over 1h to cassandra("t"{emit})')
    assert found.sinks == (ir.Connector(kind="cassandra", target="t", options=options),)


def test_rows_without_a_store_may_be_as_of_something() -> None:
    assert codes(EVENTS, block("as_of = max(ts)", 'from events by user over 1h to kafka("t")')) == []


@pytest.mark.parametrize(
    ("written", "order", "ttl"),
    [
        ("time", None, None),
        ("arrival(n)", "n", None),
        ("arrival(ts, ttl=30d)", "ts", 30 * 86_400_000_000),
        ("arrival(n, ttl=2 * 1h)", "n", 7_200_000_000),
    ],
)
def test_order(written: str, order: str | None, ttl: int | None) -> None:
    found = program(f"source s(k: string, n: int, ts: timestamp) {{ time = ts order = {written} }}").source("s")
    assert (found.order, found.order_ttl, found.idleness) == (order, ttl, None)


def test_idleness() -> None:
    found = program("source s(k: string, ts: timestamp) { time = ts idleness = 30s }").source("s")
    assert found.idleness == 30_000_000


def test_arrival_orders_simultaneous_events() -> None:
    source = "source s(k: string, n: int, ts: timestamp) { time = ts order = arrival(n, ttl=1d) }"
    assert codes(source, "features g from s by k over 1h { a = last(n) b = first(n) }") == []


@pytest.mark.parametrize(
    ("order", "over", "told"),
    [
        ("arrival(n)", "1h", ["F311"]),
        ("arrival(n, ttl=1d)", "1h", []),
        ("arrival(n)", "1h, forever", []),
        ("arrival(n)", "1h, forever(ttl=1d)", ["F311"]),
        ("time", "1h", []),
    ],
)
def test_keys_that_are_kept_for_good_say_so(order: str, over: str, told: list[str]) -> None:
    source = f"source s(k: string, n: int, ts: timestamp) {{ time = ts order = {order} }}"
    assert codes(source, f"features g from s by k over {over} {{ a = count() }}") == told


_TO = (
    'from events by user, day over 1h to cassandra("t", ttl=1d), kafka("u", delivery="exactly_once"), '
    'druid("v", retries=3, eager=true, wait=1s, share=0.5)'
)


def test_files_are_compiled_in_the_order_of_their_paths() -> None:
    a = f"import z\nimport b\n{block('a = count()')}"
    b = "import main\nsource b(k: string, ts: timestamp) { time = ts }"
    found = program(a, z=EVENTS, b=b)
    assert [source.name for source in found.sources] == ["b", "events"]
    assert found.features[0].origin.file == "main.feat"


def test_the_same_text_gives_the_same_bytes() -> None:
    assert program(CLICKSTREAM).model_dump_json() == program(CLICKSTREAM).model_dump_json()


def test_the_deepest_expression_survives_json() -> None:
    text = "not " * 64 + "ok"
    found = program(EVENTS, block(f"a = count_if({text}) where {text}", f"from events where {text} by user over 1h"))
    assert ir.Program.model_validate_json(found.model_dump_json()) == found
    assert codes(EVENTS, block(f"a = count_if(not {text})")) == ["F212"]


@pytest.mark.parametrize(
    "expression",
    [
        "(" * 10_000 + "n" + ")" * 10_000,
        "if ok then n else " * 10_000 + "n",
        "-" * 10_000 + "n",
        "n" + " + n" * 10_000,
        "n" + " ?? n" * 10_000,
        "ok and " * 10_000 + "ok",
        "sum(" * 10_000 + "n" + ")" * 10_000,
        "[" * 10_000 + "]" * 10_000,
    ],
    ids=["parentheses", "if", "minus", "sum", "default", "and", "calls", "lists"],
)
def test_deep_nesting_is_an_error_and_no_crash(expression: str) -> None:
    found = compiled(EVENTS, block(f"a = sum({expression})"))
    assert found.program is None
    assert {diagnostic.code for diagnostic in found.diagnostics} <= {"F002", "F003", "F212", "F201", "F007"}


def test_a_long_chain_of_features_is_no_deep_expression() -> None:
    chain = "\n".join(f"a{i} = a{i + 1} + 1" for i in range(3_000))
    found = features(f"{chain}\na3000 = count()")
    assert len([value for value in found.values if value.written]) == 3_001


def test_a_large_file_compiles_in_seconds() -> None:
    groups = [
        f"features g{i} from events where n > {i} by user over 5m, 1h {{\n"
        f'  a = count() where page == "{i}"\n  b = count()\n  c = a / b ?? 0.0\n  d = c[1h] + {i}\n}}'
        for i in range(600)
    ]
    text = "\n".join([EVENTS, *groups, "#" * 900_000])
    assert len(text) > 950_000
    started = time.process_time()
    found = compile_program({"main.feat": text})
    assert found.program is not None
    assert sum(len(group.values) for group in found.program.features) == 600 * 7
    assert time.process_time() - started < 12
