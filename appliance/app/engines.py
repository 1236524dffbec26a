"""The engines of speech as processes of the tree: each becomes its engine's own program, as ``models start`` does.

Their sockets and the pipe by which they say that they serve are the supervisor's; they see no settings and no secrets
but their own key.
"""

import os
import sys
from pathlib import Path

import msgspec

from appliance.config import Settings
from appliance.errors import ConfigurationError
from appliance.secret_file import key_made_once
from appliance.supervisor.child import LISTEN_FD, READY_FD, Child
from appliance.supervisor.egress import sealed_in
from appliance.voice.own_engines import own_recogniser, own_speaker, speaker_key
from models.asr.launcher import launch
from models.asr.worker import Settings as Recogniser
from models.llm.launcher import Launch
from models.tts.espeak.library import LIBRARY
from models.tts.launcher import espeak
from security.egress import guarded, placing
from security.errors import GuardNotPlaced

_PRIVATE = 0o077
_CURE = "run ./install.sh voice"


async def recogniser(child: Child) -> None:
    own, voice = own_recogniser(child.settings), child.settings.voice
    if own is None:
        raise ConfigurationError("voice.recogniser_url names a recogniser, so none of our own is run")
    if not os.access(own.python, os.X_OK):
        raise ConfigurationError(f"{own.python}, which is to have FunASR, is not there: {_CURE}")
    listen_fd, ready_fd = _handed_down()
    settings = Recogniser(
        models=own.models,
        engines=voice.recogniser_engines,
        most_calls=voice.recogniser_calls,
        device=voice.recogniser_device,
        listen_fd=listen_fd,
        ready_fd=ready_fd,
    )
    home = _home(child, "recogniser")
    try:
        placing.place(own.python)
    except GuardNotPlaced as refused:
        raise ConfigurationError(str(refused)) from refused
    prepared = launch(settings, python=own.python, home=home, inherited=os.environ)
    _become(with_guard(prepared, child.settings, "recogniser"), home)


async def speaker(child: Child) -> None:
    folder = own_speaker(child.settings)
    if folder is None:
        raise ConfigurationError("voice.speaker_url names a speaker, so none of our own is run")
    if not (folder / LIBRARY).is_file():
        raise ConfigurationError(f"{folder / LIBRARY}, eSpeak NG, is not there: {_CURE}")
    listen_fd, ready_fd = _handed_down()
    key = key_made_once(speaker_key(child.settings))
    prepared = espeak(Path(sys.executable), folder, key, os.environ, listen_fd=listen_fd, ready_fd=ready_fd)
    _become(with_guard(in_our_interpreter(prepared), child.settings, "speaker"), _home(child, "speaker"))


def with_guard(prepared: Launch, settings: Settings, name: str) -> Launch:
    """It may reach this machine and nothing else."""
    return msgspec.structs.replace(prepared, environment={**prepared.environment, **sealed_in(settings, name)})


def in_our_interpreter(prepared: Launch) -> Launch:
    """Its module is run by the one that installs the guard first."""
    at = prepared.argv.index("-m") + 1
    return msgspec.structs.replace(prepared, argv=[*prepared.argv[:at], guarded.MODULE, *prepared.argv[at:]])


def _handed_down() -> tuple[int, int]:
    try:
        return int(os.environ[LISTEN_FD]), int(os.environ[READY_FD])
    except KeyError:
        raise ConfigurationError("this process is started by its supervisor: run 'appliance up'") from None


def _home(child: Child, name: str) -> Path:
    """Where it may write."""
    home = child.settings.state_path / "engines" / name
    home.mkdir(parents=True, exist_ok=True)
    return home


def _become(prepared: Launch, home: Path) -> None:
    os.umask(_PRIVATE)
    try:
        os.chdir(home)
        os.execve(prepared.argv[0], prepared.argv, prepared.environment)  # noqa: S606
    except OSError as unable:
        raise ConfigurationError(f"{prepared.argv[0]}: {unable.strerror}: {_CURE}") from unable
