"""The templates of the standard library: `import std.velocity` reads `stdlib/velocity.feat`."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

PREFIX = "std."
"""What the modules of the library begin with."""

_TEMPLATE = re.compile(r"^template (\w+)", re.MULTILINE)

FOLDER = Path(__file__).parent


@cache
def modules() -> tuple[str, ...]:
    """The names of all modules, as in `std.velocity`."""
    return tuple(sorted(f"{PREFIX}{path.stem}" for path in FOLDER.glob("*.feat")))


@cache
def templates() -> dict[str, str]:
    """The module of each template, by its name."""
    return {name: module for module in modules() for name in _TEMPLATE.findall(text_of(module))}


def path_of(module: str) -> str:
    """The path under which a module's places are shown, as in `std/velocity.feat`."""
    return module.replace(".", "/") + ".feat"


def text_of(module: str) -> str:
    """The text of a module that exists."""
    return file_of(path_of(module)).read_text(encoding="utf-8")


def file_of(path: str) -> Path:
    """Where the file is whose places are shown under a path."""
    return FOLDER / Path(path).name
