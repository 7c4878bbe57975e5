"""`feat test`: what passes, how a failure is shown, and what is recorded."""

from __future__ import annotations

from pathlib import Path

import pytest

from featlang.testing import tables
from tests.cli.conftest import Feat

TESTS = """\
# What the site counts.
clicks and views are counted apart:
  given:
    clicks: |
      user_id | action | dwell_ms | ts
      --------|--------|----------|---------------------
      u       | click  | null     | 2026-01-01T00:00:00Z
      u       | view   | 100      | 2026-01-01T00:00:01Z
      v       | view   | 200      | 2026-01-01T00:01:00Z
  expect:
    user_engagement: |
      user_id | ts                   | clicks_1h | views_1h | avg_dwell
      u       | 2026-01-01T00:00:00Z | 1         | 0        | null
      u       | 2026-01-01T00:00:01Z | 1         | 1        | 100.0
      v       | 2026-01-01T00:01:00Z | 0         | 1        | ~200
  at:
    user_engagement: |
      user_id | at                   | clicks_5m | clicks_1h
      u       | 2026-01-01T00:05:30Z | 0         | 1
      nobody  | 2026-01-01T00:05:30Z | 0         | 0

an action counts as itself:
  given:
    clicks:
      - {user_id: u, action: "${action}", ts: 2026-01-01T00:00:00Z}
  expect:
    user_engagement:
      - {clicks_1h: "${clicks}", views_1h: "${views}"}
  each: |
    action | clicks | views
    click  | 1      | 0
    view   | 0      | 1
"""


@pytest.fixture
def tested(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The test file of a new project, which is the current folder."""
    monkeypatch.chdir(project)
    file = project / "engagement.test.yaml"
    file.write_text(TESTS)
    return file


def test_all_pass(tested: Path, feat: Feat) -> None:
    result = feat("test")
    assert (result.code, result.out[:18]) == (0, "3 passed, 0 failed")
    assert feat("test", "counted apart").out.startswith("1 passed")
    assert feat("test", "action=view").out.startswith("1 passed")
    nothing = feat("test", "no such test")
    assert (nothing.code, "no test has" in nothing.out) == (1, True)
    tested.unlink()
    assert feat("test").code == 0


def test_rows_of_several_inputs_are_tested(project: Path, feat: Feat) -> None:
    (project / "both.feat").write_text(
        """import sources
        source taps(user_id: string, at: timestamp) { time = at  stream = jsonl("taps.jsonl") }
        stream both from taps, clicks keep user_id to parquet("both") { minute = minute(at) }
        features seen from both by user_id over 1h { n = count() }
        """
    )
    (project / "both.test.yaml").write_text(
        """both inputs count:
  given:
    clicks:
      - {user_id: u, ts: 2026-01-01T00:01:00Z}
    taps:
      - {user_id: u, at: 2026-01-01T00:02:00Z}
  expect:
    both: |
      at                   | user_id | minute
      2026-01-01T00:01:00Z | u       | 1
      2026-01-01T00:02:00Z | u       | 2
    seen: |
      user_id | at                   | n
      u       | 2026-01-01T00:01:00Z | 1
      u       | 2026-01-01T00:02:00Z | 2
"""
    )
    result = feat("test", "both inputs", "--project", project)
    assert (result.code, result.out[:18]) == (0, "1 passed, 0 failed")


def test_features_of_a_streams_rows_are_tested_with_the_tables_that_it_looks_up(project: Path, feat: Feat) -> None:
    (project / "plans.feat").write_text(
        """import sources
        table accounts(user_id: string, plan: string) by user_id {}
        stream seen from clicks lookup accounts on user_id { plan = accounts.plan }
        features plans from seen by plan over 1h { n = count() }
        """
    )
    (project / "plans.test.yaml").write_text(
        """given accounts:
  given:
    clicks:
      - {user_id: u, ts: 2026-01-01T00:00:00Z}
      - {user_id: v, ts: 2026-01-01T00:00:01Z}
    accounts:
      - {user_id: u, plan: gold}
  expect:
    plans:
      - {plan: gold, ts: 2026-01-01T00:00:00Z, n: 1}
none given:
  given:
    clicks:
      - {user_id: u, ts: 2026-01-01T00:00:00Z}
  expect:
    plans: []
"""
    )
    result = feat("test", "--project", project)
    assert result.code == 0, result.out + result.err
    assert "3 passed, 0 failed" in result.out + result.err


def test_a_failure_shows_what_differs(tested: Path, feat: Feat) -> None:
    tested.write_text(
        TESTS.replace("| 0         | 1        | ~200", "| 1         | 1        | ~201").replace(
            "click  | 1 ", "click  | 2 "
        )
    )
    result = feat("test")
    assert result.code == 1
    assert result.out.splitlines()[:-1] == [
        "FAILED engagement.test.yaml:2 clicks and views are counted apart",
        "  expect user_engagement: `-` was expected, `+` was found",
        "      user_id | ts                   | clicks_1h | views_1h | avg_dwell",
        "      u       | 2026-01-01T00:00:00Z | 1         | 0        | null",
        "      u       | 2026-01-01T00:00:01Z | 1         | 1        | 100.0",
        "    - v       | 2026-01-01T00:01:00Z | 1         | 1        | ~201",
        "    + v       | 2026-01-01T00:01:00Z | 0         | 1        | 200.0   <- clicks_1h, avg_dwell",
        "",
        "FAILED engagement.test.yaml:22 an action counts as itself [action=click, clicks=2, views=0]",
        "  expect user_engagement: `-` was expected, `+` was found",
        "      clicks_1h | views_1h",
        "    - 2         | 0",
        "    + 1         | 0   <- clicks_1h",
        "",
    ]
    assert result.out.splitlines()[-1].startswith("1 passed, 2 failed in ")


def test_rows_too_many_and_too_few(tested: Path, feat: Feat) -> None:
    row = "      u       | 2026-01-01T00:00:01Z | 1         | 1        | 100.0\n"
    tested.write_text(TESTS.replace(row, ""))
    assert f"    + {row.strip()}\n" in feat("test", "apart").out
    tested.write_text(TESTS.replace(row, row * 2))
    assert f"    - {row.strip()}\n" in feat("test", "apart").out


def test_what_was_refused_is_told_with_a_failure(tested: Path, feat: Feat) -> None:
    late = "      w       | view   | 200      | 2025-01-01T00:01:00Z\n  expect:"
    tested.write_text(
        TESTS.replace("  expect:", late, 1).replace("avg_dwell\n", "avg_dwell\n      w | null | 0 | 0 | 0.0\n")
    )
    assert "given clicks, row 4 was refused: late," in feat("test", "apart").out


def test_what_came_out_is_recorded(tested: Path, feat: Feat) -> None:
    start = TESTS.index("    user_engagement: |")
    end = TESTS.index("  at:")
    tested.write_text(
        TESTS[:start] + "    user_engagement:\n" + TESTS[end:].replace("0         | 1\n", "7         | 7\n", 1)
    )
    recorded = feat("test", "--record")
    assert (recorded.code, recorded.out) == (0, "recorded what 1 of 3 tests gave\n")
    text = tested.read_text()
    assert text.startswith(TESTS[:start])
    assert "u       | 2026-01-01T00:05:30Z | 0         | 1\n" in text
    assert text.endswith(TESTS[TESTS.index("\nan action") :])
    assert "      user_id | ts                   | _tie | clicks_5m | clicks_1h | clicks_1d |" in text
    assert feat("test").code == 0
    tested.write_text(text.replace("click  | 1 ", "click  | 2 "))
    assert "written by hand" in feat("test", "--record").err


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("user_id | action", "user_di | action", "did you mean `user_id`?"),
        ("    clicks: |", "    click: |", "did you mean `clicks`?"),
        ("  expect:\n    user_engagement: |", "  expect:\n    user_engagment: |", "did you mean `user_engagement`?"),
        ("  given:", "  givn:", "did you mean `given`?"),
        ("| null     |", "|", "this row has 3 cells, and the table 4 columns"),
        ("${action}", "${actoin}", "did you mean `action`?"),
        ("clicks and views", "[clicks and views", "this is no YAML"),
        ("    clicks: |", "    clicks: &a |", "an anchor"),
    ],
)
def test_a_wrong_file_is_told_with_its_place(tested: Path, feat: Feat, before: str, after: str, said: str) -> None:
    tested.write_text(TESTS.replace(before, after, 1))
    result = feat("test")
    assert result.code == 1
    assert said in result.err
    assert "error[F411]" in result.err
    assert " --> engagement.test.yaml:" in result.err


def test_a_file_that_is_not_utf8_is_told_with_its_place(tested: Path, feat: Feat) -> None:
    tested.with_name("other.test.yaml").write_bytes(b"# caf\xe9\n")
    result = feat("test")
    assert result.code == 1
    assert "error[F040]: other.test.yaml is not UTF-8" in result.err
    assert "other.test.yaml:1:6" in result.err


def test_a_file_of_tests_is_not_checked_as_definitions(tested: Path, feat: Feat) -> None:
    tested.with_name("feat.yaml").write_text("environments: {local: {bind: {clicks: {stream: clicks.jsonl}}}}\n")
    result = feat("check", tested, "--format", "concise")
    assert result.code == 1
    assert "F407" in result.out
    assert "`feat test`" in feat("check", tested).out
    assert "F403" not in result.out


def test_a_cell_of_another_type_fails_its_test(tested: Path, feat: Feat) -> None:
    tested.write_text(TESTS.replace("| 100      |", "| many     |"))
    assert "given clicks, row 2, `dwell_ms`: many is no int; write digits, as in `12`" in feat("test", "apart").out


def test_an_unknown_engine_is_told(tested: Path, feat: Feat) -> None:
    assert tested.exists()
    result = feat("test", "--on", "reference,duck")
    assert result.code == 2
    assert "there is no engine `duck`" in result.err


@pytest.mark.parametrize(
    ("kind", "text", "found"),
    [
        ("bool", "true", True),
        ("int", "-9223372036854775808", -(2**63)),
        ("float", "-0.0", 0.0),
        ("float", "1e-3", 0.001),
        ("string", "a b", "a b"),
        ("string", '"a | \\"b\\" "', 'a | "b" '),
        ("string", '"null"', "null"),
        ("string", '""', ""),
        ("string", "#1", "#1"),
        ("timestamp", "2026-01-01T01:00:00.5+01:00", 1_767_225_600_500_000),
        ("timestamp", "2026-01-01 00:00:00", 1_767_225_600_000_000),
        ("date", "1969-12-31", -1),
        ("duration", "-90m", -5_400_000_000),
        ("duration", "0s", 0),
        ("bytes", "AAEC", b"\0\1\2"),
        ("int", "null", None),
    ],
)
def test_cells_are_values_and_values_are_cells(kind: str, text: str, found: object) -> None:
    assert tables.value(text, kind) == found
    assert tables.value(tables.written(found, kind), kind) == found


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("bool", "1"),
        ("int", "9223372036854775808"),
        ("int", "1.0"),
        ("float", "1e999"),
        ("float", "~1"),
        ("string", '"a'),
    ],
)
def test_other_texts_are_no_values(kind: str, text: str) -> None:
    with pytest.raises(tables.CellError):
        tables.value(text, kind)
