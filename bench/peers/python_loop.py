"""The plain Python loop. No event is looked at again; rows see the ties before them (`_tie`).

With `--parallelism 2` each of two processes takes half of the users and reads the whole file. Variants:
* `best`: a log of events for each user with running totals, a pointer to where each window begins, one stack of maxima
  for all windows, a count for each page; `msgspec` decodes only the fields that are used.
* `deques`: the standard library only: a deque of events and one of maxima for each window, adding what comes and
  subtracting what leaves.
"""

# Tried, in seconds for 2,000,000 events in two processes (medians of two quiet runs, commit cbdfb1758d15): `best`
# 14.2, of which 4.4 are writing rows; `deques` 23.3. Left: one deque of maxima for each window in `best` (more work
# than a binary search in one short stack).
from __future__ import annotations

import gc
import json
import multiprocessing
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
from common import FEATURES, LATENESS, WINDOWS, arguments, measure

MINUTES, HOUR, DAY = WINDOWS.values()
CHUNK = 1 << 24
"""Bytes of the input that are decoded at a time; rows are written in groups of as many events."""
LOG = 4096
"""A log is not cut before so many events of it are in no window."""
SCHEMA = pa.schema(
    [
        *(("user_id", pa.string()), ("ts", pa.timestamp("us", tz="UTC")), ("_tie", pa.int64())),
        *((name, pa.float64() if name[:4] in ("tota", "mean", "most") else pa.int64()) for name in FEATURES),
    ]
)
Event = tuple[int, str, str, str, str, "float | None"]


class Click(msgspec.Struct, gc=False):  # type: ignore[misc, call-arg]
    """What is decoded of a line; other fields are skipped."""

    event_id: str
    user_id: str
    page_id: str
    action: str
    price: float | None
    ts: str


def chunks(file: Path) -> Iterator[list[Click]]:
    """The lines, decoded, some at a time."""
    decoder = msgspec.json.Decoder(Click)
    with file.open("rb") as lines:
        rest = b""
        while read := lines.read(CHUNK):
            whole, _, rest = (rest + read).rpartition(b"\n")
            yield decoder.decode_lines(whole)


def lines_by_json(file: Path) -> Iterator[list[Click]]:
    """The same by the standard library."""
    with file.open(encoding="utf-8") as lines:
        while some := lines.readlines(CHUNK):
            events = map(json.loads, some)
            yield [Click(e["event_id"], e["user_id"], e["page_id"], e["action"], e["price"], e["ts"]) for e in events]


def in_order(
    file: Path, share: int, shares: int, read: Callable[[Path], Iterator[list[Click]]] = chunks
) -> Iterator[list[Event]]:
    """The accepted events of this process's users, by time and then event_id; late ones are left out."""
    greatest = 0
    minutes: dict[str, int] = {}
    waiting: list[Event] = []
    for clicks in read(file):
        for click in clicks:
            text = click.ts
            start = minutes.get(text[:16])
            if start is None:
                moment = datetime.fromisoformat(f"{text[:16]}:00+00:00")
                start = minutes[text[:16]] = int(moment.timestamp()) * 1_000_000
            micros = start + int(text[17:19] + text[20:26])
            if micros > greatest:
                greatest = micros
            elif micros < greatest - LATENESS:
                continue
            user = click.user_id
            if hash(user) % shares == share:
                waiting.append((micros, click.event_id, user, click.page_id, click.action, click.price))
        waiting.sort()  # nearly in order: cheap
        final = bisect_right(waiting, (greatest - LATENESS,))
        yield waiting[:final]
        del waiting[:final]
    yield waiting


class User:
    """What is kept of a user: parallel lists of events and of running totals before each; where windows begin."""

    __slots__ = ("begins", "clicks", "counts", "pages", "priced", "sums", "tie", "times", "tops", "values")

    def __init__(self) -> None:
        """No event yet."""
        self.times: list[int] = []
        self.pages: list[str] = []
        self.sums, self.priced, self.clicks = [0.0], [0], [0]  # before the event of the same index
        self.begins = (0, 0, 0)
        self.counts: dict[str, int] = {}
        self.tops: list[int] = []  # times and values of the maximum of every suffix
        self.values: list[float] = []
        self.tie = 0


def rows(  # noqa: C901, PLR0912, PLR0915 - calls would cost what is measured
    file: Path, share: int, shares: int
) -> Iterator[list[tuple[object, ...]]]:
    """A row for each event."""
    users: dict[str, User] = {}
    for events in in_order(file, share, shares):
        found: list[tuple[object, ...]] = []
        for micros, _, name, page, action, price in events:
            user = users.get(name)
            if user is None:
                user = users[name] = User()
            times, pages, sums, priced, clicks = user.times, user.pages, user.sums, user.priced, user.clicks
            tops, values, counts = user.tops, user.values, user.counts
            user.tie = tie = user.tie + 1 if times and times[-1] == micros else 0
            times.append(micros)
            pages.append(page)
            if price is None:
                sums.append(sums[-1])
                priced.append(priced[-1])
            else:
                sums.append(sums[-1] + price)
                priced.append(priced[-1] + 1)
                while values and values[-1] <= price:
                    values.pop()
                    tops.pop()
                values.append(price)
                tops.append(micros)
            clicks.append(clicks[-1] + (action == "click"))
            counts[page] = counts.get(page, 0) + 1

            minutes, hour, day = user.begins
            edge = micros - MINUTES
            while times[minutes] <= edge:
                minutes += 1
            edge = micros - HOUR
            while times[hour] <= edge:
                gone = pages[hour]
                left = counts[gone] - 1
                if left:
                    counts[gone] = left
                else:
                    del counts[gone]
                hour += 1
            edge = micros - DAY
            if times[day] <= edge:
                day += 1
                while times[day] <= edge:
                    day += 1
                while tops and tops[0] <= edge:
                    del tops[0], values[0]

            of_minutes: float | None
            of_hour: float | None
            of_day: float | None
            mean_of_minutes: float | None
            mean_of_hour: float | None
            mean_of_day: float | None
            most_of_minutes: float | None
            most_of_hour: float | None
            most_of_day: float | None
            total, number = sums[-1], priced[-1]
            count = number - priced[minutes]
            if count:
                of_minutes = total - sums[minutes]
                mean_of_minutes = of_minutes / count
                most_of_minutes = values[bisect_right(tops, micros - MINUTES)]
            else:
                of_minutes = mean_of_minutes = most_of_minutes = None
            count = number - priced[hour]
            if count:
                of_hour = total - sums[hour]
                mean_of_hour = of_hour / count
                most_of_hour = values[bisect_right(tops, micros - HOUR)]
            else:
                of_hour = mean_of_hour = most_of_hour = None
            count = number - priced[day]
            if count:
                of_day = total - sums[day]
                mean_of_day = of_day / count
                most_of_day = values[0]
            else:
                of_day = mean_of_day = most_of_day = None
            length, clicked = len(times), clicks[-1]
            found.append(
                (
                    *(name, micros, tie, length - minutes, length - hour, length - day, of_minutes, of_hour, of_day),
                    *(mean_of_minutes, mean_of_hour, mean_of_day, most_of_minutes, most_of_hour, most_of_day),
                    *(clicked - clicks[hour], clicked - clicks[day], len(counts)),
                )
            )
            if day > LOG and day > length // 2:  # forget what no window holds
                del times[:day], pages[:day], sums[:day], priced[:day], clicks[:day]
                minutes, hour, day = minutes - day, hour - day, 0
            user.begins = minutes, hour, day
        yield found


class Window:
    """The events of a user in one window, and what add and subtract keep of them."""

    __slots__ = ("clicks", "events", "priced", "tops", "total", "width")

    def __init__(self, width: int) -> None:
        """Of so many µs; no event yet."""
        self.width = width
        self.events: deque[Event] = deque()
        self.tops: deque[tuple[int, float]] = deque()  # no later one is as high
        self.total, self.priced, self.clicks = 0.0, 0, 0


def rows_of_deques(  # noqa: C901 - the same
    file: Path, share: int, shares: int
) -> Iterator[list[tuple[object, ...]]]:
    """A row for each event."""
    users: dict[str, tuple[Window, Window, Window, dict[str, int], list[int]]] = {}
    for events in in_order(file, share, shares, lines_by_json):
        found: list[tuple[object, ...]] = []
        for event in events:
            micros, _, name, page, action, price = event
            user = users.get(name)
            if user is None:
                user = users[name] = (Window(MINUTES), Window(HOUR), Window(DAY), {}, [-1, 0])
            minutes, hour, day, counts, tie = user
            tie[:] = micros, tie[1] + 1 if tie[0] == micros else 0
            click = action == "click"
            for window in (minutes, hour, day):
                kept, tops, edge = window.events, window.tops, micros - window.width
                kept.append(event)
                window.clicks += click
                if price is not None:
                    window.total += price
                    window.priced += 1
                    while tops and tops[-1][1] <= price:
                        tops.pop()
                    tops.append((micros, price))
                while kept[0][0] <= edge:
                    gone = kept.popleft()
                    window.clicks -= gone[4] == "click"
                    if gone[5] is not None:
                        window.total -= gone[5]
                        window.priced -= 1
                    if window is hour:
                        counts[gone[3]] -= 1
                        if not counts[gone[3]]:
                            del counts[gone[3]]
                while tops and tops[0][0] <= edge:
                    tops.popleft()
            counts[page] = counts.get(page, 0) + 1
            found.append(
                (
                    *(name, micros, tie[1], len(minutes.events), len(hour.events), len(day.events)),
                    *(window.total if window.priced else None for window in (minutes, hour, day)),
                    *(window.total / window.priced if window.priced else None for window in (minutes, hour, day)),
                    *(window.tops[0][1] if window.tops else None for window in (minutes, hour, day)),
                    *(hour.clicks, day.clicks, len(counts)),
                )
            )
        yield found


def work(variant: str, file: Path, share: int, shares: int, out: Path | None) -> int:
    """The rows of a share of the users, written if there is a folder; gives their number."""
    gc.disable()  # nothing here is cyclic
    count = 0
    writer = pq.ParquetWriter(out / f"{share}.parquet", SCHEMA) if out else None
    for found in (rows if variant == "best" else rows_of_deques)(file, share, shares):
        count += len(found)
        if writer and found:
            columns = zip(*found, strict=True)
            arrays = [pa.array(column, field.type) for column, field in zip(columns, SCHEMA, strict=True)]
            writer.write_table(pa.Table.from_arrays(arrays, schema=SCHEMA))
    if writer:
        writer.close()
    return count


def main() -> None:
    """The command line."""
    chosen = arguments(__doc__, ("best", "deques"))
    out = None if chosen.no_rows else chosen.out
    if out:
        out.mkdir(parents=True, exist_ok=True)
    shares = [(chosen.variant, chosen.input, share, chosen.parallelism, out) for share in range(chosen.parallelism)]

    def both() -> int:
        with multiprocessing.get_context("fork").Pool(chosen.parallelism) as pool:
            return sum(pool.starmap(work, shares, chunksize=1))

    measure(both if len(shares) > 1 else lambda: work(*shares[0]))


if __name__ == "__main__":
    main()
