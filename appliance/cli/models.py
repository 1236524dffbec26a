"""``appliance models``: what is in the catalogue, whether weights that were brought are whole, and their server."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import msgspec

from appliance.cli.model_speak import speak
from appliance.cli.model_start import VLLM_PYTHON, start
from appliance.cli.models_train import train_
from appliance.errors import ConfigurationError, NotFound
from models.catalog import manifest
from models.catalog.cards import cards
from models.catalog.loading import load
from models.catalog.memory import least_gib
from models.catalog.model import Catalog, Model
from models.errors import CatalogInvalid, ModelCorrupt
from models.llm import tokenizer_check

_folder = click.Path(exists=True, file_okay=False, path_type=Path)
_GB = 1e9


class Listed(msgspec.Struct, frozen=True):
    """``fits`` is null where the machine has no card."""

    name: str
    role: str
    licence: str
    parameters_b: float
    quantisation: str
    least_gib: float
    fits: bool | None


class Checked(msgspec.Struct, frozen=True):
    """``control_words`` is null where the tokenizer was not asked."""

    model: str
    digest: str
    faults: list[manifest.Fault]
    control_words: tuple[str, ...] | None


@click.group()
@click.option(
    "--catalog",
    "more",
    multiple=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="A file of models and profiles of your own, beside those that ship. May be given again.",
)
@click.pass_context
def models(ctx: click.Context, more: tuple[Path, ...]) -> None:
    """Look into the catalogue of local models, check weights that were brought, start a model server."""
    try:
        ctx.obj = load(more)
    except CatalogInvalid as wrong:
        raise ConfigurationError(str(wrong)) from wrong


models.add_command(start)
models.add_command(speak)
models.add_command(train_)


@models.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="For a script.")
@click.pass_obj
def list_(catalog: Catalog, *, as_json: bool) -> None:
    """List the models, what each needs at least, and whether a card of this machine holds it."""
    largest = max((card.memory_gib for card in cards()), default=None)
    listed = [_listed(model, largest) for model in catalog.models.values()]
    if as_json:
        click.echo(msgspec.json.encode(listed).decode())
        return
    here = "no card here" if largest is None else f"largest card here: {largest:.0f} GiB"
    click.echo(f"{'name':<30} {'role':<10} {'licence':<11} {'needs':>9}  {here}")
    for each in listed:
        said = {None: "", True: "fits", False: "too large"}[each.fits]
        click.echo(f"{each.name:<30} {each.role:<10} {each.licence:<11} {each.least_gib:>5.1f} GiB  {said}".rstrip())


def _listed(model: Model, largest_gib: float | None) -> Listed:
    least = least_gib(model)
    fits = None if largest_gib is None else least <= largest_gib
    return Listed(model.name, model.role, model.licence, model.parameters_b, model.quantisation, round(least, 1), fits)


@models.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="For a script.")
@click.pass_obj
def show(catalog: Catalog, *, name: str, as_json: bool) -> None:
    """Show all that is known of the model NAME, what of it is unchecked, and which profiles place it."""
    model = _model(catalog, name)
    if as_json:
        click.echo(msgspec.json.encode(model).decode())
        return
    for field, value in msgspec.to_builtins(model).items():
        if value not in ("", None, {}, [], False):
            mark = "  (unchecked)" if field in model.unchecked else ""
            click.echo(f"{field:<22} {value}{mark}")
    for profile in catalog.profiles.values():
        for placement in profile.place:
            if placement.model == name:
                click.echo(f"{'placed by':<22} {profile.name} ({placement.memory_share:.0%} of each card)")


@models.command(name="hash")
@click.argument("folder", type=_folder)
def hash_(folder: Path) -> None:
    """Write into FOLDER a list of its files with their hashes. Done where the weights come from.

    What is printed last is the digest of that list. Bring it another way than the files.
    """
    with _weights_refused():
        digest = manifest.write(folder, _tell)
    click.echo(f"{folder / manifest.MANIFEST}\n{digest}")


@models.command()
@click.argument("name")
@click.option("--path", "folder", required=True, type=_folder, help="The folder with the model's files.")
@click.option("--digest", metavar="HEX", help="What 'appliance models hash' printed last, where the weights came from.")
@click.option("--tokenizer", "with_tokenizer", is_flag=True, help="Also load its tokenizer, in vLLM's environment.")
@click.option("--python", type=click.Path(path_type=Path), default=VLLM_PYTHON, help="Of vLLM's environment.")
@click.option("--json", "as_json", is_flag=True, help="For a script.")
@click.pass_obj
def check(
    catalog: Catalog,
    *,
    name: str,
    folder: Path,
    digest: str | None,
    with_tokenizer: bool,
    python: Path,
    as_json: bool,
) -> None:
    """Read every file of the model NAME and compare it with the list beside it. Exit code 1 if anything is wrong.

    Wrong is what is missing, changed or not listed, a link that leads out of the folder, and weights in pickle form
    that the catalogue does not name by hash.
    """
    model = _model(catalog, name)
    if digest is not None and not re.fullmatch(r"[0-9a-f]{64}", digest):
        raise click.BadParameter("a digest is 64 characters of 0-9 and a-f", param_hint="--digest")
    with _weights_refused():
        has = manifest.digest(folder)
        faults = manifest.check(folder, model.pickles, _tell)
        if digest not in (None, has):
            faults.insert(0, manifest.Fault(manifest.MANIFEST, f"has the digest {has}, not the one that was given"))
        tokenizer = tokenizer_check.look(folder, python.absolute()) if with_tokenizer and not faults else None
    if tokenizer is not None:
        faults += [manifest.Fault("tokenizer", why) for why in tokenizer_check.faults(tokenizer, model)]
    report = Checked(name, has, faults, tokenizer.control_words if tokenizer else None)
    click.echo(msgspec.json.encode(report).decode() if as_json else _as_text(report))
    if faults:
        raise SystemExit(1)


def _as_text(report: Checked) -> str:
    lines = [f"{fault.file}: {fault.why}" for fault in report.faults]
    if report.control_words is not None:
        lines.append(f"control words: {' '.join(report.control_words) or 'none'}")
    verdict = f"{len(report.faults)} wrong" if report.faults else "whole"
    return "\n".join([*lines, f"{report.model}: {verdict} (digest {report.digest})"])


def _model(catalog: Catalog, name: str) -> Model:
    if name not in catalog.models:
        raise NotFound(f"there is no model {name}; 'appliance models list' names them")
    return catalog.models[name]


def _tell(file: str, size: int) -> None:
    click.echo(f"reading {file} ({size / _GB:.2f} GB)", err=True)


@contextmanager
def _weights_refused() -> Iterator[None]:
    try:
        yield
    except ModelCorrupt as wrong:
        raise ConfigurationError(str(wrong)) from wrong
    except OSError as unreadable:
        raise ConfigurationError(f"{unreadable.filename}: {os.strerror(unreadable.errno or 0)}") from unreadable
