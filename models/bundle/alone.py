"""``python3 open-bundle.pyz``: a bundle checked and unpacked on a machine that has nothing but Python."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from models.bundle.errors import BundleRefused
from models.bundle.manifest import Manifest
from models.bundle.opening import Progress, verify
from models.bundle.signature import Trust
from models.bundle.unpacking import this_machine, unpack

_STEP_PERCENT: Final = 10


def main(words: Sequence[str] | None = None) -> int:
    """Exit code 0: it is what was signed; 1: it is not, or it could not be unpacked; 2: called wrongly."""
    arguments = _parser().parse_args(words)
    try:
        trust = trusted(arguments.key, arguments.fingerprint, inside=arguments.trust_key_inside)
        if arguments.command == "verify":
            manifest = verify(arguments.bundle, trust, told(sys.stderr.write))
        else:
            manifest = unpack(
                arguments.bundle, arguments.folder, trust, machine=this_machine(), progress=told(sys.stderr.write)
            )
    except (BundleRefused, OSError) as refused:
        sys.stderr.write(f"REFUSED: {refused}\n")
        return 1
    sys.stdout.write(in_words(manifest, trust) + "\n")
    if arguments.command == "unpack":
        sys.stdout.write(f"unpacked into {arguments.folder}; go on with {arguments.folder}/install.sh\n")
    return 0


def trusted(key: Path | None, fingerprint: str, *, inside: bool) -> Trust:
    return Trust(key=key.read_bytes() if key else b"", fingerprint=fingerprint, inside=inside)


def in_words(manifest: Manifest, trust: Trust) -> str:
    """One line on what it is; the weak proof is called weak."""
    target = manifest.target
    line = (
        f"whole and signed: version {manifest.version}, {len(manifest.files)} files, {manifest.size / 1e6:.0f} MB, for "
        f"Python {target.python} on {target.machine}, manifest {manifest.digest[:16]}"
    )
    if trust.key or trust.fingerprint:
        return line
    return line + "\nNOTE: by the key that lies inside; who made it was not checked"


def told(write: Callable[[str], object]) -> Progress:
    """A line for every tenth of the way."""
    said = -1

    def progress(path: str, behind: int, size: int) -> None:
        nonlocal said
        percent = behind * 100 // size // _STEP_PERCENT * _STEP_PERCENT if size else 100
        if percent > said:
            said = percent
            write(f"{percent:3d}%  {behind / 1e6:.0f} of {size / 1e6:.0f} MB  {path}\n")

    return progress


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="open-bundle.pyz", description="Check and unpack a bundle.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, words in (("verify", "check signature and every file"), ("unpack", "the same, into a new folder")):
        command = commands.add_parser(name, help=words)
        command.add_argument("bundle", type=Path, help="the archive, its first part, or an unpacked folder")
        if name == "unpack":
            command.add_argument("folder", type=Path, help="where to; it must not be there yet")
        whose = command.add_mutually_exclusive_group()
        whose.add_argument("--key", type=Path, help="the publisher's public key")
        whose.add_argument("--fingerprint", default="", help="that key's fingerprint")
        whose.add_argument("--trust-key-inside", action="store_true", help="whoever signed it: shows damage only")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
