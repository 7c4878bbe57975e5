"""A project whose topics all engines read: what `feat parity` finds of it."""

from __future__ import annotations

from pathlib import Path

from featlang.parity import ParityReport, parity
from featlang.project import load
from featlang.request import Request
from featlang.run_inputs import inputs_of, state_of
from tests.services.conftest import Running


def compared(folder: Path, kafka: Running, program: str, now: int, rows: int) -> ParityReport:
    """Write the program beside what the folder has, and run it on all engines; the reference on so many rows."""
    (folder / "main.feat").write_text(program)
    (folder / "feat.yaml").write_text(f"environments: {{cluster: {{kafka: {{servers: '{kafka.address}'}}}}}}")
    project = load(folder)
    assert project.program is not None, project.diagnostics
    names = tuple(each.name for each in project.program.outputs)
    return parity(
        Request(
            program=project.program,
            features=names,
            inputs=inputs_of(project, project.program, names, "cluster", "parity"),
            out=folder / "out",
            build=folder / "build",
            now=now,
            state=state_of(project, "cluster"),
            environment=project.environment("cluster"),
        ),
        reference_rows=rows,
    )
