"""Flags of `feat run` that only some engines have; a wrong combination is a usage error that says what to type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import typer

from featlang import refused_before
from featlang.backends.connectors.kafka.topics import TopicRange
from featlang.backends.reference.records import Input
from featlang.request import Request, StreamState
from featlang.run_report import Engine

TOPICS = "topics"
"""What `--exclude-late` says for the topics that a job which goes on sends refused records to."""


def excluding(earlier: str | None, engine: Engine, inputs: Mapping[str, Input]) -> Mapping[str, Input]:
    """What is read, with the records that `--exclude-late` names.

    Refuses it where it has no meaning, or names no earlier run of these files. Raises `RunError`.
    """
    flag = "--exclude-late"
    if earlier is None:
        return inputs
    if engine == "flink":
        raise typer.BadParameter("Flink itself says what is late; type --on spark or --on reference", param_hint=flag)
    if earlier == TOPICS:
        read = {name: given.topic for name, given in inputs.items() if isinstance(given.topic, TopicRange)}
        if not read:
            message = (
                "no source is a topic here; name an environment with `kafka` (--env), or the OUT of an earlier run"
            )
            raise typer.BadParameter(message, param_hint=flag)
        excluded = {name: refused_before.of_job(topic, name) for name, topic in read.items()}
    else:
        out = Path(earlier)
        if not (out / "run.json").is_file():
            message = (
                f"{earlier} is not the OUT of a run, it has no run.json; what a job that goes on refused is named by "
            )
            raise typer.BadParameter(message + f"`{flag} {TOPICS}`", param_hint=flag)
        excluded = {name: _of_run(out, name, given, flag) for name, given in inputs.items()}
    for name, records in excluded.items():
        typer.echo(f"{flag}: {len(records):,} records of {name}", err=True)
    return {name: replace(given, excluded=excluded.get(name, {})) for name, given in inputs.items()}


def _of_run(out: Path, source: str, given: Input, flag: str) -> refused_before.Excluded:
    try:
        excluded = refused_before.of_run(out, source)
    except (OSError, pa.ArrowInvalid):
        raise typer.BadParameter(f"the run in {out} did not read `{source}`", param_hint=flag) from None
    paths = {path for path, _ in excluded}
    if given.topic is None and (others := paths.difference(map(str, given.in_order()))):
        raise typer.BadParameter(
            f"the run in {out} read other files of `{source}` ({min(others)}); a record is known by its file and "
            "number, so both runs must read the same files",
            param_hint=flag,
        )
    return excluded


def check_detach(request: Request, engine: Engine, now: str | None) -> None:
    """Refuse `--detach` where nothing could go on, or where nobody would see or keep what it does."""
    flag, advice = "--detach", None
    if engine != "flink":
        advice = "only a Flink job goes on by itself; type --on flink"
    elif request.environment.flink is None:
        advice = "the environment has no cluster; add `flink: {address: http://127.0.0.1:8081}` to it in feat.yaml"
    elif request.state.interval is None:
        advice = (
            "rows are seen, and state is kept, from checkpoint to checkpoint; add `state: {interval: 10s}` in feat.yaml"
        )
    elif request.state.stop_after is not None:
        advice = "a job that goes on is stopped by `feat stop --savepoint DIR`, not by --stop-after"
    elif request.since is not None or request.until is not None:
        advice = "a job that goes on keeps the state of all events; run without --since and --until"
    elif now is not None:
        advice = "a job that goes on is measured by the machine's clock; run without --now"
    if advice:
        raise typer.BadParameter(advice, param_hint=flag)
    for job in request.jobs:
        if missing := {*job.outputs} - {*request.features}:
            names = ", ".join(sorted(missing))
            raise typer.BadParameter(
                f"`{job.name}` keeps the state of all its blocks; name {names} too", param_hint=flag
            )


def stream_state(
    request: Request, engine: Engine, savepoint: Path | None, stop_after: int | None, restore: Path | None
) -> StreamState:
    """The state of the environment, with the savepoints that are asked for."""
    flags = {"--savepoint": savepoint, "--stop-after": stop_after, "--restore": restore}
    given = [flag for flag, value in flags.items() if value is not None]
    if given and engine != "flink":
        raise typer.BadParameter("only a Flink job has savepoints; type --on flink", param_hint=given[0])
    if savepoint is not None and stop_after is None:
        raise typer.BadParameter("say when it is taken: add --stop-after N", param_hint="--savepoint")
    if stop_after is not None and savepoint is None:
        raise typer.BadParameter("say where the savepoint goes: add --savepoint DIR", param_hint="--stop-after")
    topics = [name for name, given in request.inputs.items() if given.topic is not None]
    if stop_after is not None and topics:
        raise typer.BadParameter(
            f"`{topics[0]}` is a topic, which is read as far as it has come, and records of files are counted; "
            "leave the job running with --detach, and end it by `feat stop --savepoint DIR`",
            param_hint="--stop-after",
        )
    if restore is not None and not (restore / "_metadata").is_file():
        raise typer.BadParameter(
            f"{restore} is no savepoint; name the folder that `feat run --savepoint` or `feat stop` printed",
            param_hint="--restore",
        )
    if given and len(request.jobs) > 1:
        jobs = "; ".join(f"{job.name}: {' '.join(request.features_of(job))}" for job in request.jobs)
        raise typer.BadParameter(f"a savepoint is of one job; name its blocks ({jobs})", param_hint=given[0])
    if given and (request.since is not None or request.until is not None):
        raise typer.BadParameter(
            "a savepoint holds the state of all events; run without --since and --until", param_hint=given[0]
        )
    for job in request.jobs if given else ():
        if missing := {*job.outputs} - {*request.features}:
            raise typer.BadParameter(
                f"a savepoint holds the state of all blocks of `{job.name}`; name {', '.join(sorted(missing))} too",
                param_hint=given[0],
            )
    return replace(
        request.state,
        savepoint=savepoint.absolute() if savepoint else None,
        stop_after=stop_after,
        restore=restore.absolute() if restore else None,
    )
