"""The files of a project's folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from featlang.dsl.modules import is_feat

FILE = "feat.yaml"
"""The project's settings."""

OTHER_NAMES = ("feat.yml", "feat.json", "feat.toml")
"""What people may call it, and which is not read."""


def feat_files(folder: Path) -> Iterator[str]:
    """The `.feat` and `.feat.yaml` files below a folder, by path; folders whose name begins with `.` are left out."""
    found: list[str] = []
    for root, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [(Path(root) / name).relative_to(folder).as_posix() for name in names if is_feat(name)]
    return iter(sorted(found))
