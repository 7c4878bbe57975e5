"""What both kinds of generated class share: the event's columns, constants, counters, layout of lines."""

from __future__ import annotations

from dataclasses import dataclass, field

from featlang.backends.kernel import java_text as java
from featlang.backends.kernel.expressions import Constants, Leaf, Operand, Statements
from featlang.compiler import ir
from featlang.compiler.plan import Job, PlannedStream, Stage, Visit, columns_of

REASONS = 6
"""How many counters stand at a counter base: one for each of `Outcome.REASONS`."""


PART = 32
"""The most statements of a kind in one method: HotSpot compiles none above 8,000 bytes, and Java allows 65,535."""

PART_LINES = 200
"""The most lines of them, unless one statement alone has more."""


@dataclass
class Members:
    """The fields and methods of one Java class."""

    fields: list[str] = field(default_factory=list)
    methods: list[str] = field(default_factory=list)

    def in_parts(self, name: str, parameters: str, statements: list[str]) -> list[str]:
        """The statements; where they are many, the calls of methods that hold some of them each.

        No statement reads a variable of another. One may have several lines.
        """
        starts = [0]
        lines = 0
        for i, statement in enumerate(statements):
            lines += statement.count("\n") + 1
            if i - starts[-1] == PART or (lines > PART_LINES and i > starts[-1]):
                starts.append(i)
                lines = statement.count("\n") + 1
        if len(starts) == 1:
            return statements
        arguments = ", ".join(parameter.split()[-1] for parameter in parameters.split(", ") if parameter)
        calls = []
        for start, end in zip(starts, [*starts[1:], len(statements)], strict=True):
            head = f"    private void {name}From{start}({parameters}) {{"
            self.methods += [head, *statements[start:end], "    }", ""]
            calls.append(f"        {name}From{start}({arguments});")
        return calls

    def as_inner(self, name: str) -> list[str]:
        """An inner class of them: a class file of its own, so that none outgrows what Java allows."""
        text = "\n".join([f"private final class {name} {{", *self.fields, "", *self.methods[:-1], "}"])
        return [f"    {line}" if line else "" for line in text.split("\n")]


@dataclass
class GeneratedClass:
    """What both kinds of class need: the source's columns, constants, counter names."""

    job: Job
    source: ir.Source
    constants: Constants = field(default_factory=dict)
    counters: list[str] = field(default_factory=list)

    def hop(self, visit: Visit, name: str, leaf: Leaf, members: Members) -> list[str]:
        """The statements that fill the event of the hop `name` to a visit; where they are many, `members` has them."""
        counter = self.counter(f"{visit.name}.lookup")
        filling = [
            self._set(f"{name}.event", i, expression, leaf, counter)
            for i, expression in enumerate((*visit.key, *visit.carried))
        ]
        return members.in_parts(f"{name}Fill", "Event event", filling)

    def _set(self, event: str, i: int, expression: ir.Expression, leaf: Leaf, counter: int) -> str:
        """The block that fills a slot of an event with a value."""
        statements = Statements(leaf, counter, self.constants)
        statements.line("{")
        operand = statements.emit(expression)
        statements.line(f"{event}.isNull[{i}] = {operand.null};")
        match java.type_of(expression.type):
            case "byte[]":
                statements.line(f"{event}.bytes[{i}] = {operand.value};")
            case "boolean":
                statements.line(f"{event}.bits[{i}] = {operand.value} ? 1 : 0;")
            case "double":
                statements.line(f"{event}.bits[{i}] = Double.doubleToRawLongBits({operand.value});")
            case _:
                statements.line(f"{event}.bits[{i}] = {operand.value};")
        statements.line("}")
        return "\n".join(statements.lines)

    def feed(self, stage: Stage, stream: PlannedStream, name: str, leaf: Leaf, members: Members) -> list[str]:
        """The statements that give `long mask`: the groups of a stage of the stream's rows that take the row.

        They fill the event of the feed `name` with what those read; `members` has what is too much for one method. A
        row with a null key is counted for each group that would take it.
        """
        types = {column.name: column.type for column in self.fed_columns(stage)}
        values = {value.name: value.expression for value in stream.stream.values}
        filters = [group.features.where for group in stage.groups]
        used = {*stage.payload, *(column for each in filters if each is not None for column in columns_of(each))}
        counter = self.counter(f"{stream.name}.events")
        filling = []
        for i, column in enumerate(types):
            if column == stream.time and column in used:
                filling.append(f"        {name}.event.isNull[{i}] = false;")
                filling.append(f"        {name}.event.bits[{i}] = Routed.time(place);")
            elif column in used:
                filling.append(self._set(f"{name}.event", i, values[column], leaf, counter))
        found = [*members.in_parts(f"{name}Fill", "Event event, byte[] place", filling), "        long mask = 0;"]
        positions = {column: i for i, column in enumerate(types)}

        def of_row(expression: ir.ColumnValue | ir.AggregateValue | ir.NamedValue | ir.LookedUp) -> Operand:
            if not isinstance(expression, ir.ColumnValue):
                message = f"{expression.node} where only columns are"
                raise TypeError(message)
            return self.slot(positions[expression.name], expression.type, f"{name}.event")

        for bit, group in enumerate(stage.groups):
            found += self.filter(bit, group.name, group.features.where, of_row)
        null = " || ".join(f"{name}.event.isNull[{positions[key]}]" for key in stage.key)
        found += [f"        if (mask != 0 && ({null})) {{"]
        for bit, group in enumerate(stage.groups):
            if not stage.again:
                found += [f"            if ((mask & 1L << {bit}) != 0) {{"]
                found += [f"                count({self.counter(f'{group.features.name}.key')}, Outcome.DECLARED);"]
                found += ["            }"]
        return [*found, "            mask = 0;", "        }"]

    def feed_constructor(self, stage: Stage) -> str:
        """A new feed to a stage of a stream's rows."""
        columns = self.fed_columns(stage)
        positions = {column.name: i for i, column in enumerate(columns)}
        parts = ",\n        ".join(java.column(c.name, c.type, nullable=True) for c in columns)
        keys, payload = (java.ints([positions[c] for c in names]) for names in (stage.key, stage.payload))
        return f"new Feed({stage.number}, new Column[] {{\n        {parts}}}, {keys}, {payload})"

    def fed_columns(self, stage: Stage) -> tuple[ir.Column, ...]:
        """The columns of the stream whose rows are a stage's events."""
        return next(source.source.columns for source in self.job.fed if source.name == stage.source)

    def filter(self, bit: int, name: str, condition: ir.Expression | None, leaf: Leaf) -> list[str]:
        """The statements that set the bit of a group, or of the visit of a stream, that takes the event."""
        statement = f"        mask |= 1L << {bit};"
        if condition is None:
            return [f"        // {name}: every event", statement]
        counter = self.counter(f"{name}.where")
        statements = Statements(leaf, counter, self.constants)
        operand = statements.emit(condition)
        return [
            f"        {{ // {name}",
            *(f"    {line}" for line in statements.lines),
            f"            if ({operand.null}) {{",
            f"                count({counter}, Outcome.DECLARED);",
            f"            }} else if ({operand.value}) {{",
            f"        {statement}",
            "            }",
            "        }",
        ]

    def hop_constructor(self, visit: Visit) -> str:
        """A new hop to a visit."""
        stage = next(each for each in self.job.stages if each.number == visit.stage)
        bit = f"1L << {len(stage.groups) + stage.visits.index(visit)}"
        columns = ",\n        ".join(
            java.column(f"{visit.name}.{i}", expression.type, nullable=True)
            for i, expression in enumerate((*visit.key, *visit.carried))
        )
        place = f"{visit.stage}, {bit}, Hop.Rule.{visit.rule.upper()}, {len(visit.key)}"
        return f"new Hop({place}, new Column[] {{\n        {columns}}})"

    def stream_row(self, stream: PlannedStream, name: str, leaf: Leaf, members: Members) -> list[str]:
        """The statements that end in `Object[] row` of a stream; `place` is that of its event in the order.

        Where they are many, `members` has them in methods that begin with `name`.
        """
        found = [f"        Object[] row = new Object[{len(stream.columns)}];"]
        time = "Routed.time(place)" if self.source.order is None else "Routed.arrivalTime(place)"
        name = "eventName" if self.source.order is None else "arrivalName"
        event = f"Routed.{name if stream.stream.union is None else 'unitedName'}(place)"
        found += [f"        row[0] = {time};", f"        row[1] = Text.string({event});"]
        computing: list[str] = []
        position = 2
        for value in stream.stream.values:
            if not value.written:
                continue
            base = self.counter(f"{stream.name}.{value.name}")
            statements = Statements(leaf, base, self.constants)
            statements.line(f"{{ // {java.comment(value.name)}")
            operand = statements.emit(value.expression)
            statements.line(f"if ({operand.null}) {{")
            statements.line(f"    count({base}, Outcome.DECLARED);")
            statements.line("} else {")
            statements.line(f"    row[{position}] = {boxed(value.type, operand.value)};")
            statements.line("}")
            statements.line("}")
            computing.append("\n".join(statements.lines))
            position += 1
        return [*found, *members.in_parts(name, "Object[] row, Event event", computing)]

    def condition(self, counter: str, leaf: Leaf, condition: ir.Expression, refuse: str) -> list[str]:
        """The statements that end in `refuse` where a stream's filter is not true; nulls count under a name."""
        base = self.counter(counter)
        statements = Statements(leaf, base, self.constants)
        statements.line("{")
        operand = statements.emit(condition)
        statements.line(f"if ({operand.null}) {{")
        statements.line(f"    count({base}, Outcome.DECLARED);")
        statements.line("}")
        statements.line(f"if ({operand.null} || !{operand.value}) {{")
        statements.line(f"    {refuse}")
        statements.line("}")
        statements.line("}")
        return statements.lines

    def column(self, leaf: ir.ColumnValue | ir.AggregateValue | ir.NamedValue | ir.LookedUp) -> Operand:
        """Where the current event holds a column."""
        if not isinstance(leaf, ir.ColumnValue):
            message = f"{leaf.node} where only columns are"
            raise TypeError(message)
        return self.slot([c.name for c in self.source.columns].index(leaf.name), leaf.type)

    def slot(self, i: int, type_name: ir.TypeName, event: str = "event") -> Operand:
        """Where an event, the current one, holds a value of a type."""
        match java.type_of(type_name):
            case "boolean":
                value = f"({event}.bits[{i}] != 0)"
            case "double":
                value = f"Double.longBitsToDouble({event}.bits[{i}])"
            case "byte[]":
                value = f"{event}.bytes[{i}]"
            case _:
                value = f"{event}.bits[{i}]"
        return Operand(value, f"{event}.isNull[{i}]")

    def counter(self, name: str) -> int:
        """The counter base of that name."""
        if name not in self.counters:
            self.counters.append(name)
        return self.counters.index(name) * REASONS

    def head(self, kind: str, class_name: str, origin: str) -> list[str]:
        """From the package to the class's opening brace."""
        return [
            f"package {self.job.package};",
            "",
            "import featlang.kernel.*;",
            "",
            f"/** Generated by featlang: {java.comment(origin)}. */",
            f"public final class {class_name.rpartition('.')[2]} extends {kind} {{",
        ]

    def constant_fields(self) -> list[str]:
        """The constants that the expressions need."""
        return [
            f"    private static final {java_type} {name} = {value};"
            for (java_type, value), name in self.constants.items()
        ]

    def columns(self) -> str:
        """The source's columns as a Java array."""
        items = (
            java.column(c.name, c.type, nullable=c.nullable, unit=c.unit, zone=c.zone) for c in self.source.columns
        )
        return "new Column[] {\n        " + ",\n        ".join(items) + "}"

    def counter_names(self) -> list[str]:
        """The method that names the counters, reason by reason."""
        return [
            "    @Override",
            "    public String[] counterNames() {",
            f"        return Outcome.counterNames({java.strings(self.counters)});",
            "    }",
        ]


def by_number(head: str, what: str, bodies: list[list[str]]) -> list[str]:
    """A method of an int parameter `what`, with a body for each value; nothing where there is none."""
    if not bodies:
        return []
    found = ["    @Override", f"    {head} {{", f"        switch ({what}) {{"]
    for i, body in enumerate(bodies):
        found += [f"            case {i}:", *(f"                {line}" for line in body)]
    message = f'"no {what} " + {what}'
    found += ["            default:", f"                throw new IllegalArgumentException({message});"]
    return [*found, "        }", "    }", ""]


def boxed(type_name: ir.TypeName, value: str) -> str:
    """A value as an object of a row."""
    if type_name == "string":
        return f"Text.string({value})"
    if java.type_of(type_name) == "byte[]":
        return value
    boxes = {"boolean": "Boolean", "long": "Long", "double": "Double"}
    return f"{boxes[java.type_of(type_name)]}.valueOf({value})"


def getter(java_type: str, name: str, value: str) -> list[str]:
    """A method that returns a constant."""
    return ["    @Override", f"    public {java_type} {name}() {{", f"        return {value};", "    }", ""]


def lines(*parts: list[str]) -> str:
    """A file's text."""
    return "\n".join(line for part in parts for line in part) + "\n"


def window_text(window: ir.Window) -> str:
    """A window, for a comment."""
    match window:
        case ir.Sliding():
            return f"sliding {window.width} us, step {window.step} us"
        case ir.Exact():
            return f"exact {window.width} us" + ("" if window.bound is None else f", up to {window.bound} times")
        case ir.Forever(ttl=ttl):
            return "forever" if ttl is None else f"forever, anew after {ttl} us of silence"
