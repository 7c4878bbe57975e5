"""`feat dataset`: a training set from a spine."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from featlang.cli.completions import names as complete
from featlang.cli.options import EnvironmentOption, ExcludeLateOption, NowOption, ProjectOption, clock

if TYPE_CHECKING:
    import pyarrow as pa

    from featlang.dataset import Dataset
    from featlang.run_report import Engine

ENDING = ".parquet"


def dataset(  # noqa: PLR0913 - one for each flag
    names: Annotated[
        list[str], typer.Argument(metavar="NAME...", help="`features` blocks and tables.", autocompletion=complete)
    ],
    spine: Annotated[
        Path,
        typer.Option("--spine", metavar="FILE", help="A row for each label: .parquet, .csv, .jsonl, or a folder."),
    ],
    time: Annotated[
        str | None,
        typer.Option("--time", metavar="COLUMN", help="The spine's time.", show_default="its only timestamp"),
    ] = None,
    on: Annotated[
        list[str] | None,
        typer.Option(
            "--on",
            metavar="ENGINE|KEY=COLUMN",
            help="Which engine computes; or, for a key, the spine's column of another name. Repeatable.",
            show_default="reference",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="The Parquet file.", show_default="PROJECT/out/dataset.parquet"),
    ] = None,
    unit: Annotated[
        Literal["s", "ms", "us", "ns"] | None, typer.Option("--unit", help="What a time counts that is a number.")
    ] = None,
    null: Annotated[str, typer.Option("--null", metavar="TEXT", help="What a CSV spine writes for null.")] = "",
    project: ProjectOption = Path(),
    env: EnvironmentOption = None,
    now: NowOption = None,
    exclude_late: ExcludeLateOption = None,
    *,
    prefix: Annotated[bool, typer.Option("--prefix", help="Put NAME_ before columns, also of one NAME.")] = False,
    pii: Annotated[bool, typer.Option("--pii", help="Write personal values too.")] = False,
) -> None:
    """Give each row of a spine what features and tables had for its keys before its time, and write a card beside it.

    Exit code 0: done; 1: mistakes in the project or the spine; 2: wrongly used.

    Example: feat dataset user_engagement --spine labels.csv --time seen_at --on user_id=uid --out training.parquet
    """
    from featlang.cli.loading import load_checked, print_failure  # noqa: PLC0415 - not needed to start
    from featlang.cli.progress import progress  # noqa: PLC0415
    from featlang.cli.run_flags import excluding  # noqa: PLC0415
    from featlang.data_card import lines  # noqa: PLC0415
    from featlang.dataset import Wanted, build  # noqa: PLC0415
    from featlang.dataset_program import UnknownNameError, targets  # noqa: PLC0415
    from featlang.dsl.diagnostics import FeatError  # noqa: PLC0415
    from featlang.scratch import scratch  # noqa: PLC0415
    from featlang.spine import read_spine  # noqa: PLC0415

    engine, keys = _engine_and_keys(on or [])
    loaded, _ = load_checked(project)
    target = out or loaded.folder / "out" / f"dataset{ENDING}"
    _check_out(target, spine)
    try:
        found = targets(loaded, names)
    except UnknownNameError as error:
        raise typer.BadParameter(error.args[0], param_hint="NAME") from None
    wanted = Wanted(engine, clock(now), time, keys, unit, env, prefix, pii, partial(excluding, exclude_late, engine))
    read = read_spine(spine, null)
    with scratch() as folder, progress(engine) as told:
        try:
            made = build(loaded, read, found, wanted, folder, told)
        except FeatError as failure:
            print_failure(loaded, failure)
            raise typer.Exit(1) from failure
    _write(made, target)
    for line in lines(made.card):
        typer.echo(line)
    if made.refused.num_rows:
        counts = ", ".join(f"{count:,} {code}" for code, count in made.card["spine"]["refused"].items())
        typer.echo(f"warning: {counts} of the spine refused: {_beside(target, '.refused.parquet')}", err=True)
    typer.echo(f"wrote {target} and {_beside(target, '.card.json')}")


def _engine_and_keys(given: Sequence[str]) -> tuple[Engine, Mapping[str, str]]:
    """What `--on` says: an engine, and which columns hold keys."""
    from featlang.compiler.report import did_you_mean  # noqa: PLC0415 - not needed to start
    from featlang.run_report import ENGINES  # noqa: PLC0415

    flag = "--on"
    engines: list[Engine] = [engine for engine in ENGINES if engine in given]
    keys: dict[str, str] = {}
    for text in given:
        key, equals, column = text.partition("=")
        if equals and (not key or not column):
            raise typer.BadParameter(f"`{text}` is no KEY=COLUMN; write it as in user_id=uid", param_hint=flag)
        if equals and keys.setdefault(key, column) != column:
            raise typer.BadParameter(f"`{key}` is given two columns; keep one", param_hint=flag)
        if not equals and text not in ENGINES:
            advice = did_you_mean(text, ENGINES, "the engines")
            message = f"there is no engine `{text}`; {advice} (a key is written as in user_id=uid)"
            raise typer.BadParameter(message, param_hint=flag)
    if len(engines) > 1:
        raise typer.BadParameter(f"one engine computes; keep {engines[0]} or {engines[1]}", param_hint=flag)
    return (engines or ["reference"])[0], keys


def _check_out(out: Path, spine: Path) -> None:
    flag = "--out"
    if out.suffix != ENDING:
        raise typer.BadParameter(f"{out} is written as Parquet; end its name in {ENDING}", param_hint=flag)
    if out.is_dir():
        raise typer.BadParameter(f"{out} is a folder; name a file", param_hint=flag)
    if out.exists() and spine.exists() and out.samefile(spine):
        raise typer.BadParameter(f"{out} is the spine, which would be overwritten; name another file", param_hint=flag)


def _beside(out: Path, ending: str) -> Path:
    return out.with_name(out.name.removesuffix(ENDING) + ending)


def _write(made: Dataset, out: Path) -> None:
    """Write the files; each appears whole. What an earlier run refused does not stay."""
    out.parent.mkdir(parents=True, exist_ok=True)
    refused = _beside(out, f".refused{ENDING}")
    if made.refused.num_rows:
        _replace(made.refused, refused)
    else:
        refused.unlink(missing_ok=True)
    card = _beside(out, ".card.json")
    card.write_text(json.dumps(made.card, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    _replace(made.table, out)


def _replace(table: pa.Table, path: Path) -> None:
    import pyarrow.parquet as pq  # noqa: PLC0415 - not needed to start

    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        pq.write_table(table, fresh)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
