"""`feat test`: the tests beside the definitions."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from featlang.cli.options import ProjectOption

if TYPE_CHECKING:
    from featlang.compiler import ir
    from featlang.run_report import Engine
    from featlang.testing.cases import Case
    from featlang.testing.running import Outcome


def test(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="TEXT", help="Only tests whose name or file holds it; none: all.")
    ] = None,
    project: ProjectOption = Path(),
    *,
    on: Annotated[
        str, typer.Option("--on", metavar="ENGINE,…", help="Where they run: reference, flink, spark.")
    ] = "reference",
    record: Annotated[
        bool, typer.Option("--record", help="Write what came out into the files, as what is expected.")
    ] = False,
) -> None:
    """Run the tests of a project, in its files *.test.yaml.

    Exit code 0: all passed, or were recorded; 1: not; 2: wrongly used.

    Example: feat test ctr --on reference,flink
    """
    from featlang.cli.loading import load_checked  # noqa: PLC0415 - not needed to start
    from featlang.files import TESTS  # noqa: PLC0415
    from featlang.testing import recording, running  # noqa: PLC0415

    engines = _engines(on)
    started = time.monotonic()
    loaded, program = load_checked(project)
    found = _cases(loaded.folder, program)
    chosen = [(file, case) for file, case in found if not names or any(n in f"{case.file} {case.title}" for n in names)]
    if not chosen:
        what = f"no test has {', '.join(names)} in its name" if names and found else f"there are no tests in {project}"
        typer.echo(f"{what}; write them in NAME{TESTS}, as docs/testing.md shows")
        raise typer.Exit(1 if names else 0)
    outcomes: dict[Path, list[Outcome]] = {}
    for file, case in chosen:
        for engine in engines:
            outcome = running.run(program, case, engine)
            outcomes.setdefault(file, []).append(outcome)
            if not outcome.passed and not record:
                _print(outcome)
    failed = sum(not outcome.passed for each in outcomes.values() for outcome in each)
    if record:
        recorded = [recording.record(file, each, program) for file, each in outcomes.items()]
        refused = [why for each in recorded for why in each.refused]
        for why in refused:
            typer.echo(f"not recorded: {why}", err=True)
        typer.echo(f"recorded what {sum(len(each.titles) for each in recorded)} of {len(chosen)} tests gave")
        if refused:
            raise typer.Exit(1)
        return
    total = sum(map(len, outcomes.values()))
    typer.echo(f"{total - failed} passed, {failed} failed in {time.monotonic() - started:.2f} s")
    if failed:
        raise typer.Exit(1)


def _cases(folder: Path, program: ir.Program) -> list[tuple[Path, Case]]:
    """All tests of a project. Where a file is wrong that is shown, and the command ends with exit code 1."""
    from featlang.cli.loading import print_diagnostics  # noqa: PLC0415 - not needed to start
    from featlang.compiler.report import Report  # noqa: PLC0415
    from featlang.files import decoded  # noqa: PLC0415
    from featlang.testing import cases  # noqa: PLC0415

    report, texts = Report(), {}
    found = []
    for file in cases.test_files(folder):
        shown = Path(os.path.relpath(file)).as_posix()
        texts[shown], wrong = decoded(shown, file.read_bytes())
        if wrong is not None:
            report.add([wrong])
            continue
        found += [(file, case) for case in cases.read(shown, texts[shown], program, report)]
    if report.failed:
        print_diagnostics(report.ordered(), texts, "full", to_error=True)
        raise typer.Exit(1)
    return found


def _print(outcome: Outcome) -> None:
    where = "" if outcome.engine == "reference" else f" on {outcome.engine}"
    typer.echo(f"FAILED {outcome.case.file}:{outcome.case.line} {outcome.case.title}{where}")
    for line in outcome.problems:
        typer.echo(f"  {line}")
    typer.echo("")


def _engines(text: str) -> list[Engine]:
    known: tuple[Engine, ...] = ("reference", "flink", "spark")
    wanted = [part.strip() for part in text.split(",") if part.strip()]
    for name in wanted:
        if name not in known:
            message = f"there is no engine `{name}`; there are {', '.join(known)}"
            raise typer.BadParameter(message, param_hint="--on")
    return [engine for engine in known if engine in wanted] or ["reference"]
