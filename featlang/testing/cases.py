"""Test files, `NAME.test.yaml`: what they say, with the place of everything for messages."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from featlang.compiler import ir
from featlang.compiler.report import Report, did_you_mean, listed
from featlang.dsl.diagnostics import Span
from featlang.dsl.yaml_form import compose
from featlang.files import TESTS, files_below
from featlang.testing import tables

_KEYS = ("given", "expect", "at", "each")
_PARAMETER = re.compile(r"\$\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Table:
    """The rows that are given or expected: texts by column, and where each stands.

    `node` is the text in the file that holds them, where they are a table of it.
    """

    columns: tuple[str, ...]
    rows: tuple[Mapping[str, tables.Cell], ...]
    span: Span
    node: yaml.ScalarNode | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One test. `given` is by source, `expect` and `at` by `features` block, `parameters` what `${…}` stands for."""

    name: str
    file: str
    line: int
    given: Mapping[str, Table]
    expect: Mapping[str, Table]
    at: Mapping[str, Table]
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """Its name, with its parameters."""
        shown = ", ".join(f"{name}={text}" for name, text in self.parameters.items())
        return f"{self.name} [{shown}]" if shown else self.name

    def text(self, cell: tables.Cell) -> str:
        """A cell's text, with parameters put in."""
        return _PARAMETER.sub(lambda match: self.parameters.get(match[1], match[0]), cell.text)


def test_files(folder: Path) -> list[Path]:
    """The test files of the project in a folder, by path."""
    return [folder / name for name in files_below(folder, lambda name: name.endswith(TESTS))]


def read(path: str, text: str, program: ir.Program, report: Report) -> list[Case]:
    """The tests of a file; what is wrong with it goes to the report."""
    try:
        root = compose(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = mark.index if mark else 0
        report.error(
            "F411", f"this is no YAML: {error.problem or error.context}", Span(path, place, place), "correct it"
        )
        return []
    except yaml.YAMLError as error:
        report.error("F411", f"this is no YAML: {error}", Span(path, 0, 0), "correct it")
        return []
    return list(_Reading(path, text, program, report).cases(root))


class _Reading:
    """Reads one file."""

    def __init__(self, path: str, text: str, program: ir.Program, report: Report) -> None:
        self.path = path
        self.text = text
        self.report = report
        self.sources = {source.name: [column.name for column in source.columns] for source in program.inputs}
        self.blocks = {
            each.name: [
                *(each.key if isinstance(each, ir.Features) else ()),
                program.time_of(each),
                "_tie" if isinstance(each, ir.Features) else "_event",
                *(v.name for v in each.values if v.written),
            ]
            for each in program.outputs
        }
        self.moments = {
            block.name: [*block.key, "at", *(v.name for v in block.values if v.written)] for block in program.features
        }

    def cases(self, root: yaml.Node | None) -> Iterator[Case]:
        """All tests, one for each row of parameters."""
        if root is None:
            return
        for key, value in self._pairs(root, "a test file is a mapping: a key for each test"):
            parts = dict[str, tuple[yaml.ScalarNode, yaml.Node]]()
            for name, part in self._pairs(value, f"a test has {listed(_KEYS)}"):
                if name.value in _KEYS:
                    parts[name.value] = name, part
                else:
                    self._error(
                        f"`{name.value}` is no part of a test", name, did_you_mean(name.value, _KEYS, "the parts")
                    )
            if "given" not in parts or not {"expect", "at"} & parts.keys():
                self._error(
                    f"`{key.value}` lacks what is given, or what is expected", key, "add `given:` and `expect:`"
                )
                continue
            given = self._tables(parts["given"][1], self.sources, "source or table")
            expect = (
                self._tables(parts["expect"][1], self.blocks, "`features` block or stream") if "expect" in parts else {}
            )
            at = self._tables(parts["at"][1], self.moments, "`features` block") if "at" in parts else {}
            line = self.text.count("\n", 0, key.start_mark.index) + 1
            for parameters in self._parameters(parts["each"][1]) if "each" in parts else [{}]:
                case = Case(key.value, self.path, line, given, expect, at, parameters)
                self._check_parameters(case)
                yield case

    def _parameters(self, node: yaml.Node) -> list[dict[str, str]]:
        table = self._table(node, None, "parameters")
        return [{name: cell.text for name, cell in row.items()} for row in table.rows] if table else []

    def _check_parameters(self, case: Case) -> None:
        """Each `${name}` of a test is one of its parameters."""
        for table in (*case.given.values(), *case.expect.values(), *case.at.values()):
            for row in table.rows:
                for cell in row.values():
                    for match in _PARAMETER.finditer(cell.text):
                        if match[1] not in case.parameters:
                            advice = did_you_mean(match[1], list(case.parameters), "the parameters")
                            place = self._cell_span(cell)
                            self.report.error("F411", f"there is no parameter `{match[1]}`", place, advice)

    def _tables(self, node: yaml.Node, known: Mapping[str, Sequence[str]], what: str) -> dict[str, Table]:
        found = {}
        for key, value in self._pairs(node, f"here stands a key for each {what}"):
            if key.value not in known:
                advice = did_you_mean(key.value, list(known), "they")
                self._error(f"there is no {what} `{key.value}`", key, advice)
                continue
            table = self._table(value, known[key.value], key.value)
            if table is not None:
                found[key.value] = table
        return found

    def _table(self, node: yaml.Node, known: Sequence[str] | None, what: str) -> Table | None:
        """A table of text, or a list of mappings."""
        span = self._span(node)
        if isinstance(node, yaml.SequenceNode):
            rows = [
                {key.value: self._cell(value) for key, value in self._pairs(item, "a row is a mapping")}
                for item in node.value
            ]
            columns = tuple(dict.fromkeys(name for row in rows for name in row))
            cells = [(name, cell) for row in rows for name, cell in row.items()]
            unknown = [(name, cell) for name, cell in cells if known is not None and name not in known]
            for name, cell in unknown:
                self._unknown_column(name, self._cell_span(cell), known or (), what)
            return None if unknown else Table(columns, tuple(rows), span)
        if not isinstance(node, yaml.ScalarNode):
            self._error(
                "here stands a table, or a list of rows", node, "write `|`, then a line for the columns, then rows"
            )
            return None
        header, lines = tables.parse(node.value)
        place = self._places(node)
        failed = False
        for cell in header:
            if known is not None and cell.text not in known:
                at = place(cell.start)
                self._unknown_column(cell.text, Span(self.path, at, at + len(cell.text)), known, what)
                failed = True
        for line in lines:
            if len(line) != len(header):
                at = place(line[0].start)
                title = f"this row has {len(line)} cells, and the table {len(header)} columns"
                self.report.error("F411", title, Span(self.path, at, at), 'part cells by `|`; an empty text is `""`')
                failed = True
        if failed:
            return None
        names = [cell.text for cell in header]
        placed = [[tables.Cell(cell.text, place(cell.start)) for cell in line] for line in lines]
        return Table(tuple(names), tuple(dict(zip(names, line, strict=True)) for line in placed), span, node)

    def _unknown_column(self, name: str, span: Span, known: Sequence[str], what: str) -> None:
        self.report.error("F411", f"`{what}` has no column `{name}`", span, did_you_mean(name, known, "the columns"))

    def _cell(self, node: yaml.Node) -> tables.Cell:
        if isinstance(node, yaml.ScalarNode):
            quoted = node.style in {"'", '"'}
            text = tables.quoted(node.value) if quoted else node.value
            return tables.Cell(text, node.start_mark.index)
        return tables.Cell(json.dumps(self._plain(node), ensure_ascii=False), node.start_mark.index)

    def _plain(self, node: yaml.Node) -> Any:
        """A list or map of YAML as the JSON that it means; its scalars are texts, which a cell's JSON takes for any."""
        if isinstance(node, yaml.SequenceNode):
            return [self._plain(item) for item in node.value]
        if isinstance(node, yaml.MappingNode):
            return {key.value: self._plain(value) for key, value in self._pairs(node, "a map has keys")}
        bare = isinstance(node, yaml.ScalarNode) and node.style is None
        return None if bare and node.value in {"", "~", "null"} else node.value

    def _cell_span(self, cell: tables.Cell) -> Span:
        return Span(self.path, cell.start, min(cell.start + len(cell.text), len(self.text)))

    def _places(self, node: yaml.ScalarNode) -> Callable[[int], int]:
        from featlang.dsl.yaml_form import places  # noqa: PLC0415 - only for this

        found = places(node, self.text)
        return lambda offset: found[min(offset, len(found) - 1)] if found else node.start_mark.index

    def _pairs(self, node: yaml.Node, wanted: str) -> Iterator[tuple[yaml.ScalarNode, yaml.Node]]:
        if not isinstance(node, yaml.MappingNode):
            self._error(wanted, node, "write it as in `docs/testing.md`")
            return
        seen: set[str] = set()
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self._error("a key is a text", key, "write a name")
            elif key.value in seen:
                self._error(f"`{key.value}` is written twice", key, "keep one")
            else:
                seen.add(key.value)
                yield key, value

    def _span(self, node: yaml.Node) -> Span:
        return Span(self.path, node.start_mark.index, node.end_mark.index)

    def _error(self, title: str, node: yaml.Node, advice: str) -> None:
        self.report.error("F411", title, self._span(node), advice)
