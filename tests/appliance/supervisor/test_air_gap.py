"""The page of what would contact whom says what the launchers set, and the pages name no address outside."""

import re
from pathlib import Path

import pytest

from models.asr.environment import AIR_GAP as ASR
from models.llm.environment import AIR_GAP as LLM

pytestmark = pytest.mark.control("P-18")

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "compliance" / "外联清单.md").read_text(encoding="utf-8")
BUILT = ROOT / "appliance" / "console" / "dist"
LOADS = re.compile(r"""(?:src|href)=["'](?:https?:)?//|url\(["']?(?:https?:)?//|@import\s+["'](?:https?:)?//""")


def listed() -> dict[str, str]:
    return dict(re.findall(r"\| `([A-Z_]+)=([^`]+)` \|", PAGE))


def test_each_variable_of_the_page_is_set_so() -> None:
    assert listed()
    assert {name: LLM[name] for name in listed()} == listed()


def test_what_closes_a_way_out_is_on_the_page() -> None:
    ours = {"VLLM_LOOPBACK_IP", "VLLM_LOGGING_LEVEL", "OMP_WAIT_POLICY", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"}
    assert {*LLM, *ASR} - ours == set(listed())


def test_funasr_asks_for_no_new_version() -> None:
    assert "disable_update=True" in (ROOT / "models" / "asr" / "engine.py").read_text(encoding="utf-8")


def test_no_page_loads_anything_from_elsewhere() -> None:
    pages = [path for path in BUILT.rglob("*") if path.suffix in {".html", ".css"}]
    assert pages
    assert [path.name for path in pages if LOADS.search(path.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize("text", ['<script src="https://cdn.test/x.js">', "url(//cdn.test/x)", "@import 'http://x'"])
def test_the_search_sees_an_address(text: str) -> None:
    assert LOADS.search(text)
