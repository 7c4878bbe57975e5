"""The command `feat`: a file for each of its commands, and here what they share."""

from __future__ import annotations

import gc
import os
import signal
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Annotated, TextIO, cast

import typer

from featlang.cli.apply_ddl import apply_ddl
from featlang.cli.check import check
from featlang.cli.compile import compile_project
from featlang.cli.completions import VARIABLE, completions
from featlang.cli.dataset import dataset
from featlang.cli.explain import explain
from featlang.cli.explain_value import explain_value
from featlang.cli.fmt import fmt
from featlang.cli.init import init
from featlang.cli.jars import jars
from featlang.cli.lineage import lineage
from featlang.cli.logs import logs
from featlang.cli.output import FULL, Output, OutputError
from featlang.cli.parity import parity
from featlang.cli.plan_ddl import plan_ddl
from featlang.cli.run import run
from featlang.cli.schema import schema
from featlang.cli.show import show
from featlang.cli.status import status
from featlang.cli.stop import stop
from featlang.cli.test import test

FINDINGS = 1
"""The exit code when the user's files or data are not right."""

FAILED = 2
"""The exit code when the command was not used right, or when it has a bug."""

GARBAGE = 50_000
"""So many new objects before Python looks for garbage: a program's parser and tree stay, and looking took a tenth."""

app = typer.Typer(
    name="feat",
    help="Declare features once; run them on Flink and on Spark, with the same bits.",
    epilog="Each flag can be set by a variable: FEAT_RUN_ENV for `feat run --env`, and so on.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"auto_envvar_prefix": "FEAT", "help_option_names": ["-h", "--help"]},
)
app.command()(init)
app.command()(check)
app.command()(fmt)
app.command()(explain)
app.command(name="compile")(compile_project)
app.command()(test)
app.command()(show)
app.command()(lineage)
app.command()(explain_value)
app.command()(run)
app.command()(status)
app.command()(stop)
app.command()(logs)
app.command()(dataset)
app.command()(parity)
app.command()(plan_ddl)
app.command()(apply_ddl)
app.command()(jars)
app.command()(schema)
app.command()(completions)


def _version(wanted: bool) -> None:  # noqa: FBT001 - typer passes it so
    if wanted:
        from importlib.metadata import version  # noqa: PLC0415 - not needed to start

        typer.echo(f"feat {version('featlang')}")
        raise typer.Exit


@app.callback()
def _feat(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_version, is_eager=True, allow_from_autoenv=False, help="Say which version this is."
        ),
    ] = False,
    trace: Annotated[
        bool, typer.Option("--trace", help="On an error, show what the engine said; on a bug of feat, where it is.")
    ] = False,
) -> None:
    if trace and not version:
        os.environ["FEAT_TRACE"] = "1"


def main() -> None:
    """Run the command line; what goes wrong ends in a message and an exit code, never in a stack trace."""
    for number in (signal.SIGTERM, signal.SIGHUP):  # so that the engines that were started are ended too
        if signal.getsignal(number) == signal.SIG_DFL:  # not under nohup
            signal.signal(number, _terminated)
    if VARIABLE in os.environ:
        from typer.completion import completion_init  # type: ignore[attr-defined]  # noqa: PLC0415

        completion_init()
    gc.set_threshold(GARBAGE)
    if sys.stderr is None:  # it was closed
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - for as long as the process runs
    if sys.stdout is None:
        sys.stderr.write("error: the output cannot be written: it is closed\n")
        sys.exit(2)
    output, sys.stdout = sys.stdout, cast("TextIO", Output(sys.stdout))
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:  # the reader of our output has left
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(FINDINGS)
    except Exception as error:  # noqa: BLE001 - this is where they end
        sys.exit(_fail(error))
    finally:
        sys.stdout = output


def _terminated(number: int, _: object) -> None:
    sys.exit(128 + number)


def _fail(error: Exception) -> int:
    """Say what went wrong; gives the exit code."""
    from featlang.expected_errors import explained  # noqa: PLC0415 - not needed to start

    message = explained(error)
    if message is not None:
        typer.echo(f"error: {message}", err=True)
        if os.environ.get("FEAT_TRACE") and (told := getattr(error, "trace", "")):
            typer.echo(f"\n{told}", err=True)
        return FINDINGS
    if isinstance(error, OSError) and error.errno in FULL:  # of no named file
        is_output = isinstance(error, OutputError)
        if is_output:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # where Python writes the rest as it ends
        with suppress(OSError):
            what = "the output" if is_output else "a file"
            typer.echo(f"error: {what} cannot be written: {error.strerror}", err=True)
        return FAILED
    typer.echo(f"internal error: {type(error).__name__}: {error}", err=True)
    if os.environ.get("FEAT_TRACE"):
        traceback.print_exc()
    else:
        typer.echo("This is a bug of feat; `feat --trace …` shows where it happened.", err=True)
    return FAILED
