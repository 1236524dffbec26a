"""The speech tokenizer of CosyVoice 3, laid where vLLM-Omni looks for it.

At the first recording of a voice vLLM-Omni 0.30.0 has s3tokenizer 0.3.0 load it by a name, not from the weights: out of
a cache in its home, and else from ModelScope, which no variable stops. The same file lies in the weights.
"""

import hashlib
from pathlib import Path
from typing import Final

from models.errors import ModelCorrupt

FILE: Final = "speech_tokenizer_v3.onnx"
SHA256: Final = "23236a74175dbdda47afc66dbadd5bcb41303c467a57c261cb8539ad9db9208d"
"""What s3tokenizer asks of it: any other file it would fetch anew, and write through the link into the weights."""
PLACE: Final = Path(".cache", "s3tokenizer", "speech_tokenizer_v3_25hz.onnx")
"""In the server's home; its environment holds no XDG_CACHE_HOME."""


def lay(weights: Path, home: Path, sha256: str = SHA256) -> None:
    """A link to it in ``home``. Raises ModelCorrupt where the weights hold none, or another; OSError."""
    file = weights / FILE
    if not file.is_file():
        raise ModelCorrupt(f"{file} is missing: vLLM-Omni would fetch it from ModelScope; bring it with the weights")
    with file.open("rb") as content:
        found = hashlib.file_digest(content, "sha256").hexdigest()
    if found != sha256:
        raise ModelCorrupt(f"{file} has SHA-256 {found}, s3tokenizer 0.3.0 asks for {sha256}: bring that one")
    link = home / PLACE
    link.parent.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(file.resolve())
