"""What parity reports: which findings there are, and what it shows of the first difference."""

from __future__ import annotations

from pathlib import Path

import featlang
from featlang.parity import BlockParity, ColumnSummary, ParityReport, SourceParity
from featlang.parity_compare import Comparison, ValueDifference
from featlang.parity_events import behind, explained
from featlang.request import Request
from featlang.run_inputs import inputs_of

SAME = Comparison(rows=3, values=6)


def request(project: Path) -> Request:
    """A request for all blocks of a project."""
    loaded = featlang.load(project)
    features = tuple(block.name for block in loaded.program.features)
    inputs = inputs_of(loaded.source, loaded.program, features, None, "parity")
    return Request(loaded.program, features, inputs, project / "out", project / "build", now=0)


def report(project: Path, rows: int = 3, nulls: int = 0, comparison: Comparison = SAME) -> ParityReport:
    """A report of one block with one column."""
    (block,) = request(project).program.features
    columns = [ColumnSummary("clicks_5m", "int", nulls, 1)]
    compared = BlockParity(block, rows, rows, columns, {("flink", "spark"): comparison})
    return ParityReport([compared], [SourceParity("clicks", {("flink", "spark"): SAME}, {("flink", "spark"): SAME})])


def test_the_same_rows_are_no_finding(project: Path) -> None:
    assert report(project).problems() == []


def test_no_rows_and_columns_of_null_are_findings_unless_allowed(project: Path) -> None:
    assert report(project, rows=0).problems() == ["`user_engagement` has no rows, so nothing was compared"]
    assert report(project, nulls=3).problems() == ["`user_engagement.clicks_5m` is null in every row"]
    for empty in (report(project, rows=0), report(project, nulls=3)):
        assert empty.problems(allow_empty=True) == []


def test_a_project_without_features_is_a_finding() -> None:
    assert ParityReport().problems() == [
        "there is no `features` block and no stream that writes rows, so nothing was compared"
    ]


def test_differences_and_missing_rows_are_findings(project: Path) -> None:
    wrong = Comparison(rows=3, values=6, differing={"clicks_5m": 2}, only_left=1, missing={"user_id": "a"})
    found = report(project, comparison=wrong)
    assert found.problems(allow_empty=True) == [
        "`user_engagement`: `clicks_5m` differs between flink and spark in 2 of 3 rows",
        "`user_engagement`: 1 rows of flink are not in spark; the first is {'user_id': 'a'}",
    ]
    assert (found.values, found.differing) == (6, 2)


def test_a_row_that_both_engines_lack_is_a_finding(project: Path) -> None:
    found = report(project)
    found.blocks[0].lost = Comparison(rows=2, only_right=1)
    assert found.problems() == ["`user_engagement`: 1 rows of reference are not in flink"]


def test_other_refused_records_are_findings(project: Path) -> None:
    found = report(project)
    found.sources[0].late["flink", "spark"] = Comparison(rows=1, only_left=1)
    found.sources[0].rejects["flink", "spark"] = Comparison(rows=1, differing={"count_all": 1})
    found.sources[0].quarantined["flink", "spark"] = Comparison(rows=1, only_right=1)
    assert found.problems() == [
        "rejects of `clicks` differ between flink and spark",
        "late events of `clicks` differ between flink and spark",
        "quarantined events of `clicks` differ between flink and spark",
    ]


def test_the_events_behind_a_difference_are_those_of_the_key_up_to_the_row(project: Path) -> None:
    asked = request(project)
    (block,) = asked.program.features
    table = featlang.load(project).run("user_engagement").sort_by([("ts", "ascending")])
    row = [row for row in table.to_pylist() if row["user_id"] == "user_3"][4]
    first = ValueDifference({name: row[name] for name in ("user_id", "ts", "_tie")}, "avg_dwell", 0.1, 0.2)
    events = behind(first, block, asked)
    assert len(events) == 5
    assert {event.values["user_id"] for event in events} == {"user_3"}
    assert events[-1].time == row["ts"].timestamp() * 1_000_000
    text = explained(first, ("flink", "spark"), block, asked)
    assert "flink 0.1 (0x1.999999999999ap-4), spark 0.2 (0x1.999999999999ap-3)" in text
    assert "behind it stand 5 events of the key" in text
    assert text.count("page_id=") == 5
