"""Generates the data of the examples `cards` and `campaign`: the same bytes each time, on every machine."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

EXAMPLES = Path(__file__).resolve().parent
CARDS = 250
PAYMENTS = 6_000
START = 1_767_225_600_000
"""2026-01-01, in milliseconds."""

WRONG: tuple[Callable[[dict[str, Any]], dict[str, int]], ...] = (
    lambda _: {},
    lambda event: {"at": event["at"] - 3_600_000},
    lambda event: {"at": event["at"] + 10 * 365 * 86_400_000},
    lambda event: {"seq": max(event["seq"] - 2, 0)},
)
"""How an event that is sent again differs: not at all, by being long over, by a clock far ahead, by being overtaken."""

COUNTRIES = ("PL", "PL", "PL", "DE", "CZ", "FR", "US")


def payments() -> list[str]:
    """Lines of JSON, as they come: nearly in the order of time, some twice, some late, some by a clock gone wrong."""
    chance = random.Random(7)  # noqa: S311 - made-up data

    def below(limit: int) -> int:
        return int(chance.random() * limit)  # of all that `random` offers, this alone is the same in every version

    clock = START
    seen = dict.fromkeys(range(CARDS), 0)
    lines: list[str] = []
    while len(lines) < PAYMENTS:
        clock += below(288_000)
        card = below(CARDS) * below(CARDS) // CARDS  # some are used much more than others
        for _ in range(1 if below(40) else 2 + below(8)):  # now and then a burst
            seen[card] += 1
            clock += below(4_000)
            event = {
                "card": f"card-{card:03}",
                "seq": seen[card],
                "merchant": f"m{below(60):02}",
                "country": COUNTRIES[below(len(COUNTRIES))] if card % 5 == 0 else "PL",
                "cents": 100 + below(20_000) * (20 if not below(50) else 1),
                "approved": below(12) > 0,
                "at": clock - (below(300_000) if not below(10) else 0),
            }
            lines.append(json.dumps(event))
            wrong = dict(enumerate(WRONG)).get(below(400))
            if wrong is not None:
                lines.append(json.dumps(event | wrong(event)))
    return lines


USERS = 120
CAMPAIGNS = 8
IMPRESSIONS = 8_000
A_DAY = 86_400_000
"""Milliseconds."""


def moment(milliseconds: int) -> str:
    """A time as ISO-8601."""
    return datetime.fromtimestamp(milliseconds / 1000, timezone.utc).isoformat(timespec="milliseconds")


def users(below: Callable[[int], int]) -> list[dict[str, Any]]:
    """Changes of users, shuffled: their worth grows, they allow and forbid, a few are erased and some come back."""
    rows = []
    for user in range(USERS):
        clock, ltv = START - below(60 * A_DAY), below(300)
        for _ in range(1 + below(5)):
            ltv += below(200)
            row = {
                "user_id": f"u{user:03}",
                "email": f"u{user:03}@example.com",
                "country": COUNTRIES[below(len(COUNTRIES))],
                "ltv": ltv / 2,
                "consent": below(5) > 0,
                "changed_at": moment(clock),
                "erased": True if not below(12) else None,
            }
            rows.append(row)
            clock += 1 + below(15 * A_DAY)
    return [rows.pop(below(len(rows))) for _ in range(len(rows))]


def campaigns(below: Callable[[int], int]) -> list[dict[str, Any]]:
    """States of campaigns, and corrections that were loaded days after the day they are about."""
    rows = []
    for campaign in range(CAMPAIGNS):
        clock = START - 30 * A_DAY
        for number in range(6):
            row = {
                "campaign_id": f"c{campaign}",
                "status": "active" if number == 0 or below(4) else "paused",
                "countries": sorted({COUNTRIES[below(len(COUNTRIES))] for _ in range(3)}),
                "valid_from": moment(clock),
                "loaded_at": moment(clock + (below(4 * A_DAY) if not below(3) else 3_600_000)),
            }
            rows.append(row)
            clock += 6 * A_DAY + below(6 * A_DAY)
    return rows


def impressions(below: Callable[[int], int]) -> list[dict[str, Any]]:
    """Impressions nearly in the order of time; some come twice, a few are late, some have no user."""
    rows: list[dict[str, Any]] = []
    clock = START
    while len(rows) < IMPRESSIONS:
        clock += below(450_000)
        user = below(USERS) * below(USERS) // USERS
        row = {
            "impression_id": f"i{len(rows):05}",
            "user_id": f"u{user:03}" if below(30) else None,
            "campaign_id": f"c{below(CAMPAIGNS + 1)}",
            "country": COUNTRIES[below(len(COUNTRIES))],
            "clicked": below(9) == 0,
            "bid_micros": 500 + below(4_000),
            "ts": moment(clock - (below(900_000) if not below(15) else 0)),
        }
        rows += [row, row] if not below(80) else [row]
    return rows


def main() -> None:
    """Puts the data into its place."""
    chance = random.Random(11)  # noqa: S311 - made-up data

    def below(limit: int) -> int:
        return int(chance.random() * limit)

    put("cards/data/payments.jsonl", payments())
    for name, rows in (("users", users(below)), ("campaigns", campaigns(below)), ("impressions", impressions(below))):
        put(f"campaign/data/{name}.jsonl", [json.dumps(row) for row in rows])


def put(name: str, lines: list[str]) -> None:
    """Puts lines into a file, whole or not at all."""
    target = EXAMPLES / name
    content = "".join(f"{line}\n" for line in lines)
    if target.is_file() and target.read_text(encoding="utf-8") == content:
        print(f"{name}: is there")
        return
    target.parent.mkdir(exist_ok=True)
    part = target.with_suffix(".part")
    part.write_text(content, encoding="utf-8")
    part.replace(target)
    print(f"{name}: {len(content):,} bytes")


if __name__ == "__main__":
    main()
