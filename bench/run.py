"""`make bench`: ours and the peers on one stream, in turns, three times each; values checked, bench/RESULTS.md written.

`python bench/run.py [--events N] [--only NAME,…] [--runs N] [--fresh]`. Each side runs on its events and on the first
quarter of them: rates are of what the rest took, so that no start is in them. A run that is in `bench/out/` for the
same commit, events and heap is not made again, unless `--fresh`: an interrupted benchmark goes on where it was. Results
are written only where every side was asked for. Exits 1 where a value differs, or was to be compared and was not.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import Any

from compare import compare
from header import commit, header
from rates import longer
from sides import BENCH, FLOORS, HEAP, LONGER_PREFIX, OURS, PREFIX, REFERENCES, SIDES, Side, rows_of, run
from targets import targets

from featlang.request import PARALLELISM

sys.path.insert(0, str(BENCH / "peers"))
from common import FEATURES

OUT = BENCH / "out"
PARTS = 4
"""The smaller size is one of so many parts of the events."""
ABOUT = """\
**Rates.** A side runs on its events, and on the first quarter of them. Its rate is of the last three quarters: so many
events, by the seconds that the larger run took longer. What a run costs whatever its size is in no rate, of ours or of
a peer: starting workers and sessions, compiling queries, and most of a JVM's own compiling. Seconds are those of
reading the input, computing every row, and writing it as Parquet with Snappy, once the engine is up (ours: `read`,
`compute` and `write` of run.json; Flink's peers: from the job's RUNNING to its end). The whole process has starting,
compiling and stopping too. Where the larger run is longer by less than runs of one size differ, no rate is told ("-").

**Input.** What reads JSON lines takes out late events itself, but for Flink's own jobs, which decide what is late by
the moment of a watermark: they, and what reads Parquet, are given the accepted events, as a history holds them.

**Ratios** are of rates, on the same events of the same sizes, never across sizes: against ours on Spark for what reads
Parquet, against ours on Flink for all else. Peers have windows (t - w, t]. Ours do the same work with `exact(w)`, and
less with the default, sliding windows. Above 1, ours is faster.

**Prefixes.** A peer whose work grows faster than its events runs on the first {PREFIX:,} or {LONGER_PREFIX:,} events,
and ours beside it; ours on all events stands beside that, and is compared with nothing on fewer. Windows of 24 hours
are full after some 667,000 events. Before, a peer that looks at each event of a window again has less to do than
later, so its prefix favours it; where an event enters and leaves a window once, it favours neither. A JVM goes on
compiling after the first quarter of a prefix, of either side; ours has less time for it, as it ends sooner. The
difference of two short runs is the least certain figure here.

**Values.** Counts and maxima equal, sums and means within 1e-9 of the greater of 1 and the value, against ours of exact
windows on Flink; of steps, against ours of default windows. Peers whose rows see all events of their time are compared
in the last of them. Where a side should have been compared and was not, it says "values not checked", and `make bench`
fails. Our own values are compared with the reference by tests and `make fuzz`, not here.
"""
Runs = dict[str, list[dict[str, float]]]
Check = dict[str, int]
TITLES = (
    *("side", "events", "seconds (runs)", "of the first quarter", "events/s after it", "whole process, s"),
    *("ours exact ÷ it", "ours default ÷ it", "values compared, differing"),
)


def stream(events: int, whole: int, form: str) -> Path:
    """The file of the first events of the stream of `whole` events; made if it is not there."""
    folder = BENCH / "data"
    folder.mkdir(exist_ok=True)
    written_as = "parquet" if form == "parquet" else "jsonl"
    which = "" if form == "jsonl" else "-accepted"
    limit = [] if events == whole else ["--first", str(events)]
    file = folder / f"clicks-{whole}{''.join(limit)}{which}.{written_as}"
    if not file.is_file():
        print(f"writing {file.name}", flush=True)
        flags = ["--format", written_as, *(["--accepted"] if which else []), *limit]
        part = file.with_name(f"{file.name}.part")
        command = [sys.executable, str(BENCH / "clicks.py"), str(part), "--events", str(whole), *flags]
        subprocess.run(command, check=True)  # noqa: S603 - our own
        part.replace(file)
    return file


def events_of(side: Side, whole: int) -> int:
    """How many events a side is run on."""
    return min(side.prefix or whole, whole)


def quarter(events: int) -> int:
    """The smaller size of a side that runs on so many."""
    return events // PARTS


def key_of(name: str, events: int) -> str:
    """By which runs and checks are found."""
    return f"{name}@{events}"


def jobs_of(sides: list[Side], whole: int) -> list[tuple[Side, int]]:
    """What is run: each side on its events and a quarter of them, ours on the same to be compared with; ours first."""
    found: set[tuple[str, int]] = set()
    for side in sides:
        events = events_of(side, whole)
        names = {side.name, *(ours.name for ours in OURS if (ours.engine, ours.rows) == (side.compared_on, side.rows))}
        found |= {(name, size) for name in names for size in (events, quarter(events))}
        found |= {(name, events) for name in side.checks}
    order = list(SIDES)
    return [(SIDES[name], events) for name, events in sorted(found, key=lambda job: (order.index(job[0]), -job[1]))]


def measured(sides: list[Side], whole: int, runs: int, of_commit: str, *, fresh: bool) -> tuple[Runs, dict[str, Check]]:
    """All runs by key, in turns; and what comparing the rows of each side gave, on its events."""
    found: Runs = {}
    checks: dict[str, Check] = {}
    compared = {key_of(side.name, events_of(side, whole)) for side in sides}
    for turn in range(runs):
        for side, events in jobs_of(sides, whole):
            key = key_of(side.name, events)
            state = OUT / f"{of_commit}-{whole}-{HEAP}-{key}-{turn}.json"
            folder = OUT / "rows" / f"{whole}-{key}"
            gone = turn == 0 and side.name in REFERENCES and not rows_of(side, folder).is_dir()
            result: dict[str, Any] = json.loads(state.read_text(encoding="utf-8")) if state.is_file() else {}
            unchecked = turn == 0 and key in compared and bool(side.checks) and not result.get("check")
            if fresh or gone or unchecked or not result:
                print(f"{key}, run {turn + 1} of {runs} …", end=" ", flush=True)
                result = {**run(side, stream(events, whole, side.reads), folder, PARALLELISM)}
                if turn == 0 and key in compared:
                    result["check"] = checked(side, events, whole)
                state.write_text(json.dumps(result), encoding="utf-8")
                print(f"{result['seconds']:.1f} s {result.get('check') or ''}", flush=True)
            found.setdefault(key, []).append(result)
            if result.get("check"):
                checks[key] = result["check"]
    return found, checks


def checked(side: Side, events: int, whole: int) -> Check:
    """What comparing its rows gave; nothing where there is nothing to compare them with."""
    total: Check = {}
    theirs = rows_of(side, OUT / "rows" / f"{whole}-{key_of(side.name, events)}")
    for name, endings in side.checks.items():
        ours = rows_of(SIDES[name], OUT / "rows" / f"{whole}-{key_of(name, events)}")
        if not ours.is_dir():
            return {}
        one = compare(ours, theirs, endings)
        total = {what: total.get(what, 0) + count for what, count in one.items()}
    return total


def wrong(side: Side, check: Check | None) -> bool:
    """Whether a value differs or a row is missing, or whether values were not compared that should have been."""
    if not side.checks:
        return False
    return not check or bool(check["differ"] or check["missing"]) or not check["values"]


def told(side: Side, check: Check | None) -> str:
    """What is said of a side's values."""
    if side.name in FLOORS:
        return "none: nothing is folded"
    if not side.checks:
        return "others are compared with it" if side.rows else "those of the same side above"
    if not check:
        return "**values not checked**"
    missing = f" ({check['missing']} rows missing)" if check["missing"] else ""
    return f"{check['values']:,}, {check['differ']}{missing}"


def table(sides: list[Side], found: Runs, checks: dict[str, Check], whole: int, *, rows: bool) -> list[str]:
    """Markdown: rates, and how many times as fast ours is on the same events, the same reading and the same writing."""
    lines = [f"| {' | '.join(TITLES)} |", "|---|--:|---|---|--:|--:|--:|--:|---|"]
    asked = {(side.name, events_of(side, whole)) for side in sides if side.rows == rows or side.name in FLOORS}
    for side, events in jobs_of(sides, whole):
        key = key_of(side.name, events)
        is_ours = bool(side.engine) and side.rows == rows and key_of(side.name, quarter(events)) in found
        if (side.name, events) not in asked and not is_ours:
            continue
        took, first = found[key], found[key_of(side.name, quarter(events))]
        speed = rate(found, side.name, events)
        ours = [f"{side.compared_on}_exact", side.compared_on]
        ratios = [ratio(found, name + ("" if rows else "_no_rows"), side.name, events) for name in ours]
        cells = [
            side.about + (f", first {events:,}" if is_ours and events != whole else ""),
            f"{events:,}",
            *(_seconds(each) for each in (took, first)),
            f"{speed:,.0f}" if speed else "-",
            f"{median(one['total'] for one in took):.1f}",
            *(f"{each:.2f}" if each else "-" for each in ratios),
            told(side, checks.get(key)) if (side.name, events) in asked else "-",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _seconds(runs: list[dict[str, float]]) -> str:
    took = [one["seconds"] for one in runs]
    return f"{median(took):.1f} ({', '.join(f'{each:.1f}' for each in took)})"


def rate(found: Runs, name: str, events: int) -> float | None:
    """Events a second after the first quarter; None where that was not run, or is lost in what runs differ by."""
    sizes = [events, quarter(events)]
    took = [[one["seconds"] for one in found.get(key_of(name, size), [])] for size in sizes]
    more = longer(*took)
    return (sizes[0] - sizes[1]) / more if more else None


def ratio(found: Runs, ours: str, name: str, events: int) -> float | None:
    """Our rate ÷ a side's, on the same events."""
    rates = [rate(found, each, events) for each in (ours, name)]
    return rates[0] / rates[1] if rates[0] and rates[1] else None


def main() -> None:
    """The command line."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--events", type=int, default=2_000_000)
    arguments.add_argument("--only", default="", help="names of sides, with commas; ours run beside each")
    arguments.add_argument("--runs", type=int, default=3)
    arguments.add_argument("--fresh", action="store_true")
    chosen = arguments.parse_args()
    names = set(chosen.only.split(",")) - {""}
    if unknown := names - set(SIDES):
        arguments.error(f"no side {', '.join(sorted(unknown))}; there are {', '.join(SIDES)}")
    sides = [side for side in SIDES.values() if not names or side.name in names]
    whole = chosen.events
    OUT.mkdir(exist_ok=True)
    found, checks = measured(sides, whole, chosen.runs, commit(), fresh=chosen.fresh)
    lines = [
        "## Targets",
        "",
        *targets(
            lambda ours, peer: (events_of(SIDES[peer], whole), ratio(found, ours, peer, events_of(SIDES[peer], whole)))
        ),
        "",
        "## Rows written",
        "",
        *table(sides, found, checks, whole, rows=True),
        "",
        "## Rows computed, not written",
        "",
        *table(sides, found, checks, whole, rows=False),
        "",
    ]
    print("\n".join(lines))
    if not names:
        settings = (
            f"{whole:,} events of `bench/clicks.py`, {len(FEATURES)} features; parallelism {PARALLELISM},"
            f" heap {HEAP} for each JVM, the parallel collector, object reuse; {chosen.runs} runs in turn, the median"
        )
        about = ABOUT.format(PREFIX=PREFIX, LONGER_PREFIX=LONGER_PREFIX)
        page = [*header("Benchmark", "bench", settings), about, *lines]
        (BENCH / "RESULTS.md").write_text("\n".join(page), encoding="utf-8")
    bad = [side for side in sides if wrong(side, checks.get(key_of(side.name, events_of(side, whole))))]
    for side in bad:
        print(f"{side.name}: {told(side, checks.get(key_of(side.name, events_of(side, whole))))}", file=sys.stderr)
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
