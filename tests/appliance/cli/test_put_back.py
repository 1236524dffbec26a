"""The appliance's own cluster, put back from a copy of its folder and declared: it goes on, and its log with it."""

import json
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.appliance.cli.test_restore_to import done, kept, shops
from tests.appliance.cli.test_up_and_down import Installation, installation

__all__ = ["installation", "kept"]
pytestmark = [pytest.mark.soak, pytest.mark.control("M-30")]


def test_a_copy_put_back_reconciles_and_its_log_goes_on_under_numbers_that_were_used_since(
    installation: Installation, kept: Path
) -> None:
    done(installation, "recovery", "base")
    (place,) = kept.iterdir()
    done(installation, "shop", "add", "before", "--name", "前")
    done(installation, "down")
    postgres, copy = installation.state_dir / "postgres", installation.state_dir / "copy"
    subprocess.run(["cp", "-a", postgres, copy], check=True)  # with its owners
    as_of = datetime.now(UTC)

    # The stretch that will be left: two base backups, so that segments of it are kept for certain.
    done(installation, "up")
    done(installation, "shop", "add", "lost", "--name", "失")
    lost = [json.loads(done(installation, "recovery", "base", "--json"))["archive"] for _ in range(2)]
    done(installation, "down")
    used = {path.name: path.read_bytes() for path in (place / "wal").iterdir()}

    shutil.rmtree(postgres)
    copy.rename(postgres)
    for _ in range(2):  # again, as after a call that was cut off
        declared = installation.appliance("recovery", "declare", "--as-of", as_of.isoformat())
        assert declared.returncode == 0, declared.stderr
    (aside,) = place.glob("left-*")
    there = {path.name for path in aside.iterdir()}
    assert {archive.rpartition("/")[2] for archive in lost} <= there
    set_aside = there & used.keys()
    assert set_aside
    assert all((aside / name).read_bytes() == used[name] for name in set_aside)
    assert there & {path.name for path in (place / "wal").iterdir()} == set()

    done(installation, "up")
    told = installation.appliance("recovery", "status", "--json")
    assert (told.returncode, len(json.loads(told.stdout))) == (1, 1)
    assert (shops(installation) & {"before", "lost"}) == {"before"}
    done(installation, "shop", "add", "since", "--name", "后")
    done(installation, "recovery", "base")  # ships what waits: refused, if a name held another segment's bytes
    second = datetime.now(UTC)
    assert set_aside & {path.name for path in (place / "wal").iterdir()}
    done(installation, "recovery", "base")
    done(installation, "down")

    # A restore across the stretch that was left finds none of it.
    restored = installation.appliance("restore", "--to", str(second), "--yes")
    assert restored.returncode == 0, restored.stderr
    done(installation, "up")
    assert (shops(installation) & {"before", "lost", "since"}) == {"before", "since"}
