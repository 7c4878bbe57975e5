"""`make fuzz-readers SECONDS=1800`: texts that are no programs, for the readers of both forms and for the compiler.

Of each seed come random bytes and tokens, examples that were damaged, deep nesting, long lines, aliases in YAML.
Whatever is read: no exception, nothing that takes over a second, spans inside the file. It goes on from
`fuzz/READERS.json`, and may be stopped with Ctrl-C.
"""

from __future__ import annotations

import argparse
import gc
import json
import resource
import time
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

from featlang.compiler.codes import CODES
from featlang.compiler.compile import compile_parsed
from featlang.dsl.modules import TEXT, YAML, format_file, parse_file
from featlang.dsl.words import CLAUSES, KEYWORDS, KINDS
from fuzz.results import store

ROOT = Path(__file__).resolve().parents[1]
RESULTS = Path(__file__).with_name("READERS.json")
SLOWEST = 1.0
"""Seconds of processor time that reading one file may take; for longer ones, for each of its `PER` characters."""
PER = 400_000
MEMORY = 2**30
"""Bytes by which reading one file may let the process grow."""

_WORDS = (*KINDS, *CLAUSES, *KEYWORDS, "clicks", "x", "_y", "count", "sum", "string", "int?", "list<float>", "forever")
_SIGNS = (
    *"()[]{}<>=:,.?!@#%&|*+-/\\\"'`;~^$",
    *("==", "->", "??", "##", "<=", "1h", "30s", "0.5", "7", "\n", '"a"'),
)
_YAML = (
    "features f:",
    "  from: ",
    "  define:",
    "    a: ",
    "- ",
    "? ",
    "&a ",
    "*a",
    "!!x ",
    "|",
    ">-",
    "<<: ",
    "{",
    "}",
    "#",
)
_ODD = ("\0", "\ufeff", "\u2028", "\U0001f600", "é", "\x85", "\ud800", "\x1b[2J", "\t", "\r", "\u202e", "\x7f")


@dataclass(frozen=True, slots=True)
class Case:
    """A file that is read, and what was done to make it."""

    what: str
    path: str
    text: str


@cache
def examples() -> tuple[tuple[str, str], ...]:
    """The `.feat` files of the repository in both forms, by path."""
    found = []
    folders = ("examples/**/*.feat", "tests/dsl/examples/*.feat", "stdlib/*.feat", "tests/stdlib/project/*.feat")
    for file in sorted(path for folder in folders for path in ROOT.glob(folder)):
        text = file.read_text(encoding="utf-8")
        found += [(f"a{TEXT}", text), (f"a{YAML}", format_file(f"a{TEXT}", text, YAML))]
    return tuple(found)


def cases(seed: int) -> Iterator[Case]:
    """What a seed gives: one case of each sort; the large ones of few seeds only."""
    dice = Random(seed)
    for path in (f"a{TEXT}", f"a{YAML}"):
        raw = dice.randbytes(dice.randint(0, 400))
        yield Case("bytes", path, raw.decode("utf-8", "replace"))
        yield Case("odd characters", path, "".join(dice.choice((*_ODD, *_SIGNS)) for _ in range(dice.randint(0, 60))))
        words = (*_WORDS, *_SIGNS, *(_YAML if path.endswith(YAML) else ()))
        gap = dice.choice((" ", " ", "", "\n"))
        yield Case("tokens", path, gap.join(dice.choice(words) for _ in range(dice.randint(1, 200))))
    for _ in range(4):
        path, text = dice.choice(examples())
        yield Case("damage", path, _damaged(dice, text))
    if seed % 20 == 0:
        yield from _large(dice)


def _damaged(dice: Random, text: str) -> str:
    """An example of which parts are left out, doubled, moved, cut off or replaced."""
    for _ in range(dice.choice((1, 1, 2, 5))):
        start, end = sorted(dice.randint(0, len(text)) for _ in range(2))
        end = min(end, start + dice.choice((1, 3, 30, 300)))
        part = dice.choice(("", text[start:end] * 2, dice.choice(_ODD), dice.choice((*_WORDS, *_SIGNS, *_YAML))))
        text = text[:start] + part + text[end:]
        if dice.random() < 0.1:  # noqa: PLR2004 - now and then
            text = text[: dice.randint(0, len(text))]
    return text


def _large(dice: Random) -> Iterator[Case]:
    """Deep nesting, long lines, many mistakes, bombs of aliases."""
    depth = dice.choice((50, 190, 201, 1_000, 100_000))
    opening, closing = dice.choice(
        (("(", ")"), ("[", "]"), ("f(", ")"), ("-", ""), ("not ", ""), ("if a then ", ""), ("{", "}"))
    )
    head = "features f from s by k over 1h { a = "
    yield Case("deep", f"a{TEXT}", f"{head}{opening * depth}x{closing * depth} }}")
    yield Case("deep", f"a{YAML}", "".join(f"{' ' * n}a:\n" for n in range(min(depth, 1_000))))
    yield Case("deep", f"a{YAML}", f"features f:\n  define:\n    a: {'[' * depth}{']' * depth}\n")
    length = dice.choice((10**5, 10**6, 10**7))
    filling = dice.choice(("a", "(", '"', "\\", "#", " ", "1", "a + ", "1 ", "@x "))
    for path in (f"a{TEXT}", f"a{YAML}"):
        yield Case("long line", path, f"{dice.choice(('', head, 'x: '))}{filling * (length // len(filling))}")
        yield Case("many mistakes", path, dice.choice(("features 1 {}\n", "a b c\n", "x = \n", "- \n", "]\n")) * 5_000)
    bomb = ["a: &a [x, x, x, x, x, x, x, x, x]\n"]
    bomb += [f"{chr(97 + n)}: &{chr(97 + n)} [{', '.join([f'*{chr(96 + n)}'] * 9)}]\n" for n in range(1, 9)]
    yield Case("aliases", f"a{YAML}", "".join(bomb))


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong with a case."""

    seed: int
    what: str
    path: str
    why: str


def tried(seed: int, case: Case, slowest: float = SLOWEST) -> tuple[float, Failure | None]:
    """Read and compile a case: the seconds of processor time that it took, and what is wrong with that."""
    begun, memory = time.process_time(), _memory()
    why = ""
    try:
        why = _read(case)
    except Exception:  # noqa: BLE001 - this is what is looked for
        why = traceback.format_exc(limit=-3)
    seconds = time.process_time() - begun
    if seconds > slowest * max(1.0, len(case.text) / PER):
        why = why or f"it took {seconds:.1f} s of processor time"
    if _memory() - memory > MEMORY:
        why = why or f"it took {(_memory() - memory) >> 20} MiB"
    return seconds, Failure(seed, case.what, case.path, why) if why else None


def _read(case: Case) -> str:
    parsed = parse_file(case.path, case.text)
    found = compile_parsed([parsed])
    errors = [each for each in found.diagnostics if each.level == "error"]
    if (found.program is None) != bool(errors):
        return "a program with errors, or none without"
    for each in found.diagnostics:
        if each.code not in CODES or not each.title:
            return f"{each.code} without meaning"
        for span in (each.span, *(label.span for label in each.labels)):
            if span.file == case.path and not 0 <= span.start <= span.end <= len(case.text):
                return f"{each.code} at {span}, outside the file"
    return ""


def _memory() -> int:
    """The most that the process has had so far, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


@dataclass
class Tally:
    """What was tried so far."""

    seeds: int = 0
    files: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    failures: list[dict[str, object]] | None = None

    def run(self, seconds: float, slowest: float = SLOWEST) -> Sequence[Failure]:
        """Goes on for so long, at least with one seed; gives what failed."""
        gc.freeze()  # what the process holds besides is not looked through meanwhile
        found: list[Failure] = []
        begun = time.monotonic()
        while True:
            for case in cases(self.seeds):
                took, failure = tried(self.seeds, case, slowest)
                self.files += 1
                self.slowest = max(self.slowest, round(took, 2))
                if failure is not None:
                    found.append(failure)
            self.seeds += 1
            if time.monotonic() - begun >= seconds:
                self.seconds = round(self.seconds + time.monotonic() - begun, 1)
                return found


def main() -> int:
    """Runs for the seconds that are asked for; 1 where something failed."""
    parser = argparse.ArgumentParser(prog="python -m fuzz.readers", description=__doc__)
    parser.add_argument("--seconds", type=float, default=1_800, help="for how long (default: %(default)s)")
    arguments = parser.parse_args()
    tally = Tally(**json.loads(RESULTS.read_text(encoding="utf-8"))) if RESULTS.is_file() else Tally()
    end = time.monotonic() + arguments.seconds
    failed = 0
    try:
        while time.monotonic() < end:
            found = tally.run(min(20.0, end - time.monotonic()))
            failed += len(found)
            tally.failures = [*(tally.failures or []), *({k: getattr(f, k) for k in Failure.__slots__} for f in found)]
            store(vars(tally), RESULTS)
            for failure in found:
                print(f"seed {failure.seed}, {failure.what}, {failure.path}: {failure.why}", flush=True)
            print(f"{tally.seeds:,} seeds, {tally.files:,} files, {len(tally.failures)} failures", flush=True)
    except KeyboardInterrupt:
        print(f"\nstopped; {RESULTS} holds what was done")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
