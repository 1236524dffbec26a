"""The command lines and environments of the engines that speak. Pure: nothing is looked up, started or written here.

Of the two ways to run CosyVoice 3 neither was ever run by us: both follow their authors' documents.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from models import handed_down
from models.errors import CatalogInvalid
from models.llm.environment import AIR_GAP, HANDED_ON, environment
from models.llm.launcher import HOST, Launch

ESPEAK_PORT: Final = 8020
COSYVOICE_PORT: Final = 8021
KEY_VARIABLE: Final = "SPEECH_API_KEY"
_OMNI: Final = "vllm_omni.entrypoints.cli.main"
RUNTIME_CODE: Final = "/opt/CosyVoice/CosyVoice"
"""Where the Dockerfile of its authors' runtime puts it."""
RUNTIME_PORT: Final = 50000
NETWORK: Final = "aftersales-engines"
ADDRESS: Final = "172.31.250.2"
_RUNTIME: Final = "runtime/python/fastapi/server.py"
_WEIGHTS: Final = "/weights"
_PINNED: Final = re.compile(r"[\w./:-]+@sha256:[0-9a-f]{64}")


class Omni(msgspec.Struct, frozen=True, kw_only=True):
    """vLLM-Omni on this machine."""

    python: Path
    """Of the environment that it is installed in."""
    weights: Path
    """With the ``config.json`` that its documents ask for."""
    model: str
    """As voices name it."""
    home: Path
    api_key: str
    card: int = 0
    port: int = COSYVOICE_PORT


class Container(msgspec.Struct, frozen=True, kw_only=True):
    """The authors' runtime in a container of theirs, on a network that leads nowhere but to this machine."""

    program: str = "docker"
    image: str
    """With its digest, so that it is the one that was looked at."""
    weights: Path
    code: str = RUNTIME_CODE
    """The checkout of CosyVoice within the image."""
    network: str = NETWORK
    """Made by ``docker network create --internal --subnet 172.31.250.0/29 aftersales-engines``."""
    address: str = ADDRESS
    """The client's address, with port 50000: an internal network publishes no ports."""
    card: int = 0


def espeak(
    python: Path,
    engine: Path,
    api_key: str,
    inherited: Mapping[str, str],
    port: int = ESPEAK_PORT,
    *,
    listen_fd: int | None = None,
    ready_fd: int | None = None,
) -> Launch:
    """``python`` is the product's own; ``engine`` the folder that fetch-espeak.sh prints. With ``listen_fd`` the port
    counts for nothing."""
    argv = [str(python), "-P", "-m", "models.tts.espeak", "--engine", str(engine), "--port", str(port)]
    argv += handed_down.options(listen_fd, ready_fd)
    handed_on = {name: inherited[name] for name in HANDED_ON if name in inherited}
    return Launch(argv, {**handed_on, KEY_VARIABLE: api_key})


def vllm_omni(site: Omni, inherited: Mapping[str, str]) -> Launch:
    """Its documents ask for --trust-remote-code; the model's folder holds no code, and none of it is run."""
    argv = [
        str(site.python), "-I", "-m", _OMNI, "serve", str(site.weights),
        "--omni",
        "--served-model-name", site.model,
        "--host", HOST, "--port", str(site.port),
        "--no-trust-remote-code",
        "--no-enable-log-requests",
        "--disable-uvicorn-access-log",
        "--disable-fastapi-docs",
    ]  # fmt: skip
    around = environment(inherited, home=site.home, api_key=site.api_key, cards=(site.card,))
    return Launch(argv, {**around, "SPEAKER_SAMPLES_DIR": str(site.home / "speakers")})


def container(site: Container, inherited: Mapping[str, str]) -> Launch:
    """Raises CatalogInvalid for an image that is not named by its digest."""
    if not _PINNED.fullmatch(site.image):
        raise CatalogInvalid(f"image {site.image}: name it with its digest, NAME@sha256:…; a tag moves")
    settings = {**AIR_GAP, "MODELSCOPE_OFFLINE": "1", "HOME": "/tmp"}  # noqa: S108 (inside the container)
    argv = [
        site.program, "run", "--rm", "--name", "aftersales-cosyvoice",
        "--gpus", f"device={site.card}",
        "--network", site.network, "--ip", site.address,
        "--read-only", "--tmpfs", "/tmp", "--shm-size", "2g",  # noqa: S108 (inside the container)
        "--cap-drop", "ALL", "--security-opt", "no-new-privileges",
        "--volume", f"{site.weights}:{_WEIGHTS}:ro",
        *(part for name, value in settings.items() for part in ("--env", f"{name}={value}")),
        site.image,
        "python3", f"{site.code}/{_RUNTIME}", "--port", str(RUNTIME_PORT), "--model_dir", _WEIGHTS,
    ]  # fmt: skip
    return Launch(argv, {name: inherited[name] for name in HANDED_ON if name in inherited})
