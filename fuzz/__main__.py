"""`make fuzz PAIRS=200000`: random pairs of program and stream that nobody tried before, on two processes.

It goes on from `fuzz/RESULTS.json` (`--lookups`: from `fuzz/LOOKUPS.json`), which is written after each part, and may
be stopped at any time with Ctrl-C.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from fuzz import lookups, parts
from fuzz.parts import Part
from fuzz.results import Results


@dataclass(frozen=True)
class Search:
    """What is tried: how a part is run, how many pairs it has, and where its results are kept."""

    run: Callable[[int], Part]
    pairs_of_a_part: int
    results: Path


BLOCKS = Search(parts.run_part, parts.PAIRS_OF_A_PART, Path(__file__).with_name("RESULTS.json"))
LOOKUPS = Search(lookups.run_lookups, lookups.PAIRS_OF_A_PART, Path(__file__).with_name("LOOKUPS.json"))


def main() -> int:
    """Runs parts until enough pairs were tried; 1 where the kernel differed in any of them."""
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("--pairs", type=int, default=10_000, help="how many more pairs to try (default: %(default)s)")
    parser.add_argument("--workers", type=int, default=2, help="how many processes (default: %(default)s)")
    parser.add_argument("--lookups", action="store_true", help="try streams, lookups and tables")
    arguments = parser.parse_args()
    search = LOOKUPS if arguments.lookups else BLOCKS
    results = Results.read(search.results)
    before = results.differing
    numbers = range(results.parts, results.parts - (-arguments.pairs // search.pairs_of_a_part))
    with tempfile.TemporaryDirectory(prefix="featlang-fuzz-", ignore_cleanup_errors=True) as folder:
        tempfile.tempdir = folder  # that of the workers too, which are ended without a chance to clean up
        # Ctrl-C is for this process: a process group of their own keeps it from the workers.
        pool = ProcessPoolExecutor(arguments.workers, get_context("fork"), initializer=os.setpgrp)
        try:
            _run(pool, numbers, results, search)
        except (KeyboardInterrupt, BrokenProcessPool) as stop:
            print(f"\nstopped ({type(stop).__name__}); {search.results} holds what was done", flush=True)
            _end(pool)
        else:
            pool.shutdown()
    print(results.summary(), flush=True)
    return 1 if results.differing > before else 0


def _run(pool: ProcessPoolExecutor, numbers: range, results: Results, search: Search) -> None:
    """Runs the parts, a few at a time; they are taken in their order, so that the results are those of a beginning."""
    begun = time.monotonic()
    waiting: list[Future[Part]] = []
    following = iter(numbers)
    done = 0
    while True:
        while len(waiting) < 2 * pool._max_workers and (number := next(following, None)) is not None:  # type: ignore[attr-defined]  # noqa: SLF001
            waiting.append(pool.submit(search.run, number))
        if not waiting:
            return
        part = waiting.pop(0).result()
        results.add(part, time.monotonic() - begun)
        begun = time.monotonic()
        results.write(search.results)
        done += 1
        _progress(done, len(numbers), results)
        for failure in part.failures:
            print(f"\n{failure.program} {failure.stream}: {failure.what}", flush=True)


def _progress(done: int, parts: int, results: Results) -> None:
    line = f"{done} of {parts} parts; {results.summary()}"
    if sys.stdout.isatty():
        print(f"\r{line}", end="\n" if done == parts else "", flush=True)
    else:
        print(line, flush=True)


def _end(pool: ProcessPoolExecutor) -> None:
    """Ends the workers at once, and with each its JVM, which ends when nobody listens to it any more."""
    for process in list(pool._processes.values()):  # noqa: SLF001 - there is no other way to end what runs
        process.terminate()
    pool.shutdown(wait=True, cancel_futures=True)


if __name__ == "__main__":
    raise SystemExit(main())
