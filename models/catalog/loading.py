"""Reads the catalogue: the files that ship, and such as a site adds. A mistake is refused with file, entry and field.

A site's file has the same form as those that ship; its names must be new.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from models.catalog.memory import complaints
from models.catalog.model import Catalog, Model, Profile, Reasoning
from models.errors import CatalogInvalid

SHIPPED = (Path(__file__).with_name("models.toml"), Path(__file__).with_name("profiles.toml"))

_ENTRY = re.compile(r"\$\.(model|profile)\[(\d+)\]")


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    model: tuple[Model, ...] = ()
    profile: tuple[Profile, ...] = ()


def load(more: Sequence[Path] = ()) -> Catalog:
    """Raises CatalogInvalid."""
    files = [(path, _read(path)) for path in (*SHIPPED, *more)]
    models = [model for _, file in files for model in file.model]
    profiles = [profile for _, file in files for profile in file.profile]
    _refuse_twins("model", (model.name for model in models))
    _refuse_twins("profile", (profile.name for profile in profiles))
    catalog = Catalog({model.name: model for model in models}, {profile.name: profile for profile in profiles})
    wrong = [*_wrong_models(catalog), *_wrong_profiles(catalog)]
    if wrong:
        raise CatalogInvalid("; ".join(wrong))
    return catalog


def _read(path: Path) -> _File:
    try:
        text = path.read_text("utf-8")
        return msgspec.toml.decode(text, type=_File)
    except (OSError, UnicodeDecodeError) as unreadable:
        raise CatalogInvalid(f"{path}: cannot be read ({type(unreadable).__name__})") from unreadable
    except msgspec.ValidationError as wrong:
        raise CatalogInvalid(f"{path}{_place(text, str(wrong))}: {wrong}") from wrong
    except msgspec.DecodeError as wrong:
        raise CatalogInvalid(f"{path}: {wrong}") from wrong


def _place(text: str, complaint: str) -> str:
    """The line where the entry begins that a complaint of msgspec's speaks of."""
    found = _ENTRY.search(complaint)
    if found is None:
        return ""
    kind, number = found[1], int(found[2])
    heads = [line for line, words in enumerate(text.splitlines(), start=1) if words.strip() == f"[[{kind}]]"]
    return f":{heads[number]}" if number < len(heads) else ""


def _refuse_twins(kind: str, names: Iterable[str]) -> None:
    twins = [name for name, count in Counter(names).items() if count > 1]
    if twins:
        raise CatalogInvalid(f"{kind} {', '.join(twins)}: the name stands twice; names are unique over all files")


def _wrong_models(catalog: Catalog) -> Iterator[str]:
    for model in catalog.models.values():
        unknown = sorted(set(model.unchecked) - set(model.__struct_fields__))
        if unknown:
            yield f"model {model.name}: unchecked names no field: {', '.join(unknown)}"
        if (model.reasoning is Reasoning.ALWAYS) != bool(model.reasoning_parser):
            yield f"model {model.name}: reasoning_parser belongs to reasoning = 'always', and to it alone"


def _wrong_profiles(catalog: Catalog) -> Iterator[str]:
    for profile in catalog.profiles.values():
        for complaint in complaints(catalog, profile):
            yield f"profile {profile.name}: {complaint}"
