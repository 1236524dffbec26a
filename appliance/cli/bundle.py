"""``appliance bundle``: everything a site without a network needs, packed here, checked and unpacked there."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec

from appliance.config import CHECKOUT
from appliance.errors import InvalidInput
from appliance.shipping.packing import PRODUCT, Order, pack
from appliance.shipping.wheels import Environment
from models.bundle import alone, signing
from models.bundle.errors import BundleRefused
from models.bundle.manifest import Manifest, Target
from models.bundle.opening import verify as verified
from models.bundle.signature import Trust, fingerprint
from models.bundle.unpacking import this_machine
from models.bundle.unpacking import unpack as unpacked
from models.errors import ModelError

F = TypeVar("F", bound=Callable[..., Any])

_UNITS = {"m": 1_000_000, "g": 1_000_000_000}

as_json_option = click.option("--json", "as_json", is_flag=True, help="For a script.")
passphrase_option = click.option(
    "--passphrase-file", type=click.File("rb"), help="Where the key's passphrase stands; - reads it from stdin."
)


def trust_options(command: F) -> F:
    """Whose signature counts. There is no default."""
    for option in (
        click.option(
            "--trust-key-inside", is_flag=True, help="Whoever signed it: shows damage, not who made it. Said aloud."
        ),
        click.option("--fingerprint", default="", metavar="HEX", help="Of the publisher's key."),
        click.option(
            "--key", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="The publisher's .pub."
        ),
    ):
        command = option(command)
    return command


@click.group()
def bundle() -> None:
    """Pack all of it for a site without a network; check and unpack it there."""


@bundle.command("key")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@passphrase_option
@as_json_option
def make_key(*, file: Path, passphrase_file: Any, as_json: bool) -> None:
    """Make the publisher's key, once: FILE signs and stays here, FILE.pub goes to the sites."""
    with _refused():
        public = signing.make_key(file, _passphrase(passphrase_file))
    if as_json:
        click.echo(msgspec.json.encode({"key": str(file), "fingerprint": fingerprint(public)}).decode())
        return
    click.echo(f"{file}: keep it off the network, and a copy of it elsewhere; whoever has it can sign as you")
    click.echo(f"{file}{signing.SUFFIX}: give it to the sites by another way than the bundles")
    click.echo(f"fingerprint: {fingerprint(public)}")


@bundle.command("pack")
@click.option("--key", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The publisher's key.")
@passphrase_option
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Default: PRODUCT-VERSION-MACHINE.bundle here."
)
@click.option(
    "--work", type=click.Path(file_okay=False, path_type=Path), help="What is fetched stays here; default: OUT.work"
)
@click.option("--python", "python", metavar="X.Y", help="Python of the site; default: the one that runs this.")
@click.option("--machine", type=click.Choice(["x86_64", "aarch64"]), help="Default: as this machine.")
@click.option(
    "--with",
    "environments",
    multiple=True,
    type=click.Choice([each.value for each in Environment]),
    help="What else to bring.",
)
@click.option("--model", "models", multiple=True, metavar="NAME=FOLDER", help="Weights of a model of the catalogue.")
@click.option(
    "--images", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A list of container images."
)
@click.option("--without-debian", is_flag=True, help="Leave Debian's packages out; their list stays in.")
@click.option(
    "--part-size", default="", metavar="SIZE", help="Cut it into parts of at most so much, such as 4g or 700m."
)
@as_json_option
def pack_bundle(
    *,
    key: Path,
    passphrase_file: Any,
    out: Path | None,
    work: Path | None,
    python: str | None,
    machine: str | None,
    environments: tuple[str, ...],
    models: tuple[str, ...],
    images: Path | None,
    without_debian: bool,
    part_size: str,
    as_json: bool,
) -> None:
    """Fetch what is missing, list and sign all of it, and write it to one archive or to parts.

    Run it on a machine that reaches the package registries, in a checkout where ./install.sh was run. Called again
    after it was cut off, it goes on with what OUT.work holds.
    """
    here = this_machine()
    target = Target(machine=machine or here.machine, python=python or here.python, glibc=here.glibc)
    archive = out or Path(f"{PRODUCT}-{version(PRODUCT)}-{target.machine}.bundle")
    order = Order(
        checkout=CHECKOUT,
        out=archive.absolute(),
        work=(work or archive.with_name(f"{archive.name}.work")).absolute(),
        target=target,
        environments=tuple(Environment(each) for each in sorted(set(environments))),
        weights=_named(models),
        images=images.absolute() if images else None,
        with_debian=not without_debian,
        part_size=_bytes(part_size),
    )
    with _refused():
        signer = signing.read_key(key, _passphrase(passphrase_file))
        done = pack(order, signer, _say, alone.told(sys.stderr.write))
    if as_json:
        click.echo(msgspec.json.encode(done).decode())
        return
    for each in done.archives:
        click.echo(each)
    click.echo(f"{done.files} files, {done.bytes / 1e6:.0f} MB, manifest {done.digest}, needs glibc {done.needs_glibc}")
    click.echo(f"signed by {fingerprint(signing.public_of(signer))}")


@bundle.command("verify")
@click.argument("archive", metavar="BUNDLE", type=click.Path(exists=True, path_type=Path))
@trust_options
@as_json_option
def verify_bundle(*, archive: Path, key: Path | None, fingerprint: str, trust_key_inside: bool, as_json: bool) -> None:
    """Check the signature and every file of BUNDLE: an archive, its first part, or an unpacked folder."""
    trust = alone.trusted(key, fingerprint, inside=trust_key_inside)
    with _refused():
        manifest = verified(archive, trust, alone.told(sys.stderr.write))
    _tell(manifest, trust, as_json=as_json)


@bundle.command("unpack")
@click.argument("archive", metavar="BUNDLE", type=click.Path(exists=True, path_type=Path))
@click.argument("folder", type=click.Path(path_type=Path))
@trust_options
@as_json_option
def unpack_bundle(
    *, archive: Path, folder: Path, key: Path | None, fingerprint: str, trust_key_inside: bool, as_json: bool
) -> None:
    """Check BUNDLE and unpack it into FOLDER, which must not be there yet: whole, or not at all.

    Called again after it was cut off, it goes on. FOLDER/install.sh then installs without any network.
    """
    trust = alone.trusted(key, fingerprint, inside=trust_key_inside)
    with _refused():
        manifest = unpacked(
            archive, folder.absolute(), trust, machine=this_machine(), progress=alone.told(sys.stderr.write)
        )
    _tell(manifest, trust, as_json=as_json)
    if not as_json:
        click.echo(f"unpacked into {folder}; go on with {folder}/install.sh")


def _tell(manifest: Manifest, trust: Trust, *, as_json: bool) -> None:
    if not as_json:
        click.echo(alone.in_words(manifest, trust))
        return
    said = {
        "version": manifest.version,
        "revision": manifest.revision,
        "files": len(manifest.files),
        "bytes": manifest.size,
        "digest": manifest.digest,
        "contents": manifest.contents,
        "is_publisher_checked": not trust.inside,
    }
    click.echo(msgspec.json.encode(said).decode())


def _named(models: tuple[str, ...]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for each in models:
        name, separator, folder = each.partition("=")
        if not separator or not Path(folder).is_dir():
            raise InvalidInput(f"--model {each}: write NAME=FOLDER, with a folder that is there")
        if name in found:
            raise InvalidInput(f"--model {each}: {name} is named twice")
        found[name] = Path(folder).absolute()
    return found


def _bytes(size: str) -> int:
    if not size:
        return 0
    number, unit = size[:-1], size[-1:].lower()
    if not number.isdigit() or unit not in _UNITS or not int(number):
        raise InvalidInput(f"--part-size {size}: write a number and m or g, such as 4g")
    return int(number) * _UNITS[unit]


def _passphrase(file: Any) -> bytes | None:
    return bytes(file.read()).strip() if file else None


def _say(line: str) -> None:
    click.echo(line, err=True)


@contextmanager
def _refused() -> Iterator[None]:
    try:
        yield
    except (BundleRefused, ModelError) as refused:
        raise InvalidInput(str(refused)) from refused
    except OSError as failed:
        raise InvalidInput(f"{failed.filename or 'a file'}: {failed.strerror}") from failed
