"""What the package offers in Python: a project that can be checked, compiled and run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, overload

from featlang import moments
from featlang import project as reading
from featlang.compiler import ir
from featlang.compiler.report import did_you_mean
from featlang.dsl.diagnostics import Diagnostic, FeatError
from featlang.run_error import RunError
from featlang.run_report import ENGINES, Engine
from featlang.scratch import scratch

if TYPE_CHECKING:
    import pyarrow as pa

    from featlang.dsl.render import Format
    from featlang.request import Request
    from featlang.spine import Unit

Time: TypeAlias = "str | date | int"
"""An instant: a text as in `2024-03-01T12:00:00Z`, a `datetime`, or µs since 1970, UTC where no offset is given.

A `date` is its midnight, as `2024-03-01` is.
"""


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

    def messages(self, format: Format = "full") -> str:  # noqa: A002 - as the command line calls it
        """What `feat check` prints of them, with the lines that are meant; empty where nothing is wrong."""
        from featlang.dsl.render import render  # noqa: PLC0415 - needed only for people

        return render(self.check(), {**self.source.texts, **self.source.library}, format)

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
        since: Time | None = ...,
        until: Time | None = ...,
        now: Time | None = ...,
    ) -> pa.Table: ...

    @overload
    def run(
        self,
        names: Sequence[str] | None = ...,
        on: Engine = ...,
        *,
        environment: str | None = ...,
        since: Time | None = ...,
        until: Time | None = ...,
        now: Time | None = ...,
    ) -> dict[str, pa.Table]: ...

    def run(
        self,
        names: str | Sequence[str] | None = None,
        on: Engine = "reference",
        *,
        environment: str | None = None,
        since: Time | None = None,
        until: Time | None = None,
        now: Time | None = None,
    ) -> pa.Table | dict[str, pa.Table]:
        """Compute `features` blocks and streams: a table for one name; for several, or None for all, tables by name.

        Columns of a block are the keys, the source's time, `_tie` and the features; of a stream that writes rows the
        time, `_event` and its columns. Only rows in [since, until) are given; `now`
        is the clock of the run, by default the machine's. Raises `FeatError` for mistakes in the project and for
        missing data, `RunError` where the run fails, whose message names the logs that are kept, `KeyError` for an
        unknown block, and `ValueError` for an unknown engine or what is no time.
        """
        import pyarrow.parquet as pq  # noqa: PLC0415 - checking needs no tables

        from featlang.request import Request  # noqa: PLC0415
        from featlang.run_inputs import inputs_of, state_of  # noqa: PLC0415

        program = self.program
        known = [each.name for each in program.outputs]
        wanted = known if names is None else [names] if isinstance(names, str) else list(names)
        _check(wanted, known, on)
        first, end = moment_of("since", since), moment_of("until", until)
        if first is not None and end is not None and first >= end:
            message = f"until={until!r} is not after since={since!r}, so there would be no rows"
            raise ValueError(message)
        clock = moment_of("now", now)
        with scratch() as folder:
            request = Request(
                program=program,
                features=tuple(wanted),
                inputs=inputs_of(self.source, program, wanted, environment, on),
                out=folder / "out",
                build=folder / "build",
                now=moments.now() if clock is None else clock,
                since=first,
                until=end,
                state=state_of(self.source, environment),
            )
            _run(request, on)
            tables = {name: pq.read_table(request.out / name) for name in wanted}
        return tables[names] if isinstance(names, str) else tables

    def dataset(  # noqa: PLR0913 - one for each flag of the command
        self,
        names: str | Sequence[str],
        spine: Any,
        *,
        time: str | None = None,
        on: Mapping[str, str] | None = None,
        unit: Unit | None = None,
        engine: Engine = "reference",
        environment: str | None = None,
        now: Time | None = None,
        prefix: bool = False,
        pii: bool = False,
    ) -> pa.Table:
        """A training set: each row of a spine with what blocks and tables had for its keys before its time.

        `spine` is a path, or what Arrow can read: a `pyarrow.Table`, a data frame. `time` names its time (else its only
        timestamp), `on` the columns that hold keys of another name, `unit` what a time counts that is a number. The
        schema's metadata has the card as JSON under `featlang`; it counts the rows that were refused. Raises
        `FeatError`, `ValueError` and `RunError` like `run`, the last also for a spine that is not right, and `KeyError`
        for a name that is neither.
        """
        from featlang.dataset import Wanted, build  # noqa: PLC0415 - checking needs no tables
        from featlang.dataset_program import targets  # noqa: PLC0415
        from featlang.spine import read_spine, spine_of  # noqa: PLC0415

        _ = self.program
        found = targets(self.source, [names] if isinstance(names, str) else names)
        _check_engine(engine)
        clock = moment_of("now", now)
        wanted = Wanted(
            engine, moments.now() if clock is None else clock, time, on or {}, unit, environment, prefix, pii
        )
        with scratch() as folder, _said():
            read = read_spine(Path(spine)) if isinstance(spine, str | Path) else spine_of(spine)
            return build(self.source, read, found, wanted, folder).table


def _check(wanted: Sequence[str], known: Sequence[str], engine: str) -> None:
    """Raise where there is no such block, or no such engine."""
    for name in wanted:
        if name not in known:
            message = f"there is no `features` block or stream `{name}`; {did_you_mean(name, known, 'those')}"
            raise KeyError(message)
    _check_engine(engine)


def _check_engine(engine: str) -> None:
    if engine not in ENGINES:
        message = f"there is no engine `{engine}`; {did_you_mean(engine, ENGINES, 'the engines')}"
        raise ValueError(message)


def moment_of(name: str, time: Time | None) -> int | None:
    """An argument's instant in µs UTC. Raises `ValueError` where it is no time."""
    if time is None or isinstance(time, int):
        return time
    if isinstance(time, datetime):
        return moments.microseconds(time)
    try:
        return moments.moment(str(time))
    except ValueError as error:
        message = f"{name}: {error}"
        raise ValueError(message) from None


def _run(request: Request, engine: Engine) -> None:
    from featlang.runner import run  # noqa: PLC0415 - checking needs no engine

    with _said():
        run(request, engine)


@contextmanager
def _said() -> Iterator[None]:
    """Whatever is about the user's data or machine is raised as a `RunError`."""
    from featlang.expected_errors import explained  # noqa: PLC0415 - checking needs no engine

    try:
        yield
    except Exception as error:
        said = explained(error)
        if said is None:
            raise
        raise RunError(said) from error
