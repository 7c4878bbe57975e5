"""The class of a stage: how an event feeds its rings, and how a row is read from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from featlang.backends.kernel import java_text as java
from featlang.backends.kernel.accumulators import accumulator_of
from featlang.backends.kernel.expressions import Operand, Statements
from featlang.backends.kernel.generated_class import (
    REASONS,
    GeneratedClass,
    Members,
    boxed,
    by_number,
    getter,
    lines,
    window_text,
)
from featlang.compiler import ir
from featlang.compiler.plan import Carried, Cell, Group, Job, Ring, Stage, Visit, leaves_of, order_identity
from featlang.stdlib.aggregates import AGGREGATES

_RESULTS = {"boolean": "boolValue", "long": "intValue", "double": "floatValue", "byte[]": "bytesValue"}
"""The formula of an aggregate by the Java type that it gives."""


_OPEN_SIDES = (("r", "running"), ("o", "open"))
_CLOSED_SIDES = (("d", "delta"),)


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
        self._by_arrival = source.order is not None
        self._members = Members()
        self._inner: list[str] = []  # a class for each ring, then for each group
        self._arguments: dict[str, _Argument] = {}  # by the expression's JSON

    def text(self) -> str:
        """The class."""
        stage = self._stage
        for r, ring in enumerate(stage.rings):
            self._ring(r, ring)
        self._add()
        for g, group in enumerate(stage.groups):
            self._group(g, group)
        for v, visit in enumerate(stage.visits):
            self._visit(v, visit)
        positions = {c.name: i for i, c in enumerate(self.source.columns)}
        keys = java.ints([positions[c] for c in stage.key])
        payload = java.ints([positions[c] for c in stage.payload])
        arrival = -1 if self.source.order is None else positions[self.source.order]
        readers = java.longs([_mask(set(ring.groups)) for ring in stage.rings])
        class_name = stage.class_name.rpartition(".")[2]
        origin = "; ".join(f"{g.name} of {g.features.origin.module}" for g in stage.groups)
        identities = java.longs([java.identity(g.identity) for g in stage.groups])
        filters = java.longs([java.identity(g.filter_identity) for g in stage.groups])
        order = java.identity(order_identity(self.source))
        rings = ", ".join(f"Ring{r}.create()" for r in range(len(stage.rings)))
        constructor = [
            "",
            f"    public {class_name}() {{",
            f"        super(SOURCE, {keys}, {payload}, {arrival}, {java.long_or_none(self.source.order_ttl)},",
            f"            {identities}, {filters}, {order},",
            f"            new Ring[] {{{rings}}}, {readers}, {len(self.counters) * REASONS}, {self._visits()});",
            "    }",
            "",
        ]
        return lines(
            self.head("Stage", stage.class_name, origin),
            [f"    private static final Column[] SOURCE = {self.columns()};"],
            self.constant_fields(),
            [""],
            [f"    private final Ring{r} ring{r} = new Ring{r}();" for r in range(len(stage.rings))],
            [f"    private final Group{g} group{g} = new Group{g}();" for g in range(len(stage.groups))],
            [f"    private final Visit{v} visit{v} = new Visit{v}();" for v in range(len(stage.visits))],
            self._members.fields,
            constructor,
            getter("String[]", "groups", java.strings([g.name for g in stage.groups])),
            self._by_group("public Column[] columns(int group)", "Group{}.COLUMNS"),
            self.counter_names(),
            [""],
            self._by_group("protected Object[] row(int group, long time, long tie)", "group{}.row(time, tie)"),
            self._streams(),
            self._members.methods,
            self._inner[:-1],
            ["}"],
        )

    def _by_group(self, head: str, result: str) -> list[str]:
        """A method that returns what belongs to the group."""
        return [
            "    @Override",
            f"    {head} {{",
            "        switch (group) {",
            *(
                line
                for g in range(len(self._stage.groups))
                for line in (f"            case {g}:", f"                return {result.format(g)};")
            ),
            "            default:",
            '                throw new IllegalArgumentException("no group " + group);',
            "        }",
            "    }",
            "",
        ]

    # --- rows of streams ---

    def _brought(self) -> list[tuple[Visit, Carried]]:
        """What rows bring that come on their own: columns behind those of the source."""
        return [(visit, leaf) for visit in self._stage.visits if not visit.fused for leaf in visit.carried]

    def _visits(self) -> str:
        """What the runtime knows of them."""
        visits, brought = self._stage.visits, self._brought()
        if not visits:
            return "Visits.NONE"
        columns = ",\n            ".join(
            java.column(f"{visit.name}.{_carried_name(leaf)}", leaf.type, nullable=True) for visit, leaf in brought
        )
        slots = ", ".join(
            "null" if visit.fused else java.ints([self._slot(visit, leaf) for leaf in visit.carried])
            for visit in visits
        )
        names = java.strings([visit.name for visit in visits])
        identities = java.longs([java.identity(visit.identity) for visit in visits])
        parts = [names, identities, f"new Column[] {{{columns}}}", f"new int[][] {{{slots}}}"]
        return f"new Visits({(',' + chr(10) + ' ' * 12).join(parts)})"

    def _slot(self, visit: Visit, leaf: Carried) -> int:
        return len(self.source.columns) + self._brought().index((visit, leaf))

    def _streams(self) -> list[str]:
        """The methods that tell of visits, and make their rows."""
        visits = self._stage.visits
        if not visits:
            return []
        ends = [visit.following is None and visit.stream.stream.writes for visit in visits]
        names = ", ".join(java.string(v.name) if end else "null" for v, end in zip(visits, ends, strict=True))
        columns = [[f"return Visit{v}.COLUMNS;" if end else "return null;"] for v, end in enumerate(ends)]
        rows = [[f"visit{v}.go(time, place, out);", "break;"] for v in range(len(visits))]
        return [
            *getter("String[]", "streams", f"new String[] {{{names}}}"),
            *by_number("public Column[] streamColumns(int visit)", "visit", columns),
            *by_number("protected void visit(int visit, long time, byte[] place, Output out)", "visit", rows),
        ]

    def _visit(self, v: int, visit: Visit) -> None:
        """The class of one visit: looks up, then sends the row on or ends it."""
        members = Members()
        stream = visit.stream
        groups = dict(visit.found)

        def leaf(expression: ir.ColumnValue | ir.AggregateValue | ir.NamedValue | ir.LookedUp) -> Operand:
            if isinstance(expression, ir.LookedUp) and expression.lookup in groups:
                g = groups[expression.lookup]
                i = _value_index(self._stage.groups[g], expression.name)
                return Operand(f"group{g}.v{i}", f"group{g}.v{i}IsNull")
            if visit.fused and isinstance(expression, ir.ColumnValue):
                return self.column(expression)
            if isinstance(expression, (ir.ColumnValue, ir.LookedUp)):
                return self.slot(self._slot(visit, expression), expression.type)
            message = f"{expression.node} in a stream"
            raise TypeError(message)

        body = ["        counting(false);"]
        looking_up = [f"        group{g}.{call}();" for g, call in self._calls(visit)]
        body += members.in_parts("lookUp", "", looking_up)
        body.append("        counting(true);")
        following = visit.following
        if following is None:
            if stream.stream.where_found is not None:
                body += self.condition(f"{stream.name}.where", leaf, stream.stream.where_found, "return;")
            for f, fed in enumerate(self.job.fed_by(stream)):
                members.fields.append(f"    private final Feed feed{f} = {self.feed_constructor(fed)};")
                filling = self.feed(fed, stream, f"feed{f}", leaf, members)
                sending = [
                    "        if (mask != 0) {",
                    f"            out.routed(feed{f}.routed(mask, place));",
                    "        }",
                ]
                body += ["        {", *filling, *sending, "        }"]
            if stream.stream.writes:
                columns = ",\n        ".join(java.column(c.name, c.type, nullable=c.nullable) for c in stream.columns)
                members.fields.append(f"    private static final Column[] COLUMNS = {{\n        {columns}}};")
                body += [f"        if (!emitsVisit({v})) {{", "            return;", "        }"]
                body += self.stream_row(stream, "row", leaf, members)
                body.append(f"        out.row({len(self._stage.groups) + v}, row);")
        else:
            members.fields.append(f"    private final Hop hop = {self.hop_constructor(following)};")
            body += self.hop(following, "hop", leaf, members)
            body.append("        out.routed(hop.routed(place));")
        members.methods += ["    private void go(long time, byte[] place, Output out) {", *body, "    }", ""]
        origin = java.comment(f"{stream.name} of {stream.stream.origin.module}")
        self._inner += [f"    /** {origin}. */", *members.as_inner(f"Visit{v}"), ""]

    def _calls(self, visit: Visit) -> list[tuple[int, str]]:
        """The methods of groups that compute what is looked up, in their order: for each lookup what is read of it."""
        read = {(leaf.lookup, leaf.name) for leaf in visit.stream.found}
        calls: dict[tuple[int, str], None] = {}
        for lookup, g in visit.found:
            group = self._stage.groups[g]
            wanted = {_value_index(group, name) for position, name in read if position == lookup}
            values: set[int] = set()
            aggregates: set[int] = set()
            while wanted:
                index = wanted.pop()
                values.add(index)
                for leaf in leaves_of(group.features.values[index].expression):
                    if isinstance(leaf, ir.NamedValue) and leaf.index not in values:
                        wanted.add(leaf.index)
                    elif isinstance(leaf, ir.AggregateValue):
                        aggregates.add(leaf.index)
            calls |= {(g, f"a{i}"): None for i in sorted(aggregates)} | {(g, f"v{i}"): None for i in sorted(values)}
        return list(calls)

    # --- adding an event ---

    def _ring(self, r: int, ring: Ring) -> None:
        """The class of one ring: its cells, its factory, its feeding."""
        window = ring.window
        members = Members()
        kinds = [accumulator_of(cell, by_arrival=self._by_arrival) for cell in ring.cells]
        assignments = []
        for c, kind in enumerate(kinds):
            for side, array in self._sides(ring):
                members.fields.append(f"    private {kind.java} {side}{c};")
                assignments.append(f"        {side}{c} = ({kind.java}) rings[{r}].{array}[{c}];")
        inverts = "new boolean[] {" + ", ".join(java.boolean(kind.invertible) for kind in kinds) + "}"
        cells = java.longs([java.identity(cell.identity) for cell in ring.cells])
        factory = ", ".join(f"new {kind.java}({kind.constructor})" for kind in kinds)
        by_arrival = ".byArrival()" if self._by_arrival else ""
        tail = f"{inverts}, {cells},\n            () -> new Accumulator<?>[] {{{factory}}}){by_arrival};"
        identity = java.identity(ring.identity)
        match window:
            case ir.Sliding():
                call = f"Ring.sliding({identity}, {java.long(window.width)}, {java.long(window.step)}, {tail}"
            case ir.Exact():
                call = f"Ring.exact({identity}, {java.long(window.width)}, {java.long(window.most)}, {tail}"
            case ir.Forever():
                call = f"Ring.forever({identity}, {java.long_or_none(window.ttl)}, {tail}"
        constructor = members.in_parts("cells", "", assignments)
        members.methods += [
            "    private static Ring create() {",
            f"        return {call}",
            "    }",
            "",
            f"    Ring{r}() {{",
            *constructor,
            "    }",
            "",
        ]
        feeding = members.in_parts("feed", "", self._feeding(ring, _OPEN_SIDES[: 1 if _never_closes(ring) else 2]))
        if not self._by_arrival:
            body = [f"        rings[{r}].advance(time);", *feeding]
        elif _never_closes(ring):
            body = [f"        rings[{r}].place(tau(), time);", *feeding]
        else:
            body = [
                f"        switch (rings[{r}].place(tau(), time)) {{",
                "            case OPEN:",
                "                feed();",
                "                break;",
                "            case CLOSED:",
                "                feedDelta();",
                f"                rings[{r}].settle();",
                "                break;",
                "            default:",
                "                break;",
                "        }",
            ]
            closed = members.in_parts("feedDelta", "", self._feeding(ring, _CLOSED_SIDES))
            members.methods += ["    private void feed() {", *feeding, "    }", ""]
            members.methods += ["    private void feedDelta() {", *closed, "    }", ""]
        members.methods += ["    private void add(long time) {", *body, "    }", ""]
        self._inner += [f"    /** {java.comment(window_text(window))}. */", *members.as_inner(f"Ring{r}"), ""]

    def _feeding(self, ring: Ring, sides: Sequence[tuple[str, str]]) -> list[str]:
        """The statements that feed the event to each cell of those sides."""
        by_condition: dict[str, list[str]] = {}
        for c, cell in enumerate(ring.cells):
            by_condition.setdefault(self._condition(ring, cell), []).extend(
                f"{side}{c}.{self._feed(cell)};" for side, _ in sides
            )
        statements = []
        for condition, feeds in by_condition.items():
            if condition:
                statements.append(_block(condition, feeds))
            else:
                statements += [f"        {feed}" for feed in feeds]
        return statements

    def _sides(self, ring: Ring) -> tuple[tuple[str, str], ...]:
        """The prefix of the field and the ring's array, for each side that an event may be fed to."""
        if _never_closes(ring):
            return _OPEN_SIDES[:1]
        return _OPEN_SIDES + _CLOSED_SIDES if self._by_arrival else _OPEN_SIDES

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
        kind = accumulator_of(cell, by_arrival=self._by_arrival)
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
        statements = []
        for argument in self._arguments.values():
            base = self.counter(f"{stage.groups[min(argument.groups)].name}.events")
            evaluation = Statements(self.column, base, self.constants)
            _define(self._members, argument.name, argument.expression, evaluation, "Of the event, for the aggregates")
            statements.append(_for_groups(argument.groups, stage, f"{argument.name}();"))
        for r, ring in enumerate(stage.rings):
            statements.append(_for_groups(set(ring.groups), stage, f"ring{r}.add(time);"))
        body = self._members.in_parts("add", "long mask, long time", statements)
        self._members.methods += ["    @Override", "    protected void add(long mask, long time) {", *body, "    }", ""]

    # --- reading a row ---

    def _group(self, g: int, group: Group) -> None:
        """The class of one group: its aggregates, its values, its row."""
        features = group.features
        columns = ",\n        ".join(java.column(c.name, c.type, nullable=c.nullable) for c in group.columns)
        members = Members([f"    private static final Column[] COLUMNS = {{\n        {columns}}};"])

        def leaf(expression: ir.ColumnValue | ir.AggregateValue | ir.NamedValue | ir.LookedUp) -> Operand:
            match expression:
                case ir.AggregateValue(index=i):
                    return Operand(f"a{i}", f"a{i}IsNull")
                case ir.NamedValue(index=i):
                    return Operand(f"v{i}", f"v{i}IsNull")
                case _:
                    return self.column(expression)

        exceptional = frozenset(i for i, a in enumerate(features.aggregates) if _is_exceptional(a))
        calls = []
        for i, aggregate in enumerate(features.aggregates):
            self._aggregate(members, f"a{i}", aggregate, group.cells[i])
            calls.append(f"        a{i}();")
        for i, value in enumerate(features.values):
            base = self.counter(f"{group.name}.{value.name}")
            statements = Statements(leaf, base, self.constants, exceptional)
            _define(members, f"v{i}", value.expression, statements, value.name)
            members.methods[-2:-2] = [
                f"        if (v{i}IsNull) {{",
                f"            count({base}, Outcome.DECLARED);",
                "        }",
            ]
            calls.append(f"        v{i}();")
        self._row(members, group, calls)
        origin = java.comment(f"{group.name} of {features.origin.module}")
        self._inner += [f"    /** {origin}. */", *members.as_inner(f"Group{g}"), ""]

    def _aggregate(
        self, members: Members, name: str, aggregate: ir.Aggregate, places: tuple[tuple[int, int], ...]
    ) -> None:
        """A method that reads one aggregate from its cells, by the formula in the Java class of its name."""
        cells = []
        for r, c in places:
            ring = self._stage.rings[r]
            kind = accumulator_of(ring.cells[c], by_arrival=self._by_arrival)
            is_running = kind.invertible and not (self._by_arrival and _never_closes(ring))
            cells.append(f"ring{r}.r{c}" if is_running else f"({kind.java}) rings[{r}].whole({c})")
        formula = f"featlang.kernel.aggregates.{_pascal(aggregate.function)}.{_RESULTS[java.type_of(aggregate.type)]}"
        members.fields += [
            f"    private {java.type_of(aggregate.type)} {name};",
            f"    private boolean {name}IsNull;",
        ]
        members.methods += [
            f"    /** {java.comment(f'{aggregate.function} over {window_text(aggregate.window)}')}. */",
            f"    private void {name}() {{",
            *(_over_bound(name, java.type_of(aggregate.type), places[0][0]) if _is_bounded(aggregate) else ()),
            f"        {name} = {formula}({', '.join(cells)}, outcome);",
            f"        {name}IsNull = outcome.isNull;",
        ]
        if _is_exceptional(aggregate):
            members.fields.append(f"    private int {name}Reason;")
            members.methods.append(f"        {name}Reason = {name}IsNull ? outcome.reason : Outcome.DECLARED;")
        members.methods += ["    }", ""]

    def _row(self, members: Members, group: Group, calls: list[str]) -> None:
        positions = {c.name: i for i, c in enumerate(self.source.columns)}
        keys = group.features.key
        body = ["    private Object[] row(long time, long tie) {", *members.in_parts("values", "", calls)]
        body.append(f"        Object[] row = new Object[{len(group.columns)}];")
        for i, key in enumerate(keys):
            column = self.source.columns[positions[key]]
            operand = self.column(ir.ColumnValue(name=key, type=column.type, nullable=column.nullable))
            body.append(f"        row[{i}] = {boxed(column.type, operand.value)};")
        body += [f"        row[{len(keys)}] = time;", f"        row[{len(keys) + 1}] = tie;"]
        cells = []
        written = [(i, v) for i, v in enumerate(group.features.values) if v.written]
        for position, (i, value) in enumerate(written, start=len(keys) + 2):
            cells.append(f"        row[{position}] = v{i}IsNull ? null : {boxed(value.type, f'v{i}')};")
        body += members.in_parts("row", "Object[] row", cells)
        members.methods += [*body, "        return row;", "    }", ""]


def _define(members: Members, name: str, expression: ir.Expression, statements: Statements, comment: str) -> None:
    """Fields `name`, `nameIsNull` and the method that sets them."""
    statements.assign(name, expression)
    members.fields += [
        f"    private {java.type_of(expression.type)} {name};",
        f"    private boolean {name}IsNull;",
    ]
    members.methods += [f"    /** {comment}. */", f"    private void {name}() {{", *statements.lines, "    }", ""]


def _never_closes(ring: Ring) -> bool:
    """Whether the ring is one tile for ever, which has no open side."""
    return isinstance(ring.window, ir.Forever)


def _mask(groups: set[int]) -> str:
    """The groups as the bits of a Java long."""
    return f"0x{sum(1 << g for g in groups):x}L"


def _for_groups(groups: set[int], stage: Stage, call: str) -> str:
    """A call made only for events of those groups."""
    if len(groups) == len(stage.groups):
        return f"        {call}"
    return _block(f"(mask & {_mask(groups)}) != 0", [call])


def _block(condition: str, statements: list[str]) -> str:
    """Statements under a condition."""
    inner = "".join(f"            {statement}\n" for statement in statements)
    return f"        if ({condition}) {{\n{inner}        }}"


def _value_index(group: Group, name: str) -> int:
    """The position of a written value of a group."""
    return next(i for i, value in enumerate(group.features.values) if value.written and value.name == name)


def _carried_name(leaf: Carried) -> str:
    """What a row brings, named within its stream: a column, or a value of a lookup."""
    return f"{leaf.lookup}.{leaf.name}" if isinstance(leaf, ir.LookedUp) else leaf.name


def _pascal(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def _is_bounded(aggregate: ir.Aggregate) -> bool:
    """Whether its window has no value beyond a number of times that it may hold."""
    return isinstance(aggregate.window, ir.Exact) and aggregate.window.most < aggregate.window.width


def _is_exceptional(aggregate: ir.Aggregate) -> bool:
    """Whether it may be null for a reason that is counted."""
    return _is_bounded(aggregate) or bool(AGGREGATES[aggregate.function].exceptional)


def _over_bound(name: str, java_type: str, ring: int) -> list[str]:
    """What an aggregate is where its window holds too much."""
    nothing = {"boolean": "false", "byte[]": "null"}.get(java_type, "0")
    return [
        f"        if (rings[{ring}].isOverBound()) {{",
        f"            {name} = {nothing};",
        f"            {name}IsNull = true;",
        f"            {name}Reason = Outcome.BOUND;",
        "            return;",
        "        }",
    ]
