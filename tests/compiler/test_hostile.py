"""Names and texts that mean something to Java, Python or a template: a right program, or a clear error."""

from __future__ import annotations

import ast
import keyword

import pytest

from featlang.backends.flink import emit as flink
from featlang.backends.kernel import build
from featlang.backends.kernel.generate import generate
from featlang.backends.spark import emit as spark
from featlang.compiler import ir
from featlang.compiler.compile import compile_program
from featlang.compiler.plan import Job, plan
from featlang.dsl.words import KEYWORDS, VALUE_WORDS
from tests.compiler.programs import EVENTS, block, codes, program

JAVA = """
abstract assert boolean break byte case catch char class const continue default do double else enum extends final
finally float for goto if implements import instanceof int interface long native new null package private protected
public record return short static strictfp super switch synchronized this throw throws transient true try var void
volatile while yield Object String Math Long Double Source Stage Event Type Column featlang java Override System out
"""
SQL = """
select from where group by order having join on as distinct union table index values user date interval key time row
"""
PYTHON = [*keyword.kwlist, *keyword.softkwlist, "print", "str", "self", "main", "sys", "json", "spark", "conf", "args"]
WORDS = sorted(
    {word.casefold(): word for word in (*JAVA.split(), *SQL.split(), *PYTHON, "__name__", "con", "nul")}.values()
)
COLUMNS = [word for word in WORDS if word not in VALUE_WORDS]
NAMES = [word for word in WORDS if word not in KEYWORDS and not word.startswith("_")]

ODD = r"""{{ x }} {% y %} {# z #} */ // \" ''' \"\"\" \\ \\u0022 \\N{DIGIT ONE} %s $x `id` \n \r \t \u{1F600} \u{0}"""


def jobs(found: ir.Program) -> list[Job]:
    """The jobs of a program, both scripts of each being Python."""
    planned = list(plan(found).jobs)
    for job in planned:
        ast.parse(flink.render(job))
        ast.parse(spark.render(job))
    return planned


def classes(planned: list[Job]) -> bytes:
    """The jar of all their classes; raises where one is no Java."""
    texts = {name: text for job in planned for name, text in generate(job).items()}
    return build.kernel_jar({f"{name.replace('.', '/')}.java": text for name, text in texts.items()})


def test_reserved_words_as_names() -> None:
    columns = ", ".join(f"{word}: int?" for word in COLUMNS)
    features = "\n".join(f"{word} = sum({COLUMNS[place]})" for place, word in enumerate(NAMES))
    sums = "\n".join(f"of_{place} = sum({word})" for place, word in enumerate(COLUMNS))
    texts = [f"source reads({columns}, at_: string, ts: timestamp) {{ time = ts }}"]
    texts.append(f"features all_of_it from reads by at_ over 1h {{ {features}\n{sums} }}")
    for word in NAMES:
        texts.append(f"source {word}(id: string, ts: timestamp) {{ time = ts }}")
        texts.append(f"features {word}_ from {word} by id over 1h {{ n = count() }}")
    planned = jobs(program("\n".join(texts)))
    assert len(planned) == len(NAMES) + 1
    assert classes(planned)


@pytest.mark.parametrize("word", sorted(KEYWORDS))
def test_keywords_name_columns_only(word: str) -> None:
    source = f"source s({word}: string, ts: timestamp) {{ time = ts }}\n"
    text = f"{source}features f from s by {word} over 1h {{ n = count_distinct({word}) }}"
    assert codes(text)[:1] == (["F010"] if word in VALUE_WORDS else [])


def test_texts_that_mean_something_elsewhere() -> None:
    text = (
        f'source s(k: string, ts: timestamp) {{ time = ts stream = jsonl("{ODD}") }}\n'
        f'## {ODD}\n@owner("{ODD}")\n'
        f'features f from s by k over 1h to druid("{ODD}") {{ n = count_if(k == "{ODD}") }}'
    )
    found = compile_program({'odd """ */ {{ x }} \\u000a\n.feat': text})
    assert found.program is not None, found.diagnostics
    assert classes(jobs(found.program))


def test_line_ends_and_byte_order_marks_change_nothing() -> None:
    text = EVENTS + block("# one\na = count() # two\n## three\nb = sum(n)")
    expected = program(text)
    assert program(text.replace("\n", "\r\n")).features[0].values == expected.features[0].values
    assert program("\ufeff" + text) == expected
