"""`feat init`: a small project that passes `feat check`, `feat fmt --check` and `feat test` at once, and runs."""

from __future__ import annotations

import random
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Annotated

import typer

SOURCES = """\
## What people do on the site.
source clicks(
  event_id: string,
  user_id:  string,
  page_id:  string,
  action:   string,
  dwell_ms: int?,
  ts:       timestamp,
) {
  time     = ts
  ties     = [event_id]
  lateness = 5m
  stream   = jsonl("data/clicks.jsonl")
}
"""

ENGAGEMENT = """\
import sources

## How actively a user reads the site.
features user_engagement from clicks by user_id over 5m, 1h, 1d {
  clicks    = count() where action == "click"
  views     = count() where action == "view"
  pages     = count_distinct(page_id)
  avg_dwell = avg(dwell_ms) over 1h
  ctr       = clicks / views ?? 0.0
}
"""

TEST = """\
# What `feat test` runs: rows that are given, and what comes of them.
clicks and views are counted apart:
  given:
    clicks: |
      user_id | action | dwell_ms | ts
      u       | click  | null     | 2026-01-01T00:00:00Z
      u       | view   | 100      | 2026-01-01T00:00:01Z
  expect:
    user_engagement: |
      user_id | ts                   | clicks_1h | views_1h | avg_dwell | ctr_1h
      u       | 2026-01-01T00:00:00Z | 1         | 0        | null      | 0.0
      u       | 2026-01-01T00:00:01Z | 1         | 1        | 100.0     | 1.0
"""

IGNORED = """\
build/
out/
"""

SETTINGS = """\
# What is particular to a place where the project runs; `local` needs nothing, so this file could be left out.
name: {name}
default: local
environments:
  local:
    bind:
      clicks:
        stream: jsonl("data/clicks.jsonl")
"""


def init(
    path: Annotated[Path, typer.Argument(metavar="DIR", help="The new project's folder.")] = Path(),
) -> None:
    """Start a project: a source, a block of features and a test of it, settings, and a few made-up events.

    Example: feat init shop && cd shop && feat run --on reference
    """
    name = path.absolute().name
    files = {
        "sources.feat": SOURCES,
        "engagement.feat": ENGAGEMENT,
        "engagement.test.yaml": TEST,
        "feat.yaml": SETTINGS.format(name=_yaml_text(name)),
        ".gitignore": IGNORED,
        "data/clicks.jsonl": _events(),
    }
    there = [file for file in files if (path / file).exists()]
    if there:
        message = f"{', '.join(there)} in {path.absolute()} would be overwritten"
        raise typer.BadParameter(message, param_hint="DIR")
    for file, text in files.items():
        (path / file).parent.mkdir(parents=True, exist_ok=True)
        (path / file).write_text(text, encoding="utf-8")
        typer.echo(f"wrote {path / file}")
    typer.echo("next: feat check, feat test, then feat run --on reference")


def _yaml_text(text: str) -> str:
    import json  # noqa: PLC0415 - not needed to start

    return json.dumps(text, ensure_ascii=False)  # a JSON text is a YAML text


def _events() -> str:
    """Two hundred events of five users within a day, the same each time."""
    import json  # noqa: PLC0415 - not needed to start

    chance = random.Random(1)  # noqa: S311 - made-up data
    at = datetime(2026, 1, 1, 8, tzinfo=timezone.utc)
    lines = []
    for number in range(200):
        at += timedelta(milliseconds=chance.randrange(600_000))
        event = {
            "event_id": f"e{number:03}",
            "user_id": f"user_{chance.randrange(5)}",
            "page_id": f"page_{chance.randrange(12)}",
            "action": chance.choice(["view", "view", "view", "click"]),
            "dwell_ms": chance.choice([None, chance.randrange(120_000)]),
            "ts": at.isoformat(timespec="milliseconds"),
        }
        lines.append(json.dumps(event) + "\n")
    return "".join(lines)
