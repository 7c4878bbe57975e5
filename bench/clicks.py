"""Writes a seeded stream of click events: Zipf users in sessions, a hot key, nulls, ties, disorder and late events.

`python bench/clicks.py FILE [--events N] [--users N] [--days D] [--hot SHARE] [--uniform] [--ends SHARE] [--seed S]
[--first N] [--format jsonl|parquet] [--accepted]`.
Equal arguments give equal bytes (of Parquet: with equal versions of pyarrow). Memory does not grow with the events.
"""

from __future__ import annotations

import argparse
import itertools
import random
from bisect import bisect
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

START = datetime(2026, 3, 1, tzinfo=timezone.utc)
OPEN_SESSIONS = 400
"""So many users are on the site at a time."""
PAGES = 2_000
HOT_USER = "hot"
SESSION_ENDS, IS_TIE, IS_CLICK, IS_BOT, NULL_DWELL, NULL_PRICE = 0.08, 0.02, 0.3, 0.02, 0.1, 0.05
LATE, OUT_OF_ORDER = 0.001, 0.05
"""Shares of the events. Half of the ties are of the user before."""
LATENESS_MICROS = 2_000_000
"""Disorder stays within this; only late events fall behind it."""

_SCHEMA = pa.schema(
    [
        pa.field("event_id", pa.string(), nullable=False),
        pa.field("user_id", pa.string(), nullable=False),
        pa.field("page_id", pa.string(), nullable=False),
        pa.field("action", pa.string(), nullable=False),
        pa.field("dwell_ms", pa.int64()),
        pa.field("price", pa.float64()),
        pa.field("is_bot", pa.bool_(), nullable=False),
        pa.field("ts", pa.timestamp("us", tz="UTC"), nullable=False),
    ]
)
_ROWS_OF_A_GROUP = 100_000


class Click(NamedTuple):
    """One event. `price` is a decimal text, `micros` counts since `START`."""

    event_id: str
    user_id: str
    page_id: str
    action: str
    dwell_ms: int | None
    price: str | None
    is_bot: bool
    micros: int


def clicks(
    count: int,
    users: int = 20_000,
    days: float = 3.0,
    hot: float = 0.0,
    seed: int = 1,
    *,
    uniform: bool = False,
    ends: float = SESSION_ENDS,
) -> Iterator[Click]:
    """The events in order of arrival. Needs a source with `lateness = 2s`.

    `hot` is the share of one user's events, `ends` that of the events with which a session ends.
    """
    dice = random.Random(seed)  # noqa: S311 - data, not secrets
    chance = dice.random
    of_users = [rank / users for rank in range(1, users + 1)] if uniform else _zipf(users)
    of_pages = _zipf(PAGES)
    step = days * 86_400_000_000 / count
    sessions = [_drawn(chance(), of_users) for _ in range(OPEN_SESSIONS)]
    user, micros = 0, 0
    for number in range(count):
        tie = chance()
        if tie >= IS_TIE / 2:
            chosen = int(chance() * OPEN_SESSIONS)
            if chance() < ends:  # the session ends, another user comes
                sessions[chosen] = _drawn(chance(), of_users)
            user = -1 if hot and chance() < hot else sessions[chosen]
        if tie >= IS_TIE:
            micros = _micros(chance, number, step)
        yield Click(
            f"e{number:09d}",
            HOT_USER if user < 0 else f"u{user}",
            f"p{_drawn(chance(), of_pages)}",
            "click" if chance() < IS_CLICK else "view",
            None if chance() < NULL_DWELL else int(dice.expovariate(1 / 20_000)),
            None if chance() < NULL_PRICE else f"{dice.lognormvariate(3, 1):.2f}",
            chance() < IS_BOT,
            micros,
        )


def accepted(events: Iterable[Click]) -> Iterator[Click]:
    """The events that are not late: none is earlier than the greatest time before it less the lateness."""
    greatest = 0
    for event in events:
        if event.micros >= greatest - LATENESS_MICROS:
            greatest = max(greatest, event.micros)
            yield event


def write_jsonl(events: Iterable[Click], file: Path) -> None:
    """One event a line. `seq` is its number; only a source in the order of arrival declares it."""
    with file.open("w", encoding="utf-8", newline="\n") as out:
        for event_id, user, page, action, dwell, price, bot, micros in events:
            out.write(
                f'{{"event_id":"{event_id}","seq":{int(event_id[1:])},"user_id":"{user}",'
                f'"page_id":"{page}","action":"{action}",'
                f'"dwell_ms":{"null" if dwell is None else dwell},"price":{price or "null"},'
                f'"is_bot":{"true" if bot else "false"},"ts":"{_text(micros)}"}}\n'
            )


def write_parquet(events: Iterable[Click], file: Path) -> None:
    """The same events in the same order; prices as floats, times as µs UTC."""
    first = int(START.timestamp()) * 1_000_000
    rows = iter(events)
    with pq.ParquetWriter(file, _SCHEMA, compression="zstd") as out:
        while some := list(itertools.islice(rows, _ROWS_OF_A_GROUP)):
            *columns, prices, bots, times = zip(*some, strict=True)
            values = [None if price is None else float(price) for price in prices]
            arrays = [*columns, values, bots, [first + micros for micros in times]]
            typed = [pa.array(array, field.type) for array, field in zip(arrays, _SCHEMA, strict=True)]
            out.write_table(pa.Table.from_arrays(typed, schema=_SCHEMA))


def _zipf(count: int) -> list[float]:
    """Running shares: the item of rank r is drawn in proportion to 1/r."""
    weights = list(itertools.accumulate(1 / rank for rank in range(1, count + 1)))
    return [weight / weights[-1] for weight in weights]


def _drawn(chance: float, shares: list[float]) -> int:
    return min(bisect(shares, chance), len(shares) - 1)


def _micros(chance: Callable[[], float], number: int, step: float) -> int:
    """Since the start, in whole ms, as some peers need. Most in order, some within the lateness, a few far behind."""
    micros = int(number * step)
    fate = chance()
    if fate < LATE:
        micros -= LATENESS_MICROS + int(chance() * 60_000_000)
    elif fate < LATE + OUT_OF_ORDER:
        micros -= int(chance() * LATENESS_MICROS)
    return max(micros - micros % 1_000, 0)


def _text(micros: int) -> str:
    return (START + timedelta(microseconds=micros)).isoformat(timespec="microseconds")[:-6] + "Z"


def main() -> None:
    """The command line."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("file", type=Path)
    arguments.add_argument("--events", type=int, default=2_000_000)
    arguments.add_argument("--users", type=int, default=20_000)
    arguments.add_argument("--days", type=float, default=3.0)
    arguments.add_argument("--hot", type=float, default=0.0, metavar="SHARE", help="of all events, by one user")
    arguments.add_argument("--uniform", action="store_true", help="all other users equally often, not by Zipf")
    arguments.add_argument("--ends", type=float, default=SESSION_ENDS, metavar="SHARE", help="of events, of sessions")
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--format", choices=["jsonl", "parquet"], default="jsonl")
    arguments.add_argument("--first", type=int, metavar="N", help="only the first N of the events")
    arguments.add_argument("--accepted", action="store_true", help="without the late events, as a history holds them")
    chosen = arguments.parse_args()
    events = clicks(
        *(chosen.events, chosen.users, chosen.days, chosen.hot, chosen.seed), uniform=chosen.uniform, ends=chosen.ends
    )
    events = itertools.islice(events, chosen.first)
    write = write_parquet if chosen.format == "parquet" else write_jsonl
    write(accepted(events) if chosen.accepted else events, chosen.file)


if __name__ == "__main__":
    main()
