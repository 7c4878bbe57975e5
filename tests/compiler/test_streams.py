"""Streams that read their input's rows: what is computed from them is the same as written over the source."""

from __future__ import annotations

import pytest

from featlang.compiler import ir
from featlang.compiler.plan import plan
from tests.compiler.programs import compiled

CLICKS = """
source clicks(
  user_id: string, action: string, dwell_ms: int?, price: float, @pii email: string?, @label bought: bool,
  ts: timestamp,
) {
  time = ts
  ties = [action]
}
"""


def program(*texts: str) -> ir.Program:
    """The program, which nothing is said of."""
    found = compiled(CLICKS, *texts)
    assert found.diagnostics == ()
    assert found.program is not None
    return found.program


def codes(*texts: str) -> list[str]:
    """The codes of what is said."""
    return [each.code for each in compiled(CLICKS, *texts).diagnostics]


def meaning(block: ir.Features) -> str:
    """A block without the lines on which it stands."""
    values = tuple(value.model_copy(update={"origin": block.origin}) for value in block.values)
    return block.model_copy(update={"values": values, "origin": ir.Origin(file="", line=0)}).model_dump_json()


@pytest.mark.parametrize(
    ("streams", "over", "source"),
    [
        pytest.param(
            'stream views from clicks where action == "view" { }',
            "from views by user_id over 1h { n = count() }",
            'from clicks where action == "view" by user_id over 1h { n = count() }',
            id="filter",
        ),
        pytest.param(
            "stream seconds from clicks keep user_id { dwell = (dwell_ms ?? 0) / 1000 long = dwell > 5.0 }",
            "from seconds by user_id over 1h, 1d { most = max(dwell) where long  share = count_if(long) / count() }",
            "from clicks by user_id over 1h, 1d {"
            " most = max((dwell_ms ?? 0) / 1000) where (dwell_ms ?? 0) / 1000 > 5.0"
            " share = count_if((dwell_ms ?? 0) / 1000 > 5.0) / count() }",
            id="computed",
        ),
        pytest.param(
            'stream views from clicks where action == "view" keep user_id, price { }'
            " stream dear from views where price > 10.0 { twice = price * 2 }"
            " stream dearer from dear { price4 = twice * 2 }",
            "from dearer where price4 < 9.0 by user_id over 1h { total = sum(price4) _n = count() mean = total / _n }",
            'from clicks where (action == "view" and price > 10.0) and price * 2 * 2 < 9.0 by user_id over 1h {'
            " total = sum(price * 2 * 2) _n = count() mean = total / _n }",
            id="chain",
        ),
        pytest.param(
            "stream renamed from clicks keep user_id { price = price / 2 cost = price }",
            "from renamed by user_id over 1h { a = sum(price) b = sum(cost) where cost > 1.0 }",
            "from clicks by user_id over 1h { a = sum(price / 2) b = sum(price / 2) where price / 2 > 1.0 }",
            id="a name anew",
        ),
        pytest.param(
            "stream all from clicks { one = 1 }",
            "from all where one == 1 by user_id over 1h { n = sum(one) }",
            "from clicks where 1 == 1 by user_id over 1h { n = sum(1) }",
            id="constants",
        ),
    ],
)
def test_features_of_a_stream_are_those_of_its_source(streams: str, over: str, source: str) -> None:
    through, direct = (compiled(CLICKS, text) for text in (f"{streams} features f {over}", f"features f {source}"))
    assert through.program is not None
    assert direct.program is not None
    assert meaning(through.program.features[0]) == meaning(direct.program.features[0])
    assert {each.code for each in through.diagnostics} == {each.code for each in direct.diagnostics} - {"F309"}


def test_labels_and_personal_data_flow_through_streams() -> None:
    stream = 'stream s from clicks { mail = email ?? ""  won = bought and price > 1.0 }\n'
    features = 'features f from s by user_id over 1h to cassandra("t") {{ x = {} }}'
    assert codes(stream, features.format("last(mail)")) == ["F232"]
    assert codes(stream, features.format('count() where mail == "a"')) == ["F232"]
    assert codes(stream, features.format("count_distinct(hash64(mail))")) == []
    assert codes(stream, features.format("count_if(won)")) == ["F231"]
    filtered = "stream s from clicks where bought { }\nfeatures f from s by user_id over 1h { n = count() }"
    assert codes(filtered) == ["F231"]


def test_what_does_not_run_yet_says_so() -> None:
    features = "features f from s by user_id over 1h { n = count() }\n"
    assert codes('stream s from clicks to cassandra("t") { }\n', features) == ["F501"]
    params = "params p { least: int = 1 }\n"
    stream = 'stream s from clicks { b = p.least }\nstream further from s to parquet("out") keep price { c = 1 }\n'
    assert codes(params, stream, features) == ["F501"] * 3
    arrival = "source a(k: string, q: int, ts: timestamp) { time = ts  order = arrival(q, ttl=1d) }\n"
    computed = "stream s from a { who = lower(k) }\nfeatures f from s by who over 1h { n = count() }"
    assert codes(arrival, computed) == ["F502"]
    looking_up = 'stream s from a lookup t on k to parquet("s") { m = t.m }'
    assert codes(arrival, TABLE, looking_up) == ["F502"]
    block = "features g from a by k over 1h { n = count() }\n"
    assert codes(arrival, block, 'stream s from a lookup g on k to parquet("s") { n = g.n }') == []


@pytest.mark.parametrize(
    "stream",
    [
        "stream s from clicks { who = lower(user_id) }",
        "stream s from clicks keep price { who = action }",
        "stream s from plain lookup g on user_id { who = user_id  seen = g.n }",
    ],
)
def test_features_of_rows_that_are_sent(stream: str) -> None:
    """What a stream looks up, or computes for a key, is in its rows alone: the block reads those."""
    texts = [
        "source plain(user_id: string, ts: timestamp) { time = ts }\n",
        "features g from plain by user_id over 1h { n = count() }\n",
        "features f from s by who over 1h { n = count() }\n",
    ]
    found = program(*texts, f"{stream}\n")
    assert next(block.source for block in found.features if block.name == "f") == "s"
    (sent,) = found.streams
    assert not sent.writes
    assert [each.name for each in found.outputs] == ["g", "f"]
    assert found.needed_by(["f"]) >= {"s", sent.source}


def test_marks_flow_through_rows_that_are_sent() -> None:
    stream = 'stream s from clicks { who = lower(user_id)  mail = email ?? ""  won = bought }\n'
    features = 'features f from s by who over 1h to cassandra("t") {{ x = {} }}'
    assert codes(stream, features.format("last(mail)")) == ["F232"]
    assert codes(stream, features.format("count_if(won)")) == ["F231"]
    assert codes(stream, features.format("count_distinct(hash64(mail))")) == []
    personal = 'table t(k: string, @pii mail: string) by k { stream = kafka("t") }\n'
    clicks = "source plain(k: string, ts: timestamp) { time = ts  ties = [k] }\n"
    looked_up = "stream s from plain lookup t on k { mail = t.mail }\n"
    assert codes(personal, clicks, looked_up, features.replace("who", "k").format("last(mail)")) == ["F232"]
    written = 'stream s from plain lookup t on k to parquet("s") { mail = t.mail }\n'
    assert codes(personal, clicks, written) == ["F232"]
    assert codes(personal, clicks, written.replace('"s"', '"s", accepts="pii"')) == []


@pytest.mark.parametrize(
    "stream",
    [
        "lookup reasons on why before { x = reasons.name }",
        "lookup g on k == reasons.name before lookup reasons on why before { x = g.name }",
        "lookup g on k == lower(why) before { _n = g.name  x = if _n is null then 0 else 1 }",
        'lookup reasons on why before where reasons.name == "dear" { x = k }',
        "lookup outcomes on k before { x = outcomes.left }",
    ],
)
def test_what_is_looked_up_by_a_label_is_one(stream: str) -> None:
    """A value that is found by the label tells it, also by way of another key; a table has labels of its own."""
    sources = """
    source ends(k: string, @label why: string, ts: timestamp) { time = ts  ties = [k] }
    source plain(k: string, name: string, ts: timestamp) { time = ts  ties = [k, name] }
    table reasons(why: string, name: string?) by why { }
    table outcomes(k: string, @label left: bool) by k { }
    features g from plain by k over 1h { name = last(name) }
    """
    features = "\nfeatures f from s by k over 1h { a = last(x) }"
    found = codes(sources, f"stream s from ends {stream}", features)
    assert set(found) == {"F231"}
    unread = codes(sources, "stream s from ends lookup g on k before { x = g.name }", features)
    assert unread == []


def test_a_label_of_a_table_needs_lookups_of_earlier_times_too() -> None:
    """The lookup that finds the label says nothing more of its time; those beside it do."""
    sources = """
    source plain(k: string, ts: timestamp) { time = ts  ties = [k] }
    table outcomes(k: string, @label left: bool) by k { }
    features g from plain by k over 1h { n = count() }
    """
    stream = 'stream s from plain lookup outcomes on k lookup g on k{} to parquet("s") {{ left = {}  n = g.n }}'
    assert codes(sources, stream.format("", "outcomes.left")) == ["F237"]
    assert codes(sources, stream.format("", "not (outcomes.left ?? false)")) == ["F237"]
    assert codes(sources, stream.format(" before", "outcomes.left")) == []


def test_personal_data_of_a_table_flows_through_filters_and_ends_at_hashes() -> None:
    texts = [
        "source plain(k: string, ts: timestamp) { time = ts  ties = [k] }\n",
        "table t(k: string, @pii mail: string) by k { }\n",
        'features f from s by k over 1h to cassandra("t") { n = count()  x = last(x) }\n',
    ]
    assert codes(*texts, 'stream s from plain lookup t on k where t.mail == "a" { x = 1 }') == ["F232"]
    assert codes(*texts, "stream s from plain lookup t on k { x = hash64(t.mail) }") == []


def test_the_time_of_a_stream_is_its_sources() -> None:
    found = program("stream s from clicks keep user_id, ts { }\nfeatures f from s by user_id over 1h { n = max(ts) }")
    assert found.features[0].source == "clicks"
    assert codes("stream s from clicks keep user_id { ts = 1 }") == ["F108"]
    named = "stream s from clicks keep user_id { }\nfeatures f from s by user_id over 1h { ts = count() }"
    assert codes(named) == ["F108"]


def test_streams_do_not_outgrow_what_runs() -> None:
    deep = "price" + " + 1.0" * 40
    chain = f"stream a from clicks {{ x = {deep} }}\nstream b from a {{ y = x{' + 1.0' * 40} }}\n"
    assert codes(chain) == ["F228"]
    wide = "stream s0 from clicks { x0 = price + 1.0 }\n" + "".join(
        f"stream s{i} from s{i - 1} {{ x{i} = x{i - 1} + x{i - 1} }}\n" for i in range(1, 60)
    )
    assert codes(wide) == ["F228"]
    within = (
        f"stream a from clicks {{ x = {deep} }}\nfeatures f from a by user_id over 1h {{ s = sum(x{' + 1.0' * 40}) }}\n"
    )
    assert codes(within) == ["F228"]


WRITTEN = 'to parquet("out")'
POSITIVE = "def positive(x: int) -> int = x + 1\n"


def test_what_a_stream_proves_holds_for_what_reads_it() -> None:
    stream = "stream s from clicks where dwell_ms is not null keep user_id, dwell_ms { twice = dwell_ms * 2 }\n"
    assert codes(POSITIVE, stream, f"stream t from s {WRITTEN} {{ x = positive(dwell_ms) + positive(twice) }}") == []
    features = "features f from s by user_id over 1h { a = sum(positive(dwell_ms)) b = sum(positive(twice)) }"
    assert codes(POSITIVE, stream, features) == []


def test_what_is_proved_of_a_column_is_not_of_its_namesake() -> None:
    stream = f"stream s from clicks where price > 0.0 and dwell_ms > 0 {WRITTEN} keep user_id "
    stream += "{ dwell_ms = other b = {} }\n"
    other = "source clicks(user_id: string, dwell_ms: int?, other: int?, price: float, ts: timestamp) { time = ts }\n"
    found = [
        [each.code for each in compiled(other, POSITIVE, stream.replace("{}", value)).diagnostics]
        for value in ("positive(dwell_ms)", "positive(dwell_ms ?? 0)")
    ]
    assert found == [["F229"], []]


@pytest.mark.parametrize(
    ("stream", "code"),
    [
        ("stream s from clicks { @pii b = price }", "F114"),
        ("stream s from clicks { @label b = price }", "F114"),
        ("stream s from clicks { b: float = price }", "F116"),
        ("stream s(q: int) from clicks { b = price }", "F116"),
        ("stream s -> int from clicks { b = price }", "F116"),
        ("stream s from clicks keep price, price { }", "F121"),
    ],
)
def test_nothing_that_a_stream_says_is_ignored(stream: str, code: str) -> None:
    assert codes(stream) == [code]


TABLE = 'table t(k: string, m: int) by k { stream = kafka("t") }\n'


def test_a_lookup_that_nothing_reads_is_told() -> None:
    label = CLICKS.replace("@label ", "")
    found = compiled(label, TABLE, f"stream s from clicks lookup t on k == user_id {WRITTEN} keep price {{ }}\n")
    assert [each.code for each in found.diagnostics] == ["F302"]


def test_long_chains_end_in_a_message() -> None:
    chain = "".join(f"stream s{i} from s{i - 1} {{ }}\n" for i in range(300, 0, -1)) + "stream s0 from clicks { }\n"
    assert set(codes(chain)) == {"F228"}
    calls = "".join(f"def d{i}(x: int) -> int = d{i - 1}(x) + 1\n" for i in range(300, 0, -1))
    assert "F228" in codes(calls, "def d0(x: int) -> int = x\n")


def test_jobs_of_sources_that_differ_in_case() -> None:
    other = CLICKS.replace("clicks", "Clicks")
    features = "features {} from {} by user_id over 1h {{ n = count() }}\n"
    assert "F101" in codes(other, features.format("f", "clicks"), features.format("g", "Clicks"))


def test_a_constant_filter_of_a_stream_is_not_that_of_a_block() -> None:
    features = 'features f from s where action == "view" by user_id over 1h { n = count() }\n'
    assert codes("stream s from clicks where 1 > 2 { }\n", features) == []


def test_a_stage_stands_behind_those_that_find_its_keys() -> None:
    """Whatever their names are; a table is there twice only where two streams ask in opposite orders."""
    tables = "".join(
        f'table {name}(k: string, other: string) by k {{ history = jsonl("{name}.jsonl") }}\n' for name in ("a", "b")
    )
    stream = (
        "stream {0}_first from clicks lookup {1} on k == {0}.other at ts lookup {0} on k == user_id before keep user_id"
        ' to parquet("{0}") {{ n = {1}.other }}\n'
    )
    (job,) = plan(program(tables, stream.format("b", "a"))).jobs
    assert [stage.name for stage in job.stages] == ["b by k (table)", "a by k (table)"]
    (job,) = plan(program(tables, stream.format("b", "a"), stream.format("a", "b"))).jobs
    assert [stage.name for stage in job.stages] == ["b by k (table)", "a by k (table)", "b by k (table) (again 1)"]


def test_a_source_that_is_wrong_is_told_of_once() -> None:
    """What features read is not taken for a stream where it is a source with an error."""
    source = "@dedup(k, within=0s)\nsource d(k: string, ts: timestamp) { time = ts }\n"
    assert codes(source, "features f from d by k over 1h { n = count() }") == ["F217"]


def test_a_chain_of_lookups_may_be_long() -> None:
    """What a label finds is told at the end of any chain."""
    sources = """
    source ends(k: string, @label why: string, ts: timestamp) { time = ts  ties = [k] }
    table t(k: string, next: string?) by k { }
    """
    chain = " ".join(f"lookup t as t{n} on k == t{n + 1}.next before" for n in range(300))
    stream = f"stream s from ends {chain} lookup t as t300 on k == why before {{ x = t0.next }}"
    assert codes(sources, stream, "features f from s by k over 1h { a = min(x) }") == ["F231"]
