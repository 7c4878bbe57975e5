"""What the blocks and streams of a project write, side by side: jobs of different names, tables of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from featlang.compiler import ir, typed
from featlang.compiler.connected import connected
from featlang.compiler.connectors import KINDS, PERSONAL
from featlang.compiler.flows import Flows, Mark, Marked, Path
from featlang.compiler.report import Report, did_you_mean, listed
from featlang.compiler.resolve import FeaturesNames, Names, SourceNames
from featlang.dsl import tree
from featlang.dsl.diagnostics import Label, Span


def check_outputs(
    names: Names, checked: Sequence[typed.Features], streams: Sequence[typed.Stream], report: Report
) -> None:
    """Report jobs and tables that two would have to share. `checked` and `streams` are those without errors."""
    _check_jobs(names, checked, streams, report)
    _check_tables(names.features, checked, report)
    every: list[typed.Features | typed.Stream] = [*checked, *streams]
    for output in every:
        _check_key(output, names.declared[output.name].name.span, report)


def _check_jobs(
    names: Names, checked: Sequence[typed.Features], streams: Sequence[typed.Stream], report: Report
) -> None:
    """What reads connected sources is one job, named after the first of them or by `@job`; no two have one name."""
    base = {stream.name: stream.source for stream in streams}
    source_of = {block.name: base.get(block.source, block.source) for block in checked}
    every: list[typed.Features | typed.Stream] = [*checked, *streams]
    links = [(stream.source, source_of.get(each.target, each.target)) for stream in streams for each in stream.lookups]
    links += [(stream.source, base[stream.name]) for stream in streams]  # what is united
    first = connected(
        [*sorted({base.get(each.source, each.source) for each in every}), *(other for _, other in links)], links
    )
    spans = {
        each.name: annotation.span
        for each in every
        for annotation in names.declared[each.name].annotations
        if annotation.name.text == "job"
    }
    named: dict[str, str] = {}
    for each in every:
        for value in each.annotations.get("job", ()):
            job = named.setdefault(first[base.get(each.source, each.source)], str(value))
            if job != value:
                title = f"what reads `{each.source}` is one job, named `{job}` already"
                report.error("F122", title, spans[each.name], f'write `@job("{job}")`, or remove it')
    owners: dict[str, str] = {}
    for each in every:
        source = first[base.get(each.source, each.source)]
        job = named.get(source, source)
        owner = owners.setdefault(job.casefold(), source)
        if owner != source:
            title = f"the jobs of `{owner}` and `{source}` are both named `{job}`"
            both = [
                one.name
                for one in every
                if first[base.get(one.source, one.source)] in {owner, source} and one.name in spans
            ]
            span = spans[both[0]] if both else each.span
            report.error("F122", title, span, "give one of them another name")


def _check_tables(blocks: Sequence[FeaturesNames], checked: Sequence[typed.Features], report: Report) -> None:
    """A table of a store holds the rows of one block."""
    spans = {block.declaration.name.text: _sinks(block.declaration) for block in blocks}
    owners: dict[tuple[str, str], tuple[str, Span]] = {}
    for block in checked:
        for sink, span in zip(block.sinks, spans[block.name], strict=True):
            if not KINDS[sink.kind].stores:
                continue
            _check_ttl(block, sink, span, report)
            owner, first = owners.setdefault((sink.kind, sink.target.casefold()), (block.name, span))
            if first is not span:
                title = f'`{owner}` and `{block.name}` both write to {sink.kind}("{sink.target}")'
                advice = "give each a table of its own: a row would replace that of the other block"
                if owner == block.name:
                    title, advice = f'`{owner}` writes twice to {sink.kind}("{sink.target}")', "keep one"
                report.error("F128", title, span, advice, Label(first, "first here"))


def _check_ttl(block: typed.Features, sink: ir.Connector, span: Span, report: Report) -> None:
    """A store keeps a row for as long as a window looks back: a row that is gone stands for a key without events."""
    ttl = sink.options.get("ttl")
    if isinstance(ttl, int) and sink.options.get("emit") == "change":
        title = "the store forgets a row that no event wrote again, as none changed it"
        report.error("F217", title, span, 'leave out `ttl`, or `emit = "change"`')
        return
    for window in (each for feature in block.features for each in feature.windows):
        reach = window.window.reach
        if isinstance(ttl, int) and (reach is None or reach > ttl):
            title = "the store forgets a row that a window still counts for"
            advice = "let `ttl` be longer than the longest window and its step, or leave it out"
            report.error("F217", title, span, advice, Label(window.span, "looks back for longer"))
            return


def _check_key(output: typed.Features | typed.Stream, span: Span, report: Report) -> None:
    """The key of a topic's messages is made of the key of a block, or of columns of a stream."""
    columns = output.key if isinstance(output, typed.Features) else [v.name for v in output.values if v.written]
    for name in (name for sink in output.sinks for name in key_columns(sink.options)):
        if name not in columns:
            what = "key" if isinstance(output, typed.Features) else "column"
            advice = did_you_mean(name, list(columns), f"its {what}s")
            report.error("F109", f"`{output.name}` has no {what} `{name}`", span, advice)


def key_columns(options: Mapping[str, object]) -> list[str]:
    """The columns that the key of a topic's messages is made of; [] where nothing is said."""
    return [name.strip() for name in str(options.get("key", "")).split(",") if name.strip()]


def _sinks(declaration: tree.Declaration) -> list[Span]:
    return [sink.span for clause in declaration.clauses if isinstance(clause, tree.ToClause) for sink in clause.sinks]


# --- what flows into sinks


def check_accepts(
    declaration: tree.Declaration, ways: Sequence[Path], source: SourceNames | None, report: Report
) -> None:
    """Each sink accepts what is personal: `ways` are those on which it comes there."""
    way, *others = dict.fromkeys(ways)
    also = [name for name in dict.fromkeys(other[-1] for other in others) if name != way[-1]]
    for clause in declaration.clauses:
        for sink in clause.sinks if isinstance(clause, tree.ToClause) else ():
            arguments = sink.arguments if isinstance(sink, tree.Call) else ()
            if any(argument.name is not None and argument.name.text == "accepts" for argument in arguments):
                continue
            column = source.columns.get(way[0]) if source else None
            label = () if column is None else (Label(column.name.span, "personal"),)
            shown = " → ".join(f"`{name}`" for name in way)
            title = f"personal data comes to a sink that does not accept it: {shown}"
            title += f"; also {listed(also)}" if also else ""
            advice = f'hash it, as in `hash64({way[0]})`, give it only of many, or write `accepts="{PERSONAL}"`'
            report.error("F232", title, sink.span, advice, *label)


def check_streams(
    streams: Sequence[typed.Stream],
    names: Names,
    sources: Mapping[str, typed.Source],
    blocks: Mapping[str, typed.Features],
    tables: Mapping[str, typed.Table],
    report: Report,
) -> list[typed.Stream]:
    """The streams that write rows, with what is personal marked; what they may not look up or write is reported."""
    found = []
    base = {stream.name: stream.source for stream in streams}
    for stream in streams:
        source = sources.get(stream.source)
        if source is None or any(each.target not in blocks and each.target not in tables for each in stream.lookups):
            continue  # what it reads is wrong, which was reported
        label = _label_of(stream, source, blocks, tables)
        for lookup in stream.lookups:
            block = blocks.get(lookup.target)
            other = None if block is None else sources.get(base.get(block.source, block.source))
            _check_lookup(lookup, block, stream, label, source, other, report)
        marked = _marked(stream, source, names, blocks, tables, report)
        found += [marked] if stream.runs else []
    return found


def _label_of(
    stream: typed.Stream,
    source: typed.Source,
    blocks: Mapping[str, typed.Features],
    tables: Mapping[str, typed.Table],
) -> str | None:
    """A label that the rows of a stream come with: of their source, or else one that it finds in a table."""
    own = next((column.name for column in source.columns if column.label), None)
    if own is not None:
        return own
    flows = Flows(
        Marked({}, ends=False),
        stream.where,
        looked_up(stream.lookups, blocks, tables, "label"),
        stream.lookups,
    )
    ways = [flows.head, *(flows.of_value(value.name, value.expression) for value in stream.values)]
    return next((label for way in ways for label in way), None)


def _check_lookup(
    lookup: typed.Lookup,
    block: typed.Features | None,
    stream: typed.Stream,
    label: str | None,
    source: typed.Source,
    other: typed.Source | None,
    report: Report,
) -> None:
    """What a lookup sees is known when its row is made, and holds no label's own event."""
    found_by_it = label is not None and label.startswith(f"{lookup.target}.")
    if label is not None and not found_by_it and not lookup.before and not lookup.at:
        of = stream.name if "." in label else source.name
        title = f"`{of}` has the label `{label}`, and this lookup sees what happens at its time"
        time = source.time if stream.union is None else stream.union.time
        advice = f"end it with `before`: of earlier times alone; or with `at {time}`, if that is meant"
        report.error("F237", title, lookup.span, advice)
    if source.order is None and (other is None or other.order is None):
        return
    if source.order is None and block is not None:
        title = f"`{block.name}` is in the order of arrival, in which only rows of `{block.source}` can look it up"
        advice = f"look it up in a stream from {block.source}, or use a source in the order of time"
        report.error("F238", title, lookup.span, advice)
        return
    keys = [each.name if isinstance(each, typed.ColumnRead) else None for each in lookup.key]
    if block is not None and (block.source != source.name or lookup.before or keys != list(block.key)):
        title = "under `order = arrival` a row looks up features of its own source and key alone"
        advice = f"look up features of {source.name} by the columns of their key, or use the order of time"
        report.error("F238", title, lookup.span, advice)
    elif block is None:
        title = "a lookup of a table by rows in the order of arrival is not compiled yet"
        report.error("F502", title, lookup.span, f"read {source.name} in the order of time")


def _marked(
    stream: typed.Stream,
    source: typed.Source,
    names: Names,
    blocks: Mapping[str, typed.Features],
    tables: Mapping[str, typed.Table],
    report: Report,
) -> typed.Stream:
    marked = Marked.of(source.columns, "pii")
    flows = Flows(marked, stream.where, looked_up(stream.lookups, blocks, tables, "pii"), stream.lookups)
    ways = [*flows.head.values(), *(way for name, way in marked.columns.items() if name == source.time)]
    values = []
    for value in stream.values:
        found = flows.of_value(value.name, value.expression)
        values.append(replace(value, pii=bool(found)))
        if value.written:
            ways += found.values()
    if ways:
        declared = next((each for each in names.sources if each.declaration.name.text == source.name), None)
        check_accepts(names.declared[stream.name], ways, declared, report)
    return replace(stream, values=tuple(values))


def looked_up(
    lookups: Sequence[typed.Lookup],
    blocks: Mapping[str, typed.Features],
    tables: Mapping[str, typed.Table],
    mark: Mark,
) -> dict[tuple[int, str], Path]:
    """What lookups find that bears a mark: by the lookup's number and the column, its name in the file."""
    return {
        (number, column): (f"{lookup.target}.{name}",)
        for number, lookup in enumerate(lookups)
        for name, column in _marked_of(lookup.target, blocks, tables, mark)
    }


def _marked_of(
    target: str,
    blocks: Mapping[str, typed.Features],
    tables: Mapping[str, typed.Table],
    mark: Mark,
) -> list[tuple[str, str]]:
    """What bears the mark of a block or a table: the name in the file, and the column. No feature is a label."""
    if target in tables:
        return [(each.name, each.name) for each in tables[target].columns if getattr(each, mark)]
    if target not in blocks or mark == "label":
        return []
    return [(each.name, column) for each in blocks[target].features if each.pii for column in each.columns]
