"""`feat test --record`: what came out is written into the test file as what is expected."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from featlang.compiler import ir
from featlang.compiler.report import Report
from featlang.testing import cases, running, tables
from featlang.testing.cases import Case, Table
from featlang.testing.running import Outcome

_HEADER = re.compile(r"[|>][-+0-9]*([^\n]*)")
_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass
class Recording:
    """The titles of the tests that were recorded, and why others were not."""

    titles: set[str] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Change:
    """A table that is written: which one, where it stands in the file, and the text that is put there."""

    case: Case
    place: str
    found: tuple[list[str], list[list[str]]]
    start: int
    end: int
    text: str


def record(file: Path, outcomes: Iterable[Outcome], program: ir.Program) -> Recording:
    """Write the tables that came out otherwise; all else in the file stays, byte for byte.

    The file is replaced by one that was read back and says exactly what came out. What cannot be written so is refused.
    """
    raw = file.read_bytes().decode("utf-8")
    text = _LINE_END.sub("\n", raw)  # as the tests were read
    recording = Recording()
    changes: dict[int, _Change] = {}
    for outcome in outcomes:
        if outcome.passed:
            continue
        if outcome.case.parameters:
            recording.refused.append(f"{outcome.case.title}: tests with parameters are written by hand")
        elif not outcome.found:
            recording.refused.append(f"{outcome.case.title}: {outcome.problems[0]}")
        else:
            for place, found in outcome.found.items():
                change = _change(outcome.case, place, found, text, recording)
                if change is not None:
                    changes[change.start] = change
    chosen = [changes[start] for start in sorted(changes)]
    if not _written_back(file, raw, text, chosen, program):
        alone = [change for change in chosen if _written_back(None, raw, text, [change], program)]
        recording.refused += [
            f"{each.case.title}: `{each.place}` cannot be written where it stands so that it reads back the same; "
            "give its key a line of its own, outside of `{…}`, with nothing behind it"
            for each in chosen
            if each not in alone
        ]
        if not _written_back(file, raw, text, alone, program):
            recording.refused.append(f"{file.name}: what came out does not read back the same; the file is as it was")
            alone = []
        chosen = alone
    recording.titles |= {change.case.title for change in chosen}
    return recording


def _change(
    case: Case, place: str, found: tuple[list[str], list[list[str]]], text: str, recording: Recording
) -> _Change | None:
    table = _table(case, place)
    if table.node is None:
        recording.refused.append(f"{case.title}: `{place}` is a list of rows; only tables are recorded")
        return None
    start, end, written = _block(table.node, text, tables.table(*found))
    return _Change(case, place, found, start, end, written)


def _table(case: Case, place: str) -> Table:
    part, name = place.split(" ", 1)
    return (case.expect if part == "expect" else case.at)[name]


def _block(node: yaml.ScalarNode, text: str, lines: list[str]) -> tuple[int, int, str]:
    """Where a table stands in the file, and what is put there: a block text below its key, whose comment stays."""
    start, end = node.start_mark.index, node.end_mark.index
    line = text.rfind("\n", 0, start) + 1
    indent = len(text[line:start]) - len(text[line:start].lstrip(" ")) + 2
    body = "".join(f"\n{' ' * indent}{each}" for each in lines)
    header = _HEADER.match(text, start, end) if node.style in {"|", ">"} else None
    if header is not None:  # its end is after the empty lines below it
        return start, start + len(text[start:end].rstrip(" \n")), f"|{header[1]}{body}"
    rest = text[end:].partition("\n")[0]
    space = "" if text[start - 1 : start] == " " else " "
    return start, end + len(rest), f"{space}|{rest.rstrip()}{body}"


def _written_back(file: Path | None, raw: str, text: str, changes: Sequence[_Change], program: ir.Program) -> bool:
    """Whether a file with the changes says what came out, and else what it said; then it replaces `file`, if given."""
    if not changes:
        return True
    changed = _spliced(raw, changes).encode("utf-8")
    if not _says(_LINE_END.sub("\n", changed.decode("utf-8")), text, changes, program):
        return False
    if file is not None:
        _replace(file.resolve(), changed)
    return True


def _replace(file: Path, data: bytes) -> None:
    """Replace a file at once, so that an end half-way leaves the old one."""
    number, name = tempfile.mkstemp(prefix=".recorded-", dir=file.parent)
    temporary = Path(name)
    try:
        with os.fdopen(number, "wb") as stream:
            stream.write(data)
        shutil.copymode(file, temporary)
        if temporary.read_bytes() != data:
            message = f"{file} is as it was: what was written beside it reads back otherwise"
            raise OSError(message)
        temporary.replace(file)
    finally:
        temporary.unlink(missing_ok=True)


def _spliced(raw: str, changes: Sequence[_Change]) -> str:
    """The file's text with the changes, whose places are of the text in which each line ends with one character."""
    newline = "\r\n" if "\r\n" in raw else "\n"
    pairs = [match.start() for match in re.finditer("\r\n", raw)]
    shifted = [place - number for number, place in enumerate(pairs)]

    def in_raw(place: int) -> int:
        return place + sum(each < place for each in shifted)

    for change in reversed(changes):
        raw = raw[: in_raw(change.start)] + change.text.replace("\n", newline) + raw[in_raw(change.end) :]
    return raw


def _says(changed: str, before: str, changes: Sequence[_Change], program: ir.Program) -> bool:
    """Whether a file's tests are those before, with what came out as what is expected."""
    report = Report()
    one, two = (list(cases.read("", text, program, report)) for text in (before, changed))
    if report.failed or [case.title for case in one] != [case.title for case in two]:
        return False
    recorded = {(change.case.title, change.place): change.found for change in changes}
    for old, new in zip(one, two, strict=True):
        for part, tables_old, tables_new in (
            ("given", old.given, new.given),
            ("expect", old.expect, new.expect),
            ("at", old.at, new.at),
        ):
            if list(tables_old) != list(tables_new):
                return False
            for name, table in tables_new.items():
                found = recorded.get((new.title, f"{part} {name}"))
                if _cells(table) != (found or _cells(tables_old[name])):
                    return False
                if found is not None and not _kept(table, running.columns_of(program, part, name)):
                    return False
    return True


def _cells(table: Table) -> tuple[list[str], list[list[str]]]:
    columns = list(table.columns)
    return columns, [[row[name].text if name in row else "" for name in columns] for row in table.rows]


def _kept(table: Table, types: dict[str, ir.TypeName]) -> bool:
    """Whether each cell is a value of its column, and the very text that is written for it."""
    try:
        return all(
            tables.written(tables.value(cell.text, types[name]), types[name]) == cell.text
            for row in table.rows
            for name, cell in row.items()
        )
    except tables.CellError:
        return False
