"""The class of a stage: how an event feeds its rings, and how a row is read from them."""

from __future__ import annotations

from dataclasses import dataclass

from featlang.backends.kernel import java_text as java
from featlang.backends.kernel.accumulators import accumulator_of
from featlang.backends.kernel.expressions import Operand, Statements
from featlang.backends.kernel.generated_class import REASONS, GeneratedClass, getter, lines, place, window_text
from featlang.compiler import ir
from featlang.compiler.plan import Cell, Group, Job, Ring, Stage
from featlang.stdlib.aggregates import AGGREGATES

_RESULTS = {
    "bool": "boolValue",
    "int": "intValue",
    "float": "floatValue",
    "string": "bytesValue",
    "timestamp": "intValue",
    "duration": "intValue",
    "date": "intValue",
    "bytes": "bytesValue",
}


@dataclass
class _Argument:
    """An expression over the event, the name of the fields that hold it, and the groups that need it."""

    name: str
    expression: ir.Expression
    groups: set[int]


class StageClass(GeneratedClass):
    """A stage: feeds its rings, reads its rows."""

    def __init__(self, job: Job, source: ir.Source, stage: Stage) -> None:
        """For one stage of the source."""
        super().__init__(job, source)
        self._stage = stage
        self._fields: list[str] = []
        self._methods: list[str] = []
        self._arguments: dict[str, _Argument] = {}  # by the expression's JSON

    def text(self) -> str:
        """The class."""
        stage = self._stage
        for r, ring in enumerate(stage.rings):
            self._ring(r, ring)
        self._add()
        for g, group in enumerate(stage.groups):
            self._group(g, group)
        positions = {c.name: i for i, c in enumerate(self.source.columns)}
        class_name = stage.class_name.rpartition(".")[2]
        rows = ",\n        ".join(
            "{\n            "
            + ",\n            ".join(java.column(c.name, c.type, nullable=c.nullable) for c in group.columns)
            + "}"
            for group in stage.groups
        )
        origin = "; ".join(f"{g.name} of {place(g.features.origin)}" for g in stage.groups)
        identities = java.longs([java.identity(g.identity) for g in stage.groups])
        rings = ", ".join(f"ring{r}()" for r in range(len(stage.rings)))
        cases = [
            line
            for g in range(len(stage.groups))
            for line in (f"            case {g}:", f"                return row{g}(time, tie);")
        ]
        constructor = [
            "",
            f"    public {class_name}() {{",
            f"        super(SOURCE, {java.ints([positions[c] for c in stage.payload])}, {identities},",
            f"            new Ring[] {{{rings}}}, {len(self.counters) * REASONS});",
            *(
                f"        {side}{r}c{c} = ({accumulator_of(cell).java}) rings[{r}].{array}[{c}];"
                for r, ring in enumerate(stage.rings)
                for c, cell in enumerate(ring.cells)
                for side, array in _sides(ring)
            ),
            "    }",
            "",
        ]
        return lines(
            self.head("Stage", stage.class_name, origin),
            [
                f"    private static final Column[] SOURCE = {self.columns()};",
                f"    private static final Column[][] ROWS = {{\n        {rows}}};",
            ],
            self.constants(),
            [""],
            self._fields,
            constructor,
            getter("String[]", "groups", java.strings([g.name for g in stage.groups])),
            [
                "    @Override",
                "    public Column[] columns(int group) {",
                "        return ROWS[group];",
                "    }",
                "",
            ],
            self.counter_names(),
            [
                "",
                "    @Override",
                "    protected Object[] row(int group, long time, long tie) {",
                "        switch (group) {",
                *cases,
                "            default:",
                '                throw new IllegalArgumentException("no group " + group);',
                "        }",
                "    }",
                "",
            ],
            self._methods[:-1],
            ["}"],
        )

    # --- adding an event ---

    def _ring(self, r: int, ring: Ring) -> None:
        """The fields, the factory and the feeding method of one ring."""
        window = ring.window
        kinds = [accumulator_of(cell) for cell in ring.cells]
        for c, kind in enumerate(kinds):
            for side, _ in _sides(ring):
                self._fields.append(f"    private final {kind.java} {side}{r}c{c};")
        inverts = "new boolean[] {" + ", ".join(java.boolean(kind.invertible) for kind in kinds) + "}"
        cells = java.longs([java.identity(cell.identity) for cell in ring.cells])
        factory = ", ".join(f"new {kind.java}({kind.constructor})" for kind in kinds)
        tail = f"{inverts}, {cells},\n            () -> new Accumulator<?>[] {{{factory}}});"
        identity = java.identity(ring.identity)
        match window:
            case ir.Sliding():
                call = f"Ring.sliding({identity}, {java.long(window.width)}, {java.long(window.step)}, {tail}"
            case ir.Exact():
                call = f"Ring.exact({identity}, {java.long(window.width)}, {tail}"
            case ir.Forever():
                call = f"Ring.forever({identity}, {tail}"
        self._methods += [
            f"    private static Ring ring{r}() {{",
            f"        return {call}",
            "    }",
            "",
            f"    /** {java.comment(window_text(window))}. */",
            f"    private void add{r}(long time) {{",
            f"        rings[{r}].advance(time);",
        ]
        by_condition: dict[str, list[str]] = {}
        for c, cell in enumerate(ring.cells):
            by_condition.setdefault(self._condition(ring, cell), []).extend(
                f"{side}{r}c{c}.{self._feed(cell)};" for side, _ in _sides(ring)
            )
        for condition, feeds in by_condition.items():
            if condition:
                self._methods += [
                    f"        if ({condition}) {{",
                    *(f"            {feed}" for feed in feeds),
                    "        }",
                ]
            else:
                self._methods += [f"        {feed}" for feed in feeds]
        self._methods += ["    }", ""]

    def _condition(self, ring: Ring, cell: Cell) -> str:
        """When a cell is fed: its `where` is true, its argument not null and, with `when`, of that truth."""
        tests = []
        if cell.where is not None:
            name = self._argument(cell.where, ring)
            tests.append(f"!{name}IsNull && {name}")
        if cell.argument is not None:
            name = self._argument(cell.argument, ring)
            tests.append(f"!{name}IsNull")
            if cell.when is not None:
                tests.append(name if cell.when else f"!{name}")
        return " && ".join(tests)

    def _feed(self, cell: Cell) -> str:
        kind = accumulator_of(cell)
        if cell.argument is None:
            return kind.add("")
        return kind.add(self._arguments[cell.argument.model_dump_json()].name)

    def _argument(self, expression: ir.Expression, ring: Ring) -> str:
        """The fields that hold an expression over the event, evaluated once for all cells that read it."""
        key = expression.model_dump_json()
        argument = self._arguments.setdefault(key, _Argument(f"argument{len(self._arguments)}", expression, set()))
        argument.groups.update(ring.groups)
        return argument.name

    def _add(self) -> None:
        stage = self._stage
        body = []
        for argument in self._arguments.values():
            base = self.counter(f"{stage.groups[min(argument.groups)].name}.events")
            statements = Statements(self.column, base, self.texts)
            self._define(argument.name, argument.expression, statements, "Of the event, for the aggregates")
            body += _for_groups(argument.groups, stage, f"{argument.name}();")
        for r, ring in enumerate(stage.rings):
            body += _for_groups(set(ring.groups), stage, f"add{r}(time);")
        self._methods += ["    @Override", "    protected void add(long mask, long time) {", *body, "    }", ""]

    # --- reading a row ---

    def _group(self, g: int, group: Group) -> None:
        features = group.features

        def leaf(expression: ir.ColumnValue | ir.AggregateValue | ir.NamedValue) -> Operand:
            match expression:
                case ir.AggregateValue(index=i):
                    return Operand(f"g{g}a{i}", f"g{g}a{i}IsNull")
                case ir.NamedValue(index=i):
                    return Operand(f"g{g}v{i}", f"g{g}v{i}IsNull")
                case _:
                    return self.column(expression)

        exceptional = frozenset(i for i, a in enumerate(features.aggregates) if AGGREGATES[a.function].exceptional)
        calls = []
        for i, aggregate in enumerate(features.aggregates):
            self._aggregate(f"g{g}a{i}", aggregate, group.cells[i])
            calls.append(f"        g{g}a{i}();")
        for i, value in enumerate(features.values):
            base = self.counter(f"{group.name}.{value.name}")
            statements = Statements(leaf, base, self.texts, exceptional)
            self._define(f"g{g}v{i}", value.expression, statements, f"{value.name}: {place(value.origin)}")
            self._methods[-2:-2] = [
                f"        if (g{g}v{i}IsNull) {{",
                f"            count({base}, Outcome.DECLARED);",
                "        }",
            ]
            calls.append(f"        g{g}v{i}();")
        self._row(g, group, calls)

    def _aggregate(self, name: str, aggregate: ir.Aggregate, places: tuple[tuple[int, int], ...]) -> None:
        """A method that reads one aggregate from its cells, by the formula in the Java class of its name."""
        cells = []
        for r, c in places:
            kind = accumulator_of(self._stage.rings[r].cells[c])
            cells.append(f"r{r}c{c}" if kind.invertible else f"({kind.java}) rings[{r}].whole({c})")
        formula = f"featlang.kernel.aggregates.{_pascal(aggregate.function)}.{_RESULTS[aggregate.type]}"
        self._fields += [
            f"    private {java.JAVA_TYPES[aggregate.type]} {name};",
            f"    private boolean {name}IsNull;",
        ]
        self._methods += [
            f"    /** {java.comment(f'{aggregate.function} over {window_text(aggregate.window)}')}. */",
            f"    private void {name}() {{",
            f"        {name} = {formula}({', '.join(cells)}, outcome);",
            f"        {name}IsNull = outcome.isNull;",
        ]
        if AGGREGATES[aggregate.function].exceptional:
            self._fields.append(f"    private int {name}Reason;")
            self._methods.append(f"        {name}Reason = {name}IsNull ? outcome.reason : Outcome.DECLARED;")
        self._methods += ["    }", ""]

    def _define(self, name: str, expression: ir.Expression, statements: Statements, comment: str) -> None:
        """Fields `name`, `nameIsNull` and the method that sets them."""
        statements.assign(name, expression)
        self._fields += [
            f"    private {java.JAVA_TYPES[expression.type]} {name};",
            f"    private boolean {name}IsNull;",
        ]
        self._methods += [f"    /** {comment}. */", f"    private void {name}() {{", *statements.lines, "    }", ""]

    def _row(self, g: int, group: Group, calls: list[str]) -> None:
        positions = {c.name: i for i, c in enumerate(self.source.columns)}
        keys = group.features.key
        body = [f"    private Object[] row{g}(long time, long tie) {{", *calls]
        body.append(f"        Object[] row = new Object[{len(group.columns)}];")
        for i, key in enumerate(keys):
            column = self.source.columns[positions[key]]
            operand = self.column(ir.ColumnValue(name=key, type=column.type, nullable=column.nullable))
            body.append(f"        row[{i}] = {_boxed(column.type, operand.value)};")
        body += [f"        row[{len(keys)}] = time;", f"        row[{len(keys) + 1}] = tie;"]
        written = [(i, v) for i, v in enumerate(group.features.values) if v.written]
        for position, (i, value) in enumerate(written, start=len(keys) + 2):
            name = f"g{g}v{i}"
            body.append(f"        row[{position}] = {name}IsNull ? null : {_boxed(value.type, name)};")
        self._methods += [*body, "        return row;", "    }", ""]


def _sides(ring: Ring) -> tuple[tuple[str, str], ...]:
    """The prefix of the field and the ring's array, for each side that an event feeds; `forever` has no open tile."""
    running = ("r", "running")
    return (running,) if isinstance(ring.window, ir.Forever) else (running, ("o", "open"))


def _for_groups(groups: set[int], stage: Stage, call: str) -> list[str]:
    """A call made only for events of those groups."""
    if len(groups) == len(stage.groups):
        return [f"        {call}"]
    mask = sum(1 << g for g in groups)
    return [f"        if ((mask & 0x{mask:x}L) != 0) {{", f"            {call}", "        }"]


def _boxed(type_name: ir.TypeName, value: str) -> str:
    if type_name == "string":
        return f"Text.string({value})"
    if type_name == "bytes":
        return value
    boxes = {"boolean": "Boolean", "long": "Long", "double": "Double"}
    return f"{boxes[java.JAVA_TYPES[type_name]]}.valueOf({value})"


def _pascal(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))
