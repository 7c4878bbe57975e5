"""Each code has a page, `docs/errors/F….md`; its wrong example gives that code and that screen, its right one nothing.

A fence names what it is: `feat wrong`, `feat right`, `text` for the screen. `file=` names the file (else `main.feat`),
`env=` the environment that is run, `times=` how often the text is repeated, `encoding=` how it is saved, `link=` a link
to nowhere in the place of the file. A fence without a language of ours is prose.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from featlang.compiler.codes import CODES
from featlang.compiler.report import Report
from featlang.dsl.diagnostics import Diagnostic, FeatError
from featlang.dsl.render import render
from featlang.project import load
from featlang.run_inputs import inputs_of
from featlang.testing import cases

PAGES = Path(__file__).parents[2] / "docs" / "errors"
FENCE = re.compile(r"^```(?P<info>[^\n]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
AT_RUN = {"F402", "F404", "F405", "F406"}
"""Found when a project is run, not when it is checked."""


@dataclass(frozen=True)
class Example:
    """The files of one example, and the environment in which it is run."""

    fences: tuple[tuple[dict[str, str], str], ...]

    def write(self, folder: Path) -> None:
        """Make the project."""
        for options, body in self.fences:
            file = folder / options.get("file", "main.feat")
            file.parent.mkdir(parents=True, exist_ok=True)
            if "link" in options:
                file.symlink_to(options["link"])
            else:
                file.write_bytes((body * int(options.get("times", "1"))).encode(options.get("encoding", "utf-8")))

    def diagnostics(self, folder: Path, code: str) -> tuple[tuple[Diagnostic, ...], dict[str, str]]:
        """What is said of the project, and its texts; that something does not run yet is left out.

        Of what stops the reading, only that is kept: before it come very many mistakes.
        """
        found, texts = self._all(folder, run=code in AT_RUN)
        if code == "F004":
            return tuple(each for each in found if each.code == code), texts
        return tuple(each for each in found if each.code != "F501" or code == "F501"), texts

    def _all(self, folder: Path, *, run: bool) -> tuple[tuple[Diagnostic, ...], dict[str, str]]:
        self.write(folder)
        project = load(folder)
        environment = next((options["env"] for options, _ in self.fences if "env" in options), None)
        if run and project.program is not None:
            names = [block.name for block in project.program.features]
            try:
                inputs_of(project, project.program, names, environment, "reference")
            except FeatError as failure:
                return failure.diagnostics, dict(project.texts)
        texts, report = dict(project.texts), Report()
        for file in cases.test_files(folder):
            texts[file.name] = file.read_text(encoding="utf-8")
            if project.program is not None:
                cases.read(file.name, texts[file.name], project.program, report)
        return (*project.diagnostics, *report.ordered()), texts


def fences(code: str) -> list[tuple[str, dict[str, str], str]]:
    """Language and role, options, and body of each fence of a page."""
    found = []
    for match in FENCE.finditer((PAGES / f"{code}.md").read_text(encoding="utf-8")):
        words = match["info"].split()
        options = dict(word.split("=", 1) for word in words if "=" in word)
        found.append((" ".join(word for word in words if "=" not in word), options, match["body"]))
    return found


def example(code: str, role: str) -> Example:
    """The wrong or the right one."""
    kept = tuple((options, body) for kind, options, body in fences(code) if kind in {f"feat {role}", f"yaml {role}"})
    assert kept, f"{code}.md has no fence `feat {role}`"
    return Example(kept)


def test_codes_and_pages_are_the_same() -> None:
    assert sorted(path.name for path in PAGES.glob("*.md")) == [f"{code}.md" for code in sorted(CODES)]


@pytest.mark.parametrize("code", sorted(CODES))
def test_the_page_begins_with_what_the_code_means(code: str) -> None:
    text = (PAGES / f"{code}.md").read_text(encoding="utf-8")
    assert text.startswith(f"# {code}: {CODES[code]}\n\n")
    assert text.split("\n\n")[1].lstrip("`@")[0].isalpha()  # then it is explained


@pytest.mark.parametrize("code", sorted(CODES))
def test_the_wrong_example_gives_the_code_and_the_screen(code: str, tmp_path: Path) -> None:
    found, texts = example(code, "wrong").diagnostics(tmp_path, code)
    assert {each.code for each in found} == {code}
    screens = [body for kind, _, body in fences(code) if kind == "text"]
    assert screens
    assert render(found, texts).replace(str(tmp_path), "PROJECT") == screens[0]


@pytest.mark.parametrize("code", sorted(CODES))
def test_the_right_example_is_right(code: str, tmp_path: Path) -> None:
    found, texts = example(code, "right").diagnostics(tmp_path, code)
    assert render(found, texts) == ""
