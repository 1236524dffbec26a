"""From entry and machine to command line and environment: nothing outside, nothing trusted, nothing written down."""

from pathlib import Path

import msgspec
import pytest

from models.catalog.loading import load
from models.catalog.model import Model, Placement, Profile, Role
from models.errors import CatalogInvalid
from models.llm.environment import AIR_GAP, HANDED_ON
from models.llm.launcher import PORTS, Launch, Site, launch

CATALOG = load()
SITE = Site(
    python=Path("/venv/bin/python"), weights=Path("/weights"), home=Path("/home/chat"), api_key="secret", port=8000
)
INHERITED = {
    "PATH": "/bin",
    "LD_LIBRARY_PATH": "/cuda",
    "HTTPS_PROXY": "http://proxy",
    "VLLM_SERVER_DEV_MODE": "1",
    "VLLM_LOGGING_LEVEL": "DEBUG",
    "HF_TOKEN": "hf_x",
    "PYTHONPATH": "/evil",
    "CUDA_VISIBLE_DEVICES": "7",
}
PLACED = [
    pytest.param(profile, placement, id=f"{profile.name}-{placement.role}")
    for profile in CATALOG.profiles.values()
    for placement in profile.place
]
every_placement = pytest.mark.parametrize(("profile", "placement"), PLACED)


def _placed(profile: str, role: Role = Role.CHAT, site: Site = SITE) -> Launch:
    placement = CATALOG.profiles[profile].placement(role)
    assert placement is not None
    return _started(CATALOG.models[placement.model], placement, CATALOG.profiles[profile], site)


def _started(model: Model, placement: Placement, profile: Profile, site: Site = SITE) -> Launch:
    return launch(model, placement, profile, site, INHERITED)


def _chat(name: str, **changes: object) -> Launch:
    """A model of the catalogue, in a place that is made for it."""
    model = msgspec.structs.replace(CATALOG.models[name], **changes)
    placement = Placement(role=model.role, model=model.name, memory_share=0.5, context=4096)
    return _started(model, placement, CATALOG.profiles["gpu-80g"])


def _value(argv: list[str], option: str) -> str:
    return argv[argv.index(option) + 1]


def test_a_whole_command_line() -> None:
    assert _placed("gpu-24g").argv == [
        "/venv/bin/python", "-I", "-m", "vllm.entrypoints.openai.api_server",
        "--model", "/weights",
        "--served-model-name", "chat",
        "--host", "127.0.0.1", "--port", "8000",
        "--max-model-len", "8192",
        "--max-num-seqs", "16",
        "--no-trust-remote-code",
        "--no-trust-request-chat-template",
        "--load-format", "safetensors",
        "--no-enable-log-requests",
        "--disable-uvicorn-access-log",
        "--disable-fastapi-docs",
        "--runner", "generate",
        "--enable-prefix-caching",
        "--generation-config", "vllm",
        "--structured-outputs-config", '{"backend": "guidance", "disable_any_whitespace": true}',
        "--default-chat-template-kwargs", '{"enable_thinking": false}',
        "--gpu-memory-utilization", "0.65",
        "--tensor-parallel-size", "1",
    ]  # fmt: skip


@every_placement
def test_it_never_runs_code_from_the_weights_and_never_listens_outside(profile: Profile, placement: Placement) -> None:
    argv = _started(CATALOG.models[placement.model], placement, profile).argv
    assert "--trust-remote-code" not in argv
    assert _value(argv, "--host") == "127.0.0.1"
    assert "secret" not in argv


@every_placement
def test_the_environment_is_cut_off_and_holds_nothing_that_was_not_named(
    profile: Profile, placement: Placement
) -> None:
    environment = _started(CATALOG.models[placement.model], placement, profile).environment
    assert AIR_GAP.items() <= environment.items()
    own = {"HOME", "HF_HOME", "VLLM_CACHE_ROOT", "VLLM_CONFIG_ROOT", "CUDA_VISIBLE_DEVICES", "VLLM_API_KEY"}
    assert set(environment) <= set(AIR_GAP) | set(HANDED_ON) | own
    assert environment["VLLM_API_KEY"] == "secret"
    assert environment["PATH"] == "/bin"


def test_the_switches_that_take_nothing_but_an_exact_one_have_it() -> None:
    assert {AIR_GAP[name] for name in ("VLLM_NO_USAGE_STATS", "DO_NOT_TRACK", "HF_HUB_OFFLINE")} == {"1"}


def test_everything_is_written_below_one_folder() -> None:
    environment = _placed("gpu-24g").environment
    for name in ("HOME", "HF_HOME", "VLLM_CACHE_ROOT", "VLLM_CONFIG_ROOT"):
        assert Path(environment[name]).is_relative_to("/home/chat")


def test_a_model_over_two_cards_sees_both_and_is_spread() -> None:
    started = _placed("gpu-multi")
    assert started.environment["CUDA_VISIBLE_DEVICES"] == "0,1"
    assert _value(started.argv, "--tensor-parallel-size") == "2"


def test_each_role_sees_its_own_card_alone() -> None:
    assert _placed("gpu-multi", Role.RERANK).environment["CUDA_VISIBLE_DEVICES"] == "1"


def test_on_a_cpu_the_cache_has_a_size_of_its_own_and_no_share_of_the_machine() -> None:
    placement = Placement(role=Role.CHAT, model="qwen3-4b", memory_share=0.9, context=4096, whole_contexts=2)
    profile = msgspec.structs.replace(CATALOG.profiles["cpu"], card_gib=32.0, place=(placement,))
    started = _started(CATALOG.models["qwen3-4b"], placement, profile)
    assert _value(started.argv, "--kv-cache-memory-bytes") == str((2 * 4096 + 256) * 2 * 2 * 36 * 8 * 128)
    assert {"--enforce-eager", "--dtype"} <= set(started.argv)
    assert "--gpu-memory-utilization" not in started.argv
    assert "CUDA_VISIBLE_DEVICES" not in started.environment


def test_a_socket_stands_instead_of_a_port() -> None:
    argv = _placed("gpu-24g", site=msgspec.structs.replace(SITE, socket=Path("/run/chat.sock"))).argv
    assert _value(argv, "--uds") == "/run/chat.sock"
    assert not {"--host", "--port"} & set(argv)


def test_a_model_that_always_thinks_has_its_thoughts_taken_out() -> None:
    argv = _chat("deepseek-r1-distill-qwen-14b").argv
    assert _value(argv, "--reasoning-parser") == "deepseek_r1"
    assert "--default-chat-template-kwargs" not in argv


def test_a_model_that_never_thinks_is_told_nothing_of_it() -> None:
    argv = _chat("qwen3-30b-a3b").argv
    assert not {"--reasoning-parser", "--default-chat-template-kwargs"} & set(argv)


def test_a_model_that_needs_code_of_its_own_is_not_started() -> None:
    with pytest.raises(CatalogInvalid, match="internlm3-8b needs program code from its own folder"):
        _chat("internlm3-8b")


def test_an_embedding_model_embeds_and_a_reranker_is_told_its_form() -> None:
    embeds, reranks = _chat("qwen3-embedding-0.6b").argv, _chat("qwen3-reranker-0.6b").argv
    assert (_value(embeds, "--runner"), _value(embeds, "--convert")) == ("pooling", "embed")
    assert msgspec.json.decode(_value(reranks, "--hf-overrides")) == {
        "architectures": ["Qwen3ForSequenceClassification"],
        "classifier_from_token": ["no", "yes"],
        "is_original_qwen3_reranker": True,
    }
    assert not {"--enable-prefix-caching", "--structured-outputs-config"} & {*embeds, *reranks}


def test_pickled_weights_are_only_loaded_where_the_catalogue_names_them() -> None:
    assert _value(_chat("bge-m3").argv, "--load-format") == "auto"
    assert _value(_chat("bge-reranker-v2-m3").argv, "--load-format") == "safetensors"


def test_each_role_of_vllms_has_a_port_of_its_own() -> None:
    assert set(PORTS) == set(Role) - {Role.TTS}
    assert len(set(PORTS.values())) == len(PORTS)


def test_a_model_that_speaks_is_started_elsewhere() -> None:
    with pytest.raises(CatalogInvalid, match="appliance models speak"):
        _chat("fun-cosyvoice3-0.5b")
