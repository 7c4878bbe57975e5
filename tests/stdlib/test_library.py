"""The standard library: each template is documented, its example is true, and the kernel gives the same bits."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from featlang.backends.kernel.inprocess import InProcess
from featlang.compiler import ir
from featlang.compiler.compile import compile_program
from featlang.compiler.plan import plan
from featlang.compiler.report import Report
from featlang.dsl import tree
from featlang.dsl.format import format_text
from featlang.dsl.parse import parse
from featlang.project import load
from featlang.stdlib import library
from featlang.testing import cases, running
from tests.kernel.comparison import differences, feeds
from tests.strategies.streams import random_stream

PROJECT = Path(__file__).parent / "project"
FILES = {module: parse(library.path_of(module), library.text_of(module)).file for module in library.modules()}
TEMPLATES = [d for file in FILES.values() for d in file.declarations]


def program() -> ir.Program:
    """A project that uses every template."""
    project = load(PROJECT)
    assert project.diagnostics == ()
    assert project.program is not None
    return project.program


def examples() -> list[cases.Case]:
    """The tests of that project."""
    file = PROJECT / "library.test.yaml"
    report = Report()
    found = cases.read(file.name, file.read_text(encoding="utf-8"), program(), report)
    assert report.ordered() == ()
    return found


@pytest.mark.parametrize("case", examples(), ids=lambda case: case.name)
def test_the_example_is_true(case: cases.Case) -> None:
    assert running.run(program(), case, "reference").problems == []


@pytest.mark.parametrize("module", library.modules())
def test_every_template_is_documented_used_and_formatted(module: str) -> None:
    text = library.text_of(module)
    assert format_text(module, text) == text
    used = (PROJECT / "shop.feat").read_text(encoding="utf-8")
    tested = (PROJECT / "library.test.yaml").read_text(encoding="utf-8")
    assert f"import {module}\n" in used
    for declaration in FILES[module].declarations:
        assert declaration.kind.text == "template"
        assert declaration.doc
        assert f"use {declaration.name.text}(" in used
        assert declaration.name.text in tested


def test_the_page_lists_what_each_template_gives() -> None:
    page = (Path(__file__).parents[2] / "docs" / "library.md").read_text(encoding="utf-8")
    for declaration in TEMPLATES:
        (row,) = [line for line in page.splitlines() if f"`{declaration.name.text}(" in line and line.startswith("|")]
        parameters = ", ".join(column.name.text for column in declaration.columns or ())
        assert f"`{declaration.name.text}({parameters})`" in row
        written = [e.name.text for e in declaration.body or () if isinstance(e, tree.Binding)]
        assert [name for name in written if not name.startswith("_") and f"`{name}`" not in row] == []


def test_a_project_may_have_a_module_of_the_name() -> None:
    own = {"std/trend.feat": "template trend(y: column) { a = sum(y) over 1h }"}
    source = "source s(k: string, n: int, ts: timestamp) { time = ts }\n"
    text = f"import std.trend\n{source}features f from s by k {{ use trend(n) }}"
    assert compile_program({"main.feat": text, **own}).diagnostics == ()


def test_an_unknown_module_is_told() -> None:
    (found,) = compile_program({"main.feat": "import std.tred\n"}).diagnostics
    assert (found.code, found.help) == ("F103", "did you mean `std.trend`?")


@pytest.mark.parametrize("block", [block.name for block in program().features])
def test_the_kernel_agrees_on_random_streams(kernel_host: InProcess, block: str) -> None:
    tested = program()
    tested = tested.model_copy(update={"features": tuple(each for each in tested.features if each.name == block)})
    dice = Random(block)
    streams = [random_stream(dice, tested) for _ in range(20)]
    (job,) = plan(tested).jobs
    for stream, found in zip(streams, kernel_host.compile(job).run(feeds(streams)), strict=True):
        assert differences(tested, stream, found) == []
