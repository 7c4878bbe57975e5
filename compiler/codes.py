"""The codes of all diagnostics, and what each means in one line."""

from __future__ import annotations

from featlang.dsl.codes import SYNTAX_CODES

NAME_CODES: dict[str, str] = {
    "F101": "a name is declared twice in a project",
    "F102": "an unknown source",
    "F103": "an import of a file that does not exist",
    "F104": "a name from a file that is not imported",
    "F105": "a module in both forms, text and YAML",
    "F106": "a column is declared twice",
    "F107": "a feature or property is defined twice",
    "F108": "a name that is kept: of a key, the time column, `_tie…`; in a store `as_of`; for a block `_…`",
    "F109": "an unknown column",
    "F110": "an unknown feature",
    "F111": "an unknown function",
    "F112": "an unknown property or option",
    "F113": "an unknown connector, or one that cannot be used there",
    "F114": "an unknown annotation",
    "F115": "something that a declaration needs is missing",
    "F116": "something stands where it has no meaning",
    "F117": "features read each other in a circle",
    "F118": "two columns of a row have the same name",
    "F119": "an unknown window",
    "F120": "an input of a kind that cannot be read there",
    "F121": "a column is listed twice",
    "F122": "two jobs of one name, or two names of one job",
    "F123": "a block defines nothing",
    "F124": "a template or `def` reads something that it was not given",
    "F125": "an unknown template",
    "F126": "something unknown of a lookup or of parameters",
    "F127": "the keys of a lookup do not fit",
    "F128": "two blocks write to one table",
    "F129": "a lookup whose key depends on what it finds",
}
"""Names: what is bound to what."""

TYPE_CODES: dict[str, str] = {
    "F201": "an operator on types that it does not take",
    "F202": "a condition that is not a bool",
    "F203": "branches, or a value and its default, of different types",
    "F204": "families with different windows in one expression",
    "F205": "an argument of a type that is not taken",
    "F206": "a wrong number of arguments, or a wrong name of one",
    "F207": "an aggregate inside an aggregate",
    "F208": "an aggregate in a filter",
    "F209": "a column outside an aggregate",
    "F210": "a feature inside an aggregate or filter",
    "F211": "a number that its type does not hold",
    "F212": "an expression that is nested too deeply",
    "F213": "a `null` without a type, or where it makes all null",
    "F214": "a column that is no key: by its type, or as the time of rows",
    "F215": "an aggregate without a window",
    "F216": "something that is no window",
    "F217": "a length of time that is zero, negative, too long, or not divided by its step",
    "F218": "a window that no default step divides",
    "F219": "equal windows in one list, or two that give the same name",
    "F220": "a member that a family does not have",
    "F221": "a `where` or `over` on a feature that aggregates nothing",
    "F222": "an unknown type",
    "F223": "a property or argument of a wrong kind",
    "F224": "a `@unit` or `@zone` that is missing, or does not fit its column",
    "F226": "a list of nothing",
    "F227": "an empty list after `in`",
    "F228": "more than one class of the JVM can hold",
    "F229": "something may be null where null may not be",
    "F230": "a comment that does not say what it ignores, and why",
    "F231": "a label flows into a feature",
    "F232": "personal data comes to a sink that does not accept it",
    "F233": "a default outside its range",
    "F234": "rules that give nothing for some rows",
    "F235": "a column that not all inputs of a stream have, with one type",
    "F236": "a field or an item where there is none",
    "F237": "a lookup that may see what a label is to predict",
    "F238": "a lookup that the order of arrival does not allow",
    "F239": "envelopes where none are read",
    "F240": "a lookup as of a time that may be after the row's",
    "F241": "an input in the order of arrival among several",
    "F242": "parts of messages where no topic is read",
    "F243": "a window of more steps than are kept",
}
"""Types and windows."""

WARNING_CODES: dict[str, str] = {
    "F301": "`first` or `last` on a source that does not order simultaneous events",
    "F302": "a definition that nothing uses",
    "F303": "a parameter that is not used",
    "F304": "a division by zero",
    "F305": "a comment that ignores nothing",
    "F306": "a rule that is never reached",
    "F307": "an import of which nothing is used",
    "F308": "two features, or two blocks, that are the same",
    "F309": "a filter that is true of all events, or of none",
    "F310": "an `if` that always goes the same way",
    "F311": "a sequence whose keys are kept for good",
}
"""What compiles, but is hardly meant."""

PROJECT_CODES: dict[str, str] = {
    "F040": "a file is not UTF-8",
    "F401": "feat.yaml is not what it should be",
    "F402": "an unknown environment",
    "F403": "a binding of an unknown source",
    "F404": "data that does not exist",
    "F405": "data of a kind or in a place that cannot be read",
    "F406": "a source without data",
    "F407": "a project without files",
    "F408": "a file that cannot be read",
    "F409": "a CSV that is to hold lists, maps or structs",
    "F411": "a test file that is not what it should be",
    "F412": "envelopes beside a file that does not say what is deleted",
    "F413": "an Avro schema that is missing, or does not fit the columns",
}
"""Projects, connectors and data."""

NOT_COMPILED_CODES: dict[str, str] = {
    "F501": "a declaration that is checked, and does not run yet",
    "F502": "a clause that is not compiled yet",
    "F503": "a window that is not compiled yet",
    "F506": "a format that there is not",
    "F508": "an annotation that is not compiled yet",
    "F510": "a function that is not compiled yet",
}
"""What parses, but is not compiled yet."""

CODES: dict[str, str] = {
    **SYNTAX_CODES,
    **NAME_CODES,
    **TYPE_CODES,
    **WARNING_CODES,
    **PROJECT_CODES,
    **NOT_COMPILED_CODES,
}
"""All of them."""
