"""What `feat check` found in a project, kept in the cache until a file of it, or the compiler, changes."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from featlang.backends.kernel.jars import cache_folder, write_atomically
from featlang.compiler.schemas import ENDING
from featlang.dsl.diagnostics import Diagnostic, Label, Span
from featlang.files import FILE, OTHER_NAMES, feat_files, files_below, project_folder
from featlang.stdlib.library import file_of

if TYPE_CHECKING:
    from featlang.project import Project

KEPT_SECONDS = 30 * 86_400
"""What nobody asked for in so long is removed."""
DEPENDENCIES = ("lark", "pydantic", "pyyaml", "tzdata")
LARGE = 200_000
"""Smaller projects, in bytes, are checked faster than it is worth to remember them."""


@dataclass(frozen=True)
class Findings:
    """The diagnostics of a project, and the texts that they point into.

    Paths are from its folder on, those of the standard library absolute.
    """

    folder: Path
    diagnostics: tuple[Diagnostic, ...]
    texts: Mapping[str, str]
    files: int
    """How many files were read."""

    @staticmethod
    def of(project: Project, diagnostics: Sequence[Diagnostic] | None = None) -> Findings:
        """What was found in a project that is loaded, or later."""
        library = {name: file_of(name).as_posix() for name in project.library}
        texts = {**project.texts, **{library[name]: text for name, text in project.library.items()}}
        found = project.diagnostics if diagnostics is None else diagnostics
        moved = tuple(each.moved(lambda path: library.get(path, path)) for each in found)
        return Findings(project.folder, moved, texts, len(project.texts))


def findings(path: Path) -> Findings:
    """What is to be said of a project; checked only if that is not known for these very files."""
    path = project_folder(path) if path.is_dir() else path
    contents = _contents(path) if path.is_dir() else {}
    has_schemas = bool(files_below(path, lambda name: name.endswith(ENDING))) if path.is_dir() else False
    if has_schemas or sum(map(len, contents.values())) < LARGE:
        return _checked(path)
    file = cache_folder() / "checks" / f"{_key(contents)}.json"
    try:
        found = _read(path, file.read_bytes(), contents)
        os.utime(file)
    except (OSError, ValueError, KeyError, TypeError):  # nothing there, or not what we wrote
        found = _checked(path)
        if any(found.texts.get(name, "").encode() != content for name, content in contents.items()):
            return found  # a file was saved meanwhile: what was found is of another content than what was read first
        known = {"diagnostics": [asdict(each) for each in found.diagnostics], "texts": dict(found.texts)}
        with suppress(OSError):  # the cache may be read-only
            write_atomically(file, json.dumps(known).encode())
            _prune(file.parent)
    return found


def _checked(path: Path) -> Findings:
    from featlang.project import load  # noqa: PLC0415 - needed only where it is not known

    return Findings.of(load(path))


def _contents(folder: Path) -> dict[str, bytes]:
    """The bytes of all files that decide what is found; none where one cannot be read."""
    names = [*feat_files(folder), *(name for name in (FILE, *OTHER_NAMES) if (folder / name).is_file())]
    try:
        return {name: (folder / name).read_bytes() for name in names}
    except OSError:
        return {}


def _key(contents: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256(_compiler())
    for name, content in contents.items():
        digest.update(f"{name}\0{len(content)}\0".encode("utf-8", "surrogateescape") + content)
    return digest.hexdigest()[:32]


@cache
def _compiler() -> bytes:
    """What decides besides the project: the package's files, Python, and the packages that it reads with."""
    digest = hashlib.sha256(sys.version.encode())
    for name in DEPENDENCIES:
        digest.update(f"{name} {version(name)}\n".encode())
    for file in sorted(_files(Path(__file__).resolve().parent)):
        status = file.stat()
        digest.update(f"{file} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.digest()


def _files(package: Path) -> Iterator[Path]:
    for part in ("", "dsl", "compiler", "stdlib", "stdlib/functions", "stdlib/aggregates"):
        yield from (file for file in (package / part).glob("*.*") if file.suffix in {".py", ".lark", ".feat"})


def _read(path: Path, content: bytes, contents: Mapping[str, bytes]) -> Findings:
    known = json.loads(content)
    read = sum(name in contents for name in known["texts"])
    return Findings(path, tuple(_diagnostic(each) for each in known["diagnostics"]), known["texts"], read)


def _diagnostic(known: dict[str, Any]) -> Diagnostic:
    labels = tuple(Label(**{**each, "span": Span(**each["span"])}) for each in known["labels"])
    return Diagnostic(**{**known, "span": Span(**known["span"]), "labels": labels})


def _prune(folder: Path) -> None:
    oldest = time.time() - KEPT_SECONDS
    for file in folder.glob("*.json"):
        if file.stat().st_mtime < oldest:
            file.unlink(missing_ok=True)
