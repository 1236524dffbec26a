"""Reads suite files. Everything is checked before anything starts: an unknown key is an error that names file and key.

Scalars are read as they stand: times stay text, ``yes`` is a word, and what a customer says is never made a number.
"""

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec
import yaml

from appliance.conversation.model import Awaiting
from appliance.demo.order_system.fixture import Fixture
from appliance.errors import ConfigurationError
from appliance.evaluation.lines import told
from appliance.evaluation.model import Burst, Case, Say, Show, Silence, Utterance
from models.commands import Slot


class Attack(StrEnum):
    INJECTION_DIRECT = "injection_direct"
    INJECTION_ENCODED = "injection_encoded"
    INJECTION_HIDDEN = "injection_hidden"
    SOCIAL_ENGINEERING = "social_engineering"
    CROSS_CUSTOMER = "cross_customer"
    VERIFICATION_BYPASS = "verification_bypass"
    OVER_REFUND = "over_refund"
    CONFIRMATION = "confirmation"
    SAY_DO = "say_do"
    TIME_TRICK = "time_trick"
    HOSTILE_INPUT = "hostile_input"
    BEHAVIOUR = "behaviour"
    EMOTION = "emotion"


SLOTS = frozenset(Slot) | frozenset(Awaiting)
_PASSED_ON = ("customer", "customers", "catalog", "orders")
_UNREAD = frozenset({"requests"})
"""What the customer really wants: for whoever computes ``expect`` again, never for the runner."""
_LONGEST_MESSAGE = 1_000_000


class _Loader(yaml.SafeLoader):
    yaml_implicit_resolvers: dict[str, Any] = {}


_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^(?:0|-?[1-9][0-9]*)$"), list("-0123456789"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(?:~|null|)$"), ["~", "n", ""])
_Loader.add_implicit_resolver("tag:yaml.org,2002:merge", re.compile(r"^(?:<<)$"), ["<"])


class _Wrong(ValueError):
    pass


def load(paths: Sequence[Path], only: str | None = None) -> list[Case]:
    """All cases of these files and under these folders, in the order of their file names.

    ConfigurationError names every file that is wrong.
    """
    named = ", ".join(map(str, paths))
    files = sorted({file for path in paths for file in _files(path)})
    if not files:
        raise ConfigurationError(
            f"{named}: no *.yaml file here; --suite takes a file or a folder of conversation cases"
        )
    cases = _loaded(files)
    _refuse_repeats(cases, files)
    if only is None:
        return cases
    chosen = [case for case in cases if case.id == only]
    if not chosen:
        raise ConfigurationError(f"{named}: no case has the id {only!r}")
    return chosen


def _loaded(files: Sequence[Path]) -> list[Case]:
    cases, wrong = [], []
    for file in files:
        try:
            cases.append(load_file(file))
        except ConfigurationError as error:
            wrong.append(error.detail)
    if wrong:
        raise ConfigurationError(told("files", wrong))
    return cases


def load_file(file: Path) -> Case:
    return checked(read(file), file)


def read(file: Path) -> object:
    """A file as YAML, unchecked."""
    try:
        return yaml.load(file.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - a SafeLoader with fewer resolvers
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigurationError(f"{file}: not readable as YAML: {' '.join(str(error).split())}") from error


def checked(raw: object, file: Path) -> Case:
    """The case that ``raw`` states; errors name ``file``."""
    try:
        return case_of(raw)
    except (_Wrong, msgspec.ValidationError) as error:
        raise ConfigurationError(f"{file}: {error}") from error


def case_of(raw: object) -> Case:
    """A case from parsed YAML. Raises ValueError naming the key."""
    if not isinstance(raw, dict):
        raise _Wrong("a case is a mapping")
    stated = {key: value for key, value in raw.items() if key not in _UNREAD}
    _check_fixtures(stated)
    fixtures = {key: stated.pop(key) for key in _PASSED_ON if key in stated}
    if stated.get("attack") is not None:
        msgspec.convert(stated["attack"], Attack)
    spoken = _spoken(stated)
    customer = fixtures["customer"]
    stated |= {
        "customer": {"id": customer["id"], "verified": customer.get("verified", True)},
        "fixtures": fixtures,
    }
    return msgspec.structs.replace(msgspec.convert(stated, Case), **spoken)


def utterance(raw: object, where: str) -> Utterance:
    match raw:
        case dict():
            return _special(raw, where)
        case None | list():
            raise _Wrong(f"a message is text, or one of image, burst, say, silence_s - at {where}")
        case bool():
            return Say(text=str(raw).lower())
        case _:
            return Say(text=str(raw))


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
    yield from (each for pattern in ("*.yaml", "*.yml") for each in path.rglob(pattern))


def _refuse_repeats(cases: Sequence[Case], files: Sequence[Path]) -> None:
    seen: dict[str, Path] = {}
    for case, file in zip(cases, files, strict=True):
        if case.id in seen:
            raise ConfigurationError(f"{file}: the id {case.id!r} stands in {seen[case.id]} too; ids are unique")
        seen[case.id] = file


def _spoken(stated: dict[str, Any]) -> dict[str, Any]:
    """Takes what is said out of ``stated`` and reads it."""
    spoken: dict[str, Any] = {}
    has_script = "script" in stated
    if has_script == ("opening" in stated):
        raise _Wrong("a case holds either `opening` or `script`")
    if "opening" in stated:
        spoken["opening"] = utterance(stated.pop("opening"), "$.opening")
    for key in ("script", "after_receipt"):
        if key in stated:
            spoken[key] = _several(stated.pop(key), f"$.{key}")
    if "then" in stated:
        spoken["then"] = tuple(
            _text(each, f"$.then[{at}]") for at, each in enumerate(_listed(stated.pop("then"), "$.then"))
        )
    if stated.get("otherwise") is not None:
        stated["otherwise"] = _text(stated["otherwise"], "$.otherwise")
    answers = stated.pop("answers", None) or {}
    if not isinstance(answers, dict):
        raise _Wrong("answers are a mapping from slots - at $.answers")
    _check_slots(answers, stated.get("interject") or ())
    spoken["answers"] = {
        slot: _several(value if isinstance(value, list) else [value], f"$.answers.{slot}")
        for slot, value in answers.items()
    }
    spoken["repeating"] = frozenset(slot for slot, value in answers.items() if not isinstance(value, list))
    return spoken


def _check_slots(answers: dict[str, Any], interject: Sequence[Any]) -> None:
    awaited: list[tuple[object, str]] = [(key, f"$.answers.{key}") for key in answers]
    awaited += [(each.get("when"), f"$.interject[{at}]") for at, each in enumerate(interject) if isinstance(each, dict)]
    for key, where in awaited:
        if key not in SLOTS:
            raise _Wrong(f"unknown slot `{key}` - at {where}; one of {', '.join(sorted(SLOTS))}")


def _several(raw: object, where: str) -> tuple[Utterance, ...]:
    return tuple(utterance(each, f"{where}[{at}]") for at, each in enumerate(_listed(raw, where)))


def _listed(raw: object, where: str) -> list[Any]:
    if not isinstance(raw, list):
        raise _Wrong(f"a list is expected - at {where}")
    return raw


def _text(raw: object, where: str) -> str:
    said = utterance(raw, where)
    if not isinstance(said, Say):
        raise _Wrong(f"only text may stand here - at {where}")
    return said.text


def _special(raw: dict[str, Any], where: str) -> Utterance:
    match set(raw):
        case keys if keys in ({"image"}, {"image", "caption"}):
            caption = raw.get("caption")
            return Show(
                image=_text(raw["image"], f"{where}.image"),
                caption=None if caption is None else _text(caption, f"{where}.caption"),
            )
        case keys if keys == {"burst"}:
            parts = _several(raw["burst"], f"{where}.burst")
            if not all(isinstance(part, Say | Show) for part in parts):
                raise _Wrong(f"a burst holds texts and images - at {where}.burst")
            return Burst(parts=tuple(part for part in parts if isinstance(part, Say | Show)))
        case keys if keys == {"say", "times"} and isinstance(raw["times"], int):
            text = _text(raw["say"], f"{where}.say")
            if not 0 <= raw["times"] * len(text) <= _LONGEST_MESSAGE:
                raise _Wrong(f"at most {_LONGEST_MESSAGE} characters a message - at {where}")
            return Say(text=text * raw["times"])
        case keys if keys == {"silence_s"} and isinstance(raw["silence_s"], int) and raw["silence_s"] >= 0:
            return Silence(seconds=raw["silence_s"])
    keys_named = ", ".join(f"`{key}`" for key in raw)
    raise _Wrong(f"{keys_named} is no message: image [caption], burst, say with times, silence_s - at {where}")


def _check_fixtures(stated: dict[str, Any]) -> None:
    """By the demo order system's own schema of a fixture."""
    if "customer" not in stated:
        raise _Wrong("Object missing required field `customer`")
    msgspec.convert({key: stated[key] for key in _PASSED_ON if key in stated}, Fixture)
