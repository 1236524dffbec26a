"""What an earlier call settled holds: an answer that is left out takes it, one that contradicts it is refused.

Refused, not applied: the settings are a person's from the first call on. Who changes one there knows what else rests
on it, and when the product may be started again.
"""

import dataclasses
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from appliance.setup import containers
from appliance.setup.answers import Answers, Mode, Service
from appliance.setup.errors import Refused
from appliance.setup.record import Installed, Progress, Records, migrations_in


def in_effect(recorded: Installed, state_dir: Path) -> Installed:
    """As recorded, but for where the settings by now say that it listens."""
    if recorded.mode == Mode.COMPOSE:
        return recorded
    web = _settings(recorded, state_dir).get("web", {})
    return dataclasses.replace(recorded, host=web.get("host", recorded.host), port=web.get("port", recorded.port))


def may_test_outside(recorded: Installed, state_dir: Path) -> bool:
    """Whether the settings allow the egress test to send packets by the real way out."""
    return _settings(recorded, state_dir).get("egress", {}).get("outside_test", False) is True


def settled(
    answers: Answers, installed: Installed | None, progress: Progress | None, state_dir: Path, *, is_upgrade: bool
) -> Answers:
    """The answers, those of before where they say nothing. Refused where they contradict what is there."""
    recorded = progress.after if progress else installed
    answers = _of_its_mode(answers, recorded, state_dir)
    if recorded is None:
        return answers
    done = progress.done if progress else ()
    kept: dict[str, Any] = {
        "name": _name(answers, recorded, state_dir, is_fixed=bool(installed) or "certificates" in done)
    }
    if answers.mode == Mode.NATIVE:
        is_kept_by_it = "service" in done or (installed is not None and not is_upgrade)
        kept |= _listens(answers, recorded, state_dir, is_fixed=installed is not None)
        kept["service"] = _service(answers, recorded, is_fixed=is_kept_by_it)
    return dataclasses.replace(answers, **kept)


def refuse_other_version(wanted: Installed, installed: Installed | None, records: Records) -> None:
    """Unpacked over the installed one it has replaced the way back, and old processes run on beside its files."""
    if installed is None or installed.folder != wanted.folder:
        return
    was = f"{installed.version} {installed.revision}".strip()
    now = f"{wanted.version} {wanted.revision}".strip()
    before = records.migrations()
    odd = set() if before is None else set(before) ^ set(migrations_in(Path(wanted.folder)))
    if was == now and odd:
        now = f"{now} with other tables ({min(odd)})"
    if was != now:
        raise Refused(
            f"{was} is installed from {wanted.folder}, and that folder now holds {now}: nothing was changed",
            f"put the new version into a folder of its own and this one back to {was}, which is the way back; then run "
            "the install.sh of the new one",
        )


def _of_its_mode(answers: Answers, recorded: Installed | None, state_dir: Path) -> Answers:
    """What is kept in Docker's volumes no process of this machine takes up, nor the other way round."""
    was = recorded.mode if recorded else Mode.COMPOSE if containers.server(state_dir).is_dir() else None
    if was is None:
        return answers
    if "mode" in answers.given and answers.mode != was:
        raise Refused(
            f"it was installed as {was}, and {answers.mode} is answered",
            f'answer mode = "{was}" or leave it out; or answer state_dir with another folder',
        )
    return dataclasses.replace(answers, mode=was)


def _listens(answers: Answers, recorded: Installed, state_dir: Path, *, is_fixed: bool) -> dict[str, Any]:
    web = _settings(recorded, state_dir).get("web", {})
    now = in_effect(recorded, state_dir)
    kept: dict[str, Any] = {}
    for key in ("host", "port"):
        answer, there = getattr(answers, key), getattr(now, key)
        if key in answers.given and answer != there and (is_fixed or key in web):
            raise Refused(
                f"{key} = {answer!r} is answered, and {there!r} is in effect",
                f"change web.{key} in {state_dir}/appliance.toml (and the port in access.origin), start the product "
                f"again, then answer it; or leave {key} out of the answers",
            )
        kept[key] = answer if key in answers.given else there
    return kept


def _service(answers: Answers, recorded: Installed, *, is_fixed: bool) -> str:
    if answers.service == Service.AUTO:
        return recorded.service
    if answers.service != recorded.service and is_fixed:
        raise Refused(
            f'service = "{answers.service}" is answered, and {recorded.service} keeps it running',
            "'./install.sh uninstall', which keeps data and keys, then run ./install.sh again; or leave service out",
        )
    return answers.service


def _name(answers: Answers, recorded: Installed, state_dir: Path, *, is_fixed: bool) -> str:
    """The one of before, or the one that the settings have been given since."""
    if "name" not in answers.given:
        return recorded.name
    origin = str(_settings(recorded, state_dir).get("access", {}).get("origin", ""))
    there = urlsplit(origin).hostname
    if answers.name.lower() not in {recorded.name.lower(), there} and (is_fixed or there):
        made = "" if recorded.mode == Mode.COMPOSE else ", make and name its certificate ('appliance certificates'),"
        raise Refused(
            f"name = {answers.name!r} is answered, and {there or recorded.name!r} is in effect",
            f"change access.origin in the settings{made} and start the product again, then answer it; or leave name "
            "out of the answers",
        )
    return answers.name


def _settings(recorded: Installed, state_dir: Path) -> dict[str, Any]:
    """Nothing where they are not written yet."""
    try:
        is_contained = recorded.mode == Mode.COMPOSE
        file = containers.settings(recorded, state_dir) if is_contained else state_dir / "appliance.toml"
        return tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as damaged:
        raise Refused(f"the settings cannot be read ({damaged})", "mend them, then run ./install.sh again") from damaged
