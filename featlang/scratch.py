"""A folder for one run whose rows are handed on, and not left in OUT."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder for one run, removed afterwards; the logs of a run that failed stay, because its error names them."""
    folder = Path(tempfile.mkdtemp(prefix="featlang-run-"))
    try:
        yield folder
    finally:
        for path in folder.iterdir():
            if path.name != "out.failed":
                if path.is_dir():
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    path.unlink(missing_ok=True)
        if not any(folder.iterdir()):
            folder.rmdir()
