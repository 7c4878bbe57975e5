"""One diagnostic type for every stop of the compiler; it knows no particular error."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

Level = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of character offsets `[start, end)` in the text of one file."""

    file: str
    start: int
    end: int

    def to(self, other: Span) -> Span:
        """The range from the start of this span to the end of `other`, in the same file."""
        return Span(self.file, self.start, other.end)


@dataclass(frozen=True, slots=True)
class Label:
    """A further place that explains a diagnostic: underlined with `-`, with a few words."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """What happened (`title`), where (`span`, `labels`), and what to type (`help`).

    `code` is `F` and three digits. F0xx: reading and syntax; F1xx: names; F2xx: types and windows; F3xx: lints
    and warnings; F4xx: project, connectors and data; F5xx: parses, but is not compiled yet.
    """

    code: str
    title: str
    span: Span
    label: str = ""
    labels: tuple[Label, ...] = ()
    help: str = ""
    level: Level = "error"

    def moved(self, path: Callable[[str], str]) -> Diagnostic:
        """The same, with other paths of the files that it points into."""
        labels = tuple(replace(label, span=replace(label.span, file=path(label.span.file))) for label in self.labels)
        return replace(self, span=replace(self.span, file=path(self.span.file)), labels=labels)


class ReadOtherwiseError(Exception):
    """What was written of a file would be read as something else: a bug of ours. Nothing is to be written then."""


class FeatError(Exception):
    """Carries every diagnostic of one stop; raised when at least one of them is an error."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        """Keep the diagnostics in the order in which they are shown."""
        super().__init__("; ".join(f"{d.code} {d.title}" for d in diagnostics))
        self.diagnostics = diagnostics
