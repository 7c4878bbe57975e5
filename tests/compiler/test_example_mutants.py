"""The example projects with a token dropped, doubled, swapped or misspelt; `make fuzz-mutants` tries more of them."""

from __future__ import annotations

from fuzz.mutants import KINDS, LEAST, projects, run

MUTANTS = 1_000


def test_the_projects_compile() -> None:
    assert len(projects()) > 5


def test_a_mutant_is_a_program_or_an_error_and_a_misspelt_word_is_found() -> None:
    found = list(run(range(MUTANTS)))
    assert [(seed, wrong) for seed, _, wrong, _ in found if wrong] == []
    misspelt = [(damaged, suggested) for _, damaged, _, suggested in found if damaged.change == "misspell"]
    assert len(misspelt) > MUTANTS / 5
    assert {damaged.kind for damaged, _ in misspelt} == set(KINDS)
    missed = [(each.kind, each.name, each.wrong) for each, suggested in misspelt if not suggested]
    assert len(missed) <= (1 - LEAST) * len(misspelt), missed
