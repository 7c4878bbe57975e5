"""The files of a project's folder."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from featlang.dsl.diagnostics import Diagnostic, Span
from featlang.dsl.modules import is_feat

FILE = "feat.yaml"
"""The project's settings."""

TESTS = ".test.yaml"
"""What the names of files with tests end with."""

OTHER_NAMES = ("feat.yml", "feat.json", "feat.toml")
"""What people may call it, and which is not read."""


def project_folder(path: Path) -> Path:
    """The folder of the project that a folder or a file is in: the nearest around it with a `feat.yaml`.

    Where there is none, it is the folder itself, or the file's.
    """
    folder = path if path.is_dir() else path.parent
    if _is_root(folder):
        return folder
    return next((each for each in folder.resolve().parents if _is_root(each)), folder)


def feat_files(folder: Path, *, inner: bool = False) -> list[str]:
    """The `.feat` and `.feat.yaml` files below a folder, by path; those of projects inside it only if asked for."""
    return files_below(folder, is_feat, inner=inner)


def files_below(folder: Path, wanted: Callable[[str], bool], *, inner: bool = False) -> list[str]:
    """The files below a folder whose names are wanted, by path; folders whose name begins with `.` are left out."""
    found: list[str] = []
    for root, folders, names in os.walk(folder):
        folders[:] = [
            name for name in folders if not name.startswith(".") and (inner or not _is_root(Path(root, name)))
        ]
        found += [(Path(root) / name).relative_to(folder).as_posix() for name in names if wanted(name)]
    return sorted(found)


def decoded(name: str, data: bytes) -> tuple[str, Diagnostic | None]:
    """The text of a file, and what is wrong where it is not UTF-8: then it has replacement characters."""
    try:
        return data.decode("utf-8"), None
    except UnicodeDecodeError as error:
        start = len(data[: error.start].decode("utf-8"))
        title = f"{name} is not UTF-8: byte {data[error.start]:#04x} stands where none can"
        wrong = Diagnostic("F040", title, Span(name, start, start + 1), help="save the file as UTF-8")
        return data.decode("utf-8", errors="replace"), wrong


def in_inner_project(folder: Path, name: str) -> bool:
    """Whether a file below a project's folder belongs to another project inside it."""
    return any(_is_root(folder / parent) for parent in list(Path(name).parents)[:-1])


def inner_projects(folder: Path) -> list[str]:
    """The folders below a folder that are projects, by path."""
    return [Path(name).parent.as_posix() for name in files_below(folder, lambda name: name == FILE, inner=True)]


def _is_root(folder: Path) -> bool:
    return os.path.isfile(folder / FILE)  # noqa: PTH113 - a folder that may not be looked into has none
