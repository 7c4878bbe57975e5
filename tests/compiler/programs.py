"""Small projects for the tests of the compiler."""

from __future__ import annotations

from featlang.compiler import ir
from featlang.compiler.compile import Compiled, compile_program
from featlang.dsl.render import render

EVENTS = """\
source events(
  id: string,
  user: string,
  page: string?,
  ok: bool,
  n: int,
  m: int?,
  x: float,
  y: float?,
  day: date,
  @unit("ms") took: duration?,
  raw: bytes?,
  ts: timestamp,
) {
  time = ts
  ties = [id]
}
"""
"""A source with a column of each type."""


def block(body: str, head: str = "from events by user over 1h") -> str:
    """A block of features over `EVENTS`."""
    return f"features block {head} {{\n{body}\n}}\n"


def _path(name: str) -> str:
    return name if name.endswith(".yaml") else f"{name}.feat"


def compiled(*texts: str, **files: str) -> Compiled:
    """Compile texts as one file `main.feat`, and further files by their names."""
    named = {_path(name): text for name, text in files.items()}
    return compile_program({"main.feat": "\n".join(texts), **named})


def program(*texts: str, **files: str) -> ir.Program:
    """A project without errors as IR."""
    found = compiled(*texts, **files)
    assert found.program is not None, found.diagnostics
    return found.program


def features(body: str, head: str = "from events by user over 1h") -> ir.Features:
    """A block over `EVENTS` as IR."""
    return program(EVENTS, block(body, head)).features[0]


def screen(*texts: str, **files: str) -> str:
    """What a terminal shows for a project."""
    named = {"main.feat": "\n".join(texts), **{_path(name): text for name, text in files.items()}}
    return render(compile_program(named).diagnostics, named)


def codes(*texts: str, **files: str) -> list[str]:
    """The codes of what is said about a project, in order."""
    return [diagnostic.code for diagnostic in compiled(*texts, **files).diagnostics]
