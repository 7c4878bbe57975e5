"""Writes a seeded stream of click events as JSON lines: Zipf users in sessions, nulls, ties, disorder and late events.

`python bench/clicks.py FILE [--events N] [--users N] [--days D] [--seed S]`. Equal arguments give equal bytes.
"""

from __future__ import annotations

import argparse
import itertools
import random
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

START = datetime(2026, 3, 1, tzinfo=timezone.utc)
OPEN_SESSIONS = 400
"""So many users are on the site at a time."""
SESSION_ENDS, IS_TIE, IS_CLICK, IS_BOT, NULL_DWELL, NULL_PRICE = 0.08, 0.02, 0.3, 0.02, 0.1, 0.05
LATE, OUT_OF_ORDER = 0.001, 0.05
"""Shares of the events."""
LATENESS_MICROS = 2_000_000
"""Disorder stays within this; only late events fall behind it."""


def events(count: int, users: int, days: float, seed: int) -> Iterator[str]:
    """The lines, without their ends, in the order of arrival. Needs a source with `lateness = 2s`."""
    dice = random.Random(seed)  # noqa: S311 - data, not secrets
    weights = list(itertools.accumulate(1 / rank for rank in range(1, users + 1)))
    pages = list(itertools.accumulate(1 / rank for rank in range(1, 2_001)))
    step = days * 86_400_000_000 / count
    sessions = [_user(dice, weights) for _ in range(OPEN_SESSIONS)]
    previous = 0
    for number in range(count):
        chosen = dice.randrange(OPEN_SESSIONS)
        if dice.random() < SESSION_ENDS:  # the session ends, another user comes
            sessions[chosen] = _user(dice, weights)
        micros = previous if dice.random() < IS_TIE else _micros(dice, number, step)
        previous = micros
        page = dice.choices(range(len(pages)), cum_weights=pages)[0]
        action = "click" if dice.random() < IS_CLICK else "view"
        dwell = "null" if dice.random() < NULL_DWELL else str(int(dice.expovariate(1 / 20_000)))
        price = "null" if dice.random() < NULL_PRICE else f"{dice.lognormvariate(3, 1):.2f}"
        yield (
            f'{{"event_id":"e{number:09d}","user_id":"u{sessions[chosen]}","page_id":"p{page}","action":"{action}",'
            f'"dwell_ms":{dwell},"price":{price},"is_bot":{"true" if dice.random() < IS_BOT else "false"},'
            f'"ts":"{_text(micros)}"}}'
        )


def _user(dice: random.Random, weights: list[float]) -> int:
    return dice.choices(range(len(weights)), cum_weights=weights)[0]


def _micros(dice: random.Random, number: int, step: float) -> int:
    """Since the start: most events in order, some displaced within the lateness, a few far behind."""
    micros = int(number * step)
    fate = dice.random()
    if fate < LATE:
        micros -= LATENESS_MICROS + dice.randrange(60_000_000)
    elif fate < LATE + OUT_OF_ORDER:
        micros -= dice.randrange(LATENESS_MICROS)
    return max(micros, 0)


def _text(micros: int) -> str:
    return (START + timedelta(microseconds=micros)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def main() -> None:
    """The command line."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("file", type=Path)
    arguments.add_argument("--events", type=int, default=2_000_000)
    arguments.add_argument("--users", type=int, default=20_000)
    arguments.add_argument("--days", type=float, default=3.0)
    arguments.add_argument("--seed", type=int, default=1)
    chosen = arguments.parse_args()
    with chosen.file.open("w", encoding="utf-8", newline="\n") as out:
        for line in events(chosen.events, chosen.users, chosen.days, chosen.seed):
            out.write(line + "\n")


if __name__ == "__main__":
    main()
