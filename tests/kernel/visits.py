"""Programs by hand in both orders, with silences, filters and small windows, and streams full of what these decide."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from featlang.compiler import ir
from featlang.compiler.compile import compile_program
from tests.strategies import Stream

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

SOURCE = """\
source visits(id: string, user: string, n: int?, x: float, page: string, @unit("us") ts: timestamp, seq: int) {{
  time = ts
  lateness = {lateness}us
  ties = [id]
}}
"""
FEATURES = """\
visits = count()
total = sum(n)
most = max(n)
least = min(x)
mean = avg(x)
first_page = first(page)
last_n = last(n)
pages = count_distinct(page)
last_x = last(x) where n > 3
ratio = sum(n) / count()
"""
FILTERS = {"every": "", "some": "where n > 2", "few": 'where page == "p1"'}
WINDOWS = (
    "sliding({10}us, step={2}us), exact({7}us), exact({10}us, bound=3), forever",
    "sliding({20}us, step={1}us), exact({2}us), exact({20}us, bound=2), forever",
    "sliding({4}us, step={4}us), exact({7}us, bound=1), forever",
    "exact({30}us)",
)


def by_arrival(program: ir.Program, column: str, ttl: int | None = None) -> ir.Program:
    """Put the program's source in the order of arrival."""
    (source,) = program.sources
    source = source.model_copy(update={"order": column, "order_ttl": ttl, "ties": ()})
    return program.model_copy(update={"sources": (source,)})


def with_ttl(program: ir.Program, ttl: int | None) -> ir.Program:
    """Give each window that is `forever` a silence after which it begins anew."""

    def in_aggregate(aggregate: ir.Aggregate) -> ir.Aggregate:
        if not isinstance(aggregate.window, ir.Forever):
            return aggregate
        return aggregate.model_copy(update={"window": ir.Forever(ttl=ttl)})

    features = tuple(
        block.model_copy(update={"aggregates": tuple(map(in_aggregate, block.aggregates))})
        for block in program.features
    )
    return program.model_copy(update={"features": features})


def with_endless(program: ir.Program) -> ir.Program:
    """Keep each key's state for ever, with what was stored last."""
    blocks = []
    for block in program.features:
        endless = block.aggregates[0].model_copy(update={"window": ir.Forever()})
        blocks.append(block.model_copy(update={"aggregates": (*block.aggregates, endless)}))
    return program.model_copy(update={"features": tuple(blocks)})


def random_visits(random: Random, streams: int, *, arrival: bool) -> tuple[ir.Program, list[Stream]]:
    """Draw a program and so many of its streams."""
    span = random.choice((1, 10, 1_000_000))
    over = random.choice(WINDOWS)
    for times in (1, 2, 4, 7, 10, 20, 30):
        over = over.replace(f"{{{times}}}", str(times * span))
    lateness = random.choice((0, 4 * span, 1000 * span))
    names = random.choice((list(FILTERS), ["few"], ["few", "some"]))
    blocks = [f"features {name} from visits {FILTERS[name]} by user over {over} {{\n{FEATURES}}}\n" for name in names]
    compiled = compile_program({"main.feat": SOURCE.format(lateness=lateness) + "".join(blocks)})
    assert compiled.program is not None, compiled.diagnostics
    program = with_ttl(compiled.program, random.choice((None, 1, 3 * span, 12 * span, 50 * span)))
    if arrival:
        program = by_arrival(program, "seq", random.choice((None, 1, 5 * span, 40 * span)))
    return program, [Stream("jsonl", _data(random, span)) for _ in range(streams)]


def behind_in_the_front() -> tuple[ir.Program, list[Stream]]:
    """Give the greatest value to a tile that stands behind others in the front, which then leave one by one."""
    features = "features every from visits by user over exact(10us) {\nmost = max(n)\n}\n"
    compiled = compile_program({"main.feat": SOURCE.format(lateness=1000) + features})
    assert compiled.program is not None, compiled.diagnostics
    times = [*range(1, 10), 11, 8, *range(12, 21)]
    events = [
        {"id": "", "user": "a", "n": 9 if seq == 10 else 1, "x": 0.0, "page": "", "ts": time, "seq": seq}
        for seq, time in enumerate(times)
    ]
    return by_arrival(compiled.program, "seq"), [Stream("jsonl", "\n".join(map(json.dumps, events)).encode())]


def with_leaps(random: Random, program: ir.Program, streams: list[Stream]) -> list[Stream]:
    """Put some events as far ahead as the lateness lets those after them stay behind."""
    lateness = program.sources[0].lateness
    leaping = []
    for stream in streams:
        events = [json.loads(line) for line in stream.data.split(b"\n")]
        for event in events:
            if random.random() < 0.1:
                event["ts"] += lateness // random.choice((1, 3, 10, 30, 100))
        leaping.append(Stream("jsonl", "\n".join(map(json.dumps, events)).encode()))
    return leaping


def _data(random: Random, span: int) -> bytes:
    events = list(_events(random, random.choice((1, 3, 10, 40, 60)), span))
    return "\n".join(map(json.dumps, events)).encode()


def _events(random: Random, count: int, span: int) -> Iterator[dict[str, Any]]:
    """Draw events that mostly go on, and are often behind by some tiles; their numbers mostly ascend."""
    now = random.choice((0, -30 * span, 10**15))
    numbers = {"a": 0, "b": 0}
    for position in range(count):
        now += random.choice((0, 0, 1, span // 10, span // 3, span, span, 2 * span, 7 * span))
        behind = random.choice((0, 0, 0, 0, 0, 1, span, 3 * span, 5 * span, random.randrange(12 * span + 1)))
        user = random.choice("aab")
        numbers[user] += random.choice((1, 1, 1, 1, 4))
        yield {
            "id": f"{position:03}",
            "user": user,
            "n": random.choice((None, *range(8))),
            "x": random.choice((0.1, -2.5, 1e16, 3.0, 0.0)),
            "page": f"p{random.randrange(4)}",
            "ts": now - behind,
            "seq": numbers[user] - (random.randrange(4) if random.random() < 0.2 else 0),
        }
