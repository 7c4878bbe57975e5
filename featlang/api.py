"""What the package offers in Python: a project that can be checked, compiled and run."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, overload

from featlang import project as reading
from featlang.compiler import ir
from featlang.dsl.diagnostics import Diagnostic, FeatError

if TYPE_CHECKING:
    import pyarrow as pa

    from featlang.run_report import Engine


@contextmanager
def _scratch() -> Iterator[Path]:
    """A folder for one run, removed afterwards; the logs of a run that failed stay, because its error names them."""
    folder = Path(tempfile.mkdtemp(prefix="featlang-run-"))
    try:
        yield folder
    finally:
        for path in folder.iterdir():
            if path.name != "out.failed":
                shutil.rmtree(path, ignore_errors=True)
        if not any(folder.iterdir()):
            folder.rmdir()


class Project:
    """A project as it was when it was read: `source` has its files, settings and bindings."""

    def __init__(self, path: str | Path = ".") -> None:
        """Read and compile. Raises `FileNotFoundError` where nothing is at the path."""
        self.source = reading.load(path)

    @property
    def program(self) -> ir.Program:
        """What the project means. Raises `FeatError` with its errors, if it has any."""
        if self.source.program is None:
            raise FeatError(tuple(each for each in self.check() if each.level == "error"))
        return self.source.program

    def check(self) -> tuple[Diagnostic, ...]:
        """Every error and warning of the project."""
        return self.source.diagnostics

    def compile(self, out: str | Path = "build") -> list[Path]:
        """Write the jobs below `out`; gives the files that changed. Raises `FeatError`."""
        from featlang.backends import emit  # noqa: PLC0415 - checking needs no engine

        target = Path(out)
        return [target / path for path in emit.write(emit.emit(self.program), target)]

    @overload
    def run(
        self,
        names: str,
        on: Engine = ...,
        *,
        environment: str | None = ...,
        since: int | None = ...,
        until: int | None = ...,
        now: int | None = ...,
    ) -> pa.Table: ...

    @overload
    def run(
        self,
        names: Sequence[str] | None = ...,
        on: Engine = ...,
        *,
        environment: str | None = ...,
        since: int | None = ...,
        until: int | None = ...,
        now: int | None = ...,
    ) -> dict[str, pa.Table]: ...

    def run(
        self,
        names: str | Sequence[str] | None = None,
        on: Engine = "reference",
        *,
        environment: str | None = None,
        since: int | None = None,
        until: int | None = None,
        now: int | None = None,
    ) -> pa.Table | dict[str, pa.Table]:
        """Compute `features` blocks: a table for one name; for several, or None for all, tables by name.

        Columns are the keys, the source's time, `_tie` and the features. Only rows in [since, until) are given, both in
        µs UTC; `now` is the clock of the run, by default the machine's. Raises `FeatError`, `RunError`, whose message
        names the logs that are kept, and, for an unknown name, `KeyError`.
        """
        import pyarrow.parquet as pq  # noqa: PLC0415 - checking needs no tables

        from featlang.run_inputs import inputs_of, state_of  # noqa: PLC0415
        from featlang.runner import Request  # noqa: PLC0415
        from featlang.runner import run as run_request  # noqa: PLC0415

        program = self.program
        known = [block.name for block in program.features]
        wanted = known if names is None else [names] if isinstance(names, str) else list(names)
        for name in wanted:
            if name not in known:
                raise KeyError(name)
        with _scratch() as folder:
            request = Request(
                program=program,
                features=tuple(wanted),
                inputs=inputs_of(self.source, program, wanted, environment, on),
                out=folder / "out",
                build=folder / "build",
                now=time.time_ns() // 1_000 if now is None else now,
                since=since,
                until=until,
                state=state_of(self.source, environment),
            )
            run_request(request, on)
            tables = {name: pq.read_table(request.out / name) for name in wanted}
        return tables[names] if isinstance(names, str) else tables
