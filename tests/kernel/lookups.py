"""Random programs whose streams look features up, and events for them: ties, equal events, null keys, disorder.

Streams unite sources and other streams, whose events often have the same times.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from featlang.backends.kernel.inprocess import Feed, Other
from featlang.backends.reference import run_reference
from featlang.backends.reference.records import Input
from featlang.compiler.compile import compile_program
from tests.kernel.comparison import bits

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from random import Random

    from featlang.backends.kernel.inprocess import Outside, Results
    from featlang.backends.reference.result import BlockResult, ReferenceResult, Refused, StreamResult
    from featlang.compiler import ir
    from featlang.compiler.plan import Job

    Asked = Mapping[str, Collection[tuple[tuple[Any, ...], int]]]

SOURCES = """
source clicks(id: int, user_id: string?, page: string, price: float?, ts: timestamp) {
  time = ts
  ties = [id]
  lateness = 1h
}
source visits(who: string, page: string?, length: int, at: timestamp) {
  time = at
  lateness = 10m
}
"""
TABLES = """
table xusers(name: string?, plan: string?, @unit("s") since: timestamp, seen: timestamp, gone: bool?) by name {
  time = since
  known = seen
  deleted = gone
}
table ypages(page: string, section: string, weight: float?) by page { ties = [weight] }
table zpairs(name: string, page: string, n: int, ts: timestamp?) by page, name { time = ts }
"""
ARRIVING = """
source arrivals(card: string?, seq: int, amount: float?, ts: timestamp) {
  time = ts
  lateness = 2h
  order = arrival(seq{})
}
"""
HOUR = 3_600
TIMES = (0, 1, 2, 60, 61, HOUR - 1, HOUR, HOUR + 1, 2 * HOUR, 24 * HOUR, 24 * HOUR + 60)
"""Seconds at which windows have their edges, and beside them."""

USERS = ("a", "b", "B")
PAGES = ("x", "y", "Y")
AGGREGATES = {
    "clicks": ("count()", "sum(price)", "last(page)", "count_distinct(page)", "max(price)", "any(price > 3.0)"),
    "visits": ("count()", "sum(length)", "first(page)", "count_distinct(page)", "min(length)", "avg(length)"),
}
KEYS = {"clicks": ("user_id", "page", "user_id, page"), "visits": ("who", "page")}
VALUES: dict[str, dict[str, tuple[str, ...]]] = {
    "clicks": {"text": ("user_id", "page", "lower(page)"), "where": ("price > 1.0", "user_id is not null", "id > 0")},
    "visits": {"text": ("who", "page", "upper(who)"), "where": ("length > 1", "page is not null")},
}
TIME = {"clicks": "ts", "visits": "at"}
WINDOWS = (
    *("1h", "1h, 1d", "exact(1h)", "forever", "forever(ttl=2h)", "1m, forever", "sliding(2h, step=1h)"),
    "1h, forever(ttl=2h)",
)


@dataclass(frozen=True)
class Target:
    """What streams may look up: its key, what is read of it, and which of that may be the key of another."""

    name: str
    key: str
    read: list[str]
    texts: list[str]


TABLES_LOOKED_UP = (
    Target("xusers", "name", ["plan", "since", "gone", "name"], ["plan", "name"]),
    Target("ypages", "page", ["section", "weight"], ["section"]),
    Target("zpairs", "page, name", ["n", "page", "ts"], ["page"]),
)


@dataclass(frozen=True)
class Pair:
    """A program, as text and IR, and the lines of each of its sources, by name."""

    text: str
    program: ir.Program
    lines: dict[str, list[str]]

    def data(self, source: str) -> bytes:
        """The bytes of a source's file."""
        return "".join(f"{line}\n" for line in self.lines[source]).encode()


def random_pair(random: Random) -> Pair:
    """A program that compiles, and events of it."""
    text = SOURCES + TABLES + _blocks(random) + _arriving(random)
    compiled = compile_program({"main.feat": text})
    if compiled.program is None:
        raise AssertionError(text, compiled.diagnostics)
    return Pair(text, compiled.program, _events(random))


def other_events(random: Random, pair: Pair) -> Pair:
    """The same program with events that are drawn anew."""
    return replace(pair, lines=_events(random))


def _events(random: Random) -> dict[str, list[str]]:
    return {"clicks": _clicks(random), "visits": _visits(random), "arrivals": _arrivals(random), **_table_rows(random)}


def _arriving(random: Random) -> str:
    """Blocks in the order of arrival, and a stream whose rows are made the moment their events come."""
    text = ARRIVING.replace("{}", random.choice(("", ", ttl=3h")))
    lookups = values = ""
    for number in range(random.randint(1, 2)):
        where = random.choice(("", "where amount > 1.0 "))
        over = random.choice(WINDOWS)
        text += f"features a{number} from arrivals {where}by card over {over} {{ f0 = count() f1 = sum(amount) }}\n"
        members = [over] if "sliding" in over else over.split(", ")
        for place, window in enumerate(members):
            values += f" v{number}_{place} = l{number}.f1" + (f"[{window}]" if len(members) > 1 else "")
        lookups += f" lookup a{number} as l{number} on card"
    where = random.choice(("", " where amount < 5.0", " where l0.f1 > 1.0" if "v0_1" not in values else ""))
    return f'{text}stream now from arrivals{where}{lookups} keep card, seq to parquet("now") {{{values} }}\n'


def _arrivals(random: Random) -> list[str]:
    lines = []
    clock, numbers = 0, dict.fromkeys((*USERS, None), 0)
    for _ in range(random.randint(0, 40)):
        clock += random.choice((0, 1, 60, HOUR, 3 * HOUR))
        card = random.choice((*USERS, None))
        numbers[card] += random.choice((1, 1, 1, 0, 3, -1))
        ts = max(0, clock - random.choice((0, 0, 0, 30, HOUR)))
        event = {
            "card": card,
            "seq": numbers[card],
            "amount": random.choice((0.5, 1e16, 3.25, None)),
            "ts": _moment(ts),
        }
        lines.append(json.dumps(event))
    return lines


def _blocks(random: Random) -> str:
    text = ""
    blocks: list[Target] = []
    for number in range(random.randint(1, 4)):
        source = random.choice(["clicks", "clicks", "visits"])
        key, over = random.choice(KEYS[source]), random.choice(WINDOWS)
        where = f"where {random.choice(VALUES[source]['where'])} " if random.random() < 0.4 else ""
        names = random.sample(AGGREGATES[source], random.randint(1, 3))
        features = [f"f{i} = {aggregate}" for i, aggregate in enumerate(names)]
        text += f"features b{number} from {source} {where}by {key} over {over} {{ {' '.join(features)} }}\n"
        members = [w.strip() for w in over.split(", ")] if "sliding" not in over else [over]
        read = {
            f"f{i}[{w}]" if len(members) > 1 else f"f{i}": name.endswith("(page)") and not name.startswith("count")
            for i, name in enumerate(names)
            for w in members
        }
        blocks.append(Target(f"b{number}", key, list(read), [each for each, is_text in read.items() if is_text]))
    blocks += random.sample(TABLES_LOOKED_UP, random.randint(0, 3))
    times: dict[str, str] = {}  # what the rows of each stream call their time
    for number in range(random.randint(1, 3)):
        source = random.choice(["clicks", "visits"])
        text += _stream(random, f"s{number}", source, TIME[source], blocks)
        if random.random() < 0.5:
            text += _of_rows(random, f"d{number}", f"s{number}")
            blocks.append(Target(f"d{number}", "k", ["f0", "f1", "f2"], []))
            times[f"s{number}"] = TIME[source]
    for number in range(random.choice((0, 1, 1, 2))):
        text += _union(random, f"u{number}", times, blocks)
    return text


def _of_rows(random: Random, name: str, stream: str) -> str:
    """Features of a stream's rows, by a key that it computes."""
    where = random.choice(("", "", 'where k != "a" ', "where k is not null "))
    over = random.choice(("1h", "exact(1h)", "forever", "1d"))
    features = "f0 = count()  f1 = count_distinct(m)  f2 = last(m)"
    return f"features {name} from {stream} {where}by k over {over} {{ {features} }}\n"


def _union(random: Random, name: str, times: dict[str, str], blocks: list[Target]) -> str:
    """A stream of two or three inputs, what groups its rows, and a stream of those."""
    inputs = [f"{name}_{number}" for number in range(random.choice((2, 2, 3)))]
    given = [random.choice(["clicks", "visits", *times]) for _ in inputs]
    text = "".join(_input(random, *each) for each in zip(inputs, given, strict=True))
    if random.random() < 0.2:
        inputs, text = random.sample(["clicks", "visits"], 2), ""
        given = inputs
    times[name] = (TIME | times)[given[0]]
    text += _stream(random, name, ", ".join(inputs), times[name], blocks, "p" if text else "page")
    if random.random() < 0.7:
        text += _of_rows(random, f"{name}_d", name)
        blocks.append(Target(f"{name}_d", "k", ["f0", "f1", "f2"], []))
    if random.random() < 0.5:
        text += _stream(random, f"{name}_s", name, times[name], blocks, "k")
    return text


def _input(random: Random, name: str, given: str) -> str:
    """A stream of a source, or of another stream, with the columns that all inputs of a union have."""
    known = VALUES.get(given, {"text": ("k", "upper(k)"), "where": ('k != "x"', "k is not null")})
    where = f" where {random.choice(known['where'])}" if random.random() < 0.3 else ""
    return f"stream {name} from {given}{where} keep {known['text'][0]} {{ p = {random.choice(known['text'])} }}\n"


def _stream(random: Random, name: str, source: str, time: str, blocks: list[Target], column: str = "") -> str:
    """A stream that looks up some of the blocks and tables, by its columns and by what it looks up for that.

    It reads a source; or others, in which a text `column` is known.
    """
    known = VALUES.get(source, {"text": (column, f"lower({column})"), "where": (f'{column} > "a"',)})
    texts = known["text"]
    lookups, values, nullable = [], "", []
    found: list[str] = []
    for number in range(random.randint(0, 4)):
        target = random.choice(blocks)
        columns = target.key.split(", ")
        keys = ", ".join(
            f"{column} == {random.choice(found if found and random.random() < 0.4 else texts)}" for column in columns
        )
        if random.random() < 0.4 and all(column in texts for column in columns):
            keys = target.key
        end = random.choice(("", "", "", f" at {time}", " before", " before"))
        lookups.append(f" lookup {target.name} as l{number} on {keys}{end}")
        found += [f"l{number}.{each}" for each in target.texts]
        for place, each in enumerate(random.sample(target.read, random.randint(1, len(target.read)))):
            values += f" v{number}_{place} = l{number}.{each}"
            nullable.append(f"l{number}.{each}")
    random.shuffle(lookups)
    where = [random.choice(known["where"])] if random.random() < 0.3 else []
    where += [f"{random.choice(nullable)} is not null"] if nullable and random.random() < 0.3 else []
    condition = f" where {' and '.join(where)}" if where else ""
    keep = f" keep {texts[0]}" if column or (random.random() < 0.5 and values) else ""
    values += f" {'' if column == 'k' else f'k = {random.choice(texts)} '}m = {random.choice([*nullable, texts[0]])}"
    to = f' to parquet("{name}")' if random.random() < 0.8 else ""
    return f"stream {name} from {source}{condition}{''.join(lookups)}{keep}{to} {{ {values} }}\n"


def _table_rows(random: Random) -> dict[str, list[str]]:
    users, pages, pairs = [], [], []
    for _ in range(random.randint(0, 12)):
        since = random.choice((*TIMES, random.randint(0, 30 * HOUR)))
        user = {
            "name": random.choice((*USERS, None)),
            "plan": random.choice((*USERS, *PAGES, None)),
            "since": since,
            "seen": _moment(random.choice((0, since, since + 60, since + HOUR))),
            "gone": random.choice((None, False, False, True)),
        }
        users.append(json.dumps(user))
    for _ in range(random.randint(0, 5)):
        page = {
            "page": random.choice(PAGES),
            "section": random.choice((*USERS, *PAGES)),
            "weight": random.choice((None, 0.5)),
        }
        pages.append(json.dumps(page))
    for _ in range(random.randint(0, 12)):
        ts = random.choice((None, _moment(random.choice(TIMES))))
        pair = {"name": random.choice(USERS), "page": random.choice(PAGES), "n": random.randint(0, 9), "ts": ts}
        pairs.append(json.dumps(pair))
    return {"xusers": users, "ypages": pages, "zpairs": pairs}


def _moment(seconds: int) -> str:
    day, rest = divmod(seconds, 24 * HOUR)
    return f"1970-01-{day + 1:02}T{rest // HOUR:02}:{rest % HOUR // 60:02}:{rest % 60:02}Z"


def _lines(random: Random, events: list[tuple[int, dict[str, Any]]]) -> list[str]:
    """In order but for a few; some of them twice."""
    ordered = sorted(events, key=lambda each: each[0] + random.choice((0, 0, 0, 300, 3000)))
    return [json.dumps(event) for _, event in ordered for _ in range(random.choice((1, 1, 1, 1, 2)))]


def _clicks(random: Random) -> list[str]:
    events = []
    for _ in range(random.randint(0, 40)):
        seconds = random.choice((*TIMES, random.randint(0, 30 * HOUR)))
        event = {
            "id": random.randint(0, 2),
            "user_id": random.choice((*USERS, None)),
            "page": random.choice(PAGES),
            "price": random.choice((0.5, 0.1, 1e16, 3.25, None)),
            "ts": _moment(seconds),
        }
        events.append((seconds, event))
    return _lines(random, events)


def _visits(random: Random) -> list[str]:
    events = []
    for _ in range(random.randint(0, 30)):
        seconds = random.choice((*TIMES, random.randint(0, 30 * HOUR)))
        event = {
            "who": random.choice(USERS),
            "page": random.choice((*PAGES, None)),
            "length": random.randint(0, 5),
            "at": _moment(seconds),
        }
        events.append((seconds, event))
    return _lines(random, events)


def feed(pair: Pair, job: Job, **how: Any) -> Feed:
    """The pair's events for a job's kernel."""
    main, *others = [source.name for source in job.sources]
    return Feed("jsonl", pair.data(main), now=0, others=[Other("jsonl", pair.data(each)) for each in others], **how)


def expected(pair: Pair, asked: Asked | None = None) -> ReferenceResult:
    """What the reference makes of the pair; `asked` are keys and times, by block, at which values are wanted too."""
    names = [each.name for each in pair.program.outputs]
    with tempfile.TemporaryDirectory() as folder:
        inputs = {}
        for source in pair.lines:
            path = Path(folder, f"{source}.jsonl")
            path.write_bytes(pair.data(source))
            inputs[source] = Input("jsonl", (path,), {})
        return run_reference(pair.program, names, inputs, 0, values_wanted=asked)


def stored_differences(pair: Pair, job: Job, way: Feed, found: Results) -> list[str]:
    """Where stored rows are not the values at their time, or the last ones not those at the last watermark."""
    complete = found.partition.greatest - job.sources[0].source.lateness - 1
    shown: dict[tuple[str, tuple[Any, ...]], dict[int, list[Any]]] = {}
    for name in way.stores:
        width = next(len(block.key) for block in pair.program.features if block.name == name)
        for row in found.stored.get(name, ()):
            as_of, _, *values = row.values[width:]
            shown.setdefault((name, row.values[:width]), {})[as_of] = values
    for rows in shown.values():
        last = max(rows)
        rows[max(last, complete)] = rows[last]  # what the store has once the watermark was there
    asked: dict[str, list[tuple[tuple[Any, ...], int]]] = {}
    for (name, keys), rows in shown.items():
        asked.setdefault(name, []).extend((keys, time) for time in rows)
    values_at = {name: block.values_at for name, block in (expected(pair, asked).features if asked else {}).items()}
    return [
        f"{name} {keys} at {time}: stored {values}, reference {values_at[name][keys, time]}"
        for (name, keys), rows in shown.items()
        for time, values in rows.items()
        if list(map(bits, values)) != list(map(bits, values_at[name][keys, time].values()))
    ]


def differences(reference: ReferenceResult, job: Job, found: Results) -> list[str]:
    """Where rows of a job's blocks and streams, refused records, or counts of nulls are not the reference's."""
    return [
        *_row_differences(reference, job, found),
        *_refused_differences(reference, job, found),
        *_null_differences(reference, job, found),
    ]


def _row_differences(reference: ReferenceResult, job: Job, found: Results) -> list[str]:
    sides: dict[str, list[tuple[Any, ...]]] = {
        name: [(*row.keys, row.time, row.tie, *row.values.values()) for row in block.rows]
        for name, block in reference.features.items()
    }
    sides |= {
        name: [(row.time, row.event, *row.values.values()) for row in stream.rows]
        for name, stream in reference.streams.items()
    }
    differing: list[str] = []
    for name in job.outputs:
        ours, theirs = (Counter(tuple(map(bits, row)) for row in side) for side in (found.rows[name], sides[name]))
        differing += [f"{name}: only the kernel has {row}" for row in (ours - theirs).elements()]
        differing += [f"{name}: only the reference has {row}" for row in (theirs - ours).elements()]
    return differing


def _refused_differences(reference: ReferenceResult, job: Job, found: Results) -> list[str]:
    differing: list[str] = []
    for number, source in enumerate(job.sources):
        read = reference.sources[source.name]
        outputs: list[tuple[str, list[Outside], list[Refused]]] = [
            ("rejects", found.rejects, read.rejects),
            ("late", found.late, read.late),
        ]
        for what, of_kernel, of_reference in outputs:
            kernel = sorted((each.record, each.code, each.raw) for each in of_kernel if each.source == number)
            if kernel != sorted((each.record, each.code, each.raw) for each in of_reference):
                differing.append(f"{what} of {source.name}: kernel {kernel}, reference {of_reference}")
    return differing


def _null_differences(reference: ReferenceResult, job: Job, found: Results) -> list[str]:
    results: dict[str, BlockResult | StreamResult] = {**reference.features, **reference.streams}
    return [
        f"{name}.{value} {reason}: kernel {counted}, reference {count}"
        for name in job.outputs
        for value, reasons in results[name].nulls.items()
        for reason, count in reasons.items()
        if (counted := found.counters.get(f"{name}.{value}.{reason}", 0)) != count
    ]
