"""Mistakes that people make, as a table: the text before and at the place, what to say, what to type instead.

A row holds where its patterns match: `before` ends at the last token that fitted, `at` starts at the first that did
not, `inside` is the innermost open bracket, `expects` a terminal that would have fitted. Rows are tried in order. The
place shown is the group `point` (up to the end of a group `rest` of `at`), else what `at` matched, else the whole word.
Titles and helps are templates over the groups and `{found}`, the shown text. In the example «» marks the place; tests
and the pages of the errors read it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from featlang.dsl.words import CLAUSES, KEYWORDS, KINDS


@dataclass(frozen=True, slots=True)
class Mistake:
    """One row; see the top of this file."""

    code: str
    title: str
    help: str
    example: str
    before: str = ""
    at: str = ""
    inside: str = ""
    expects: str = ""
    before_pattern: re.Pattern[str] = field(init=False, repr=False)
    at_pattern: re.Pattern[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Compile the patterns once."""
        object.__setattr__(self, "before_pattern", re.compile(rf"(?:{self.before})\s*\Z"))
        object.__setattr__(self, "at_pattern", re.compile(self.at))


UNITS = {"second": "s", "sec": "s", "minute": "m", "min": "m", "hour": "h", "hr": "h", "day": "d", "week": "w"}
UNITS |= {unit.upper(): unit for unit in ("us", "ms", "s", "h", "d", "w")}
"""Words that people write for units; a row's group `word` becomes `{unit}` in its help."""

_W = r"[A-Za-z_]\w*"
_UNIT = rf"(?:{'|'.join(UNITS)})s?(?!\w)"
_LONG_UNIT = r"(?:mo|month|quarter|y|yr|year)s?(?!\w)"
_NAMED = ("in", "is", "and", "or")
_OPERATOR = rf"(?:==|!=|<=|>=|\?\?|[-+*/%<>]|(?<!\w)(?:{'|'.join(_NAMED)})(?!\w))"
_COMPARISON = r"(?:==|!=|<=?|>=?|(?<!\w)(?:in|is)(?!\w))"
_CLAUSE = rf"(?:{'|'.join(CLAUSES)})(?!\w)"
_KEYWORD = rf"(?:{'|'.join(KEYWORDS)})(?!\w)"
_CAPITALS = rf"(?:{'|'.join(word.upper() for word in KEYWORDS)})(?!\w)"
_KIND = rf"(?:{'|'.join(KINDS)})(?!\w)"
_ENTRY = rf"(?:^|[{{\n]|@{_W}(?:\([^()]*\))?)\s*"  # where an entry of a block may start
_COLUMN = r"(?:[(),]|\n)\s*"  # where a column may start
_LINE = r"(?:^|\n)[ \t]*"
_BOUND = r"=[^\n{}=]*[\w)\]\"][ \t]+"  # a value of a block, on the same line
_NAMES = rf"{_W}(?:\s*,\s*{_W})*"
_QUOTE = "['`\u2018\u2019\u201c\u201d\u201e]"  # single and typographic quotes
_COMMENTS = "comments start with `#`"
_POINT = "write digits on both sides of the point, as in `0.5`"
_UNITS_HELP = "the units are us, ms, s, m, h, d, w: write `{number}{unit}`"
_LIKE = 'write `contains(t, "part")`, `starts_with(…)` or `ends_with(…)`; `matches(…)` for a pattern'
_CONVERT = "write `to_string(x)`, `to_int(x)`, `to_float(x)` or `to_timestamp(x)`"
_IF = "write `if a then b else c`; the `else` is never left out"


def _block(entries: str) -> str:
    return f"features f from c by k over 1h {{ {entries} }}"


M = Mistake
# fmt: off
MISTAKES: tuple[Mistake, ...] = (
    # --- texts and comments
    M("F008", "the text is not closed", 'end it with `"` on the same line; a new line inside it is `\\n`',
      _block('a = count() where x == «"buy»\n'), at=r'"(?:\\[^\n\r]|[^"\\\n\r])*\\?(?=[\n\r]|\Z)'),
    M("F008", "a text stands in double quotes", 'write `"{text}"`',
      _block("a = count() where x == «'buy'»"), at=rf"{_QUOTE}(?P<text>(?:(?!{_QUOTE})[^\n])*){_QUOTE}?"),
    M("F030", "`{found}` starts no comment", _COMMENTS, _block("«//» clicks\n a = 1"), at=r"//|/\*"),
    M("F030", "`{found}` starts no comment", _COMMENTS, _block("a = 1 «//» one"),
      before="(?P<point>/)", at="(?P<rest>[/*])"),
    M("F030", "`{found}` starts no comment", _COMMENTS, _block("a = 1 «--» the one"), before=r"(?P<point>--)[^\n]*"),
    M("F025", "docs stand before what they describe", "use `#` for a comment",
      _block("a = 1 + «## one»\n 2"), at=r"##[^\n]*"),
    M("F025", "nothing follows that could be described", "use `#` for a comment",
      _block("a = 1\n «## the end»\n"), before=r"(?P<point>##(?!#)[^\n]*)", at=r"[)}]|\Z"),
    M("F025", "only declarations, columns and features can be described", "use `#` for a comment",
      "«## Where it comes from.»\nimport shop.sources",
      before=rf"(?P<point>##(?!#)[^\n]*)\n\s*(?:import\s+{_W}|use)", at=rf"\.|{_W}"),
    M("F025", "an annotation stands before its column", "move it before the name",
      'source s(a: timestamp «@unit("ms")») { time = a }',
      inside="(", before=rf":\s*{_W}\??", at=rf"@{_W}(?:\([^()\n]*\))?"),
    M("F025", "nothing follows `{found}`", "an annotation stands before what it is about",
      _block('a = 1\n «@unit("s")»\n'), before=rf"(?P<point>@{_W}(?:\([^()]*\))?)", at=r"[)}]|\Z"),
    # --- numbers
    M("F009", "`{found}` is no name", "a name starts with a letter or `_`",
      _block("«2nd» = 1"), inside="{", before=_ENTRY, at=r"\d\w*(?=\s*=(?!=))"),
    M("F009", "`{found}` is no name", "a name is of letters, digits and `_`",
      _block("«a-b» = 1"), inside="{", before=rf"{_ENTRY}(?P<point>{_W})", at=r"(?P<rest>(?:[-.]\w+)+)(?=\s*=(?!=))"),
    M("F009", "`{found}` is no name", "a name is of letters, digits and `_`",
      "source «web.clicks»(a: int) { time = a }",
      before=rf"{_LINE}{_KIND}\s+(?P<point>{_W})", at=r"(?P<rest>(?:[-.]\w+)+)"),
    M("F011", "`{found}` is not a duration", _UNITS_HELP,
      _block("a = count() over «5min»"), at=rf"(?P<number>\d+)(?P<word>{_UNIT})"),
    M("F011", "`{found}` is not a duration", _UNITS_HELP, "features f from c by k over «5 minutes» { a = 1 }",
      before=rf"(?<![\w.])(?P<point>(?P<number>\d+)\s+(?P<word>{_UNIT}))"),
    M("F011", "`{found}` is not a duration",
      "minutes are `{number}m`; months have no fixed length: write days, as in `30d`",
      _block("a = count() over «1M»"), at=r"(?P<number>\d+)M(?!\w)"),
    M("F011", "`{found}` has more than one unit", "write it in one unit, as in `90m`",
      _block("a = count() over «1h30m»"), at=r"(?:\d+(?:us|ms|[smhdw])){2,}(?!\w)"),
    M("F011", "`{found}` is not a whole number of its unit", "write it in a smaller unit, as in `90m`",
      _block("a = count() over «1.5h»"), at=r"\d+\.\d+(?:us|ms|[smhdw])(?!\w)"),
    M("F011", "`{found}`: months and years have no fixed length", "write days, as in `30d`",
      _block("a = count() over «1month»"), at=rf"\d+{_LONG_UNIT}"),
    M("F011", "`{found}`: months and years have no fixed length", "write days, as in `30d`",
      "features f from c by k over «1 month» { a = 1 }", before=rf"(?<![\w.])(?P<point>\d+\s+{_LONG_UNIT})"),
    M("F011", "`{found}` is not a number", _POINT, _block("a = x * «.5»"), at=r"\.\d+(?!\w)"),
    M("F011", "`{found}` is not a number", _POINT, _block("a = x * «5.» "), before=r"(?P<point>(?<![\w.])\d+\.)"),
    M("F011", "`{found}` is not a number", "write `1_000`, `0.72`, `1e6`, or a duration such as `30d`",
      _block("a = x * «10k»"), at=r"(?!\d+(?:us|ms|[smhdw])(?!\w))\d[\d.]*_*[A-Za-z_]\w*"),
    # --- operators of other languages
    M("F017", "`{found}` is written `and`", "write `a and b`", _block("a = x «&&» y"), at=r"&&?"),
    M("F017", "`{found}` is written `or`", "write `a or b`", _block("a = x «||» y"), at=r"\|\|?"),
    M("F017", "`{found}` is written `not`", "write `not a`", _block("a = «!»x"), at=r"!(?!=)"),
    M("F017", "`{found}` is written `{right}`", "write `a {right} b`",
      _block("a = x «===» y"), before="(?P<point>(?P<right>[!=]=))", at="(?P<rest>=)"),
    M("F032", "a struct has no fields", "write them, as in `struct<city: string>`",
      "source s(a: struct«<>», ts: timestamp) { time = ts }", inside="(",
      before=r"(?<!\w)struct\s*(?P<point><)", at="(?P<rest>>)"),
    M("F017", "`<>` is written `!=`", "write `a != b`",
      _block("a = x «<>» y"), before="(?P<point><)", at="(?P<rest>>)"),
    M("F017", "`=<` is written `<=`", "write `a <= b`", _block("a = count() where x «=<» 1"), at="=<"),
    M("F017", "`=>` is written `>=`", "write `a >= b`", _block("a = count() where x «=>» 1"), at="=>"),
    M("F017", "there are no methods", "write `{name}(…)`",
      _block("a = x.«sum»()"), before=rf"\.(?P<point>(?P<name>{_W}))", at=r"\("),
    M("F017", "a window is picked with `[…]`", "write `{name}[{window}]`",
      _block("a = x.«5m»"), before=rf"(?<!\w)(?P<name>{_W})\.", at=r"(?P<window>\d+(?:us|ms|[smhdw]))(?!\w)"),
    M("F017", "there is no `**`", "write `pow(a, b)`",
      _block("a = x «**» 2"), before=r"(?P<point>\*)", at=r"(?P<rest>\*)"),
    M("F017", "there is no `? :`", "write `if a then b else c`", _block("a = x «?» 1 : 0"), at=r"\?(?!\?)"),
    M("F015", "a value is bound with `=`", "write `{name} = …`",
      _block("a «:=» 3"), before=rf"{_ENTRY}(?P<name>{_W})\s*(?P<point>:)", at="(?P<rest>=)"),
    M("F015", "a value is bound with `=`", "write `{name} = …`",
      _block("a «+=» 3"), before=rf"{_ENTRY}(?P<name>{_W})", at="[-+*/]="),
    # --- SQL
    M("F018", "`{found}` is written `by`", "write `by user_id`, before the block",
      "features f from c «group by» k { a = 1 }",
      before=rf"(?P<point>(?i:group\s+by))\s+{_NAMES}(?:\s+over)?"),
    M("F018", "there is no `{found}`", "a source states its order, as in `order = time`; `by` names the key",
      "features f from c «order by» ts { a = 1 }", before=rf"(?P<point>(?i:(?:order|partition)\s+by))\s+{_NAMES}"),
    M("F018", "a feature is named before its value", "write `{name} = …`",
      _block("a = count() «as» clicks"), inside="{", at=rf"as(?=\s+(?P<name>{_W}))"),
    M("F018", "a feature is named before its value", "write `{name} = …`",
      _block("a = count() «AS» clicks"), inside="{", before=r"(?<![\w.])(?P<point>(?i:as))", at=rf"(?P<name>{_W})"),
    M("F018", "a feature is named before its value", "write `name = …`",
      _block("«count»() as clicks"), inside="{", before=rf"{_ENTRY}(?P<point>{_W})", at=r"\("),
    M("F018", "there is no `{found}`", "a feature is `name = aggregate` in `features NAME from SOURCE by KEY {{ … }}`",
      "«SELECT» user_id, page_id", before=rf"{_LINE}(?P<point>(?i:select))(?!\w)[^{{}}]*"),
    M("F018", "there is no `{found}`", _IF, _block("a = «case» when x then 1 else 2 end"),
      before=r"(?<!\w)(?P<point>(?i:case))\s+(?i:when)(?!\w)[^{}]*"),
    M("F018", "there is no `{found}`", _IF, _block("a = sum(«case» when x then 1 else 2 end)"),
      before=r"(?<!\w)(?P<point>(?i:case))", at=r"(?i:when)(?!\w)"),
    M("F018", "there is no `{found}`", "write the filter behind the aggregate, as in `count() where x`",
      _block("a = count() «filter» (where x)"), inside="{", before=r"\)\s*(?P<point>(?i:filter))", at=r"\("),
    M("F018", "there is no `{found}`", "write `x >= low and x <= high`",
      _block("a = count() where x «between» 1 and 2"), before=r"(?<!\w)(?P<point>(?i:between))"),
    M("F018", "there is no `{found}`", "write `x >= low and x <= high`",
      _block("a = count_if(x «between» 1 and 2)"), before=r"[\w)\]\"]", at=r"(?i:between)(?!\w)"),
    M("F018", "there is no `{found}`", _LIKE,
      _block('a = count_if(x «like» "a%")'), before=r"[\w)\]\"]", at=r"(?i:i?like|rlike|regexp)(?!\w)"),
    M("F018", "there is no `{found}`", _LIKE, _block('a = count() where x «like» "a%"'),
      before=r"(?<!\w)(?P<point>(?i:i?like|rlike|regexp|matches|contains|starts_?with|ends_?with))", at='"'),
    M("F018", "there is no `{found}`", _CONVERT, _block("a = last(«cast»(x as string))"), inside="(",
      before=r"(?<!\w)(?P<point>(?i:(?:try_|safe_)?cast))\s*\([^\n{}]*", at=rf"(?i:as)(?=\s+{_W})"),
    M("F017", "there is no `::`", _CONVERT, _block("a = last(x«:»:string)"), at=":(?=:)"),
    M("F018", "there is no `{found}`", "`where` filters events; rows of features are filtered by who reads them",
      _block("a = count() «having» a > 5"), inside="{", before=rf"{_BOUND}(?P<point>(?i:having|qualify))", at=_W),
    M("F018", "`{found}` is the rule", "leave it out; a type that may be null ends in `?`",
      "source s(a: int «not null») { time = a }", inside="(", before=rf":\s*{_W}", at=r"(?i:not\s+null)(?!\w)"),
    M("F018", "`{found}` is written `?`", "write `{name}?`",
      "source s(a: int «null») { time = a }", inside="(", before=rf":\s*(?P<name>{_W})", at=r"(?i:null)(?!\w)"),
    M("F018", "a type has no parentheses", 'leave them out; a unit stands before, as in `@unit("ms") ts: timestamp`',
      'source s(a: timestamp«(»"ms")) { time = a }', inside="(", before=rf":\s*{_W}", at=r"\("),
    M("F018", "there is no `{found}`", "write `count_distinct(x)`",
      _block("a = count(«distinct» x)"), before=r"\(\s*(?P<point>(?i:distinct))", at=_W),
    M("F018", "rows are counted without `*`", "write `count()`",
      _block("a = count(«*»)"), before=rf"{_W}\s*\(", at=r"\*"),
    M("F033", "`{found}` is not a keyword", "keywords are written in small letters",
      _block("a = x «AND» y"), before=rf"(?<![\w.\"])(?P<point>{_CAPITALS})[^\n{{}}]*"),
    # --- where `=`, `==` and `:` stand
    M("F015", "`==` compares; `=` binds", "write `{name} = …`",
      _block("a «==» count()"), inside="{", before=rf"{_ENTRY}(?P<name>{_W})\s*(?P<point>=)", at="(?P<rest>=)"),
    M("F015", "`=` binds; `==` compares", "write `a == b`", "features f from c by k where x «=» false { a = 1 }",
      before=r"(?<!\w)where\s[^\n{}=]*[^\n{}=!<>](?P<point>=)[^\n{}=]*", at=rf"\{{|{_CLAUSE}"),
    M("F010", "`{found}` is a keyword", "choose another name; only a column may be called so",
      _block("a = 1\n «over» = 2"), inside="{", before=rf"{_ENTRY}(?P<point>{_KEYWORD})", at="[=:](?!=)"),
    M("F022", "nothing follows `{found}`", "write a value after it",
      _block("a = x «+»\n b = 2"), inside="{", before=rf"(?P<point>{_OPERATOR}|=)\s*\n\s*{_W}", at="[=:](?!=)"),
    M("F015", "`=` binds; `==` compares", "write `a == b`", _block("a = count() where x «=» 1"),
      before=r"(?<!\w)(?:where|if|when|and|or|not|on)\s[^\n{}]*[\w)\]\"]", at="=(?!=)"),
    M("F015", "a column's type stands after `:`", "write `{name}: int`", "source s(a «=» int) { time = a }",
      inside="(", expects=":", before=rf"{_COLUMN}(?P<name>{_W})", at="="),
    M("F015", "`{found}` has no type", "write `{found}: int`; a type that may be null ends in `?`",
      "source s(«a», b: int) { time = b }", inside="(", expects=":", before=rf"{_COLUMN}(?P<point>{_W})", at="[,)]"),
    M("F015", "a column's type stands after `:`", "write `{name}: {found}`", "source s(a «int») { time = a }",
      inside="(", expects=":", before=rf"{_COLUMN}(?P<name>{_W})", at=_W),
    M("F007", "`<` is not closed", "write `>`", "table t(a: list«<»int) by a",
      expects=">", before=r"(?P<point><)[\w\s,>?]*", at=r"[)={\n]"),
    M("F015", "`=` binds; `==` compares", "write `a == b`", _block("a = (x «=» 1)"), inside="(", at="=(?!=)"),
    M("F015", "the columns of a source stand in `( … )`", "write `source NAME({name}: …) {{ time = … }}`",
      "source s { «a»: int, b: int }", inside="{", before=rf"{_ENTRY}(?P<point>(?P<name>{_W}))\s*:\s*{_W}\??", at=","),
    M("F015", "a feature is bound with `=`", "write `{name} = …`; `:` gives a type",
      _block("a«:» count()"), inside="{",
      before=rf"{_ENTRY}(?P<name>{_W})\s*(?P<point>:)(?:\s*{_W})?", at=r"[^\w}]|\d"),
    M("F015", "`{name}` has a type but no value",
      "write `{name} = …`, in params `{name}: int = 1`; columns stand in `( … )` after the name",
      "params p { «a»: int\n b: int = 2 }",
      inside="{", expects="=", before=rf"{_ENTRY}(?P<point>(?P<name>{_W}))\s*:\s*{_W}[^\n]*", at=rf"{_W}|}}"),
    M("F015", "`{found}` is bound outside a block", "definitions stand in `{{ … }}` behind a head",
      "features f from c by k\n «a» = 1", before=rf"{_LINE}(?P<point>{_W})", at="=(?!=)"),
    M("F015", "`=` binds a name, and this is not one", "write `==` to compare",
      _block("a = x «=» 1"), at="=(?!=)"),
    M("F015", "`=` is missing", "write `{name} = …`",
      _block("a «count»()"), inside="{", expects="=", before=rf"{_ENTRY}(?P<name>{_W})", at=_W),
    M("F015", "the type of a result stands after `->`", "write `-> float`",
      "def f(x: int)«:» float = x", before=r"\)", at=":", expects="->"),
    M("F015", "no `:` ends a head", "write the block in `{{ … }}`",
      "features f from c by k«:» a = 1", before=rf"{_LINE}{_KIND}\s+{_W}[^{{}}():]*", at=":"),
    # --- where `where` and `over` stand
    M("F019", "the window ends a feature", "write the window last; a helper, `_part = … over 1h`, gives a part its own",
      _block("a = count(x) over 1h «>» 1"), before=r"(?<!\w)over\s[^\n{}=]*", at=_OPERATOR),
    M("F019", "`{found}` ends a feature",
      "move it behind the expression; a helper, `_part = … over 1h`, gives a part its own",
      _block("a = sum(x «over» 1h)"), inside="(", before=r"[\w)\]\"]", at=r"(?:where|over)(?!\w)"),
    M("F019", "`{found}` ends a feature", "write it behind the aggregate, as in `count() where x over 1h`",
      _block("a = count(«where» x)"), inside="(", before=r"\(\s*(?P<point>where|over)", at=r"[\w(\"]"),
    M("F020", "comparisons do not chain", "write `a < b and b < c`",
      _block("a = 1 < x «<» 5"), before=rf"{_COMPARISON}[^\n{{}}]*", at=_COMPARISON),
    M("F031", "`is` is missing", "write `is not null`",
      _block("a = count() where x «not» null"), before=r"(?P<point>not)", at=r"null(?!\w)", expects="in"),
    M("F031", "`is` asks only for null", "write `x is null` or `x is not null`; compare other values with `==`",
      _block("a = x is «5»"), before=r"(?<!\w)is(?:\s+not)?", expects="null"),
    # --- if, not
    M("F021", "there is no `{found}`", "write `else if`", _block("a = if x then 1 «elif» y then 2 else 3"),
      at=r"(?:elif|elsif|elseif)(?!\w)"),
    M("F021", "a condition stands before its values", "write `if a then b else c`",
      _block("a = 1 «if» x else 2"), inside="{", before=rf"{_BOUND}(?P<point>if)", at=r"[\w(\"]"),
    M("F021", "an `if` inside an expression stands in parentheses", "write `a + (if b then c else d)`",
      _block("a = 1 + «if» x then 1 else 2"), before=rf"{_OPERATOR}\s*(?P<point>if)(?!\w)[^\n{{}}]*"),
    M("F021", "a `not` inside an expression stands in parentheses", "write `a == (not b)`",
      _block("a = x == «not» y"), before=rf"{_OPERATOR}\s*(?P<point>not)(?:\s+{_W})?"),
    M("F021", "the `if` has no `then`", _IF, _block("a = if x «:» 1 else 2"), expects="then"),
    M("F021", "the `if` has no `else`", _IF, _block("a = if x then 1 «}»").removesuffix(" }"), expects="else"),
    # --- values that are missing
    M("F022", "nothing follows `{found}`", "write a value after it",
      _block("a = x «+»"), before=rf"(?P<point>{_OPERATOR}|(?<!=)=|(?<!\w)not)", at=rf"[)}}\],]|\Z|{_KEYWORD}"),
    M("F022", "nothing stands before `{found}`", "write a value before it", _block("a = «*» x"),
      before=r"[({\[,=]|(?<!\w)(?:and|or|not|if|then|else|where|when)", at=r"[*/%+]|\?\?|==|!=|<=?|>=?"),
    M("F022", "the parentheses are empty", "write a value between them",
      _block("a = («)» + 1"), before=r"(?<!\w)\(", at=r"\)"),
    # --- separators
    M("F023", "the comma before `{found}` leads nowhere", "leave the comma out",
      "features f from c by k, «over» 1h { a = 1 }",
      before=rf",\s*(?P<point>{_CLAUSE})(?:\s+[^\n{{}}]*)?", at=r"[{\d]"),
    M("F023", "nothing follows the comma", "leave it out", "features f from c by k«,» { a = 1 }",
      before="(?P<point>,)", at=r"\{"),
    M("F035", "a list stands in square brackets", "write `x in [a, b]`",
      _block('a = count() where x in «(»"a", "b")'), before=r"(?<!\w)in\s*(?P<point>\()[^()\n]*", at=","),
    M("F035", "a list stands in square brackets", "write `x in [a, b]`",
      _block('a = count() where x in "a"«,» "b"'), inside="{", before=r"(?<!\w)in\s+[\d\"][^\n{}\[\]]*", at=","),
    M("F035", "windows stand here without brackets", "write `over 5m, 1h`",
      "features f from c by k over «(»5m, 1h) { a = 1 }", before=r"(?<!\w)over\s*(?P<point>\()[^()\n]*", at=","),
    M("F037", "`{name}` needs parentheses", "write `{name}({argument})`",
      'features f from c by k to parquet «"x"» { a = 1 }',
      before=rf"(?:=\s*|(?<!\w)(?:to|from)\s+)(?P<name>{_W})", at=r'(?P<argument>"[^"\n]*")'),
    M("F028", "`{found}` stands in the head of the block", "a block has one key; write another block for another",
      _block("a = last(x) «by» k"), inside="{", before=_BOUND, at=r"by(?!\w)"),
    M("F014", "a comma is missing", "write `,` between the windows; one window has one unit, as in `90m`",
      "features f from c by k over 5m «1h» { a = 1 }", before=r"(?<!\w)over\s[^\n{}=]*[\w)]", at=r"\d\w*"),
    M("F014", "an operator is missing", "write one, or start the next feature on its own line",
      _block("a = x «y»"), inside="{", expects="=", before=rf"=[^\n{{}}=]*[\w)\]\"][ \t]+(?P<point>{_W})"),
    M("F014", "an operator is missing", "write one between the two values",
      _block("a = 1 «2»"), inside="{", before=r"[\w)\]\"]", at=r"[\d\"]\w*"),
    M("F014", "a comma is missing", "write `,` between the columns", "source s(a: int «b»: int) { time = a }",
      inside="(", before=r"[\w?>\]\")]", at=rf"{_W}(?=\s*:)"),
    M("F014", "a comma or an operator is missing", "write `,` between two items",
      _block("a = greatest(x «y»)"), inside="(", before=r"[\w)\]\"]", at=rf"{_W}|[\d\"]"),
    M("F014", "a comma or an operator is missing", "write `,` between two items",
      _block("a = x in [1 «2»]"), inside="[", before=r"[\w)\]\"]", at=rf"{_W}|[\d\"]"),
    M("F014", "a comma is missing", "write `,` between the names",
      "features f from c by user «page» { a = 1 }",
      before=rf"(?<!\w)(?:by|keep)\s+{_NAMES}\s+(?P<point>{_W})", at="[{,]"),
    M("F023", "definitions are not separated by `{found}`", "leave it out; each starts with its name and `=`",
      _block("a = 1«,» b = 2"), inside="{", at="[,;]"),
    M("F023", "`;` ends nothing", "leave it out", "import a.b«;»", at=";"),
    M("F007", "a block opens with one `{{`", "leave one out",
      "source s(a: int) {«{» time = a }}", before=r"\{", at=r"\{"),
    # --- heads
    M("F034", "an import is a dotted name", "write `import shop.sources` for `shop/sources.feat`",
      'import «"shop/sources.feat"»', before=rf"{_LINE}import\s+[\w.]*", at=r'"[^"\n]*"|[/*]'),
    M("F034", "an import names one file", "write a line for each", "import a.b«,» c.d",
      before=r"import\s+[\w.]+", at=","),
    M("F032", "the name is written without quotes", "write a name of letters, digits and `_`",
      'source «"clicks"»(a: int) { time = a }', before=rf"{_LINE}{_KIND}", at=r'"[^"\n]*"'),
    M("F032", "this `{kind}` has no name", "write `{kind} NAME`",
      "source «(»a: int) { time = a }", before=rf"{_LINE}(?P<kind>{_KIND})", at=r"[({=:]|\Z"),
    M("F032", "this `{kind}` has no name", "write `{kind} NAME from …`", "«features» from c by k { a = 1 }",
      before=rf"{_LINE}(?P<point>(?P<kind>{_KIND}))\s+{_CLAUSE}[^{{}}]*"),
    M("F028", "`{found}` stands after the block", "put the clause before `{{`",
      'features f from c by k { a = 1 } «to» druid("f")', before=rf"\}}\s*(?P<point>{_CLAUSE})[^{{}}]*"),
    M("F035", "names stand here without brackets", "write `{clause} user_id, page_id`",
      "features f from c by «(»k) { a = 1 }", before=r"(?<!\w)(?P<clause>by|keep)", at=r"[(\[]"),
    M("F001", "a key is a column", "declare a column of the source for it; a field of a struct is no key",
      "features f from c by address«.»city { a = 1 }", before=rf"(?<!\w)by\s+(?:{_NAMES}\s*,\s*)?{_W}", at=r"[.\[]"),
    M("F036", "the lookup has no `on`", "write `lookup users on user_id`, or `on id == user_id`",
      "stream s from c lookup users «by» user_id { a = 1 }", expects="on"),
    # --- characters
    M("F009", "a no-break space", "replace it with a space", "source«\u00a0»s(a: int) { time = a }",
      at="[\u00a0\u202f\u2007]"),
    M("F009", "`{found}` cannot be read here", "names and operators are written in ASCII; other letters stand in texts",
      _block("«größe» = 1"), at=r"\w*[^\x00-\x7f]\w*"),
    M("F009", "`{found}` has no meaning here", "names are of letters, digits and `_`; texts stand in double quotes",
      _block("a = «$»x"), at=r"[$\\~^!\x00-\x08\x0b\x0e-\x1f\x7f]"),
)
# fmt: on
