"""Expressions as text, short, for messages that say what to type."""

from __future__ import annotations

import json

from featlang.dsl import tree


def written(expression: tree.Expression) -> str:
    """A simple expression as it would be typed; `…` for what is longer than a comparison."""
    match expression:
        case tree.Reference(name):
            return name.text
        case tree.DurationLiteral(text) | tree.FloatLiteral(text):
            return text
        case tree.IntLiteral(value):
            return str(value)
        case tree.StringLiteral(value):
            return json.dumps(value, ensure_ascii=False)
        case tree.BoolLiteral(value):
            return "true" if value else "false"
        case tree.Unary("-", operand):
            return f"-{written(operand)}"
        case tree.Binary(operator, tree.Reference() as left, right) if not isinstance(right, tree.Binary):
            return f"{written(left)} {operator} {written(right)}"
        case tree.Call(function, (tree.Argument(None, tree.Reference(name)),)):
            return f"{function.text}({name.text})"
        case tree.Call(function, ()):
            return f"{function.text}()"
        case _:
            return "…"
