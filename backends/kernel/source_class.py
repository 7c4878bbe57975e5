"""The class of a source: its columns, and which groups an event belongs to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from featlang.backends.kernel import java_text as java
from featlang.backends.kernel.generated_class import GeneratedClass, Members, by_number, getter, lines
from featlang.compiler import ir
from featlang.compiler.plan import Job, PlannedSource, PlannedStream


class SourceClass(GeneratedClass):
    """A source: its columns, and which groups an event belongs to."""

    def __init__(self, job: Job, planned: PlannedSource) -> None:
        """For one source of the job."""
        super().__init__(job, planned.source)
        self._planned = planned
        self._members = Members()

    def text(self) -> str:
        """The class."""
        source, stages, table = self.source, self._planned.stages, self._planned.table
        positions = {c.name: i for i, c in enumerate(source.columns)}
        filters: list[str] = []
        cases: list[str] = []
        for stage in stages:
            cases += [f"            case {stage.index}:", f"                return where{stage.index}(event);"]
            filters += [f"    private long where{stage.index}(Event event) {{", "        long mask = 0;"]
            for g, group in enumerate(stage.groups):
                filters += self.filter(g, group.name, group.features.where, self.column)
            for v, visit in enumerate(stage.visits, start=len(stage.groups)):
                if visit.fused:
                    filters += self.filter(v, visit.name, visit.stream.stream.where, self.column)
            filters += ["        return mask;", "    }", ""]
        head = self.head("Source", self._planned.class_name, f"source {source.name} of {source.origin.module}")
        keys = ", ".join("{" + ", ".join(str(positions[k]) for k in stage.key) + "}" for stage in stages)
        payloads = ", ".join("{" + ", ".join(str(positions[c]) for c in stage.payload) + "}" for stage in stages)
        names = [[*(g.features.name for g in s.groups), *(v.name if v.fused else "" for v in s.visits)] for s in stages]
        groups = ", ".join("{" + ", ".join(map(java.string, of_stage)) + "}" for of_stage in names)
        fused = [sum(1 << (len(s.groups) + v) for v, visit in enumerate(s.visits) if visit.fused) for s in stages]
        silent = [stage.again for stage in stages]
        streams = self._streams()
        constants = [f"    private static final Column[] COLUMNS = {self.columns()};", *self.constant_fields()]
        return lines(
            head,
            constants,
            [""],
            getter("String", "name", java.string(source.name)),
            getter("Column[]", "columns", "COLUMNS"),
            getter("int", "time", str(positions[source.time] if source.time else -1)),
            getter("boolean", "isTable", "true") if table is not None else [],
            getter("int", "known", str(positions[table.known])) if table is not None and table.known else [],
            getter("int", "deleted", str(positions[source.deleted])) if source.deleted else [],
            *self._places(),
            getter("int[]", "ties", java.ints([positions[t] for t in source.ties])),
            *([] if source.dedup is None else self._dedup(source.dedup, positions)),
            getter("long", "lateness", java.long(source.lateness)),
            getter("long", "maxAhead", java.long_or_none(source.max_ahead)),
            getter("int", "arrival", str(-1 if source.order is None else positions[source.order])),
            getter("long", "arrivalTtl", java.long_or_none(source.order_ttl)),
            getter("long", "idleness", java.long_or_none(source.idleness)),
            getter("int", "stages", str(len(stages))),
            getter("int[]", "numbers", java.ints([stage.number for stage in stages])),
            getter("long[]", "fused", java.longs([f"0x{mask:x}L" for mask in fused])) if any(fused) else [],
            getter("long[]", "reporting", java.longs([f"{0 if again else -1}L" for again in silent]))
            if any(silent)
            else [],
            getter("int[][]", "keys", f"new int[][] {{{keys}}}"),
            getter("int[][]", "payloads", f"new int[][] {{{payloads}}}"),
            getter("String[][]", "groups", f"new String[][] {{{groups}}}"),
            self.counter_names(),
            [
                "",
                "    @Override",
                "    public long where(int stage, Event event) {",
                "        switch (stage) {",
                *cases,
                "            default:",
                '                throw new IllegalArgumentException("no stage " + stage);',
                "        }",
                "    }",
                "",
            ],
            streams,
            self._members.methods,
            filters[:-1],
            ["}"],
        )

    def _places(self) -> Iterator[list[str]]:
        """Where columns stand that are no fields of the record."""
        for place in ("envelope", "message", "header"):
            found = [getattr(column, place) for column in self.source.columns]
            texts = ", ".join("null" if each is None else java.string(each) for each in found)
            if any(found):
                yield getter("String[]", place, f"new String[] {{{texts}}}")

    @staticmethod
    def _dedup(dedup: ir.Dedup, positions: Mapping[str, int]) -> Iterator[list[str]]:
        yield getter("int[]", "dedup", java.ints([positions[name] for name in dedup.columns]))
        yield getter("long", "dedupWithin", java.long(dedup.within))

    def _streams(self) -> list[str]:
        """The hops of rows that visit a stage on their own, and the rows that visit none."""
        hops = [stream.visits[0] for stream in self._planned.streams if stream.visits and not stream.visits[0].fused]
        direct = [stream for stream in self._planned.streams if not stream.visits and stream.stream.writes]
        found: list[str] = []
        for h, visit in enumerate(hops):
            found += [f"    private final Hop hop{h} = {self.hop_constructor(visit)}{_of_input(visit.stream)};", ""]
        if hops:
            found += getter("Hop[]", "hops", f"new Hop[] {{{', '.join(f'hop{h}' for h in range(len(hops)))}}}")
            found += getter("String[]", "travellers", java.strings([visit.name for visit in hops]))
            found += by_number(
                "public boolean fill(int hop, Event event)",
                "hop",
                [[f"return fill{h}(event);"] for h in range(len(hops))],
            )
        for h, visit in enumerate(hops):
            found += [f"    private boolean fill{h}(Event event) {{"]
            condition = visit.stream.stream.where
            if condition is not None:
                found += self.condition(f"{visit.name}.where", self.column, condition, "return false;")
            found += [
                *self.hop(visit, f"hop{h}", self.column, self._members),
                "        return true;",
                "    }",
                "",
            ]
        found += self._feeds()
        if direct:
            found += getter("String[]", "streams", java.strings([stream.name for stream in direct]))
            head = "public Column[] streamColumns(int stream)"
            found += by_number(head, "stream", [[f"return STREAM{s}.clone();"] for s in range(len(direct))])
            head = "public Object[] streamRow(int stream, Event event, byte[] place)"
            found += by_number(head, "stream", [[f"return row{s}(event, place);"] for s in range(len(direct))])
        for s, stream in enumerate(direct):
            columns = ",\n        ".join(java.column(c.name, c.type, nullable=c.nullable) for c in stream.columns)
            found += [f"    private static final Column[] STREAM{s} = {{\n        {columns}}};", ""]
            union = stream.stream.union
            found += [f"    private Object[] row{s}(Event event, byte[] {'place' if union is None else 'at'}) {{"]
            if stream.stream.where is not None:
                found += self.condition(f"{stream.name}.where", self.column, stream.stream.where, "return null;")
            if union is not None:
                found.append(f"        byte[] place = Routed.united(at, {union.input});")
            found += [
                *self.stream_row(stream, f"row{s}", self.column, self._members),
                "        return row;",
                "    }",
                "",
            ]
        return found

    def _feeds(self) -> list[str]:
        """The feeds of rows that visit no stage before they are events of one."""
        unvisiting = [stream for stream in self._planned.streams if stream.feeds and not stream.visits]
        feeds = [(stream, stage) for stream in unvisiting for stage in self.job.fed_by(stream)]
        if not feeds:
            return []
        found: list[str] = []
        for f, (stream, stage) in enumerate(feeds):
            found += [f"    private final Feed feed{f} = {self.feed_constructor(stage)}{_of_input(stream)};", ""]
        found += getter("Feed[]", "feeds", f"new Feed[] {{{', '.join(f'feed{f}' for f in range(len(feeds)))}}}")
        found += getter("String[]", "fed", java.strings([stream.name for stream, _ in feeds]))
        head = "public long feed(int feed, Event event, byte[] place)"
        found += by_number(head, "feed", [[f"return mask{f}(event, place);"] for f in range(len(feeds))])
        for f, (stream, stage) in enumerate(feeds):
            found += [f"    private long mask{f}(Event event, byte[] place) {{"]
            if stream.stream.where is not None:
                found += self.condition(f"{stream.name}.events", self.column, stream.stream.where, "return 0;")
            found += [
                *self.feed(stage, stream, f"feed{f}", self.column, self._members),
                "        return mask;",
                "    }",
                "",
            ]
        return found


def _of_input(stream: PlannedStream) -> str:
    """What says of a way from the source that its rows are an input of a union."""
    return "" if stream.stream.union is None else f".ofInput({stream.stream.union.input})"
