"""The page about policy says what is true."""

import re
from pathlib import Path

import pytest

from appliance.aftersales.policy.model import Verdict
from appliance.aftersales.policy.pack import PolicyPack

ROOT = Path(__file__).parents[4]
PAGE = ROOT / "docs" / "policy.md"


@pytest.mark.parametrize("code", re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.S))
def test_its_code_runs(code: str) -> None:
    exec(compile(code, PAGE.name, "exec"), {})  # noqa: S102 - our own page


def test_it_names_every_verdict(pack: PolicyPack) -> None:
    text = PAGE.read_text("utf-8")
    assert all(f"`{verdict}`" in text for verdict in Verdict)
    assert pack.terms.name in text
