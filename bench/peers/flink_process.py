"""PyFlink: a KeyedProcessFunction in pure Python. Each event enters and leaves each window once.

Events wait in state until the watermark has passed them; one timer at a time then takes all that wait, in order of
time. All state is Flink's. Times are milliseconds, as Flink's timers are. Late events are dropped by Flink's own rule,
which depends on the watermark's moment. Rows of a user at one millisecond all see each other (RANGE). What no window
holds is dropped, but no user is.

Flink reads the JSON, takes the key, and writes the rows; Python gets an event as a text and a time, and gives rows.
The key is one of 64 groups of users. What waits is one value of a group, logs are in a map by user: a bundle has a few
requests for a group, not for each of its users, and timers are a group's.
"""

# Tried, in thousands of events a second once the workers are up; 2 busy cores, one run each: a tenth is noise.
# On 100,000 events, most of which Java spends compiling itself:
# * this one 16; events as rows of fields, not texts, 8.9, later 13.6 (bundles of 5 s); by user 8.4 next to that 8.9;
# * a function that does nothing 13 where groups, of fields too, had 8 to 9: the way to Python and back is the most;
# * thread mode 11 to 12 with what waits as texts in a list state, 2.8 with it pickled.
# On 500,000:
# * this one 21 to 25; thread mode 6.7: its two tasks share one lock, and it decodes a log at each timer;
# * the workers as threads of one process, as a local Flink has them by itself, 24 next to 25;
# * bundles of 1 s 23, of 5 s 23; 16 groups 21; all rows of a timer in one array, unnested by SQL, 22.
# Windows and aggregates alone are 6 microseconds an event.
from __future__ import annotations

import argparse
import os
import sys
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

from common import FEATURES, WINDOWS, arguments
from flink_local import FLOATS, SETTINGS, create_tables, flink, report, wait, written
from pyflink.common import Configuration, Row, Types
from pyflink.datastream import KeyedProcessFunction, RuntimeContext, StreamExecutionEnvironment
from pyflink.datastream.data_stream import KeyedStream
from pyflink.datastream.state import MapStateDescriptor, ValueStateDescriptor
from pyflink.java_gateway import get_gateway
from pyflink.table import Schema, StreamTableEnvironment

MINUTES, HOUR, DAY = (micros // 1_000 for micros in WINDOWS.values())
GROUPS = 64
SHRINKS = 64
"""A log is cut when so many events, and half of it, are before all windows."""
WORKERS = "_python_worker_execution_mode"
"""Without this variable the workers of a local Flink are threads of this process, and share its lock."""
LARGE = "100000"
TUNED = {
    "python.executable": sys.executable,
    "python.fn-execution.bundle.size": LARGE,
    "python.fn-execution.bundle.time": "2000",
    "python.state.cache-size": LARGE,
    "python.map-state.read-cache-size": LARGE,
    "python.map-state.write-cache-size": LARGE,
}
TYPES = [Types.STRING(), Types.LONG(), *(Types.DOUBLE() if n.startswith(FLOATS) else Types.LONG() for n in FEATURES)]
EVENT = """
    user_id || ',' || page_id || ',' || CASE WHEN action = 'click' THEN '1' ELSE '0' END || ','
    || COALESCE(CAST(price AS STRING), '')"""
"""No field has a comma. One text goes to Python faster than a row of fields."""
Event = tuple[int, str, str, bool, "float | None"]
"""Time, user, page, whether it is a click, price."""
TIME = itemgetter(0)


def empty_log() -> tuple[Any, ...]:
    """What is kept of a user, of built-in types, whose pickles are short.

    The times of events; running totals of prices, of their number and of clicks, before the event of the same index;
    times and prices of the maximum of every suffix; the last time of each page of the hour, the oldest first; where
    the windows begin.
    """
    return (array("q"), array("d", [0.0]), array("q", [0]), array("q", [0]), array("q"), array("d"), {}, [0, 0, 0])


def advance(log: tuple[Any, ...], events: list[Event]) -> Iterator[Row]:  # noqa: C901 - calls would cost
    """The rows of a user's events, which are in order of time and no earlier than those before."""
    times, sums, priced, clicks, tops, values, pages, begins = log
    user = events[0][1]
    for at, ties in groupby(events, TIME):
        before = len(times)
        for _, _, page, click, price in ties:
            times.append(at)
            clicks.append(clicks[-1] + click)
            pages.pop(page, None)
            pages[page] = at
            sums.append(sums[-1] + (price or 0.0))
            priced.append(priced[-1] + (price is not None))
            if price is not None:
                while values and values[-1] <= price:
                    values.pop()
                    tops.pop()
                values.append(price)
                tops.append(at)
        for window, length in enumerate((MINUTES, HOUR, DAY)):
            begin = begins[window]
            while times[begin] <= at - length:
                begin += 1
            begins[window] = begin
        while pages[oldest := next(iter(pages))] <= at - HOUR:
            del pages[oldest]
        while tops and tops[0] <= at - DAY:
            del tops[0], values[0]
        counts = [priced[-1] - priced[begin] for begin in begins]
        totals = [sums[-1] - sums[begin] if count else None for begin, count in zip(begins, counts, strict=True)]
        row = Row(
            user,
            at,
            *(len(times) - begin for begin in begins),
            *totals,
            *(total / count if count else None for total, count in zip(totals, counts, strict=True)),
            values[bisect_right(tops, at - MINUTES)] if counts[0] else None,
            values[bisect_right(tops, at - HOUR)] if counts[1] else None,
            values[0] if counts[2] else None,
            *(clicks[-1] - clicks[begin] for begin in begins[1:]),
            len(pages),
        )
        for _ in range(len(times) - before):
            yield row
    gone = begins[2]
    if gone > SHRINKS and gone > len(times) // 2:
        del times[:gone], sums[:gone], priced[:gone], clicks[:gone]
        begins[:] = (begin - gone for begin in begins)


class Activity(KeyedProcessFunction):  # type: ignore[misc]
    """Rows of a group of users.

    A timer is set for the earliest event that waits; it takes all that the watermark has passed.
    """

    def open(self, runtime_context: RuntimeContext) -> None:
        """The state: what waits, as its earliest time and a list of events, and the logs of users."""
        self.waiting = runtime_context.get_state(ValueStateDescriptor("waiting", Types.PICKLED_BYTE_ARRAY()))
        logs = MapStateDescriptor("logs", Types.STRING(), Types.PICKLED_BYTE_ARRAY())
        self.logs = runtime_context.get_map_state(logs)

    def process_element(self, value: str, ctx: KeyedProcessFunction.Context) -> tuple[()]:
        """Lets an event wait."""
        at, service = ctx.timestamp(), ctx.timer_service()
        if at <= service.current_watermark():
            return ()
        waiting = self.waiting.value() or [at + 1, []]
        if at < waiting[0]:
            waiting[0] = at
            service.register_event_time_timer(at)
        waiting[1].append((at, value))
        self.waiting.update(waiting)
        return ()

    def on_timer(self, timestamp: int, ctx: KeyedProcessFunction.OnTimerContext) -> Iterator[Row]:  # noqa: ARG002
        """The rows of all events that are not after the watermark."""
        service = ctx.timer_service()
        waiting, watermark = self.waiting.value(), service.current_watermark()
        if not waiting or waiting[0] > watermark:  # an earlier timer has taken them
            return
        events = sorted(waiting[1], key=TIME)
        final = bisect_right(events, watermark, key=TIME)
        rest = events[final:]
        if rest:
            service.register_event_time_timer(rest[0][0])
            self.waiting.update([rest[0][0], rest])
        else:
            self.waiting.clear()
        by_user: dict[str, list[Event]] = {}
        for at, text in events[:final]:
            user, page, click, price = text.split(",")
            by_user.setdefault(user, []).append((at, user, page, click == "1", float(price) if price else None))
        for user, batch in by_user.items():
            log = self.logs.get(user) or empty_log()
            yield from advance(log, batch)
            self.logs.put(user, log)


def keyed_events(tables: StreamTableEnvironment) -> KeyedStream:
    """What `key_by` gives, of rows that have their key already: no trip to Python takes it."""
    group = f"MOD(ABS(HASH_CODE(user_id)), {GROUPS})"
    found = tables.sql_query(f"SELECT {group} AS key, {EVENT} AS event, ts AS rowtime FROM clicks")  # noqa: S608
    schema = Schema.new_builder().column("key", "INT").column("event", "STRING")
    stream = tables.to_changelog_stream(found, schema.column_by_metadata("rowtime", "TIMESTAMP_LTZ(3)").build())
    java = stream._j_data_stream  # noqa: SLF001 - PyFlink's `key_by` does the same after its own map
    row = Types.ROW_NAMED(["key", "event"], [Types.INT(), Types.STRING()])
    java.getTransformation().setOutputType(row.get_java_type_info())
    by_group = java.keyBy(get_gateway().jvm.KeyByKeySelector(), Types.ROW([Types.INT()]).get_java_type_info())
    return KeyedStream(by_group, Types.STRING(), stream)


def run(chosen: argparse.Namespace) -> None:
    """Starts the job and waits for it."""
    settings = Configuration()
    for key, value in (SETTINGS | TUNED | {"parallelism.default": str(chosen.parallelism)}).items():
        settings.set_string(key, value)
    tables = StreamTableEnvironment.create(StreamExecutionEnvironment.get_execution_environment(settings))
    create_tables(tables, chosen)
    found = Types.ROW_NAMED(["user_id", "ts", *FEATURES], TYPES)
    rows = keyed_events(tables).process(Activity(), found)
    tables.create_temporary_view("activity", tables.from_data_stream(rows))
    columns = ", ".join(FEATURES)
    insert = f"INSERT INTO features SELECT user_id, TO_TIMESTAMP_LTZ(ts, 3), {columns} FROM activity"  # noqa: S608
    seconds = wait(tables.execute_sql(insert).get_job_client())
    report(written(chosen), seconds)


def main() -> None:
    """The command line."""
    chosen = arguments(__doc__)
    os.environ[WORKERS] = "process"
    with flink():
        run(chosen)


if __name__ == "__main__":
    main()
