"""Generates the data of the example `cards`: the same bytes each time, on every machine."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

TARGET = Path(__file__).resolve().parent / "cards" / "data" / "payments.jsonl"
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


def main() -> None:
    """Puts the data into its place, whole or not at all."""
    content = "".join(f"{line}\n" for line in payments())
    if TARGET.is_file() and TARGET.read_text(encoding="utf-8") == content:
        print("cards/data/payments.jsonl: is there")
        return
    TARGET.parent.mkdir(exist_ok=True)
    part = TARGET.with_suffix(".part")
    part.write_text(content, encoding="utf-8")
    part.replace(TARGET)
    print(f"cards/data/payments.jsonl: {len(content):,} bytes")


if __name__ == "__main__":
    main()
