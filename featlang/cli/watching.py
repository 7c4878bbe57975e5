"""Running something again whenever files change."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import typer

INTERVAL = 0.3
"""Seconds between two looks at the files."""

_CLEAR = "\x1b[2J\x1b[3J\x1b[H"


def watch(paths: Sequence[Path], run: Callable[[], object]) -> None:
    """Run at once, then after each change of a definition or of feat.yaml below the paths, until Ctrl-C."""
    seen: dict[Path, tuple[int, int]] | None = None
    try:
        while True:
            now = _stamps(paths)
            if now != seen:
                seen = now
                if os.isatty(1):
                    typer.echo(_CLEAR, nl=False)
                run()
                typer.echo("watching for changes; Ctrl-C ends")
            time.sleep(INTERVAL)
    except KeyboardInterrupt:
        typer.echo("")


def _stamps(paths: Sequence[Path]) -> dict[Path, tuple[int, int]]:
    """When each file was changed, and its size."""
    from featlang.dsl.modules import is_feat  # noqa: PLC0415 - not needed to start
    from featlang.files import FILE, feat_files, project_folder  # noqa: PLC0415

    files: set[Path] = set()
    for path in paths:
        folder = project_folder(path)
        files |= {folder / name for name in feat_files(folder)} | {folder / FILE}
        files |= {path} if is_feat(path.name) else set()
    stamps = {}
    for file in files:
        try:
            found = file.stat()
        except OSError:
            continue
        stamps[file] = (found.st_mtime_ns, found.st_size)
    return stamps
