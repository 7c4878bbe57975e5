"""IR expressions to Java statements: each expression becomes a value and a flag that says whether it is null."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

from featlang.backends.kernel import java_text as java
from featlang.backends.kernel.regex_text import re2
from featlang.compiler import ir
from featlang.compiler.structures import has_parts, kind_of
from featlang.compiler.substitution import FEW_CONSTANTS
from featlang.stdlib.functions import FUNCTIONS
from featlang.stdlib.functions.regex import parsed
from featlang.stdlib.functions.zones import table


@dataclass(frozen=True, slots=True)
class Operand:
    """Two Java expressions, free of effects: the value (of the type's Java type) and whether it is null."""

    value: str
    null: str


Constants = dict[tuple[str, str], str]
"""The static constants of a class: Java type and initial value, to the name."""

Leaf = Callable[[ir.ColumnValue | ir.AggregateValue | ir.NamedValue | ir.LookedUp], Operand]

_CHECKED = {
    ("add", "long"): "addInt",
    ("subtract", "long"): "subtractInt",
    ("multiply", "long"): "multiplyInt",
    ("modulo", "long"): "moduloInt",
    ("negate", "long"): "negateInt",
    ("add", "double"): "addFloat",
    ("subtract", "double"): "subtractFloat",
    ("multiply", "double"): "multiplyFloat",
    ("divide", "double"): "divideFloat",
    ("modulo", "double"): "moduloFloat",
    ("negate", "double"): "negateFloat",
}
"""Operators that may give null on values: methods of `Operators`, which take an `Outcome` last."""

_DECLARED = frozenset({"among", "item", "entry", "field"})
"""Operators whose null is what their types say: it is no exception."""

_SOUGHT = {"entry": 1, "among": 0}
"""Which argument of an operator is compared with the parts of a list or a map."""

_PARTS = {"boolean": "Bool", "long": "Long", "double": "Double", "byte[]": "Bytes"}
"""How methods end that give a part, by its Java type."""

_COMPARISONS = {
    "equal": "==",
    "not_equal": "!=",
    "less": "<",
    "less_equal": "<=",
    "greater": ">",
    "greater_equal": ">=",
}


class Statements:
    """The body of one Java method, written line by line.

    `counter` is the base of the counters to which nulls with a reason are counted.
    """

    def __init__(
        self, leaf: Leaf, counter: int, constants: Constants, exceptional: frozenset[int] = frozenset()
    ) -> None:
        """`leaf` gives the operands of columns, aggregates and earlier values; `constants` are the class's.

        `exceptional` are the aggregates that have a field for the reason of a null beside their value.
        """
        self.lines: list[str] = []
        self._leaf = leaf
        self._counter = counter
        self._constants = constants
        self._exceptional = exceptional
        self._indent = 2
        self._names = 0

    def line(self, text: str) -> None:
        """One more line."""
        self.lines.append("    " * self._indent + text)

    def emit(self, expression: ir.Expression) -> Operand:
        """The statements that evaluate an expression; of `if` and `??` only the branch that is taken runs."""
        if isinstance(expression, ir.Constant):
            return self._constant(expression)
        if isinstance(expression, ir.AggregateValue) and expression.index in self._exceptional:
            reason = f"{self._leaf(expression).value}Reason"
            self.line(f"if ({reason} != Outcome.DECLARED) {{")
            self.line(f"    count({self._counter}, {reason});")
            self.line("}")
        if not isinstance(expression, ir.Operation):
            return self._leaf(expression)
        match expression.operator:
            case "and" | "or":
                return self._logical(expression)
            case "if":
                return self._if(expression)
            case "coalesce":
                return self._coalesce(expression)
            case "in":
                return self._in(expression)
            case "list":
                return self._list(expression)
            case "struct":
                return self._struct(expression)
            case _:
                return self._strict(expression)

    def assign(self, name: str, expression: ir.Expression) -> None:
        """Sets the Java variables `name` and `nameIsNull`."""
        operand = self.emit(expression)
        self.line(f"{name} = {operand.value};")
        self.line(f"{name}IsNull = {operand.null};")

    def checked(self, java_type: str, call: str, null: str = "false", *, exceptional: bool = True) -> Operand:
        """A call that takes the `outcome` and may give null, unless `null` already holds; if exceptional, it counts."""
        name = self._declare(java_type, null)
        self.line(f"if (!{name}n) {{")
        self.line(f"    {name} = {call};")
        self.line(f"    {name}n = outcome.isNull;")
        if exceptional:
            self.line(f"    if ({name}n) {{")
            self.line(f"        count({self._counter}, outcome.reason);")
            self.line("    }")
        self.line("}")
        return Operand(name, f"{name}n")

    def _declare(self, java_type: str, null: str) -> str:
        self._names += 1
        name = f"x{self._names}"
        self.line(f"boolean {name}n = {null};")
        self.line(f"{java_type} {name} = {java.ZERO[java_type]};")
        return name

    def _constant(self, constant: ir.Constant) -> Operand:
        """A variable, not a Java constant: ECJ gives wrong bytecode for some conditions made of constants alone."""
        java_type = java.type_of(constant.type)
        if constant.value is None:
            return Operand(self._variable(java_type, java.ZERO[java_type]), "true")
        match java_type:
            case "boolean":
                value = java.boolean(constant.value)
            case "long":
                value = java.long(int(constant.value))
            case "double":
                value = java.double(float(constant.value))
            case _:
                maker = "Decimals.of" if kind_of(constant.type) == "decimal" else "Text.utf8"
                return Operand(self._static(java_type, f"{maker}({java.string(str(constant.value))})"), "false")
        return Operand(self._variable(java_type, value), "false")

    def _sought(self, expression: ir.Expression) -> Operand:
        """What is compared with parts: a constant is encoded once."""
        if not isinstance(expression, ir.Constant) or expression.value is None or has_parts(expression.type):
            return self.emit(expression)
        encoded = java.encoded_part(expression.type, expression.value)
        return Operand(self._static("Canonical", encoded), "false")

    def _static(self, java_type: str, value: str) -> str:
        """The name of a constant of the class."""
        return self._constants.setdefault((java_type, value), f"CONSTANT_{len(self._constants)}")

    def _variable(self, java_type: str, value: str) -> str:
        self._names += 1
        self.line(f"{java_type} x{self._names} = {value};")
        return f"x{self._names}"

    def _strict(self, operation: ir.Operation) -> Operand:
        """An operator of which every argument is evaluated; null if one is null (but for `is_null`)."""
        sought = _SOUGHT.get(operation.operator)
        arguments = [
            self._sought(argument) if place == sought else self.emit(argument)
            for place, argument in enumerate(operation.arguments)
        ]
        null = _any_null(arguments)
        java_type = java.type_of(operation.type)
        values = [argument.value for argument in arguments]
        argument_type = java.type_of(operation.arguments[0].type)
        if null == "true" and operation.operator != "is_null":
            return Operand(self._variable(java_type, java.ZERO[java_type]), "true")
        match operation.operator:
            case "is_null":
                return Operand(self._variable("boolean", null), "false")
            case "not":
                return Operand(f"(!{values[0]})", null)
            case "to_float" if argument_type == "long":
                return Operand(f"((double) {values[0]})", null)
            case comparison if comparison in _COMPARISONS:
                sign = _COMPARISONS[comparison]
                if argument_type == "byte[]":
                    # The guard: a null operand holds no bytes to compare.
                    test = f"Operators.compareBytes({values[0]}, {values[1]}) {sign} 0"
                    return Operand(f"({_unless(null)}{test})", null)
                return Operand(f"({values[0]} {sign} {values[1]})", null)
            case name if name in FUNCTIONS:
                return self._function(operation, values, null)
        method, given = self._method(operation, values)
        exceptional = operation.operator not in _DECLARED
        return self.checked(java_type, f"{method}({', '.join(given)}, outcome)", null, exceptional=exceptional)

    def _method(self, operation: ir.Operation, values: list[str]) -> tuple[str, list[str]]:
        """The Java method of an operator that may give null on values, and its arguments."""
        operator = operation.operator
        argument_type = java.type_of(operation.arguments[0].type)
        if operator in _DECLARED:
            of_part = "" if operator == "among" else _PARTS[java.type_of(operation.type)]
            return f"Parts.{operator}{of_part}", self._typed(operation.arguments, values)
        if kind_of(operation.type) == "decimal":
            given = self._typed(operation.arguments, values)
            return f"DecimalOperators.{operator}", [self._structure(operation.type), *given]
        if operator == "divide" and argument_type == "long":
            # duration / duration: both as floats, one IEEE division.
            return "Operators.divideFloat", [f"(double) {value}" for value in values]
        return f"Operators.{_CHECKED[operator, argument_type]}", values

    def _function(self, call: ir.Operation, values: list[str], null: str) -> Operand:
        """A function of the standard library; of more than its arguments, the first two, then each of the rest."""
        declaration = FUNCTIONS[call.operator]
        for place, argument in enumerate(call.arguments):
            text = str(argument.value) if isinstance(argument, ir.Constant) else ""
            if place == declaration.zone:
                values[place] = self._static("Zone", f"Zone.of({java.string(table(text))})")
            elif place == declaration.pattern:
                values[place] = self._static("Regex", f"Regex.of({java.string(re2(parsed(text)))})")
            elif place in declaration.literal:
                values[place] = java.string(text)
        values = self._typed(call.arguments, values)
        if has_parts(call.type):
            values = [self._structure(call.type), *values]
        java_type = java.type_of(call.type)
        method = declaration.java_method(tuple(argument.type for argument in call.arguments))
        most = len(declaration.parameters)
        while declaration.variadic and len(values) > most:
            inner = self.checked(java_type, f"{method}({', '.join(values[:most])}, outcome)", null)
            values, null = [inner.value, *values[most:]], inner.null
        return self.checked(java_type, f"{method}({', '.join(values)}, outcome)", null)

    def _structure(self, type_name: ir.TypeName) -> str:
        """The constant that holds a type with parts."""
        return self._static("Structure", java.structure(type_name))

    def _typed(self, arguments: Sequence[ir.Expression], values: Sequence[str]) -> list[str]:
        """Values as methods take them that know of parts: before each that has some stands its type."""
        typed: list[str] = []
        for argument, value in zip(arguments, values, strict=True):
            typed += [self._structure(argument.type), value] if has_parts(argument.type) else [value]
        return typed

    def _list(self, operation: ir.Operation) -> Operand:
        """A list of its items, null or not; constants that stand together are encoded once."""
        self._names += 1
        items = f"items{self._names}"
        self.line(f"Canonical {items} = new Canonical();")
        for is_constant, group in groupby(operation.arguments, lambda each: isinstance(each, ir.Constant)):
            if is_constant:
                constants = [each for each in group if isinstance(each, ir.Constant)]
                encoded = java.encoded_items(constants[0].type, [each.value for each in constants])
                self.line(f"{items}.copy({self._static('byte[]', encoded)});")
            else:
                for item in group:
                    self._add_item(items, item)
        return self.checked("byte[]", f"Parts.made({items}, outcome)")

    def _struct(self, operation: ir.Operation) -> Operand:
        """A struct of its fields, null or not."""
        self._names += 1
        made = f"struct{self._names}"
        self.line(f"Canonical {made} = new Canonical();")
        for argument in operation.arguments:
            field = self.emit(argument)
            self.line(f"if ({field.null}) {{")
            self.line(f"    Parts.fieldNull({made});")
            self.line("} else {")
            self.line(f"    Parts.field({made}, Type.{kind_of(argument.type).upper()}, {field.value});")
            self.line("}")
        return Operand(f"{made}.toBytes()", "false")

    def _add_item(self, items: str, expression: ir.Expression) -> None:
        item = self.emit(expression)
        add = f"Parts.add({items}, Type.{kind_of(expression.type).upper()}, {item.value});"
        if item.null == "true":
            self.line(f"Parts.addNull({items});")
        elif item.null == "false":
            self.line(add)
        else:
            self.line(f"if ({item.null}) {{")
            self.line(f"    Parts.addNull({items});")
            self.line("} else {")
            self.line(f"    {add}")
            self.line("}")

    def _logical(self, operation: ir.Operation) -> Operand:
        """Three-valued `and`, `or`: one side that decides is enough, whatever the other is."""
        decisive = java.boolean(operation.operator == "or")
        left, right = (self.emit(argument) for argument in operation.arguments)
        sides = [f"{_unless(side.null)}{side.value} == {decisive}" for side in (left, right) if side.null != "true"]
        if not sides:
            return Operand(self._variable("boolean", "false"), "true")
        name = self._declare("boolean", "false")
        self.line(f"if ({' || '.join(sides)}) {{")
        self.line(f"    {name} = {decisive};")
        self.line("} else {")
        self.line(f"    {name}n = {_any_null([left, right])};")
        self.line(f"    {name} = !{decisive};")
        self.line("}")
        return Operand(name, f"{name}n")

    def _if(self, operation: ir.Operation) -> Operand:
        condition_expression, then_expression, otherwise_expression = operation.arguments
        condition = self.emit(condition_expression)
        if condition.null == "true":
            return self.emit(otherwise_expression)
        name = self._declare(java.type_of(operation.type), "false")
        self.line(f"if ({_unless(condition.null)}{condition.value}) {{")
        self._branch(name, then_expression)
        self.line("} else {")
        self._branch(name, otherwise_expression)
        self.line("}")
        return Operand(name, f"{name}n")

    def _coalesce(self, operation: ir.Operation) -> Operand:
        left_expression, right_expression = operation.arguments
        left = self.emit(left_expression)
        if left.null == "true":
            return self.emit(right_expression)
        name = self._declare(java.type_of(operation.type), "false")
        self.line(f"if (!({left.null})) {{")
        self.line(f"    {name} = {left.value};")
        self.line("} else {")
        self._branch(name, right_expression)
        self.line("}")
        return Operand(name, f"{name}n")

    def _branch(self, name: str, expression: ir.Expression) -> None:
        self._indent += 1
        operand = self.emit(expression)
        self.line(f"{name} = {operand.value};")
        self.line(f"{name}n = {operand.null};")
        self._indent -= 1

    def _in(self, operation: ir.Operation) -> Operand:
        """True where an item is equal, else null where the needle or an item is null, else false."""
        needle_expression, *item_expressions = operation.arguments
        java_type = java.type_of(needle_expression.type)
        constants = {item.value: item for item in item_expressions if isinstance(item, ir.Constant)}
        others = [item for item in item_expressions if not isinstance(item, ir.Constant)]
        table = ""
        if len(constants) > FEW_CONSTANTS:
            values = [value for value in constants if value is not None]
            table = self._static(f"{java_type}[]", java.items(needle_expression.type, values))
            constants = {None: constants[None]} if None in constants else {}
        needle, *items = [self.emit(item) for item in (needle_expression, *constants.values(), *others)]
        if not needle.value.isidentifier():  # it stands in the code once for each item
            needle = Operand(self._variable(java_type, needle.value), needle.null)
        name = self._declare("boolean", needle.null)
        self.line(f"if (!{name}n) {{")
        if table:
            self.line(f"    {name} = Items.contains({table}, {needle.value});")
        for item in items:
            if item.null == "true":
                continue
            equal = (
                f"java.util.Arrays.equals({needle.value}, {item.value})"
                if java_type == "byte[]"
                else f"{needle.value} == {item.value}"
            )
            self.line(f"    {name} = {name} || {_unless(item.null)}{equal};")
        nulls = _any_null(items)
        if nulls != "false":
            self.line(f"    {name}n = !{name} && ({nulls});")
        self.line("}")
        return Operand(name, f"{name}n")


def _unless(null: str) -> str:
    """The beginning of a condition that also wants a value, which may be null, not to be null."""
    return "" if null == "false" else f"!({null}) && "


def _any_null(operands: list[Operand]) -> str:
    flags = list(dict.fromkeys(operand.null for operand in operands if operand.null != "false"))
    if "true" in flags:
        return "true"
    return " || ".join(flags) or "false"
