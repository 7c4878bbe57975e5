"""`feat test --record`: what is written reads back as what came out, and nothing else in the file changes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from featlang.compiler.ir import Program
from featlang.compiler.report import Report
from featlang.project import load
from featlang.testing import cases, running, tables
from featlang.testing.recording import record
from tests.cli.conftest import Feat

SOURCE = """\
source events(user: string, ts: timestamp) {
  time = ts
  lateness = 1m
  stream = jsonl("events.jsonl")
}

features texts from events by user over 1h {
  last_user = last(user)
  number = count()
}
"""

HEAD = "# mine\n\nfirst:\n  given:\n    events:\n      - {user: GIVEN, ts: 2026-01-01T00:00:00Z}\n"

AROUND = (
    "    texts:",
    "    texts:   # mine",
    "    texts: # a\n      # b",
    "    texts: |  # mine\n      user | number",
    "    texts: |2-\n      user\n      x",
    "    texts: >\n      user | number\n      x | 1\n\n",
    "    'texts': 'user'  # mine",
    "    ? texts\n    :  # mine",
    "    'texts'   :",
)

TAIL = "  # behind\nsecond: {given: {}, at: {}}\n"

ODD = [
    "-",
    "- | -",
    "--",
    "|",
    "null",
    "~1",
    "#",
    "${x}",
    '"',
    "\\",
    "\x7f",
    "\x85",
    "\u2028",
    "\ufeff",
    "\ufffe",
    "\t",
    "",
]
TEXTS = st.one_of(st.sampled_from(ODD), st.text(st.characters(exclude_categories=["Cs"]), max_size=12))


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """A block that gives back texts."""
    folder = tmp_path_factory.mktemp("texts")
    (folder / "texts.feat").write_text(SOURCE)
    found = load(folder).program
    assert found is not None
    return found


def _read(text: str, program: Program) -> list[cases.Case]:
    report = Report()
    found = list(cases.read("a.test.yaml", text, program, report))
    assert not report.failed, report.ordered()
    return found


@given(
    given=TEXTS,
    around=st.sampled_from(AROUND),
    newline=st.sampled_from(["\n", "\r\n"]),
    tail=st.sampled_from(["", TAIL]),
)
def test_what_is_recorded_reads_back(
    program: Program, tmp_path_factory: pytest.TempPathFactory, given: str, around: str, newline: str, tail: str
) -> None:
    quoted = json.dumps(given).replace("${", "\\u0024{")
    text = HEAD.replace("GIVEN", quoted) + f"  expect:\n{around}\n" + tail
    file = tmp_path_factory.mktemp("file") / "a.test.yaml"
    before = text.replace("\n", newline).encode()
    file.write_bytes(before)
    try:
        found = _read(text, program)
    except AssertionError:
        return
    recording = record(file, [running.run(program, case, "reference") for case in found], program)
    after = file.read_bytes()
    if recording.refused:
        assert after == before
        return
    again = _read(after.decode().replace("\r\n", "\n"), program)
    assert all(running.run(program, case, "reference").passed for case in again)
    start = before.index(b"  expect:")
    assert after[:start] == before[:start]
    assert not tail or after.endswith(before[before.index(b"  # behind") :])
    assert (b"# mine" in after[start:]) == (b"# mine" in before[start:])
    assert after.count(b"\n") == after.count(newline.encode())


@given(TEXTS)
def test_a_text_reads_back_from_a_table(text: str) -> None:
    header, rows = tables.parse("\n".join(tables.table(["a", "b"], [[tables.written(text, "string")] * 2])))
    assert [cell.text for cell in header] == ["a", "b"]
    assert [[tables.value(cell.text, "string") for cell in row] for row in rows] == [[text, text]]


@pytest.fixture
def flow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A test whose table stands in a flow mapping, in the current folder."""
    monkeypatch.chdir(tmp_path)
    Path("texts.feat").write_text(SOURCE)
    file = Path("a.test.yaml")
    file.write_text(HEAD.replace("GIVEN", "u") + "  expect: {texts: }\n")
    return file


def test_a_flow_mapping_is_refused_and_left(flow: Path, feat: Feat) -> None:
    before = flow.read_bytes()
    result = feat("test", "--record")
    assert (result.code, flow.read_bytes()) == (1, before)
    assert "`expect texts` cannot be written where it stands" in result.err
    assert result.out == "recorded what 0 of 1 tests gave\n"
    assert sorted(path.name for path in Path().iterdir() if path.name.startswith(".r")) == []


def test_lists_and_maps_of_yaml_are_cells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, feat: Feat) -> None:
    monkeypatch.chdir(tmp_path)
    source = SOURCE.replace("user: string,", "user: string, tags: list<string?>, sizes: map<string, float>,")
    Path("texts.feat").write_text(source.replace("last(user)", "last(tags)").replace("count()", "last(sizes)"))
    row = "{user: u, tags: [a, 'null', null, 12], sizes: {'1': 0.5, b: 2}, ts: 2026-01-01T00:00:00Z}"
    wanted = """{last_user: '["a", "null", null, "12"]', number: {b: 2.0, '1': 0.5}}"""
    test = f"first:\n  given:\n    events:\n      - {row}\n  expect:\n    texts:\n      - {wanted}\n"
    Path("a.test.yaml").write_text(test)
    assert feat("test").out.startswith("1 passed")
    Path("a.test.yaml").write_text(test.replace("b: 2}", "b: 2, b: 3}"))
    assert "`b` is written twice" in feat("test").err
    Path("a.test.yaml").write_text(test.replace("[a,", "[" * 10_000))
    assert "levels deep" in feat("test").err


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("list<int>", "[" * 100_000, "is no list<int>"),
        ("int", "1" * 5_000, "is no int"),
        ("float", "1e999999999", "is no float"),
        ("duration", "1" * 5_000 + "s", "is no duration"),
        ("decimal<10, 2>", "1e999999999", "is no decimal"),
        ("timestamp", "9" * 5_000, "is no timestamp"),
        ("date", "9" * 5_000, "is no date"),
        ("bytes", "é", "is no bytes"),
        ("map<string, int>", '{"a": 1, "a": 2}', 'the key "a" is written twice'),
        ("map<int, int>", '{"1": 1, "01": 2}', "is written twice"),
    ],
)
def test_a_wrong_cell_is_told(kind: str, text: str, said: str) -> None:
    with pytest.raises(tables.CellError) as caught:
        tables.value(text, kind, near=True)
    assert said in str(caught.value)
    assert len(str(caught.value)) < 250
