"""`feat test --record`: what came out is written into the test file as what is expected."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import yaml

from featlang.testing import tables
from featlang.testing.cases import Case, Table
from featlang.testing.running import Outcome


def record(file: Path, outcomes: Iterable[Outcome]) -> list[str]:
    """Write the tables of the tests that failed; gives why some were not written. All else in the file stays."""
    text = file.read_text(encoding="utf-8")
    changes: dict[int, tuple[int, str]] = {}
    refused = []
    for outcome in outcomes:
        if outcome.passed or not outcome.found:
            continue
        if outcome.case.parameters:
            refused.append(f"{outcome.case.title}: tests with parameters are written by hand")
            continue
        for place, found in outcome.found.items():
            table = _table(outcome.case, place)
            if table.node is None:
                refused.append(f"{outcome.case.title}: `{place}` is a list of rows; only tables are recorded")
                continue
            start, end, written = _written(table.node, text, tables.table(*found))
            changes[start] = end, written
    for start, (end, written) in sorted(changes.items(), reverse=True):
        text = text[:start] + written + text[end:]
    file.write_text(text, encoding="utf-8")
    return refused


def _table(case: Case, place: str) -> Table:
    part, name = place.split(" ", 1)
    return (case.expect if part == "expect" else case.at)[name]


def _written(node: yaml.ScalarNode, text: str, lines: list[str]) -> tuple[int, int, str]:
    """Where a table stands in the file, and what is put there: a block text, indented below its key."""
    start, end = node.start_mark.index, node.end_mark.index
    line = text.rfind("\n", 0, start) + 1
    indent = len(text[line:start]) - len(text[line:start].lstrip()) + 2
    body = "".join(f"{' ' * indent}{each}\n" for each in lines)
    if node.style == "|":  # which ends with the empty lines below it
        return start, start + len(text[start:end].rstrip()), f"|\n{body.rstrip()}"
    return start, end, f"{'' if text[start - 1 : start] == ' ' else ' '}|\n{body.rstrip()}"
