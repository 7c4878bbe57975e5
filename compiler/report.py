"""Collects the diagnostics of a stop, and phrases what they have in common."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from featlang.dsl.diagnostics import Diagnostic, Label, Span
from featlang.dsl.suggest import nearest

SHOWN_NAMES = 8
"""A help lists at most so many names."""


class Report:
    """The diagnostics found so far, each once, in the order in which they were found."""

    def __init__(self) -> None:
        """Start with none."""
        self._found: dict[Diagnostic, None] = {}
        self._within: tuple[Label, ...] = ()

    @contextmanager
    def within(self, labels: tuple[Label, ...]) -> Iterator[None]:
        """Show these places as well with all that is found meanwhile."""
        before, self._within = self._within, labels
        try:
            yield
        finally:
            self._within = before

    def error(self, code: str, title: str, span: Span, advice: str, *labels: Label) -> None:
        """Note a mistake; `advice` says what to type."""
        self._found.setdefault(Diagnostic(code, title, span, labels=(*labels, *self._within), help=advice))

    def warning(self, code: str, title: str, span: Span, advice: str, *labels: Label) -> None:
        """Note something that compiles, but is hardly meant."""
        labels = (*labels, *self._within)
        self._found.setdefault(Diagnostic(code, title, span, labels=labels, help=advice, level="warning"))

    def add(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Take over what another stop found."""
        for diagnostic in diagnostics:
            self._found.setdefault(diagnostic)

    @property
    def in_template(self) -> bool:
        """Whether what is found now stands in a template, with what that is given where it is used."""
        return bool(self._within)

    @property
    def failed(self) -> bool:
        """Whether an error is among them."""
        return any(diagnostic.level == "error" for diagnostic in self._found)

    def ordered(self) -> tuple[Diagnostic, ...]:
        """All of them, by file and place."""
        return tuple(sorted(self._found, key=lambda d: (d.span.file, d.span.start, d.span.end, d.code, d.title)))


def did_you_mean(name: str, candidates: Sequence[str], what: str) -> str:
    """Help for an unknown name: the nearest candidate, else the candidates; `what` names them, as in `the columns`."""
    if not candidates:
        return f"there are no {what.removeprefix('the ')}"
    near = nearest(name, candidates)
    if near:
        return f"did you mean `{near}`?"
    return f"{what} are {listed(candidates)}" if candidates[1:] else f"there is one: `{candidates[0]}`"


def listed(names: Iterable[str], most: int = SHOWN_NAMES) -> str:
    """Names for a help: `a`, `b` and 3 more."""
    known = list(names)
    shown = ", ".join(f"`{name}`" for name in known[:most])
    more = len(known) - most
    return f"{shown} and {more} more" if more > 0 else shown


def one_of(items: Iterable[str]) -> str:
    """`an int, a float or a duration`."""
    *first, last = items
    return f"{', '.join(first)} or {last}" if first else last


def counted(number: int, noun: str) -> str:
    """`1 argument`, `2 arguments`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def takes(number: int, given: int) -> str:
    """`2 arguments, here are 3`, for a title that says what is called."""
    here = "is 1" if given == 1 else f"are {given}"
    return f"{counted(number, 'argument') if number else 'no arguments'}, here {here}"


def with_article(noun: str) -> str:
    """`an int`, `a float`."""
    return f"an {noun}" if noun[0] in "aeio" else f"a {noun}"
