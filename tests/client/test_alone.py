"""The client runs where nothing of the appliance is installed, and knows words that came after it."""

import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import msgspec

import aftersales_client
from aftersales_client import CaseState, WorkState

CLIENT = Path(aftersales_client.__file__).parents[1]
SAYS_WHAT_IT_LOADED = """
import sys
sys.path.insert(0, sys.argv[1])
before = set(sys.modules)
import aftersales_client
print(*{name.partition(".")[0] for name in set(sys.modules) - before})
"""


def test_it_loads_what_it_names_and_nothing_of_the_appliance() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SAYS_WHAT_IT_LOADED, str(CLIENT)], capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split()) - sys.stdlib_module_names
    assert {"httpx", "msgspec", "tenacity"} <= loaded
    assert loaded & {"appliance", "models", "security", "litestar", "psycopg", "cryptography", "numpy"} == set()


def test_its_own_distribution_has_the_version_of_the_product() -> None:
    project = tomllib.loads((CLIENT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["version"] == version("aftersales-appliance")
    assert [each.partition(">")[0] for each in project["dependencies"]] == ["httpx", "msgspec", "tenacity"]


def test_the_public_names_are_these() -> None:
    assert all(hasattr(aftersales_client, name) for name in aftersales_client.__all__)


def test_a_word_that_is_new_is_kept_as_it_came() -> None:
    state = msgspec.json.decode(b'"paused"', type=CaseState)
    assert (state, state.value, msgspec.json.encode(state)) == ("paused", "paused", b'"paused"')
    assert state not in list(CaseState)
    assert msgspec.json.decode(b'"new"', type=WorkState) is WorkState.NEW
