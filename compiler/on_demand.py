"""Declarations that are checked when they are first asked for, each once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from featlang.compiler.report import Report
from featlang.dsl import tree

Found = TypeVar("Found")

MAX_CHAIN = 50
"""The most declarations that are checked one within the other: well within Python's stack."""


@dataclass(frozen=True, slots=True)
class Words:
    """How messages say that a declaration needs another."""

    needs: str
    """As in `needs` itself."""
    needed: str
    """As in `needed` by another."""
    circle: str
    """What begins the message on several that need each other."""
    what: str
    advice: str
    """How a circle is mended."""


class OnDemand:
    """What declarations are, by name; None where one is wrong, or needs itself, which is reported."""

    def __init__(self, report: Report, words: Words) -> None:
        """Start with nothing known."""
        self.report = report
        self.words = words
        self._known: dict[str, object] = {}
        self._path: list[str] = []

    def of(self, declared: tree.Name, make: Callable[[], Found | None]) -> Found | None:
        """What `make` gives for a name, made once. A circle, and a chain that is too long, give None."""
        name, words = declared.text, self.words
        if name in self._path:
            circle = [*self._path[self._path.index(name) :], name]
            shown = " → ".join(f"`{each}`" for each in circle)
            title = f"`{name}` {words.needs} itself" if circle[0] == circle[1] else f"{words.circle}: {shown}"
            self.report.error("F117", title, declared.span, words.advice)
            return None
        if len(self._path) >= MAX_CHAIN:
            title = f"`{name}` is {words.needed} by a chain of more than {MAX_CHAIN} {words.what}"
            self.report.error("F228", title, declared.span, f"declare it before what {words.needs} it")
            return None
        if name not in self._known:
            self._path.append(name)
            self._known[name] = make()
            self._path.pop()
        found: Found | None = self._known[name]  # type: ignore[assignment]  # each name has one maker
        return found
