"""Drafts to try: the pack that ships with one table or the terms edited."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from appliance.aftersales.policy.pack import DEFAULT_PACK

Rows = list[dict[str, str]]


def draft(folder: Path) -> Path:
    return Path(shutil.copytree(DEFAULT_PACK, folder / "draft", dirs_exist_ok=True))


def edit(file: Path, change: Callable[[Any], object]) -> None:
    content = json.loads(file.read_text("utf-8"))
    change(content)
    file.write_text(json.dumps(content), "utf-8")


def rows(document: Any) -> Rows:
    found: Rows = next(node for node in document["nodes"] if node["type"] == "decisionTableNode")["content"]["rules"]
    return found


def row(document: Any, row_id: str) -> dict[str, str]:
    return next(each for each in rows(document) if each["_id"] == row_id)


def without(folder: Path, table: str, *row_ids: str) -> Path:
    """A draft without these rows, and without the cases that expect their rules."""
    made = draft(folder)
    rules = {row_id.split(".")[0] for row_id in row_ids}

    def cut(document: Any) -> None:
        rows(document)[:] = [each for each in rows(document) if each["_id"] not in row_ids]

    edit(made / f"{table}.json", cut)
    file = made / f"{table}.cases.yaml"
    cases = yaml.safe_load(file.read_text("utf-8"))
    cases["cases"] = [case for case in cases["cases"] if case["expect"].get("rule") not in rules]
    file.write_text(yaml.safe_dump(cases, allow_unicode=True), "utf-8")
    return made
