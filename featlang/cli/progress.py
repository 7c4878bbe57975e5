"""Shows on standard error that long work goes on: a line that moves on a terminal, else a line for each step."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer


@contextmanager
def progress(what: str) -> Iterator[Callable[[str], None]]:
    """Gives the function to which each step is told."""
    started = time.monotonic()
    if not sys.stderr.isatty():
        yield lambda step: typer.echo(f"{what}: {step} ({time.monotonic() - started:.1f} s)", err=True)
        return
    from rich.console import Console  # noqa: PLC0415 - not needed to start
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(what, total=None)
        yield lambda step: shown.update(task, description=f"{what}: {step}")
