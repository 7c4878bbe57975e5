"""What people write out of habit from Python, pandas and SQL, and what it is called here; read by messages alone."""

from __future__ import annotations

FUNCTIONS: dict[str, str] = {
    **dict.fromkeys(("mean", "average"), "avg"),
    **dict.fromkeys(("std", "stdev", "stddev_samp"), "stddev"),
    **dict.fromkeys(("variance", "var_samp"), "var"),
    **dict.fromkeys(("nunique", "n_unique", "count_unique", "distinct", "unique", "uniq"), "count_distinct"),
    **dict.fromkeys(("countif", "count_where"), "count_if"),
    **dict.fromkeys(("first_value", "earliest"), "first"),
    **dict.fromkeys(("last_value", "latest"), "last"),
    "minimum": "min",
    "maximum": "max",
    **dict.fromkeys(("bool_or", "some"), "any"),
    **dict.fromkeys(("bool_and", "every"), "all"),
    **dict.fromkeys(("total", "sumif", "sum_if"), "sum"),
    **dict.fromkeys(("coalesce", "nvl", "ifnull", "fillna"), "write `x ?? y`"),
    **dict.fromkeys(("isnull", "isna", "is_null", "isnan"), "write `x is null`"),
    **dict.fromkeys(("iff", "iif"), "write `if a then b else c`"),
    "nullif": "a division by zero is null already; else write `if x == y then null else x`",
    **dict.fromkeys(
        ("now", "today", "current_timestamp", "current_date", "getdate"),
        "values depend on event time only; the newest is `max(…)` of the time column",
    ),
    **dict.fromkeys(
        ("median", "percentile", "quantile", "percentile_cont", "approx_percentile"),
        "`approx_quantile(…)` will give it; it is not compiled yet",
    ),
    **dict.fromkeys(("lag", "lead", "shift", "row_number", "rank"), "write an aggregate, as in `last(x)`"),
    "cast": "write `to_int(x)`, `to_float(x)` or `to_string(x)`; an int widens to a float where it meets one",
    **dict.fromkeys(("int", "integer", "bigint"), "to_int"),
    **dict.fromkeys(("float", "double"), "to_float"),
    **dict.fromkeys(("str", "string", "varchar", "text"), "to_string"),
    **dict.fromkeys(("len", "char_length", "character_length"), "length"),
    "size": "write `count()` for the number of events, `length(x)` for that of characters",
    **dict.fromkeys(("log", "loge"), "ln"),
    **dict.fromkeys(("ceiling",), "ceil"),
    **dict.fromkeys(("power",), "pow"),
    **dict.fromkeys(("substring", "mid"), "substr"),
    **dict.fromkeys(("lcase", "tolower"), "lower"),
    **dict.fromkeys(("ucase", "toupper"), "upper"),
    **dict.fromkeys(("strip", "btrim"), "trim"),
    **dict.fromkeys(("startswith", "begins_with"), "starts_with"),
    **dict.fromkeys(("endswith",), "ends_with"),
    **dict.fromkeys(("position", "strpos", "instr", "locate", "find"), "index_of"),
    **dict.fromkeys(("rlike", "regexp_like", "regexp", "regexp_matches", "match", "search"), "matches"),
    **dict.fromkeys(("regexp_extract", "regexp_substr"), "extract"),
    **dict.fromkeys(("regexp_replace", "sub"), "replace_matches"),
    **dict.fromkeys(("xxhash64", "hash", "farm_fingerprint"), "hash64"),
    "mod": "write `a % b`, whose sign is that of `a`, or `mod_floor(a, b)`",
}
"""The aggregate that is meant, or else a whole help; keys in small letters."""

TYPES: dict[str, str] = {
    **dict.fromkeys(("str", "text", "varchar", "char", "nvarchar", "utf8", "object", "uuid"), "string"),
    **dict.fromkeys(
        ("integer", "bigint", "long", "smallint", "tinyint", "int8", "int16", "int32", "int64", "uint32", "uint64"),
        "int",
    ),
    **dict.fromkeys(("double", "real", "float32", "float64", "number"), "float"),
    **dict.fromkeys(("boolean", "bit"), "bool"),
    **dict.fromkeys(("datetime", "datetime64", "time", "timestamptz", "timestamp_ltz", "instant"), "timestamp"),
    **dict.fromkeys(("interval", "timedelta"), "duration"),
    **dict.fromkeys(("binary", "varbinary", "blob", "bytea"), "bytes"),
    **dict.fromkeys(("array", "vector"), "list"),
    "dict": "map",
    **dict.fromkeys(("row", "record"), "struct"),
    "numeric": "decimal",
}
"""The type that is meant; keys in small letters."""

VALUES: dict[str, str] = {
    **dict.fromkeys(("none", "nil", "null", "undefined", "nan", "na"), "null"),
    "true": "true",
    "false": "false",
}
"""The literal that is meant; keys in small letters."""

PROPERTIES: dict[str, str] = {
    **dict.fromkeys(("watermark", "delay", "allowed_lateness", "max_lateness"), "lateness"),
    **dict.fromkeys(("timestamp", "event_time", "time_column", "timestamp_field"), "time = ts"),
    **dict.fromkeys(("topic", "input"), 'stream = kafka("web.clicks")'),
    **dict.fromkeys(("path", "file", "location"), 'stream = csv("data/clicks.csv")'),
    **dict.fromkeys(("idle_timeout", "idle", "withidleness"), "idleness"),
    **dict.fromkeys(("tie", "tiebreaker", "order_by"), "ties = [event_id]"),
}
"""The property of a source that is meant."""

ANNOTATIONS: dict[str, str] = dict.fromkeys(("dedup", "deduplicate", "unique"), "@dedup(event_id, within=1h)")
"""The annotation of a source that is meant by a property."""
