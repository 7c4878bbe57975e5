"""`feat explain-value`: the events, window edges and table rows that made one value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn

import typer

from featlang.cli.completions import names
from featlang.cli.options import EnvironmentOption, ExcludeLateOption, NowOption, ProjectOption, clock, moment

if TYPE_CHECKING:
    from featlang.backends.reference.reading import Event
    from featlang.backends.reference.records import Input
    from featlang.cli.explained_text import Shown
    from featlang.compiler import ir
    from featlang.project import Project

LAST_EVENTS = 20
LAST_ROWS = 5


def explain_value(  # noqa: PLR0913 - one for each flag
    name: Annotated[
        str,
        typer.Argument(metavar="NAME", help="A `features` block, or a stream that writes rows.", autocompletion=names),
    ],
    project: ProjectOption = Path(),
    env: EnvironmentOption = None,
    key: Annotated[
        list[str] | None,
        typer.Option("--key", metavar="COLUMN=VALUE", help="Of a block: whose values; one for each key column."),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(
            "--at",
            metavar="TIME",
            help="Of a block: as of when. Of a stream: the rows of that time.",
            show_default="the key's last row",
        ),
    ] = None,
    tie: Annotated[
        int | None, typer.Option("--tie", metavar="N", min=0, help="Of a block: the row with that `_tie` at that time.")
    ] = None,
    event: Annotated[
        str | None, typer.Option("--event", metavar="HEX", help="Of a stream: the row with that `_event`.")
    ] = None,
    where: Annotated[
        list[str] | None,
        typer.Option("--where", metavar="COLUMN=VALUE", help="Of a stream: rows whose column has that value."),
    ] = None,
    feature: Annotated[
        str | None, typer.Option("--feature", metavar="NAME", help="Only this value.", show_default="all")
    ] = None,
    now: NowOption = None,
    exclude_late: ExcludeLateOption = None,
    format: Annotated[Literal["text", "json"], typer.Option("--format", help="How it is printed.")] = "text",  # noqa: A002 - its name
    *,
    stream: Annotated[
        bool, typer.Option("--stream", help="Read the stream, as Flink does, where there is a history too.")
    ] = False,
    all: Annotated[  # noqa: A002 - its name
        bool,
        typer.Option("--all", help=f"Every event, not the last {LAST_EVENTS}; every row, not the last {LAST_ROWS}."),
    ] = False,
) -> None:
    """Print which events, window edges, table rows and late drops made a value, as the reference computes it.

    Exit code 0: done; 1: the key has no event, or no row is meant; 2: wrongly used.

    Example: feat explain-value user_engagement --key user_id=user_3 --feature ctr
    """
    from featlang.cli.explained_text import Shown  # noqa: PLC0415 - not needed to start
    from featlang.cli.loading import load_checked  # noqa: PLC0415

    loaded, program = load_checked(project)
    shown = Shown(program, most=None if all else LAST_EVENTS, as_json=format == "json")
    time = moment(at, "--at") if at else None
    block = next((block for block in program.features if block.name == name), None)
    if block is not None:
        _refuse({"--event": event, "--where": where}, f"`{name}` is a `features` block: say --key and --at")
        if tie is not None and time is None:
            raise typer.BadParameter("say --at too: a tie is one of the rows of a time", param_hint="--tie")
        keys = _keys(program, block, key or [])
        wanted = _values(block.values, feature)
        inputs = _inputs(loaded, program, name, env, exclude_late, stream=stream)
        _features(program, block, keys, inputs, clock(now), time, tie, wanted, shown)
        return
    given = _input_meant([each for each in program.streams if each.name == name], event)
    if given is None:
        _unknown(loaded, program, name)
    _refuse({"--key": key, "--tie": tie}, f"`{name}` is a stream: say --event, or --at and --where")
    if not (time is not None or event or where):
        raise typer.BadParameter("say which rows: --event, --at or --where", param_hint="NAME")
    conditions = _conditions(program, given, where or [])
    wanted = _values(given.values, feature)
    inputs = _inputs(loaded, program, name, env, exclude_late, stream=stream)
    _stream(
        program, given, _Asked(time, event, conditions), inputs, clock(now), None if all else LAST_ROWS, wanted, shown
    )


def _input_meant(inputs: Sequence[ir.Stream], event: str | None) -> ir.Stream | None:
    """Of a stream whose rows come from several sources that of the event; None where there is no such stream."""
    if len(inputs) < 2:  # noqa: PLR2004 - one is all there is
        return next(iter(inputs), None)
    meant = [each for each in inputs if each.union and event and event.lower().startswith(f"{each.union.input:02x}")]
    if not meant:
        sources = ", ".join(f"{each.union.input:02x} of {each.source}" for each in inputs if each.union)
        message = (
            f"say the _event of a row of `{inputs[0].name}`, whose first two digits are those of its input: {sources}"
        )
        raise typer.BadParameter(message, param_hint="--event")
    return meant[0]


def _features(  # noqa: PLR0913 - what to explain, and from what
    program: ir.Program,
    block: ir.Features,
    keys: tuple[Any, ...],
    inputs: Mapping[str, Input],
    now: int,
    at: int | None,
    tie: int | None,
    wanted: Sequence[str] | None,
    shown: Shown,
) -> None:
    from featlang.explain_value import explain_features  # noqa: PLC0415 - not needed to start

    found = explain_features(program, block, keys, inputs, now, at=at, tie=tie, names=wanted)
    if tie is not None and found.events and found.tie != tie:
        there = (
            "no row is read at that time" if found.tie is None else f"the last row of that time has _tie {found.tie}"
        )
        raise typer.BadParameter(there, param_hint="--tie")
    shown.print_features(found)
    if not found.events:
        typer.echo(f"`{block.name}` has no event of {shown.keys(block, keys)}", err=True)
        raise typer.Exit(1)


class _Asked:
    """Which rows of a stream are meant."""

    def __init__(self, at: int | None, event: str | None, conditions: Sequence[tuple[ir.Expression, Any]]) -> None:
        self._at = at
        self._event = None if event is None else event.lower()
        self._conditions = conditions

    def __call__(self, event: Event, name: str) -> bool:
        from collections import Counter  # noqa: PLC0415 - not needed to start

        from featlang.backends.reference.operators import Scope, evaluate  # noqa: PLC0415

        if (self._at is not None and event.time != self._at) or (self._event is not None and name != self._event):
            return False
        scope = Scope(event.values, Counter())
        return all(evaluate(expression, scope) == value for expression, value in self._conditions)


def _stream(  # noqa: PLR0913 - what to explain, and from what
    program: ir.Program,
    stream: ir.Stream,
    asked: _Asked,
    inputs: Mapping[str, Input],
    now: int,
    last: int | None,
    wanted: Sequence[str] | None,
    shown: Shown,
) -> None:
    from featlang.explain_value import explain_stream  # noqa: PLC0415 - not needed to start

    found = explain_stream(program, stream, asked, inputs, now, last=last, names=wanted)
    shown.print_stream(found)
    if not found.rows:
        typer.echo(f"no accepted event of `{stream.source}` is as --at, --event and --where say", err=True)
        raise typer.Exit(1)


def _inputs(
    project: Project, program: ir.Program, name: str, env: str | None, exclude_late: str | None, *, stream: bool
) -> Mapping[str, Input]:
    from featlang.cli.loading import inputs  # noqa: PLC0415 - not needed to start
    from featlang.cli.run_flags import excluding  # noqa: PLC0415

    found = inputs(project, program, [name], env, "flink" if stream else "reference")
    return excluding(exclude_late, "reference", found)


# --- what is typed --------------------------------------------------------------------------------------------------


def _refuse(flags: Mapping[str, object], advice: str) -> None:
    for flag, value in flags.items():
        if value is not None and value != []:
            raise typer.BadParameter(advice, param_hint=flag)


def _keys(program: ir.Program, block: ir.Features, given: Sequence[str]) -> tuple[Any, ...]:
    """The values of the key columns, each named once."""
    columns = {column.name: column for column in program.source(block.source).columns}
    found: dict[str, Any] = {}
    for text in given:
        name, value = _pair(text, "--key")
        if name not in block.key:
            _no_such(f"`{block.name}` has no key `{name}`", name, block.key, "the key's columns", "--key")
        if name in found:
            raise typer.BadParameter(f"`{name}` is said twice", param_hint="--key")
        found[name] = _value(value, columns[name].type, "--key")
        if found[name] is None:
            raise typer.BadParameter(f"`{name}` is null, and such an event has no values", param_hint="--key")
    for name in block.key:
        if name not in found:
            raise typer.BadParameter(f"say which `{name}`: --key {name}=…", param_hint="--key")
    return tuple(found[name] for name in block.key)


def _conditions(program: ir.Program, stream: ir.Stream, given: Sequence[str]) -> list[tuple[ir.Expression, Any]]:
    """What a column of a row, or else one of its event, must be equal to."""
    from featlang.compiler import ir  # noqa: PLC0415 - not needed to start
    from featlang.compiler.plan import leaves_of  # noqa: PLC0415

    of_events: dict[str, ir.Expression] = {
        column.name: ir.ColumnValue(name=column.name, type=column.type, nullable=column.nullable)
        for column in program.source(stream.source).columns
    }
    columns = of_events | {value.name: value.expression for value in stream.values}
    found = []
    for text in given:
        name, value = _pair(text, "--where")
        if name not in columns:
            _no_such(f"`{stream.name}` has no column `{name}`", name, list(columns), "the columns", "--where")
        if any(isinstance(leaf, ir.LookedUp) for leaf in leaves_of(columns[name])):
            raise typer.BadParameter(
                f"`{name}` is looked up; choose rows by {', '.join(of_events)}", param_hint="--where"
            )
        found.append((columns[name], _value(value, columns[name].type, "--where")))
    return found


def _pair(text: str, flag: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise typer.BadParameter(f"{text!r} is no COLUMN=VALUE, as in user_id=u1", param_hint=flag)
    return name.strip(), value


def _value(text: str, kind: str, flag: str) -> Any:
    """A value as cells of tests have it."""
    from featlang.testing.tables import CellError, value  # noqa: PLC0415 - not needed to start

    try:
        return value(text, kind)
    except CellError as error:
        raise typer.BadParameter(str(error), param_hint=flag) from None


def _values(values: Sequence[ir.Value], feature: str | None) -> list[str] | None:
    """The names of the values that are meant: a feature's in each of its windows; None: all."""
    if feature is None:
        return None
    found = [value.name for value in values if feature in {value.name, value.feature}]
    if not found:
        known = list(dict.fromkeys(name for value in values for name in (value.feature, value.name)))
        _no_such(f"there is no value `{feature}`", feature, known, "the values", "--feature")
    return found


def _unknown(project: Project, program: ir.Program, name: str) -> NoReturn:
    declared = {d.name.text: d.kind.text for file in project.files for d in file.declarations}
    if declared.get(name) == "stream":
        message = f"`{name}` writes no rows, so it has no values: name a block that reads it, or give it a `to`"
        raise typer.BadParameter(message, param_hint="NAME")
    known = [each.name for each in program.outputs]
    _no_such(f"there is no `features` block or stream `{name}`", name, known, "the blocks and streams", "NAME")


def _no_such(what: str, name: str, known: Sequence[str], kind: str, flag: str) -> NoReturn:
    from featlang.compiler.report import did_you_mean  # noqa: PLC0415 - not needed to start

    raise typer.BadParameter(f"{what}; {did_you_mean(name, known, kind)}", param_hint=flag)
