"""`@dedup(event_id, within=1h)` before a source: of events that are sent more than once, one counts."""

from __future__ import annotations

from featlang.compiler import ir
from featlang.compiler.property_values import Columns, column_named, duration
from featlang.compiler.report import Report
from featlang.dsl import tree

DEDUP = "dedup"
_EXAMPLE = "@dedup(event_id, within=1h)"


def dedup_of(declaration: tree.Declaration, columns: Columns, lateness: int, report: Report) -> ir.Dedup | None:
    """What makes an event of a source a duplicate; None where it does not say, or says it wrongly."""
    written = [annotation for annotation in declaration.annotations if annotation.name.text == DEDUP]
    for annotation in written[1:]:
        report.error("F107", f"`@{DEDUP}` is written twice", annotation.span, "keep one")
    return _dedup(written[0], columns, lateness, report) if written else None


def _dedup(annotation: tree.Annotation, columns: Columns, lateness: int, report: Report) -> ir.Dedup | None:
    names: dict[str, None] = {}
    within: int | None = None
    named = {argument.name.text for argument in annotation.arguments if argument.name is not None}
    if "within" not in named or len(named) == len(annotation.arguments):
        title = f"`@{DEDUP}` takes the columns that name an event, and for how long a second one is a duplicate"
        report.error("F206", title, annotation.span, f"write it as in `{_EXAMPLE}`")
        return None
    for argument in annotation.arguments:
        if argument.name is None:
            name = column_named(argument.value, columns, report, _EXAMPLE)
            if name in names:
                report.error("F121", f"`{name}` stands in `@{DEDUP}` twice", argument.value.span, "keep one")
            if name is not None:
                names[name] = None
        elif argument.name.text == "within":
            within = duration(argument.value, report, "within = 1h", least=1)
            if within is not None and within < lateness:
                title = "`within` is shorter than the lateness, so late events that are sent twice would count twice"
                report.error("F217", title, argument.value.span, "make it as long as `lateness`, or longer")
        else:
            title = f"`@{DEDUP}` has no argument `{argument.name.text}`"
            report.error("F206", title, argument.name.span, f"write it as in `{_EXAMPLE}`")
    return None if within is None else ir.Dedup(columns=tuple(names), within=within)
