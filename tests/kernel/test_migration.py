"""A key's state outlives an edit: what means the same goes on, what is new starts empty, nothing else stays behind."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Protocol

import pytest
from py4j.protocol import Py4JJavaError

from featlang.backends.kernel.inprocess import Feed, KernelProgram, Results
from featlang.compiler.compile import compile_program
from featlang.compiler.plan import plan
from tests.kernel.comparison import bits
from tests.kernel.visits import by_arrival, with_ttl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from featlang.backends.kernel.inprocess import InProcess
    from featlang.compiler import ir


class Compiled(Protocol):
    """Compiles blocks over a source."""

    def __call__(self, blocks: str, source: str = ...) -> KernelProgram:
        """Compile each program once."""
        ...


GOLDEN = Path(__file__).with_name("golden")

SOURCE = """\
source clicks(id: string, user: string, n: int?, x: float, page: string, @unit("us") ts: timestamp,
  @unit("us") seen: timestamp, seq: int, n_seq: int) {
  time = ts
  ties = [id]
}
"""
TOTAL = "total = sum(n)"
TOTAL_OF_X = "total_of_x = sum(x)"
MEAN = "mean = avg(x)"
SPREAD = "spread = stddev(x)"
BIGGEST = "biggest = max(x)"
NEWEST = "newest = last(page)"
PAGES = "pages = count_distinct(page)"
FEW_PAGES = "pages = count_distinct(page, bound=2)"
EVERYTHING = (TOTAL, TOTAL_OF_X, MEAN, SPREAD, BIGGEST, NEWEST, PAGES)

HOLDING_SOURCE = """\
source clicks(id: string, user: string, amount: decimal<10, 2>, tags: list<string?>, scores: map<int, float>,
  address: struct<city: string, zip: int?>?, @unit("us") ts: timestamp) {
  time = ts
  ties = [id]
  lateness = 10s
}
"""
HOLDING = (
    "spent = sum(amount)",
    "most = max(amount)",
    "amounts = count_distinct(amount)",
    "tags = last(tags)",
    "cities = count_distinct(address)",
    "scores = first(scores)",
)

LOOKED = """\
features activity from clicks where n == 0 by user over 6h, forever(ttl=2h) { total = count() }
stream seen from clicks lookup activity on user to parquet("seen") { total = activity.total[6h] }
"""
"""The second event looks at a silence that the watermark has not passed."""

WINDOWS = "sliding(10s, step=2s), exact(7s), forever"


def block(features: Sequence[str], name: str = "activity", over: str = WINDOWS, where: str = "") -> str:
    """A block over the source."""
    return f"features {name} from clicks {where} by user over {over} {{\n" + "\n".join(features) + "\n}\n"


@dataclass(frozen=True)
class Edit:
    """Blocks before and after an edit, and of the later ones' features (or columns) those that start empty.

    `renamed` are the blocks whose count of simultaneous events starts anew.
    """

    name: str
    old: str
    new: str
    empty: frozenset[str] = frozenset()
    renamed: frozenset[str] = frozenset()


def _without(feature: str) -> list[str]:
    return [other for other in EVERYTHING if other != feature]


def _name(feature: str) -> str:
    return feature.split()[0]


ADDED = [
    # `avg` is made of the same parts as `sum`: it has their past at once.
    Edit(f"{_name(feature)} added", block(_without(feature)), block(EVERYTHING), frozenset({_name(feature)} - {"mean"}))
    for feature in EVERYTHING
    if feature != TOTAL_OF_X
]
REMOVED = [Edit(f"{_name(feature)} removed", block(EVERYTHING), block(_without(feature))) for feature in EVERYTHING]
PAIRS = [
    Edit(f"{_name(new)} added to {_name(old)}", block([old]), block([old, new]), frozenset({_name(new)}))
    for one, other in ((MEAN, SPREAD), (TOTAL, BIGGEST), (PAGES, NEWEST))
    for old, new in ((one, other), (other, one))
]
OTHERS = [
    Edit("nothing", block(EVERYTHING), block(EVERYTHING)),
    Edit("features in another order", block(EVERYTHING), block(EVERYTHING[::-1])),
    Edit("a feature renamed", block([TOTAL, BIGGEST]), block(["sum_of_n = sum(n)", BIGGEST])),
    Edit("the block renamed", block(EVERYTHING), block(EVERYTHING, "engagement"), renamed=frozenset({"engagement"})),
    Edit(
        "a window added in front",
        block(EVERYTHING),
        block(EVERYTHING, over=f"sliding(30s, step=3s), {WINDOWS}"),
        frozenset(f"{_name(feature)}_30s_step_3s" for feature in EVERYTHING),
    ),
    Edit(
        "windows in another order",
        block(EVERYTHING),
        block(EVERYTHING, over="forever, exact(7s), sliding(10s, step=2s)"),
    ),
    Edit("windows removed", block(EVERYTHING), block(EVERYTHING, over="exact(7s), forever")),
    Edit(
        "a step changed",
        block(EVERYTHING, over="sliding(10s, step=2s), exact(7s)"),
        block(EVERYTHING, over="sliding(10s, step=5s), exact(7s)"),
        frozenset(f"{_name(feature)}_10s_step_5s" for feature in EVERYTHING),
    ),
    Edit(
        "the block's filter changed",
        block(EVERYTHING, where="where n > 3"),
        block(EVERYTHING, where="where n > 4"),
        frozenset(map(_name, EVERYTHING)),
    ),
    Edit(
        "a feature's filter changed",
        block([f"{TOTAL} where x > 0.0", BIGGEST]),
        block([f"{TOTAL} where x > 1.0", BIGGEST]),
        frozenset({"total"}),
    ),
    Edit("a bound changed", block([PAGES, TOTAL]), block([FEW_PAGES, TOTAL]), frozenset({"pages"})),
    Edit(
        "the bound of a window changed",
        block([TOTAL], over="exact(7s), forever"),
        block([TOTAL], over="exact(7s, bound=3), forever"),
        frozenset({"total_exact_7s"}),
    ),
    Edit(
        "the bound of a window said that holds anyway",
        block([TOTAL], over="exact(7s)"),
        block([TOTAL], over="exact(7s, bound=1_000_000)"),
    ),
    Edit("the bound said that holds anyway", block([PAGES]), block(["pages = count_distinct(page, bound=10_000)"])),
    Edit("all features changed", block([TOTAL, BIGGEST]), block([NEWEST, PAGES]), frozenset({"newest", "pages"})),
    Edit(
        "a block added in front, with a filter",
        block(EVERYTHING),
        block(["some = count()", "least = min(n)"], "chosen", where='where page != "p1"') + block(EVERYTHING),
        frozenset({"some", "least"}),
        frozenset({"chosen"}),
    ),
    Edit(
        "a block added that shares rings",
        block([TOTAL, BIGGEST]),
        block([TOTAL, BIGGEST]) + block(["sum_of_n = sum(n)", PAGES], "more"),
        frozenset({"pages"}),
        frozenset({"more"}),
    ),
    Edit("a block removed", block([PAGES], "gone", where="where n > 2") + block(EVERYTHING), block(EVERYTHING)),
    Edit(
        "a feature moved to another block",
        block([TOTAL, BIGGEST]) + block([PAGES], "other"),
        block([TOTAL]) + block([PAGES, BIGGEST], "other"),
    ),
]


@pytest.fixture(scope="module")
def compiled(kernel_host: InProcess) -> Compiled:
    """Compile each text once."""

    @cache
    def compile_blocks(blocks: str, source: str = SOURCE) -> KernelProgram:
        (job,) = plan(_program(blocks, source)).jobs
        return kernel_host.compile(job)

    return compile_blocks


@pytest.mark.parametrize("edit", [*ADDED, *REMOVED, *PAIRS, *OTHERS], ids=lambda edit: edit.name)
def test_an_edit_at_any_moment(compiled: Compiled, edit: Edit) -> None:
    """Kept features are those of a run of the new program from the start, new ones of a run from the edit."""
    events = _events()
    moments = range(1, len(events), 2)
    old, new = compiled(edit.old), compiled(edit.new)
    (full,) = new.run([Feed("jsonl", _lines(events))])
    before = old.run([Feed("jsonl", _lines(events[:moment]), save=True) for moment in moments])
    fresh = new.run([Feed("jsonl", _lines(events[moment:])) for moment in moments])
    went_on = new.run(
        [
            Feed("jsonl", _lines(events[moment:]), states=state.states, layouts=state.layouts)
            for moment, state in zip(moments, before, strict=True)
        ]
    )
    for found, empty in zip(went_on, fresh, strict=True):
        for features in _program(edit.new).features:
            _compare(features, edit, _by_key(found, features), _by_key(empty, features), _by_key(full, features))


def test_another_time_starts_empty(compiled: Compiled) -> None:
    """What was counted by one column's time says nothing about windows of another's, which may run behind it."""
    events = _events()
    (before,) = compiled(block(EVERYTHING)).run([Feed("jsonl", _lines(events[:40]), save=True)])
    later = Feed("jsonl", _lines(events[40:]))
    new = compiled(block(EVERYTHING), source=SOURCE.replace("= ts", "= seen"))
    (fresh,) = new.run([later])
    (found,) = new.run([replace(later, states=before.states, layouts=before.layouts)])
    assert found.rows == fresh.rows


@pytest.mark.parametrize("name", ["time", "arrival", "holding", "looked"])
def test_the_encoding_is_the_one_that_was_saved_before(kernel_host: InProcess, name: str) -> None:
    """Byte by byte: state in a savepoint is read for ever, so a change of it needs a new version and a migration."""
    events = _events()[:20]
    program = _program(block(EVERYTHING), SOURCE.replace("ties", "lateness = 10s\n  ties"))
    if name == "holding":
        program, events = _program(block(HOLDING), HOLDING_SOURCE), [_holding(event) for event in events]
    elif name == "looked":
        program = _program(LOOKED, SOURCE.replace("ties = [id]", "lateness = 4h\n  order = arrival(seq)"))
        events = [{**events[0], "seq": n, "n": n, "ts": 5 * n * 3_600_000_000} for n in range(2)]
    elif name == "arrival":
        program = with_ttl(by_arrival(program, "seq", ttl=86_400_000_000), 30_000_000)
    (job,) = plan(program).jobs
    feed = Feed("jsonl", _lines(events), save=True, watermarks=(8,), ends=False, stores={"activity": "CHANGE"})
    (found,) = kernel_host.compile(job).run([feed])
    state = found.states[0]
    encoded = {
        "layouts": [layout.hex() for layout in found.layouts],
        "head": state.head.hex(),
        "tiles": {str(number): tile.hex() for number, tile in state.tiles.items()},
        "held": [[held.order.hex(), held.payload.hex(), held.origin.hex()] for held in state.held],
    }
    assert encoded == json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))


def test_an_edit_in_the_order_of_arrival(kernel_host: InProcess) -> None:
    """The sequence goes on: what is out of it and τ are as without the edit, and so is what was there before."""
    events = _out_of_order(_events())
    programs = [by_arrival(_program(block(b)), "seq", 10**12) for b in ([TOTAL, NEWEST], [PAGES, NEWEST, TOTAL])]
    old, new = (kernel_host.compile(plan(program).jobs[0]) for program in programs)
    (full,) = new.run([Feed("jsonl", _lines(events), watermarks=())])
    moments = range(1, len(events), 3)
    before = old.run(
        [Feed("jsonl", _lines(events[:moment]), watermarks=(), ends=False, save=True) for moment in moments]
    )
    after = new.run(
        [
            Feed("jsonl", _lines(events[m:]), states=b.states, layouts=b.layouts, partition=b.partition, watermarks=())
            for m, b in zip(moments, before, strict=True)
        ]
    )
    (features,) = programs[1].features
    for one, other in zip(before, after, strict=True):
        assert [o.raw for o in one.late + other.late] == [o.raw for o in full.late]
        for user, rows in _by_key(other, features).items():
            whole = _by_key(full, features)[user][-len(rows) :]
            for (tie, row), (full_tie, full_row) in zip(rows, whole, strict=True):
                assert tie == full_tie
                assert {n: v for n, v in row.items() if not n.startswith("pages")} == {
                    n: v for n, v in full_row.items() if not n.startswith("pages")
                }


def test_another_order_starts_empty(kernel_host: InProcess) -> None:
    """A sequence by one column says nothing of one by another, and nothing in the order of time."""
    events = _events()
    time = _program(block(EVERYTHING))
    orders = [time, by_arrival(time, "seq"), by_arrival(time, "n_seq")]
    programs = [kernel_host.compile(plan(program).jobs[0]) for program in orders]
    for old in programs:
        (before,) = old.run([Feed("jsonl", _lines(events[:40]), save=True)])
        for new in programs:
            if new is not old:
                later = Feed("jsonl", _lines(events[40:]), save=True)
                (fresh,) = new.run([later])
                (found,) = new.run([replace(later, states=before.states, layouts=before.layouts)])
                assert found.rows == fresh.rows
                assert found.late == fresh.late
                assert [s.tiles.keys() for s in found.states] == [s.tiles.keys() for s in fresh.states]


def test_a_timer_and_what_was_written_are_kept_over_an_edit(compiled: Compiled) -> None:
    """A key that stays silent is refreshed at its edges by the new program, and written after what was there."""
    blocks = [block([TOTAL], over="10s"), block([PAGES, TOTAL], over="10s")]
    old, new = (compiled(text) for text in blocks)
    stored = Feed("jsonl", b"", stores={"activity": "EVERY"}, save=True, watermarks=())
    events = [_event(number, 1_000_000, n=2) for number in range(3)]
    (before,) = old.run([replace(stored, data=_lines(events), ends=True)])
    silence = replace(stored, states=before.states, layouts=before.layouts, silence=60_000_000)
    (after,) = new.run([silence])
    assert [row.values[:3] for row in before.stored["activity"]] == [("a", 1_000_000, 1_000_000 + n) for n in range(3)]
    ((user, as_of, written, *values),) = (row.values for row in after.stored["activity"])
    assert (user, as_of, written, values) == ("a", 11_000_000, 11_000_000, [0, None])
    assert after.states == []


@pytest.mark.parametrize("version", [1, 3])
def test_another_version_is_refused(compiled: Compiled, version: int) -> None:
    """A head says of which version it is."""
    program = compiled(block(EVERYTHING))
    (found,) = program.run([Feed("jsonl", _lines(_events()[:20]), save=True)])
    states = [replace(state, head=bytes([version]) + state.head[1:]) for state in found.states]
    with pytest.raises(Py4JJavaError, match=f"state of version {version}; this kernel reads version 2"):
        program.run([Feed("jsonl", _lines(_events()[20:]), states=states, layouts=found.layouts)])


def test_a_layout_that_is_not_in_the_table_is_told(compiled: Compiled) -> None:
    """The table is a part of the state."""
    program = compiled(block(EVERYTHING))
    (found,) = program.run([Feed("jsonl", _lines(_events()[:20]), save=True)])
    states = [replace(state, head=state.head[:1] + b"\x07" + state.head[2:]) for state in found.states]
    with pytest.raises(Py4JJavaError, match="state of layout 7, of which there are 2"):
        program.run([Feed("jsonl", b"", states=states, layouts=found.layouts)])


@pytest.mark.parametrize("later", [EVERYTHING, EVERYTHING[::-1]], ids=["same program", "after an edit"])
def test_a_lost_tile_is_told(compiled: Compiled, later: Sequence[str]) -> None:
    """A state without its tiles is no state, also where an edit takes it over."""
    past, next_one = [_event(number, 3_000_000 * number) for number in range(4)], _event(4, 14_000_000)
    (found,) = compiled(block(EVERYTHING)).run([Feed("jsonl", _lines(past), save=True)])
    states = [replace(state, tiles={}) for state in found.states]
    with pytest.raises(Py4JJavaError, match=r"tile \d of ring 0 is lost"):
        compiled(block(later)).run([Feed("jsonl", _lines([next_one]), states=states, layouts=found.layouts)])


def test_layouts_are_kept_by_their_number(compiled: Compiled) -> None:
    """An edit appends its own; going back to the former definitions finds theirs."""
    old, new = compiled(block(EVERYTHING)), compiled(block([TOTAL]))
    events = _events()
    results: list[Results] = []
    for number, program in enumerate((old, new, old)):
        data = _lines(events[10 * number : 10 * number + 10])
        before = results[-1] if results else Results()
        results += program.run([Feed("jsonl", data, states=before.states, layouts=before.layouts, save=True)])
    first, second, third = (found.layouts for found in results)
    assert len(first) == 2
    assert len(second) == 4
    assert second[:2] == first
    assert third == second


@pytest.mark.parametrize(
    ("old", "new", "empty"),
    [
        pytest.param([TOTAL, NEWEST], [NEWEST, TOTAL], frozenset[str](), id="columns in another order"),
        pytest.param([TOTAL], [TOTAL, "sums = sum(n + 1)"], frozenset[str](), id="a column is read by another feature"),
        pytest.param([TOTAL], [TOTAL, BIGGEST, NEWEST], frozenset({"biggest", "newest"}), id="columns added"),
        pytest.param([TOTAL, BIGGEST, NEWEST], [TOTAL], frozenset[str](), id="columns removed"),
    ],
)
def test_events_that_wait_over_an_edit(
    compiled: Compiled, old: Sequence[str], new: Sequence[str], empty: frozenset[str]
) -> None:
    """What was not sent with them is null, in blocks that were not there they are not."""
    source = SOURCE.replace("ties", "lateness = 1h\n  ties")
    events = _events()
    program = compiled(block(["some = count()"], "added", where="where n > 3") + block(new), source=source)
    feed = Feed("jsonl", _lines(events), save=True, watermarks=(), ends=False)
    (held,) = compiled(block(old) + block(["other = count()"], "removed"), source=source).run([feed])
    assert sum(len(state.held) for state in held.states) == len(events)
    (found,) = program.run([Feed("jsonl", b"", states=held.states, layouts=held.layouts)])
    (full,) = program.run([Feed("jsonl", _lines(events))])
    assert found.rows["added"] == []
    (features,) = (f for f in _program(block(new)).features if f.name == "activity")
    found_rows, full_rows = _by_key(found, features), _by_key(full, features)
    assert found_rows.keys() == full_rows.keys()
    for user, rows in found_rows.items():
        for (tie, row), (full_tie, full_row) in zip(rows, full_rows[user], strict=True):
            assert tie == full_tie
            nothing = {column: bits(None) for column in row if column.startswith(tuple(empty or {"no column"}))}
            assert row == full_row | nothing


def test_events_that_wait_go_by_their_filter(compiled: Compiled) -> None:
    """A block gets what has passed its own filter, whatever it is called and whatever other blocks were there."""
    source = SOURCE.replace("ties", "lateness = 1h\n  ties")
    big = block([TOTAL, NEWEST], "big", where="where n > 3")
    small = block([TOTAL], "small", where="where n <= 3")
    feed = Feed("jsonl", _lines(_events()), save=True, watermarks=(), ends=False)
    (held,) = compiled(big + small, source=source).run([feed])
    last = Feed("jsonl", b"", states=held.states, layouts=held.layouts)
    whole = Feed("jsonl", _lines(_events()))
    for name, where, same in (("big", "n > 3", True), ("large", "n > 3", True), ("big", "n > 4", False)):
        for other in ("", block([PAGES], "third", where="where x > 0.0")):
            program = compiled(block([TOTAL, NEWEST], name, where=f"where {where}") + other, source=source)
            (found,), (full,) = program.run([last]), program.run([whole])
            assert found.rows[name] == (full.rows[name] if same else [])
            assert full.rows[name]
            assert found.rows.get("third", []) == []


def test_events_that_wait_in_another_order_are_refused(kernel_host: InProcess) -> None:
    """They cannot be put into this one, and are not lost in silence."""
    time = _program(block(EVERYTHING), SOURCE.replace("ties", "lateness = 1h\n  ties"))
    seen = _program(block(EVERYTHING), SOURCE.replace("= ts", "= seen"))
    old = kernel_host.compile(plan(time).jobs[0])
    (held,) = old.run([Feed("jsonl", _lines(_events()), save=True, watermarks=(), ends=False)])
    for program in (seen, by_arrival(time, "seq")):
        new = kernel_host.compile(plan(program).jobs[0])
        with pytest.raises(Py4JJavaError, match="in the order of other columns than `time` and `order` name now"):
            new.run([Feed("jsonl", b"", states=held.states, layouts=held.layouts)])


Rows = dict[str, list[tuple[int, dict[str, object]]]]
"""By key, in order: `_tie` and the columns, as bits."""


def _by_key(results: Results, features: ir.Features) -> Rows:
    names = [value.name for value in features.values if value.written]
    rows: Rows = {}
    for user, time, tie, *values in results.rows[features.name]:
        columns = {name: bits(value) for name, value in zip(names, values, strict=True)}
        rows.setdefault(user, []).append((tie, {"ts": time, **columns}))
    return rows


def _compare(features: ir.Features, edit: Edit, found: Rows, fresh: Rows, full: Rows) -> None:
    starting = {v.name for v in features.values if {v.name, v.feature} & edit.empty}
    assert found.keys() == fresh.keys()
    for user, rows in found.items():
        whole = full[user][-len(rows) :]
        for (tie, row), (fresh_tie, fresh_row), (full_tie, full_row) in zip(rows, fresh[user], whole, strict=True):
            assert tie == (fresh_tie if features.name in edit.renamed else full_tie)
            for name, value in row.items():
                assert value == (fresh_row if name in starting else full_row)[name], (user, name)


def _program(blocks: str, source: str = SOURCE) -> ir.Program:
    compiled = compile_program({"main.feat": source + blocks})
    assert compiled.program is not None, compiled.diagnostics
    return compiled.program


def _events() -> list[dict[str, object]]:
    """In the declared order: events of the same time, rushes, gaps as long as the windows and longer ones."""
    random = Random(7)
    events = []
    time = -20_000_000
    for number in range(70):
        time += random.choice((0, 1, 300_000, 1_000_000, 2_000_000, 2_000_000, 5_000_000, 9_000_000, 40_000_000))
        drawn = {
            "user": random.choice("aab"),
            "n": random.choice((None, *range(8))),
            "x": random.choice((0.1, -2.5, 1e16, 3.0)),
            "page": f"p{random.randrange(5)}",
        }
        events.append(_event(number, time, **drawn))
    return events


def _holding(event: dict[str, object]) -> dict[str, object]:
    """The event with lists, a map, a struct and a decimal made of what it has."""
    n, number = event["n"], event["seq"]
    assert isinstance(number, int)
    return {
        **{name: event[name] for name in ("id", "user", "ts")},
        "amount": f"{number - 7}.{number:02}",
        "tags": [event["page"], None][: number % 3],
        "scores": {str(number): event["x"], "-1": 0.5},
        "address": None if n is None else {"city": "\0", "zip": n if n else None},
    }


def _out_of_order(events: list[dict[str, object]]) -> list[dict[str, object]]:
    """Some behind by their time, some by their number."""
    random = Random(8)
    mixed = []
    for event in events:
        ts, number = event["ts"], event["seq"]
        assert isinstance(ts, int)
        assert isinstance(number, int)
        mixed.append(event | {"ts": ts - random.choice((0, 0, 3_000_000)), "seq": number - random.choice((0, 0, 0, 5))})
    return mixed


def _event(number: int, time: int, **columns: object) -> dict[str, object]:
    return {
        "id": f"{number:03}",
        "ts": time,
        "seen": time - 15_000_000,
        "seq": number,
        "n_seq": number,
        "user": "a",
        "n": number,
        "x": 0.5,
        "page": "p0",
        **columns,
    }


def _lines(events: Sequence[dict[str, object]]) -> bytes:
    return "\n".join(map(json.dumps, events)).encode()
