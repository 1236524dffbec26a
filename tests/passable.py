"""A folder that other users may pass to. pytest closes its own at the start of every run, also of one beside this."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def passable_folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="aftersales-test-", dir="/var/tmp"))
    made.chmod(0o711)
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)
