"""``appliance deploy``: writes what keeps the processes and lets out nothing else. It installs and loads none of it."""

import ipaddress
import json
import pwd
import sys
from collections.abc import Callable
from pathlib import Path

import click

from appliance import config
from appliance.deployment import gate as gates
from appliance.deployment import images as image_list
from appliance.deployment.reach import destinations, reached
from appliance.deployment.rules import Machine, ruleset
from appliance.deployment.units import RULES_FILE, Place, units
from appliance.errors import ConfigurationError, InvalidInput
from appliance.setup.networks import is_name_server, is_trunk
from models.catalog.loading import load as load_catalog

_ROOT = Path(sys.prefix).parent
_folder = click.Path(file_okay=False, path_type=Path)
_file = click.Path(dir_okay=False, path_type=Path)


@click.group()
def deploy() -> None:
    """Write units, rules and lists for docs/deployment.md; what they allow comes from the settings."""


@deploy.command()
@click.option("--user", "users", multiple=True, help="Name or number of who runs the appliance. May be repeated.")
@click.option("--engine-user", "engines", multiple=True, help="Who runs model servers: they reach this machine only.")
@click.option("--containers", is_flag=True, help="For the networks of compose/server/compose.yaml, too.")
@click.option("--whole-machine", is_flag=True, help="For everybody on it: what is not named is dropped, in and out.")
@click.option("--ssh-from", multiple=True, metavar="NETWORK", help="Who may log in by SSH, with --whole-machine.")
@click.option("--sip-trunk", "trunks", multiple=True, metavar="NETWORK", help="With --containers: where calls go.")
@click.option("--name-server", "names", multiple=True, metavar="ADDRESS", help="Else no name is looked up.")
@click.option("--time-server", "times", multiple=True, metavar="ADDRESS", help="With --whole-machine.")
def rules(
    *,
    users: tuple[str, ...],
    engines: tuple[str, ...],
    containers: bool,
    whole_machine: bool,
    ssh_from: tuple[str, ...],
    trunks: tuple[str, ...],
    names: tuple[str, ...],
    times: tuple[str, ...],
) -> None:
    """Print nftables rules: refuse, count and log whatever the settings do not name."""
    if not (users or engines or containers or whole_machine):
        raise InvalidInput("whom are the rules for? Name --user, --containers or --whole-machine")
    settings = config.load()
    machine = Machine(
        product_uids=tuple(map(_uid, users)),
        engine_uids=tuple(map(_uid, engines)),
        is_whole=whole_machine,
        has_containers=containers,
        administered_from=_networks("--ssh-from", ssh_from),
        trunks=_fitting(
            "--sip-trunk", trunks, is_trunk, "a network of yours, or a public one of at most /16 (IPv6 /32)"
        ),
        name_servers=_fitting(
            "--name-server", names, is_name_server, "one address inside: what is looked up outside goes out"
        ),
        time_servers=_networks("--time-server", times),
    )
    wanted = destinations(settings)
    if containers:
        wanted = gates.through_gate(wanted)
    click.echo(ruleset(settings, reached(wanted), machine), nl=False)


@deploy.command(name="units")
@click.option("--to", "folder", type=_folder, required=True, help="Is made; files of these names are replaced.")
@click.option("--profile", required=True, help="Of the models, such as cpu or gpu-24g ('appliance models list').")
@click.option("--root", type=_folder, default=_ROOT, show_default=True, help="Where .venv lies.")
@click.option("--weights", type=_folder, help="Default: weights in the state directory.")
@click.option("--user", default="aftersales", show_default=True)
@click.option("--engine-user", default="aftersales-models", show_default=True)
@click.option("--nft", type=_file, default=Path("/usr/sbin/nft"), show_default=True, help="What loads the rules.")
@click.option("--rules-file", type=_file, default=RULES_FILE, show_default=True, help="What it loads.")
@click.option("--without-rules", is_flag=True, help="The product's unit does not wait for rules of the machine.")
def write_units(
    *,
    folder: Path,
    profile: str,
    root: Path,
    weights: Path | None,
    user: str,
    engine_user: str,
    nft: Path,
    rules_file: Path,
    without_rules: bool,
) -> None:
    """Write systemd units, hardened, for a machine without containers. ./install.sh does it for you."""
    settings = config.load()
    profiles = load_catalog().profiles
    if profile not in profiles:
        raise InvalidInput(f"there is no profile {profile}; there are {', '.join(profiles)}")
    place = Place(
        root=root.absolute(),
        state_dir=settings.state_path,
        config_file=config.file_of(),
        weights_dir=(weights or settings.state_path / "weights").absolute(),
        profile=profile,
        user=user,
        engine_user=engine_user,
        nft=nft,
        rules_file=rules_file,
        has_rules=not without_rules,
    )
    _write(folder, units(settings, reached(destinations(settings)), place))


@deploy.command()
@click.option("--to", "folder", type=_folder, required=True, help="Is made; gate.cfg and gate.json in it are replaced.")
def gate(*, folder: Path) -> None:
    """Write the way out of the containers: HAProxy's configuration, and what Compose lays over its file.

    After each change of the settings: 'docker compose up' then starts anew who reads them.
    """
    wanted = gates.through_gate(destinations(config.load()))
    text, source = gates.gate_config(reached(wanted)), config.file_of()
    settings = source.read_text("utf-8") if source.is_file() else ""
    _write(folder, {"gate.cfg": text, "gate.json": gates.gate_overlay(wanted, text, settings)})


@deploy.command()
def policy() -> None:
    """Print the NetworkPolicy that lets web and worker reach what the settings name, and nothing else."""
    wanted = tuple(each for each in destinations(config.load()) if each.named_by not in _INSIDE_CLUSTER)
    click.echo(gates.network_policy(reached(wanted)), nl=False)


_INSIDE_CLUSTER = ("database.url", "llm.url", "voice.recogniser_url", "voice.speaker_url")
"""compose/kubernetes/base has policies for these."""


@deploy.command()
@click.option("--lock", type=_file, help="Check that it names each by its digest.")
@click.option("--kustomize", is_flag=True, help="Print the lock as a component of kustomize.")
@click.option("--json", "as_json", is_flag=True, help="For a script.")
def images(*, lock: Path | None, kustomize: bool, as_json: bool) -> None:
    """List the container images, or check the file that names them by digest."""
    known = image_list.known()
    if lock is None:
        if kustomize:
            raise InvalidInput("--kustomize needs --lock: without it no digest is known")
        _list(known, as_json=as_json)
        return
    found = image_list.locked(lock, known)
    if kustomize:
        click.echo(json.dumps(image_list.kustomization(found, known), indent=2))
    elif as_json:
        click.echo(json.dumps(found))
    else:
        click.echo(f"{lock} names all {len(found)} images by digest")


def _list(known: tuple[image_list.Image, ...], *, as_json: bool) -> None:
    if as_json:
        rows = [
            {"name": each.name, "image": each.reference, "dockerfile": each.dockerfile, "in": list(each.used_in)}
            for each in known
        ]
        click.echo(json.dumps(rows))
        return
    for each in known:
        click.echo(f"{each.name:<20} {each.reference:<55} {each.dockerfile or 'as it is'}")


def _uid(named: str) -> int:
    try:
        return int(named) if named.isdecimal() else pwd.getpwnam(named).pw_uid
    except KeyError as unknown:
        raise ConfigurationError(f"there is no user {named} here: make it, or give its number") from unknown


def _networks(option: str, given: tuple[str, ...]) -> tuple[str, ...]:
    """As nft will read them: what is none would be a name there, and looked up."""
    try:
        return tuple(str(ipaddress.ip_network(each, strict=False)) for each in given)
    except ValueError as wrong:
        raise InvalidInput(f"{option}: {wrong}: name an address or a network, such as 10.0.0.0/8") from wrong


def _fitting(option: str, given: tuple[str, ...], fits: Callable[[str], bool], wanted: str) -> tuple[str, ...]:
    """As ``./install.sh`` takes them, too."""
    for each in given:
        if not fits(each):
            raise InvalidInput(f"{option} {each}: name {wanted}")
    return _networks(option, given)


def _write(folder: Path, texts: dict[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
        click.echo(str(folder / name))
