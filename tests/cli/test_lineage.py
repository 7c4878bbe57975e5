"""`feat lineage`: what comes from what."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from featlang.compiler.lineage import DOWN, UP, lineage
from tests.cli.conftest import Feat
from tests.compiler.programs import EVENTS, block, program

BODY = """
clicks = count() where page == "a"
_rate  = clicks / views
views  = sum(n + m) over 1h, 1d
score  = (_rate[1h] ?? 0.0) + max(x)
"""
HEAD = 'from events where ok by user over 1h, 1d to cassandra("t")'


def test_a_feature_comes_from_the_columns_that_decide_it() -> None:
    found = lineage(program(EVENTS, block(BODY.replace("over 1h, 1d\n", "\n"), HEAD)))
    assert found.reads["block.clicks"] == ["events.page", "events.ok"]
    assert found.reads["block.views"] == ["events.n", "events.m", "events.ok"]
    assert sorted(found.reads["block._rate"]) == ["block.clicks", "block.views"]
    assert found.reads["block.score"] == ["block._rate", "events.x", "events.ok"]
    assert set(found.reads["block"]) == {"events.user", "block.clicks", "block.views", "block.score"}
    assert found.feeds["block"] == ['cassandra("t")']
    assert found.kinds["block._rate"] == "helper"
    assert "block._rate" in [node for _, node, _ in found.paths("events.page", DOWN)]
    assert "events.page" in [node for _, node, _ in found.paths("block.score", UP)]
    assert ("events.page", "block.clicks") in found.around("block.score")
    assert ("events.user", "block") not in found.around("block.score")


def test_what_is_counted_alone_comes_from_the_time() -> None:
    found = lineage(program(EVENTS, block("a = count()")))
    assert found.reads["block.a"] == ["events.ts"]


def test_the_three_formats(project: Path, feat: Feat) -> None:
    text = feat("lineage", "user_engagement.ctr", "-C", project).out
    assert text.splitlines() == [
        "feature user_engagement.ctr",
        "comes from",
        "  feature user_engagement.clicks",
        "    column clicks.action",
        "      source clicks",
        '        input jsonl("data/clicks.jsonl")',
        "  feature user_engagement.views",
        "    column clicks.action (see above)",
        "is read by",
        "  features user_engagement",
    ]
    shown = feat("lineage", "clicks.action", "-C", project, "--format", "mermaid").out
    assert shown.startswith('flowchart LR\n  n0["clicks.action"]')
    found = json.loads(feat("lineage", "clicks", "-C", project, "--format", "json").out)
    assert {"from": "clicks", "to": "clicks.action"} in found["edges"]


@pytest.mark.parametrize("name", ["user_engagement.ctrr", "x"])
def test_an_unknown_name_is_told(name: str, project: Path, feat: Feat) -> None:
    result = feat("lineage", name, "-C", project)
    assert result.code == 2
    assert ("did you mean `user_engagement.ctr`?" if "ctr" in name else "the names are") in result.err


STREAMED = """
stream views from clicks where action == "view" keep user_id {
  seconds = (dwell_ms ?? 0) / 1000
}

features reading from views by user_id over 1h, 24h {
  dwell = sum(seconds)
}
"""


def test_a_feature_is_known_by_its_columns(project: Path, feat: Feat) -> None:
    (project / "reading.feat").write_text(f"import sources\n{STREAMED}")
    result = feat("lineage", "reading.dwell_1h", "-C", project)
    assert result.code == 0
    assert result.out == feat("lineage", "reading.dwell_24h", "-C", project).out
    assert result.out == feat("lineage", "reading.dwell", "-C", project).out
    assert "did you mean `reading.dwell_1h`?" in feat("lineage", "reading.dwel_1h", "-C", project).err


def test_a_stream_lies_between_its_source_and_its_blocks(project: Path, feat: Feat) -> None:
    (project / "reading.feat").write_text(f"import sources\n{STREAMED}")
    assert feat("lineage", "views", "-C", project).out.splitlines() == [
        "stream views",
        "comes from",
        "  source clicks",
        '    input jsonl("data/clicks.jsonl")',
        "is read by",
        "  features reading",
    ]
    of_feature = feat("lineage", "reading.dwell", "-C", project).out
    assert "column clicks.dwell_ms" in of_feature
    assert "column clicks.action" in of_feature
    result = feat("lineage", "views.seconds", "-C", project)
    assert (result.code, "ask for `views`" in result.err) == (2, True)
