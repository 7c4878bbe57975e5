"""`make fuzz-mutants MUTANTS=5000`: the example projects with a token dropped, doubled, swapped or misspelt.

Whatever is damaged, there is a program or an error inside the files; of a misspelt word, the help gives the right one.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Literal, get_args

from featlang.compiler.compile import compile_program
from featlang.dsl import tree
from featlang.dsl.diagnostics import Diagnostic, Span
from featlang.dsl.parse import parse
from featlang.dsl.tokens import Token, tokens
from featlang.dsl.words import CLAUSES, KEYWORDS
from featlang.stdlib.aggregates import AGGREGATES
from featlang.stdlib.functions import FUNCTIONS

ROOT = Path(__file__).resolve().parents[1]
LEAST = 0.95
"""The share of misspelt names whose right name stands in the help."""
SHORTEST = 4
"""Names of fewer letters have too many others near them."""

Kind = Literal["name", "call", "kind", "property", "type", "clause", "keyword", "annotation"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""What a word is."""

_KIND_OF: Mapping[type, Mapping[str, Kind]] = {
    tree.Import: {"path": "name"},
    tree.Declaration: {"kind": "kind"},
    tree.Annotation: {"name": "annotation"},
    tree.TypeExpression: {"name": "type"},
    tree.Reference: {"name": "name"},
    tree.Field: {"name": "name"},
    tree.Call: {"function": "call"},
    tree.Argument: {"name": "property"},
    tree.LookupClause: {"target": "name"},
    tree.LookupKey: {"name": "name"},
    tree.ByClause: {"keys": "name"},
    tree.KeepClause: {"columns": "name"},
}
"""What the names of a node are, by its fields; names in other fields are declared there."""

Change = Literal["drop", "double", "swap", "misspell"]
CHANGES: tuple[Change, ...] = ("drop", "double", "swap", "misspell")


@cache
def projects() -> tuple[dict[str, str], ...]:
    """The texts of each example project, by path; all compile."""
    found = [
        {file.name: file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.feat"))}
        for folder in sorted((ROOT / "examples").iterdir())
        if folder.is_dir() and any(folder.glob("*.feat"))
    ]
    singles = [*sorted((ROOT / "tests" / "dsl" / "examples").glob("*.feat")), *sorted((ROOT / "stdlib").glob("*.feat"))]
    found += [{file.name: file.read_text(encoding="utf-8")} for file in singles]
    return tuple(texts for texts in found if not _errors(compile_program(texts).diagnostics))


@dataclass(frozen=True, slots=True)
class Mutant:
    """A damaged project: which file, what was done, and of a misspelt name the right one and where it stands."""

    texts: Mapping[str, str]
    file: str
    change: Change
    name: str = ""
    wrong: str = ""
    kind: Kind | None = None


def mutant(seed: int) -> Mutant:
    """The mutant of a seed."""
    dice = Random(seed)
    texts = dict(dice.choice(projects()))
    file = dice.choice(sorted(texts))
    text = texts[file]
    found = [token for token in tokens(text, 0, len(text)) if token.text.strip()]
    change = dice.choice(CHANGES)
    place = dice.randrange(len(found) - 1)
    token = found[place]
    name = wrong = ""
    kind: Kind = "name"
    match change:
        case "drop":
            texts[file] = text[: token.start] + text[token.end :]
        case "double":
            texts[file] = f"{text[: token.end]} {token.text}{text[token.end :]}"
        case "swap":
            other = found[place + 1]
            between = text[token.end : other.start]
            texts[file] = f"{text[: token.start]}{other.text}{between}{token.text}{text[other.end :]}"
        case "misspell":
            kind = dice.choice(KINDS)
            of_kind = words(text)[kind]
            if not of_kind:
                return mutant(seed + 1_000_003)
            token = dice.choice(of_kind)
            name = token.text
            wrong = _misspelt(dice, name, texts)
            texts[file] = text[: token.start] + wrong + text[token.end :]
    return Mutant(texts, file, change, name, wrong, kind if change == "misspell" else None)


@cache
def words(text: str) -> Mapping[Kind, tuple[Token, ...]]:
    """The words of a text of which a misspelling can be told, by what they are: those that declare a name are none."""
    found: dict[Kind, list[Token]] = {kind: [] for kind in KINDS}
    named: set[int] = set()
    file = parse("", text).file
    stack: list[tuple[object, Kind | None]] = [((file.imports, file.declarations), None)]
    while stack:
        node, kind = stack.pop()
        if isinstance(node, tuple):
            stack += [(each, kind) for each in node]
        elif isinstance(node, tree.Name):
            named.add(node.span.start)
            if kind is not None:
                found[kind].append(Token("word", node.text, node.span.start, node.span.end))
        elif is_dataclass(node) and not isinstance(node, (Span, type)):
            of_names = _KIND_OF.get(type(node), {})
            stack += [(getattr(node, field.name), of_names.get(field.name)) for field in fields(node)]
            if isinstance(node, tree.Declaration) and node.kind.text in {"source", "table", "model"}:
                properties = [entry.name for entry in node.body or () if isinstance(entry, tree.Binding)]
                stack += [(name, "property") for name in properties]
    for token in tokens(text, 0, len(text)):
        if token.kind == "word" and token.start not in named and token.text in KEYWORDS:
            found["clause" if token.text in CLAUSES else "keyword"].append(token)
    return {
        kind: tuple(sorted({each for each in of_kind if len(each.text) >= SHORTEST}, key=lambda each: each.start))
        for kind, of_kind in found.items()
    }


def _misspelt(dice: Random, name: str, texts: Mapping[str, str]) -> str:
    """The name with one slip of the keyboard, which is no other name of the project and no word of the language."""
    known = set(re.findall(r"\w+", " ".join(texts.values()))) | {*AGGREGATES, *FUNCTIONS, *KEYWORDS}
    while True:
        place = dice.randrange(1, len(name))
        slips = (
            name[:place] + name[place + 1 :],
            name[:place] + name[place] + name[place:],
            name[: place - 1] + name[place] + name[place - 1] + name[place + 1 :],
            name[:place] + dice.choice("abcdefghijklmnopqrstuvwxyz") + name[place + 1 :],
        )
        wrong = dice.choice(slips)
        if wrong != name and wrong not in known:
            return wrong


def problem(damaged: Mutant) -> str:
    """What is wrong with what the compiler says; empty if nothing is. It may raise, which is wrong too."""
    found = compile_program(damaged.texts)
    if (found.program is None) != bool(_errors(found.diagnostics)):
        return "a program with errors, or none without"
    for each in found.diagnostics:
        text = damaged.texts.get(each.span.file)
        if text is not None and not 0 <= each.span.start <= each.span.end <= len(text):
            return f"{each.code} at {each.span}, outside the file"
    return ""


def is_suggested(damaged: Mutant) -> bool:
    """Whether a help says that the right name of a misspelt one is meant."""
    shown = re.compile(rf"(did you mean|write) `@?([\w.]*\.)?{damaged.name}\b")
    return any(shown.search(each.help or "") for each in compile_program(damaged.texts).diagnostics)


def _errors(found: tuple[Diagnostic, ...]) -> list[Diagnostic]:
    return [each for each in found if each.level == "error"]


def run(seeds: range) -> Iterator[tuple[int, Mutant, str, bool]]:
    """Each seed with its mutant, what is wrong with it, and whether a misspelt name is suggested."""
    for seed in seeds:
        damaged = mutant(seed)
        yield seed, damaged, problem(damaged), damaged.change != "misspell" or is_suggested(damaged)


def main() -> int:
    """Runs so many seeds; 1 where something is wrong, or too few names are suggested."""
    parser = argparse.ArgumentParser(prog="python -m fuzz.mutants", description=__doc__)
    parser.add_argument("--mutants", type=int, default=5_000, help="how many (default: %(default)s)")
    parser.add_argument("--show", action="store_true", help="show the misspelt names that are not suggested")
    arguments = parser.parse_args()
    tally: Counter[str] = Counter()
    misspelt: Counter[Kind | None] = Counter()
    missed: Counter[Kind | None] = Counter()
    for seed, damaged, wrong, suggested in run(range(arguments.mutants)):
        tally[damaged.change] += 1
        tally["wrong"] += bool(wrong)
        misspelt[damaged.kind] += damaged.change == "misspell"
        missed[damaged.kind] += not suggested
        if wrong:
            print(f"seed {seed}: {wrong}")
        if arguments.show and not suggested:
            print(f"seed {seed}: {damaged.file}: the {damaged.kind} `{damaged.wrong}` for `{damaged.name}`")
    share = 1 - missed.total() / max(1, tally["misspell"])
    for kind in KINDS:
        print(f"{kind:>10}: {misspelt[kind] - missed[kind]:,} of {misspelt[kind]:,}")
    print(
        f"{sum(tally[change] for change in CHANGES):,} mutants, {tally['wrong']} wrong; {share:.1%} of names suggested"
    )
    return 1 if tally["wrong"] or share < LEAST else 0


if __name__ == "__main__":
    sys.exit(main())
