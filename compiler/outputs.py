"""What the blocks of a project write, side by side: jobs of different names, tables of their own."""

from __future__ import annotations

from collections.abc import Sequence

from featlang.compiler import typed
from featlang.compiler.connectors import KINDS
from featlang.compiler.report import Report
from featlang.compiler.resolve import FeaturesNames
from featlang.dsl import tree
from featlang.dsl.diagnostics import Label, Span


def check_outputs(blocks: Sequence[FeaturesNames], checked: Sequence[typed.Features], report: Report) -> None:
    """Report jobs and tables that two blocks would have to share. `checked` are the blocks without errors."""
    _check_jobs(blocks, checked, report)
    _check_tables(blocks, checked, report)


def _check_jobs(blocks: Sequence[FeaturesNames], checked: Sequence[typed.Features], report: Report) -> None:
    """What reads one source is one job, named after it or by `@job`; no two jobs have one name."""
    spans = {b.declaration.name.text: a.span for b in blocks for a in b.declaration.annotations if a.name.text == "job"}
    named: dict[str, str] = {}
    for block in checked:
        for value in block.annotations.get("job", ()):
            job = named.setdefault(block.source, str(value))
            if job != value:
                title = f"what reads `{block.source}` is one job, named `{job}` already"
                report.error("F122", title, spans[block.name], f'write `@job("{job}")`, or remove it')
    owners: dict[str, str] = {}
    for block in checked:
        job = named.get(block.source, block.source)
        owner = owners.setdefault(job.casefold(), block.source)
        if owner != block.source:
            title = f"the jobs of `{owner}` and `{block.source}` are both named `{job}`"
            both = [each.name for each in checked if each.source in {owner, block.source} and each.name in spans]
            span = spans[both[0]] if both else block.span
            report.error("F122", title, span, "give one of them another name")


def _check_tables(blocks: Sequence[FeaturesNames], checked: Sequence[typed.Features], report: Report) -> None:
    """A table of a store holds the rows of one block."""
    spans = {block.declaration.name.text: _sinks(block.declaration) for block in blocks}
    owners: dict[tuple[str, str], tuple[str, Span]] = {}
    for block in checked:
        for sink, span in zip(block.sinks, spans[block.name], strict=True):
            if not KINDS[sink.kind].stores:
                continue
            owner, first = owners.setdefault((sink.kind, sink.target.casefold()), (block.name, span))
            if first is not span:
                title = f'`{owner}` and `{block.name}` both write to {sink.kind}("{sink.target}")'
                advice = "give each a table of its own: a row would replace that of the other block"
                if owner == block.name:
                    title, advice = f'`{owner}` writes twice to {sink.kind}("{sink.target}")', "keep one"
                report.error("F128", title, span, advice, Label(first, "first here"))


def _sinks(declaration: tree.Declaration) -> list[Span]:
    return [sink.span for clause in declaration.clauses if isinstance(clause, tree.ToClause) for sink in clause.sinks]
