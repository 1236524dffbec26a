"""The command line and environment that start vLLM for one role. Pure: nothing is looked up, started or written here.

vLLM's key guards paths below /v1 only; others answer without it. So it listens on this machine alone, or inside a
container on a network that leads nowhere.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final, assert_never

import msgspec

from models.catalog.memory import GIB, cache_gib, tokens_of
from models.catalog.model import Device, Model, Placement, Profile, Reasoning, Role
from models.errors import CatalogInvalid
from models.llm.environment import environment

VLLM_VERSION: Final = "0.32.0"
"""The one that was tried; ``compose/install`` pins it."""
HOST: Final = "127.0.0.1"
PORTS: Final = {Role.CHAT: 8000, Role.EMBEDDING: 8001, Role.RERANK: 8002}
STRUCTURED_OUTPUTS: Final = {"backend": "guidance", "disable_any_whitespace": True}
"""vLLM's default lets bare control characters into bounded strings, which is no JSON, and any space between tokens."""
SERVER: Final = "vllm.entrypoints.openai.api_server"
"""Started as a module: the ``vllm`` program of the CPU build does not start."""


class Launch(msgspec.Struct, frozen=True):
    argv: list[str]
    environment: dict[str, str]


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """What differs from machine to machine."""

    python: Path
    """Of the environment that vLLM is installed in."""
    weights: Path
    home: Path
    """Where the server may write."""
    api_key: str
    host: str = HOST
    port: int = 0
    socket: Path | None = None
    """Instead of the port."""


def launch(model: Model, placement: Placement, profile: Profile, site: Site, inherited: Mapping[str, str]) -> Launch:
    """Raises CatalogInvalid for a model that vLLM cannot start, or not without running code from its folder."""
    if model.needs_code_of_its_own:
        raise CatalogInvalid(
            f"model {model.name} needs program code from its own folder, which is never run: {model.note}"
        )
    is_on_cards = profile.device is Device.GPU
    argv = [
        str(site.python), "-I", "-m", SERVER,
        "--model", str(site.weights),
        "--served-model-name", placement.role,
        *_where(site),
        "--max-model-len", str(placement.context),
        "--max-num-seqs", str(placement.sequences),
        "--no-trust-remote-code",
        "--no-trust-request-chat-template",
        "--load-format", "auto" if model.pickles else "safetensors",
        "--no-enable-log-requests",
        "--disable-uvicorn-access-log",
        "--disable-fastapi-docs",
        *_of_the_role(model),
        *(_on_cards(placement) if is_on_cards else _on_the_cpu(model, placement)),
    ]  # fmt: skip
    if model.hf_overrides:
        argv += ["--hf-overrides", json.dumps(model.hf_overrides)]
    cards = placement.cards if is_on_cards else None
    return Launch(argv, environment(inherited, home=site.home, api_key=site.api_key, cards=cards))


def _where(site: Site) -> list[str]:
    return ["--uds", str(site.socket)] if site.socket else ["--host", site.host, "--port", str(site.port)]


def _of_the_role(model: Model) -> list[str]:
    match model.role:
        case Role.CHAT:
            # The unchanging part of every prompt stands first and is computed once. Sampling is the client's matter.
            return [
                "--runner", "generate",
                "--enable-prefix-caching",
                "--generation-config", "vllm",
                "--structured-outputs-config", json.dumps(STRUCTURED_OUTPUTS),
                *_reasoning(model),
            ]  # fmt: skip
        case Role.EMBEDDING:
            return ["--runner", "pooling", "--convert", "embed"]
        case Role.RERANK:
            return ["--runner", "pooling"]
        case Role.TTS:
            raise CatalogInvalid(f"model {model.name} is none for vLLM alone: {model.note}")
    assert_never(model.role)


def _reasoning(model: Model) -> list[str]:
    match model.reasoning:
        case Reasoning.NONE:
            return []
        case Reasoning.SWITCHED_OFF:
            return ["--default-chat-template-kwargs", json.dumps({"enable_thinking": False})]
        case Reasoning.ALWAYS:
            return ["--reasoning-parser", model.reasoning_parser]
    assert_never(model.reasoning)


def _on_cards(placement: Placement) -> list[str]:
    return [
        "--gpu-memory-utilization", f"{placement.memory_share:.2f}",
        "--tensor-parallel-size", str(len(placement.cards)),
    ]  # fmt: skip


def _on_the_cpu(model: Model, placement: Placement) -> list[str]:
    """Without a size of its own, the cache would claim nine tenths of the machine's memory, and refuse to start."""
    cache = round(cache_gib(model, tokens_of(placement)) * GIB)
    return ["--dtype", "bfloat16", "--enforce-eager", *(["--kv-cache-memory-bytes", str(cache)] if cache else [])]
