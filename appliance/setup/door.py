"""The way in: which certificate the web processes of an installation show, and the address that people type.

A certificate is made for nobody but them: where a person has written the settings, or containers have a proxy, none is.
"""

import tomllib
from pathlib import Path

from appliance.setup.answers import Answers, Mode
from appliance.setup.record import Installed

_HTTPS = 443
_EVERYWHERE = ("0.0.0.0", "::", "")  # noqa: S104 (looked for, not listened on)


def speaks_tls(wanted: Installed, answers: Answers) -> bool:
    """The web processes themselves, by what the installer makes for them."""
    return answers.certificates and wanted.mode == Mode.NATIVE


def names(wanted: Installed) -> list[str]:
    """Of the certificate, the one that people type first; and this machine's own, for who looks from here."""
    own = [] if wanted.host in _EVERYWHERE else [wanted.host]
    return list(dict.fromkeys([wanted.name, *own, "localhost", "127.0.0.1"]))


def pair(wanted: Installed, state_dir: Path) -> tuple[Path, Path]:
    """Certificate and key, as ``appliance certificates issue`` names them."""
    return state_dir / "tls" / f"{wanted.name}.pem", state_dir / "tls" / f"{wanted.name}.key"


def origin(wanted: Installed, answers: Answers) -> str:
    """What stands in the address bar. A proxy has the port that browsers leave out."""
    is_shown = speaks_tls(wanted, answers) and wanted.port != _HTTPS
    return f"https://{wanted.name}{f':{wanted.port}' if is_shown else ''}"


def address(wanted: Installed, state_dir: Path) -> str:
    """Where the web processes listen, by the settings that are there: they may be a person's."""
    try:
        settings = tomllib.loads((state_dir / "appliance.toml").read_text("utf-8"))
    except (OSError, ValueError):
        settings = {}
    scheme = "https" if settings.get("web", {}).get("certificate_file") else "http"
    host = f"[{wanted.host}]" if ":" in wanted.host else wanted.host
    return f"{scheme}://{host}:{wanted.port}/"
