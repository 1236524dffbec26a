"""Fills the templates beside it. A value that a template wants and nobody gave is an error, never an empty place."""

from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

TEMPLATES: Final = Path(__file__).with_name("templates")

_environment: Final = Environment(  # noqa: S701 (rules and units, no page)
    loader=FileSystemLoader(TEMPLATES),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


def filled(template: str, **values: Any) -> str:
    return _environment.get_template(template).render(values)
