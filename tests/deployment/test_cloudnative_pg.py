"""CloudNativePG's objects, by the schemas that its own definitions were made into (``@kubernetes-models``).

What validates looks at types, closed sets and what must be there, and lets words pass that it does not know; these are
refused by TypeScript, which reads the types of the same package. Of the Barman Cloud plugin's ``ObjectStore`` the
package has the configuration; what stands around it is held to the plugin's documentation, here.
"""

import json
import subprocess
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from tests.deployment.overlays import OVERLAYS, made_of
from tests.deployment.tools import NODE, folder

pytestmark = pytest.mark.slow

_PACKAGE = "@kubernetes-models/cloudnative-pg"
_CNPG = f"{_PACKAGE}/postgresql.cnpg.io/v1"
_STORE = f"{_PACKAGE}/github.com/cloudnative-pg/barman-cloud/pkg/api/BarmanObjectStoreConfiguration"
_VALIDATE = f"""
import {{ Cluster }} from "{_CNPG}/Cluster";
import {{ ScheduledBackup }} from "{_CNPG}/ScheduledBackup";
import {{ BarmanObjectStoreConfiguration as Store }} from "{_STORE}";
const kinds = {{ Cluster, ScheduledBackup, ObjectStore: Store }};
for (const each of JSON.parse(process.argv[1])) {{
  const what = each.kind === "ObjectStore" ? each.spec.configuration : each;
  try {{ new kinds[each.kind](what).validate(); console.log("ok"); }} catch (wrong) {{ console.log(String(wrong)); }}
}}
"""
_TYPES = {
    "Cluster": f'import("{_CNPG}/Cluster").ICluster',
    "ScheduledBackup": f'import("{_CNPG}/ScheduledBackup").IScheduledBackup',
    "ObjectStore": f'import("{_STORE}").IBarmanObjectStoreConfiguration',
}
_TSC = ("--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext", "--moduleResolution", "nodenext")


def _ours(overlay: str) -> dict[str, dict[str, Any]]:
    found = {each["kind"]: each for each in made_of(overlay) if each["kind"] in _TYPES}
    assert found.keys() == _TYPES.keys()
    return found


def _validated(*objects: dict[str, Any]) -> list[str]:
    said = subprocess.run(
        [NODE, "--input-type=module", "--eval", _VALIDATE, json.dumps(objects)],
        cwd=folder(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stderr
    return said.stdout.splitlines()


def _read_by_typescript(tmp_path: Path, *objects: dict[str, Any]) -> list[str]:
    """What it complains of. The file lies where the packages are found from."""
    (tmp_path / "node_modules").symlink_to(folder() / "node_modules")
    (tmp_path / "package.json").write_text('{"type":"module"}')
    file = tmp_path / "objects.ts"
    shown = [
        (each["kind"], each["spec"]["configuration"] if each["kind"] == "ObjectStore" else each) for each in objects
    ]
    lines = [f"export const v{n}: {_TYPES[kind]} = {json.dumps(value)};" for n, (kind, value) in enumerate(shown)]
    file.write_text("\n".join(lines))
    compiler = folder() / "node_modules" / "typescript" / "bin" / "tsc"
    said = subprocess.run([NODE, compiler, *_TSC, file], cwd=tmp_path, capture_output=True, text=True, check=False)
    return said.stdout.splitlines()


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_its_objects_are_of_its_schemas_and_no_word_is_unknown(overlay: str, tmp_path: Path) -> None:
    ours = _ours(overlay)
    assert _validated(*ours.values()) == ["ok"] * len(ours)
    assert _read_by_typescript(tmp_path, *ours.values()) == []


def test_a_wrong_type_a_word_of_no_set_and_what_is_missing_are_refused() -> None:
    ours = _ours(OVERLAYS[0])
    count, method, cut, store = (
        deepcopy(ours[kind]) for kind in ("Cluster", "Cluster", "ScheduledBackup", "ObjectStore")
    )
    count["spec"]["instances"] = "3"
    method["spec"]["primaryUpdateMethod"] = "hope"
    del cut["spec"]["schedule"]
    store["spec"]["configuration"]["wal"]["compression"] = "zip"
    found = _validated(count, method, cut, store)
    assert ["spec/instances" in found[0], "primaryUpdateMethod" in found[1]] == [True, True], found
    assert ["schedule" in found[2], "compression" in found[3]] == [True, True], found


def test_a_word_that_it_does_not_know_is_refused_wherever_it_stands(tmp_path: Path) -> None:
    ours = _ours(OVERLAYS[0])
    ours["Cluster"]["spec"]["storage"]["storageClas"] = "fast"
    ours["ScheduledBackup"]["spec"]["pluginConfiguration"]["nam"] = "x"
    ours["ObjectStore"]["spec"]["configuration"]["wal"]["encription"] = "AES256"
    said = "\n".join(_read_by_typescript(tmp_path, *ours.values()))
    assert [word in said for word in ("storageClas", "nam", "encription")] == [True] * 3, said


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_what_stands_around_the_object_store_is_what_the_plugin_documents(overlay: str) -> None:
    """Its API reference: ``configuration`` must be there, ``retentionPolicy`` is a count of days, weeks or months."""
    store = _ours(overlay)["ObjectStore"]
    assert store["apiVersion"] == "barmancloud.cnpg.io/v1"
    assert (
        {"configuration"}
        <= store["spec"].keys()
        <= {"configuration", "retentionPolicy", "instanceSidecarConfiguration"}
    )
    policy = store["spec"]["retentionPolicy"]
    assert (policy[-1] in "dwm", policy[:-1].isdigit(), policy[0] != "0") == (True, True, True)
    assert "serverName" not in store["spec"]["configuration"]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_its_objects_name_one_another(overlay: str) -> None:
    ours = _ours(overlay)
    name, plugins = ours["Cluster"]["metadata"]["name"], ours["Cluster"]["spec"]["plugins"]
    assert ours["ScheduledBackup"]["spec"]["cluster"] == {"name": name}
    assert [each["parameters"]["barmanObjectName"] for each in plugins] == [ours["ObjectStore"]["metadata"]["name"]]
    assert ours["ScheduledBackup"]["spec"]["pluginConfiguration"] == {"name": plugins[0]["name"]}
    assert len(ours["ScheduledBackup"]["spec"]["schedule"].split()) == 6
