"""Whether the language model of the settings is served, as the console asks it."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from appliance.config_understanding import LlmSettings
from appliance.errors import Conflict
from appliance.installation.inference import LanguageCheck, ModelDesk, Served
from models.catalog import manifest
from models.errors import ModelUnavailable

SETTINGS = LlmSettings(url="http://llm:hush@127.0.0.1:9/v1", model="chat", api_key_file="/etc/llm.key")


def desk(served: Served | None, state_dir: Path = Path("/nowhere")) -> ModelDesk:
    return ModelDesk(
        settings=SETTINGS, state_dir=state_dir, compact_version="0", served=served, is_resting=lambda: False
    )


def serving(*names: str) -> Served:
    async def served() -> Sequence[str]:
        return names

    return served


async def unreachable() -> Sequence[str]:
    raise ModelUnavailable("nobody there")


@pytest.mark.parametrize(
    ("served", "is_good", "names", "trouble"),
    [
        (serving("chat", "embed"), True, ("chat", "embed"), ""),
        (serving("qwen3-8b"), False, ("qwen3-8b",), ""),
        (unreachable, False, (), "model_unavailable"),
    ],
)
async def test_what_the_server_says_is_told(
    served: Served, is_good: bool, names: tuple[str, ...], trouble: str
) -> None:
    found: LanguageCheck = await desk(served).check()
    assert (found.is_good, found.served, found.trouble) == (is_good, names, trouble)


async def test_a_server_that_is_not_set_is_not_asked() -> None:
    with pytest.raises(Conflict):
        await desk(None).check()


async def test_weights_that_lie_here_are_told_by_their_digest_and_no_password_is(tmp_path: Path) -> None:
    folder = tmp_path / "weights" / "qwen3-4b"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    digest = manifest.write(folder)
    found = await desk(None, tmp_path).look()
    assert {each.name: each.digest for each in found.catalogue if each.digest} == {"qwen3-4b": digest}
    assert (found.language.url, found.language.has_key) == ("http://llm:•••@127.0.0.1:9/v1", True)
