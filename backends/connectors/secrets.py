"""Secrets that `feat.yaml` names: looked up on the machine and in the process that connect."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from featlang.run_error import RunError

if TYPE_CHECKING:
    from featlang.settings import Secret


def looked_up(secret: Secret) -> str:
    """The secret itself. Raises `RunError`, which names where it was looked for."""
    if secret.env is not None:
        value = os.environ.get(secret.env)
        if value is None:
            message = f"the environment variable {secret.env}, which feat.yaml names, is not set"
            raise RunError(message)
        return value
    try:
        return Path(secret.file or "").read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        message = f"the file {secret.file}, which feat.yaml names, cannot be read: {why}"
        raise RunError(message) from error
