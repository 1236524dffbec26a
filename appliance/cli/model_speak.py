"""``appliance models speak``: become the server of CosyVoice 3, by vLLM-Omni or its authors' runtime in a container."""

import os
import shutil
import sys
from pathlib import Path

import click

from appliance import config
from appliance.cli import becoming
from appliance.config_voice import SpeakerProtocol
from appliance.errors import ConfigurationError
from appliance.secret_file import key_made_once
from appliance.supervisor.egress import sealed_in
from appliance.voice.own_engines import speaker_key
from models.catalog.model import Catalog, Model
from models.errors import CatalogInvalid, ModelCorrupt
from models.llm.launcher import HOST, Launch
from models.tts import launcher, speech_tokenizer

OMNI_PYTHON = Path(sys.prefix).with_name(".venv-omni") / "bin" / "python"
"""Beside the environment that this runs in."""
_MODEL = "fun-cosyvoice3-0.5b"
_file = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.option(
    "--by", type=click.Choice(["vllm-omni", "runtime"]), required=True, help="Which of the two servers of CosyVoice 3."
)
@click.option("--model", "name", default=_MODEL, show_default=True, help="Its name in catalogue and voices.")
@click.option(
    "--path",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Default: weights/MODEL in the state directory.",
)
@click.option("--card", type=click.IntRange(0, 63), default=0, show_default=True, help="The card that computes.")
@click.option(
    "--port", type=click.IntRange(1, 65535), default=launcher.COSYVOICE_PORT, show_default=True, help="Of vLLM-Omni."
)
@click.option("--python", type=_file, default=OMNI_PYTHON, help="Of vLLM-Omni's environment: .venv-omni beside .venv.")
@click.option("--image", help="Of the runtime, as NAME@sha256:DIGEST.")
@click.option("--program", default="docker", show_default=True, help="What runs the image: docker or podman.")
@click.option(
    "--code", default=launcher.RUNTIME_CODE, show_default=True, help="The folder of CosyVoice's sources in the image."
)
@click.option("--network", default=launcher.NETWORK, show_default=True, help="An internal network for the runtime.")
@click.option("--address", default=launcher.ADDRESS, show_default=True, help="The runtime's address on that network.")
@click.option("--print", "only_print", is_flag=True, help="Show what would be started, and start nothing.")
@click.pass_obj
def speak(
    catalog: Catalog,
    *,
    by: str,
    name: str,
    folder: Path | None,
    card: int,
    port: int,
    python: Path,
    image: str | None,
    program: str,
    code: str,
    network: str,
    address: str,
    only_print: bool,
) -> None:
    """Start CosyVoice 3, cut off from everything outside this machine. Neither way was ever run by us.

    This process becomes the server. What the appliance has to be told of it goes to stderr first. The files must pass
    the quick part of 'appliance models check'.
    """
    settings = config.load()
    model = _model(catalog, name)
    weights = (folder or settings.state_path / "weights" / name).absolute()
    if by == "runtime":
        if not image:
            raise click.UsageError("the runtime needs --image NAME@sha256:DIGEST: we ship none")
        home = settings.state_path / "cosyvoice"
        found = launcher.Container(
            program=program, image=image, weights=weights, code=code, network=network, address=address, card=card
        )
        prepared = _container(found)
        told = {
            "speaker_url": f"http://{address}:{launcher.RUNTIME_PORT}",
            "speaker_protocol": SpeakerProtocol.COSYVOICE.value,
        }
    else:
        home = settings.state_path / "vllm" / "speech"
        key = speaker_key(settings)
        site = launcher.Omni(
            python=python.absolute(),
            weights=weights,
            model=name,
            home=home,
            api_key="" if only_print else key_made_once(key),
            card=card,
            port=port,
        )
        prepared = launcher.vllm_omni(site, os.environ)
        told = {
            "speaker_url": f"http://{HOST}:{port}/v1",
            "speaker_protocol": SpeakerProtocol.OPENAI.value,
            "speaker_key_file": str(key),
        }
    becoming.echo_settings(told)
    if only_print:
        click.echo(becoming.shown(prepared, hidden="VLLM_API_KEY" if by == "vllm-omni" else ""))
        return
    becoming.refuse_if_not_whole(weights, model)
    if by == "vllm-omni":
        becoming.refuse_without_python(python, "docs/speech-out.md says how to make vLLM-Omni's environment")
        _lay_tokenizer(weights, home)
        prepared = becoming.guarded(prepared, python.absolute(), sealed_in(settings, "vllm-speech"))
    becoming.become(_found(prepared), home)


def _model(catalog: Catalog, name: str) -> Model:
    if name not in catalog.models:
        raise ConfigurationError(f"there is no model {name}; 'appliance models list' names them")
    return catalog.models[name]


def _lay_tokenizer(weights: Path, home: Path) -> None:
    try:
        speech_tokenizer.lay(weights, home)
    except ModelCorrupt as refused:
        raise ConfigurationError(str(refused)) from refused
    except OSError as unable:
        raise ConfigurationError(f"{unable.filename}: {unable.strerror}") from unable


def _container(site: launcher.Container) -> Launch:
    try:
        return launcher.container(site, os.environ)
    except CatalogInvalid as refused:
        raise ConfigurationError(str(refused)) from refused


def _found(prepared: Launch) -> Launch:
    """With the program's place, which it is started by."""
    program = prepared.argv[0]
    place = shutil.which(program)
    if place is None:
        raise ConfigurationError(f"{program} is not there: install it, or name another by --program")
    return Launch([place, *prepared.argv[1:]], prepared.environment)
