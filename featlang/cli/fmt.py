"""`feat fmt`: one look for all files of definitions."""

from __future__ import annotations

import difflib
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from featlang.dsl.diagnostics import Diagnostic

Form = Literal["feat", "yaml"]


def fmt(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="PATH", help="Folders or files; `-`: standard input; none: this folder."),
    ] = None,
    *,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit with 1 if files would change.")] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="Write nothing; show what would change, and exit with 1 if something would.")
    ] = False,
    to: Annotated[
        Form | None, typer.Option("--to", help="Turn files into the other form: a.feat into a.feat.yaml, or back.")
    ] = None,
) -> None:
    """Write .feat and .feat.yaml files anew in the one look. Comments stay. A file with mistakes is left as it is.

    Exit code 0: done; 1: mistakes, or with --check and --diff changes; 2: the command was not used right.

    Example: feat fmt --check examples
    """
    if paths == [Path("-")]:
        _standard_input(to, check=check, diff=diff)
        return
    changed, code = 0, 0
    files = list(dict.fromkeys(_files(paths or [Path()])))
    for file in files:
        shown = Path(os.path.relpath(file)).as_posix()
        text, written, failed = _formatted(shown, file.read_bytes(), to)
        if failed:
            code = max(code, failed)
            continue
        target = _target(file, to)
        if written == text and target == file:
            continue
        changed += 1
        if diff:
            typer.echo(_difference(shown, text, written), nl=False)
        elif check:
            typer.echo(f"would change {shown}")
        else:
            _write(file, target, written)
            typer.echo(f"changed {shown}" if target == file else f"turned {shown} into {target.name}")
    if not diff:
        would = " to be" if check else ""
        typer.echo(f"{len(files)} {'file' if len(files) == 1 else 'files'}, {changed}{would} changed")
    if code or (changed and (check or diff)):
        raise typer.Exit(code or 1)


def _formatted(name: str, data: bytes, to: Form | None) -> tuple[str, str, int]:
    """The text of a file, its new one, and an exit code: where that is not 0, what is wrong was told."""
    from featlang.cli.loading import print_diagnostics  # noqa: PLC0415 - not needed to start
    from featlang.dsl.diagnostics import FeatError, ReadOtherwiseError  # noqa: PLC0415
    from featlang.dsl.modules import TEXT, YAML, format_file  # noqa: PLC0415
    from featlang.files import decoded  # noqa: PLC0415

    text, wrong = decoded(name, data)
    found: tuple[Diagnostic, ...] = (wrong,) if wrong else ()
    try:
        if not found:
            return text, format_file(name, text, None if to is None else YAML if to == "yaml" else TEXT), 0
    except FeatError as failure:
        found = failure.diagnostics
    except ReadOtherwiseError as error:
        typer.echo(f"internal error: {error}; it is left as it is", err=True)
        typer.echo("This is a bug of feat: please report it, with the file.", err=True)
        return text, text, 2
    print_diagnostics(found, {name: text}, "full", to_error=True)
    return text, text, 1


def _target(file: Path, to: Form | None) -> Path:
    from featlang.dsl.modules import TEXT, YAML  # noqa: PLC0415 - not needed to start

    if to is None:
        return file
    stem = file.name.removesuffix(".yaml").removesuffix(TEXT)
    return file.with_name(stem + (YAML if to == "yaml" else TEXT))


def _standard_input(to: Form | None, *, check: bool, diff: bool) -> None:
    """Text in, text out; it is `.feat` text, or with `--to feat` YAML."""
    name = "stdin.feat.yaml" if to == "feat" else "stdin.feat"
    text, written, failed = _formatted(name, sys.stdin.buffer.read(), to)
    if failed:
        raise typer.Exit(failed)
    if diff:
        typer.echo(_difference(name, text, written), nl=False)
    elif not check:
        typer.echo(written, nl=False)
    if (check or diff) and written != text:
        raise typer.Exit(1)


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    from featlang.dsl.modules import is_feat  # noqa: PLC0415 - not needed to start
    from featlang.files import feat_files  # noqa: PLC0415

    for path in paths:
        if path.is_dir():
            yield from (path / name for name in feat_files(path, inner=True))
        elif not path.exists():
            message = f"{path} does not exist"
            raise typer.BadParameter(message, param_hint="PATH")
        elif not is_feat(path.name):
            message = f"{path} is no .feat file"
            raise typer.BadParameter(message, param_hint="PATH")
        else:
            yield path


def _difference(name: str, before: str, after: str) -> str:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), name, f"{name}, formatted", lineterm="")
    return "".join(f"{line}\n" for line in lines)


def _write(file: Path, target: Path, text: str) -> None:
    """Write a file so that at no moment it is half there; a link stays one. Another form takes the old one's place."""
    if target != file and target.exists():
        message = f"{target} is there already; remove it, or {file}"
        raise typer.BadParameter(message, param_hint="--to")
    real = file.resolve()
    place = target.resolve() if target == file else target
    handle, name = tempfile.mkstemp(dir=place.parent, prefix=f".{place.name}.")
    try:
        with os.fdopen(handle, "wb") as written:
            written.write(text.encode("utf-8"))
        Path(name).chmod(real.stat().st_mode & 0o7777)
        Path(name).replace(place)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    if target != file:
        file.unlink()
