"""Projects on disk: files, settings, and where sources read."""

from __future__ import annotations

from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from featlang.compiler.codes import PROJECT_CODES
from featlang.data import Bound, Place
from featlang.dsl.diagnostics import Diagnostic, FeatError
from featlang.dsl.render import render
from featlang.project import Project, load

SOURCE = "source clicks(k: string, ts: timestamp) { time = ts %s }\n"
KAFKA = SOURCE % 'stream = kafka("web.clicks") history = parquet("hdfs://lake/clicks/")'
FEATURES = "features g from clicks by k over 1h { n = count() }\n"


def write(folder: Path, files: dict[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def codes(project: Project) -> list[str]:
    return [diagnostic.code for diagnostic in project.diagnostics]


def of_files(place: Place) -> Bound:
    assert isinstance(place, Bound)
    return place


def files(bound: Place, folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in of_files(bound).files]


def problem(error: FeatError) -> Diagnostic:
    (only,) = error.diagnostics
    return only


# --- files


def test_a_folder_is_all_its_feat_files(tmp_path: Path) -> None:
    write(tmp_path, {"a.feat": "import shop.b\n" + FEATURES, "shop/b.feat": KAFKA, ".venv/c.feat": "nonsense"})
    project = load(tmp_path)
    assert project.diagnostics == ()
    assert list(project.texts) == ["a.feat", "shop/b.feat"]
    assert [file.path for file in project.files] == ["a.feat", "shop/b.feat"]
    assert project.program is not None
    assert project.name == tmp_path.name


def test_a_file_is_a_project_with_what_it_imports(tmp_path: Path) -> None:
    write(tmp_path, {"a.feat": "import b\n" + FEATURES, "b.feat": f"import a\n{KAFKA}", "c.feat": "nonsense"})
    project = load(tmp_path / "a.feat")
    assert [each.code for each in project.diagnostics] == ["F307"]  # b needs nothing of a
    assert sorted(project.texts) == ["a.feat", "b.feat"]
    assert project.folder == tmp_path


def test_a_table_without_a_keyspace_is_enough_without_a_cassandra(tmp_path: Path) -> None:
    block = 'features f from clicks by user over 1h to cassandra("f") { n = count() }\n'
    columns = 'source clicks(user: string, ts: timestamp) { time = ts stream = kafka("web.clicks") }\n'
    write(tmp_path, {"a.feat": columns + block, "feat.yaml": "environments: {local: {}}\n"})
    assert codes(load(tmp_path)) == []
    write(tmp_path, {"feat.yaml": "environments: {local: {}, node: {cassandra: {hosts: ['127.0.0.1:9042']}}}\n"})
    (found,) = load(tmp_path).diagnostics
    assert (found.code, found.help) == ("F223", 'write one, as in `cassandra("features.f")`')
    write(tmp_path, {"a.feat": columns + block.replace('"f"', '"features.f"')})
    assert codes(load(tmp_path)) == []


def test_one_file_does_not_know_what_nobody_uses(tmp_path: Path) -> None:
    write(tmp_path, {"a.feat": KAFKA + "def f(x: int) -> int = x  # feat: ignore[F302] for others\n"})
    assert load(tmp_path / "a.feat").diagnostics == ()
    assert load(tmp_path).diagnostics == ()


def test_the_current_folder_has_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(write(tmp_path, {"a.feat": KAFKA, "data/web.clicks.jsonl": ""}))
    project = load(".")
    assert project.name == tmp_path.name
    assert of_files(project.bindings()["clicks"].streamed()).files == (tmp_path / "data/web.clicks.jsonl",)


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="missing"):
        load(tmp_path / "missing")
    assert codes(load(tmp_path)) == ["F407"]


def test_a_file_that_is_not_utf8(tmp_path: Path) -> None:
    write(tmp_path, {"a.feat": "import b\n" + FEATURES, "b.feat": "# é\n".encode() + b"source \xff("})
    project = load(tmp_path)
    assert project.program is None
    assert "F040" in codes(project)
    found = next(each for each in project.diagnostics if each.code == "F040")
    assert (found.span.file, found.span.start, found.span.end) == ("b.feat", 11, 12)
    assert "F103" not in codes(project)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "a.feat").symlink_to(tmp_path / "nowhere")
    assert codes(load(tmp_path)) == ["F408"]


# --- settings

SETTINGS = {
    "not YAML": "a: b: c",
    "tab": "name:\n\tx: 1",
    "list": "- a",
    "unknown key": "environments:\n  local:\n    bnid: {}",
    "unknown key of a binding": "environments: {local: {bind: {clicks: {strem: a.csv}}}}",
    "wrong type": "name: 5",
    "wrong place": "environments: {local: {bind: {clicks: {stream: [a.csv]}}}}",
    "anchor": "name: &a x\ndefault: *a",
    "tag": "name: !!python/object/apply:os.system ['true']",
    "two keys": "name: a\nname: b",
    "key that is no text": "? [a]\n: b",
    "deep": "name: " + "[" * 10_000,
    "long": "#" * 200_000,
    "control character": "name: \x01",
    "bad number": "name: 0b_",
    "unknown default": "default: prod",
    "unknown source": "environments: {local: {bind: {clcks: {stream: a.csv}}}, prod: {bind: {x: {}}}}",
}


@pytest.mark.parametrize("name", SETTINGS)
def test_settings_that_are_wrong(name: str, tmp_path: Path, snapshot: SnapshotAssertion) -> None:
    write(tmp_path, {"a.feat": KAFKA, "feat.yaml": SETTINGS[name]})
    project = load(tmp_path)
    assert project.program is None
    shown = {path: text if len(text) < 1_000 else text[:20] for path, text in project.texts.items()}
    assert {diagnostic.code for diagnostic in project.diagnostics} <= {"F401", "F402", "F403"}
    assert render(project.diagnostics, shown) == snapshot


def test_settings_that_are_right(tmp_path: Path) -> None:
    text = "name: shop\ndefault: prod\nenvironments:\n  prod:\n    bind: {}\n"
    project = load(write(tmp_path, {"a.feat": KAFKA, "feat.yaml": text}))
    assert project.diagnostics == ()
    assert (project.name, project.default_environment, project.environments) == ("shop", "prod", ("local", "prod"))


def test_empty_settings_are_defaults(tmp_path: Path) -> None:
    project = load(write(tmp_path, {"a.feat": KAFKA, "feat.yaml": "# nothing\n"}))
    assert (project.diagnostics, project.default_environment) == ((), "local")


# --- bindings


def test_an_unbound_topic_is_a_file_of_json_lines(tmp_path: Path) -> None:
    project = load(write(tmp_path, {"a.feat": KAFKA, "data/web.clicks.jsonl": ""}))
    bound = project.bindings()["clicks"]
    assert bound.history is None
    for place in map(of_files, (bound.streamed(), bound.batch(), bound.parity())):
        assert (place.kind, files(place, tmp_path), place.options) == ("jsonl", ["data/web.clicks.jsonl"], {})


def test_history_is_read_where_there_is_one(tmp_path: Path) -> None:
    text = SOURCE % 'stream = kafka("web.clicks") history = csv("old", null="NA")'
    project = load(write(tmp_path, {"a.feat": text, "old/b.csv": "", "old/a.csv": "", "old/_c.csv": "", "old/.d": ""}))
    bound = project.bindings()["clicks"]
    assert files(bound.batch(), tmp_path) == ["old/a.csv", "old/b.csv"]
    assert of_files(bound.batch()).options == {"null": "NA"}
    assert bound.parity() == bound.batch()  # nobody has written the topic's file
    with pytest.raises(FeatError) as error:
        bound.streamed()
    assert problem(error.value).code == "F404"
    assert str(tmp_path / "data/web.clicks.jsonl") in problem(error.value).title


@pytest.mark.parametrize(
    ("place", "kind", "found"),
    [
        ("in/a.csv", "csv", ["in/a.csv"]),
        ("in/*.csv", "csv", ["in/a.csv", "in/b.csv"]),
        ("in/**/*.jsonl", "jsonl", ["in/c.jsonl", "in/deep/d.jsonl"]),
        ("{kind: csv, path: in/deep}", "csv", ["in/deep/d.jsonl"]),
        ("{kind: parquet, path: in/a.csv}", "parquet", ["in/a.csv"]),
        ('\'csv("in/b.csv", null="NA")\'', "csv", ["in/b.csv"]),
        ("{path: in/a.csv, options: {null: NA}}", "csv", ["in/a.csv"]),
        ("in/deep", "jsonl", ["in/deep/d.jsonl"]),
    ],
)
def test_places_in_settings(tmp_path: Path, place: str, kind: str, found: list[str]) -> None:
    settings = f"environments: {{local: {{bind: {{clicks: {{stream: {place}}}}}}}}}"
    data: dict[str, str | bytes] = dict.fromkeys(["in/a.csv", "in/b.csv", "in/c.jsonl", "in/deep/d.jsonl"], "")
    project = load(write(tmp_path, {"a.feat": KAFKA, "feat.yaml": settings, **data}))
    bound = of_files(project.bindings()["clicks"].streamed())
    assert (bound.kind, files(bound, tmp_path)) == (kind, found)
    assert bound.options == ({"null": "NA"} if "null" in place else {})


def test_options_come_from_the_source_the_binding_and_the_place(tmp_path: Path) -> None:
    text = SOURCE % 'stream = csv("a.csv", null="NA")'
    for settings, null in [
        ("{stream: b.csv}", "NA"),
        ("{options: {null: '-'}}", "-"),
        ("{stream: b.csv, options: {null: '-'}}", "-"),
        ("{stream: {path: b.csv, options: {null: none}}, options: {null: '-'}}", "none"),
    ]:
        yaml = f"environments: {{local: {{bind: {{clicks: {settings}}}}}}}"
        project = load(write(tmp_path, {"a.feat": text, "feat.yaml": yaml, "a.csv": "", "b.csv": ""}))
        assert of_files(project.bindings()["clicks"].streamed()).options == {"null": null}


def test_a_folder_with_glob_characters_in_its_name(tmp_path: Path) -> None:
    folder = tmp_path / "[x]*"
    text = SOURCE % 'stream = csv("*.csv")'
    project = load(write(folder, {"a.feat": text, "a.csv": ""}))
    assert files(project.bindings()["clicks"].streamed(), folder) == ["a.csv"]


@pytest.mark.parametrize(
    ("place", "code"),
    [
        ("nowhere.csv", "F404"),
        ("no*.csv", "F404"),
        ("{kind: csv, path: empty}", "F404"),
        ("{kind: cvs, path: a.csv}", "F405"),
        ("{kind: kafka, path: clicks}", "F405"),
        ("s3://bucket/a.csv", "F405"),
        ("{kind: csv}", "F401"),
        ("csv()", "F223"),
        ("csv(", "F007"),
        ('\'jsonl("a", nul="x")\'', "F112"),
        ("{kind: jsonl, path: a.csv, options: {null: x}}", "F112"),
        ("{kind: csv, path: a.csv, options: {null: 5}}", "F223"),
    ],
)
def test_places_that_are_wrong(tmp_path: Path, place: str, code: str) -> None:
    settings = f"environments:\n  local:\n    bind:\n      clicks:\n        stream: {place}\n"
    (tmp_path / "empty").mkdir()
    project = load(write(tmp_path, {"a.feat": KAFKA, "feat.yaml": settings}))
    assert project.diagnostics == ()
    with pytest.raises(FeatError) as error:
        project.bindings()["clicks"].streamed()
    found = problem(error.value)
    start = settings.index("stream: ") + len("stream: ")
    assert (found.code, found.span.file, found.span.start) == (code, "feat.yaml", start)
    assert found.help


@pytest.mark.parametrize(
    ("settings", "advice"),
    [
        ("name: 5", "put it in quotes"),
        (
            "environments: {local: {bind: {clicks: data/a.csv}}}",
            "say what it reads, as in `clicks: {stream: data/a.csv}`",
        ),
        (
            "environments: {a: {flink: {address: '127.0.0.1:8081'}}}",
            "the shape is `flink: {address: http://127.0.0.1:8081}`",
        ),
        ("environments: {a: {spark: {master: yarn}}}", "the shape is `spark: {master: spark://127.0.0.1:7077}`"),
        ("environments:", "the shape is `environments: {local: {bind: {clicks: {stream: data/clicks.jsonl}}}}`"),
    ],
)
def test_what_to_write_in_settings(tmp_path: Path, settings: str, advice: str) -> None:
    (found,) = load(write(tmp_path, {"a.feat": KAFKA, "feat.yaml": settings})).diagnostics
    assert (found.code, found.help) == ("F401", advice)


def test_settings_under_a_name_that_is_not_read(tmp_path: Path) -> None:
    project = load(write(tmp_path, {"a.feat": KAFKA, "feat.yml": "name: x"}))
    assert [(each.code, each.level, each.help) for each in project.diagnostics] == [
        ("F401", "warning", "rename it to feat.yaml")
    ]
    assert project.program is not None


def test_a_file_that_is_no_feat_file(tmp_path: Path) -> None:
    write(tmp_path, {"clicks.csv": "user_id,ts\n"})
    assert [each.code for each in load(tmp_path / "clicks.csv").diagnostics] == ["F407"]


def test_a_path_that_no_file_system_takes(tmp_path: Path) -> None:
    project = load(write(tmp_path, {"a.feat": SOURCE % f'stream = csv("{"a" * 5_000}.csv")'}))
    with pytest.raises(FeatError) as error:
        project.bindings()["clicks"].streamed()
    assert problem(error.value).code == "F404"
    assert len(problem(error.value).title) < 400


def test_an_option_that_is_far_from_any(tmp_path: Path) -> None:
    settings = "environments: {local: {bind: {clicks: {stream: a.csv, options: {header: true}}}}}"
    project = load(write(tmp_path, {"a.feat": KAFKA, "feat.yaml": settings}))
    with pytest.raises(FeatError) as error:
        project.bindings()
    advice = "the only option is `null`; a csv has a header, commas and double quotes"
    assert (problem(error.value).code, problem(error.value).help) == ("F112", advice)


def test_an_ending_that_says_nothing(tmp_path: Path) -> None:
    settings = "environments: {local: {bind: {clicks: {stream: a.log}}}}"
    project = load(write(tmp_path, {"a.feat": SOURCE % "", "feat.yaml": settings}))
    with pytest.raises(FeatError) as error:
        project.bindings()
    assert problem(error.value).code == "F405"


def test_a_source_without_data(tmp_path: Path) -> None:
    project = load(write(tmp_path, {"a.feat": SOURCE % ""}))
    with pytest.raises(FeatError) as error:
        project.bindings()["clicks"].batch()
    assert problem(error.value).code == "F406"


def test_unknown_environments_and_those_that_do_not_run_yet(tmp_path: Path) -> None:
    project = load(write(tmp_path, {"a.feat": KAFKA, "feat.yaml": "environments: {prod: {}}"}))
    with pytest.raises(FeatError) as error:
        project.bindings("prdo")
    assert (problem(error.value).code, problem(error.value).help) == ("F402", "did you mean `prod`?")
    with pytest.raises(FeatError) as error:
        project.bindings("prod")
    assert [each.code for each in error.value.diagnostics] == ["F405", "F405"]


@pytest.mark.parametrize("role", ["stream", "history"])
def test_a_csv_holds_no_lists(tmp_path: Path, role: str) -> None:
    source = f'source s(k: string, a: list<int>, ts: timestamp) {{ time = ts {role} = csv("s.csv") }}\n'
    block = "features f from s by k over 1h { n = count() }"
    files: dict[str, str | bytes] = {"a.feat": source + block, "s.csv": "k,a,ts\n"}
    assert [each.code for each in load(write(tmp_path, files)).diagnostics] == ["F409"]
    files["a.feat"] = source.replace("csv(", "jsonl(") + block
    files["feat.yaml"] = f"environments: {{local: {{bind: {{s: {{{role}: s.csv}}}}}}}}"
    project = load(write(tmp_path, files))
    assert project.diagnostics == ()
    with pytest.raises(FeatError) as error:
        project.bindings("local")
    assert problem(error.value).code == "F409"


def test_the_codes_of_projects_are_all_shown_here() -> None:
    text = Path(__file__).read_text(encoding="utf-8")
    elsewhere = {code for code in PROJECT_CODES if code > "F410"}  # of test files: tests/cli/test_test.py
    assert {code for code in PROJECT_CODES if f'"{code}"' in text} == PROJECT_CODES.keys() - elsewhere
