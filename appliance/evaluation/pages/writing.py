"""A page as a file of HTML, readable by its owner alone: what it shows may be what customers said."""

import tomllib
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from appliance.evaluation.pages import baseline as baselines
from appliance.evaluation.pages.model import Change, Page
from appliance.evaluation.pages.provenance import Facts

_HERE = Path(__file__).parent
_OWNER_ONLY = 0o600


def html(
    page: Page,
    facts: Facts,
    score: dict[str, Any],
    *,
    is_masked: bool,
    change: Change | None = None,
    baseline: str = "",
) -> str:
    """``score`` as ``--json`` holds it: the report carries its figures, so that a later one can be compared with it."""
    words = tomllib.loads(_HERE.joinpath("words.toml").read_text(encoding="utf-8"))
    environment = Environment(loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined)
    environment.filters["say"] = words.__getitem__
    return environment.get_template("page.html.jinja").render(
        page=page,
        facts=facts,
        is_masked=is_masked,
        change=change,
        baseline=baseline,
        carried_id=baselines.CARRIED,
        carried=Markup(baselines.carried(score)),  # noqa: S704 - JSON whose < are escaped
    )


def write(file: Path, text: str) -> None:
    file.touch(_OWNER_ONLY)
    file.chmod(_OWNER_ONLY)
    file.write_text(text, encoding="utf-8")
