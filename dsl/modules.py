"""The two forms of a file: `a/b.feat` and `a/b.feat.yaml` are both the module `a.b`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from featlang.dsl.parse import Parsed

TEXT = ".feat"
YAML = ".feat.yaml"


def is_feat(path: str) -> bool:
    """Whether a file holds definitions, in either form."""
    return path.endswith((TEXT, YAML))


def module_of(path: str) -> str:
    """The name by which a file is imported, as in `shop.sources`; its path is relative to the project, with `/`."""
    return path.removesuffix(".yaml").removesuffix(TEXT).replace("/", ".")


def paths_of(module: str) -> tuple[str, str]:
    """The two paths that a module may have."""
    path = module.replace(".", "/")
    return path + TEXT, path + YAML


def format_file(path: str, text: str, form: str | None = None) -> str:
    """A file in the one look, in its own form or in another (`TEXT` or `YAML`). `FeatError` if it does not parse."""
    from featlang.dsl.diagnostics import FeatError  # noqa: PLC0415 - names of modules need none of this
    from featlang.dsl.format import format_text  # noqa: PLC0415

    form = form or (YAML if path.endswith(YAML) else TEXT)
    if path.endswith(YAML):
        from featlang.dsl.yaml_form import to_text  # noqa: PLC0415

        found = parse_file(path, text).diagnostics
        if found:
            raise FeatError(found)
        text = to_text(path, text).text
    if form == TEXT:
        return format_text(path, text)
    from featlang.dsl.yaml_write import to_yaml  # noqa: PLC0415

    return to_yaml(path, text)


def parse_file(path: str, text: str) -> Parsed:
    """Read a file in the form that its name says. Never raises."""
    if path.endswith(YAML):
        from featlang.dsl.yaml_form import parse_yaml  # noqa: PLC0415 - needed only where there is YAML

        return parse_yaml(path, text)
    from featlang.dsl.parse import parse  # noqa: PLC0415 - names of modules need no parser

    return parse(path, text)
