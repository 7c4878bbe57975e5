"""The class of a source: its columns, and which groups an event belongs to."""

from __future__ import annotations

from featlang.backends.kernel import java_text as java
from featlang.backends.kernel.expressions import Statements
from featlang.backends.kernel.generated_class import GeneratedClass, getter, lines
from featlang.compiler.plan import Group, Job, PlannedSource


class SourceClass(GeneratedClass):
    """A source: its columns, and which groups an event belongs to."""

    def __init__(self, job: Job, planned: PlannedSource) -> None:
        """For one source of the job."""
        super().__init__(job, planned.source)
        self._planned = planned

    def text(self) -> str:
        """The class."""
        source, stages = self.source, self._planned.stages
        positions = {c.name: i for i, c in enumerate(source.columns)}
        filters: list[str] = []
        cases: list[str] = []
        for stage in stages:
            cases += [f"            case {stage.index}:", f"                return where{stage.index}(event);"]
            filters += [f"    private long where{stage.index}(Event event) {{", "        long mask = 0;"]
            for g, group in enumerate(stage.groups):
                filters += self._group_filter(g, group)
            filters += ["        return mask;", "    }", ""]
        head = self.head("Source", self._planned.class_name, f"source {source.name} of {source.origin.module}")
        constants = [f"    private static final Column[] COLUMNS = {self.columns()};", *self.constant_fields()]
        keys = ", ".join("{" + ", ".join(str(positions[k]) for k in stage.key) + "}" for stage in stages)
        payloads = ", ".join("{" + ", ".join(str(positions[c]) for c in stage.payload) + "}" for stage in stages)
        groups = ", ".join("{" + ", ".join(java.string(g.name) for g in stage.groups) + "}" for stage in stages)
        return lines(
            head,
            constants,
            [""],
            getter("String", "name", java.string(source.name)),
            getter("Column[]", "columns", "COLUMNS"),
            getter("int", "time", str(positions[source.time])),
            getter("int[]", "ties", java.ints([positions[t] for t in source.ties])),
            getter("long", "lateness", java.long(source.lateness)),
            getter("long", "maxAhead", java.long_or_none(source.max_ahead)),
            getter("int", "arrival", str(-1 if source.order is None else positions[source.order])),
            getter("long", "arrivalTtl", java.long_or_none(source.order_ttl)),
            getter("long", "idleness", java.long_or_none(source.idleness)),
            getter("int", "stages", str(len(stages))),
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
            filters[:-1],
            ["}"],
        )

    def _group_filter(self, g: int, group: Group) -> list[str]:
        condition = group.features.where
        bit = f"        mask |= 1L << {g};"
        if condition is None:
            return [f"        // {group.name}: every event", bit]
        counter = self.counter(f"{group.name}.where")
        statements = Statements(self.column, counter, self.constants)
        operand = statements.emit(condition)
        return [
            f"        {{ // {group.name}",
            *(f"    {line}" for line in statements.lines),
            f"            if ({operand.null}) {{",
            f"                count({counter}, Outcome.DECLARED);",
            f"            }} else if ({operand.value}) {{",
            f"        {bit}",
            "            }",
            "        }",
        ]
