"""Where calls are taken, for whoever rings up on this machine: ``run/phone.json``, written anew at each start."""

from pathlib import Path
from typing import Final

import msgspec

from appliance.channels.phone.server import Ports
from appliance.errors import Unavailable

_EVERY_ADDRESS: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared, not listened on


def reached_at(ports: Ports) -> str:
    """The host, for whoever is on this machine."""
    return _EVERY_ADDRESS.get(ports.host, ports.host)


def write(state_dir: Path, ports: Ports) -> None:
    scratch = _file(state_dir).with_suffix(".new")
    scratch.write_bytes(msgspec.json.encode(ports))
    scratch.rename(_file(state_dir))


def read(state_dir: Path) -> Ports:
    """As they were last written: whether anybody listens there now is seen by ringing up. Unavailable: never yet."""
    try:
        return msgspec.json.decode(_file(state_dir).read_bytes(), type=Ports)
    except (FileNotFoundError, msgspec.DecodeError):
        raise Unavailable(
            "no process has taken calls here yet: set voice.enabled in appliance.toml, and run 'appliance up'"
        ) from None


def _file(state_dir: Path) -> Path:
    return state_dir / "run" / "phone.json"
