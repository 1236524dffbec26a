"""What a model was trained from, as hashes: the product's corpus and code, and what an enterprise added."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from models.compact.model import FORMAT

_HERE = Path(__file__).parent
_CODE = ("examples.py", "features.py", "labels.py", "normalise.py", "templates.py", "train.py")
FOLDERS = ("intents", "reasons", "words")
"""Of a corpus."""


def of_product() -> str:
    """Of everything of ours that shapes the weights."""
    parts = [*(_HERE / name for name in _CODE), *(_HERE / "tables").rglob("*"), *(_HERE / "corpus").rglob("*.txt")]
    return _hash(_HERE, (path for path in parts if path.is_file()), FORMAT)


def of_own(own: Path | None) -> str:
    """Of an enterprise's corpus; empty where it has none."""
    files = [path for folder in FOLDERS for path in (own / folder).glob("*.txt")] if own else []
    return _hash(own, files) if own and files else ""


def of_both(own: Path | None) -> str:
    product, added = of_product(), of_own(own)
    return hashlib.sha256(f"{product}+{added}".encode()).hexdigest() if added else product


def _hash(base: Path, files: Iterable[Path], seed: str = "") -> str:
    digest = hashlib.sha256(seed.encode())
    for path in sorted(files):
        digest.update(path.relative_to(base).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
