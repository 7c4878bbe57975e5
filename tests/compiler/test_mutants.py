"""Programs with tokens dropped, doubled, swapped or replaced: always a program or an error, never a crash."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from featlang.compiler import ir
from featlang.compiler.codes import CODES
from featlang.compiler.compile import compile_program
from featlang.dsl.codes import SYNTAX_CODES
from tests.compiler.programs import EVENTS, block

BODY = """
  a = count() where ok and n in [1, 2, null] or not ok over 5m, 1h, exact(90s), forever
  b = sum(n) / 2 - avg(x) % 3.5 over sliding(1h, step=1m)
  c = if any(ok) then last(page) else "none" ?? first(id)
  _d = max(ts) - min(ts) - 5m
  e = _d / 1s > a[1h] * -b
  f = a / a ?? 0
"""
TEXT = EVENTS + block(BODY, 'from events where m is not null by user, day over 1h to cassandra("t", emit=1m)')
TOKENS = re.findall(r"\s+|\w+|\"[^\"]*\"|.", TEXT)
WORDS = [token for token in dict.fromkeys(TOKENS) if token.strip()]

places = st.integers(0, len(TOKENS) - 1)
edits = st.one_of(
    st.tuples(st.just("drop"), places, st.just("")),
    st.tuples(st.just("double"), places, st.just("")),
    st.tuples(st.sampled_from(["replace", "insert"]), places, st.sampled_from(WORDS)),
    st.tuples(st.just("replace"), places, st.text("()[]{}<>=!?@#\"'\\\n\0é0_.,:", max_size=3)),
)


def mutant(changes: list[tuple[str, int, str]]) -> str:
    tokens = list(TOKENS)
    for change, place, word in changes:
        if change == "insert":
            tokens[place] = f" {word} {tokens[place]}"
        else:
            tokens[place] = {"drop": "", "double": f"{tokens[place]} {tokens[place]}", "replace": word}[change]
    return "".join(tokens)


@settings(max_examples=250, deadline=None)
@given(st.lists(edits, min_size=1, max_size=3))
def test_a_mutant_is_a_program_or_an_error(changes: list[tuple[str, int, str]]) -> None:
    text = mutant(changes)
    found = compile_program({"main.feat": text})
    errors = [diagnostic for diagnostic in found.diagnostics if diagnostic.level == "error"]
    assert (found.program is None) == bool(errors)
    for diagnostic in found.diagnostics:
        assert diagnostic.code in CODES
        assert 0 <= diagnostic.span.start <= diagnostic.span.end <= len(text)
        assert diagnostic.title
        assert diagnostic.help or diagnostic.code in SYNTAX_CODES
    if found.program is not None:
        assert ir.Program.model_validate_json(found.program.model_dump_json()) == found.program


def test_the_program_itself_has_no_error() -> None:
    assert compile_program({"main.feat": TEXT}).diagnostics == ()
