"""What kustomize, the real one, makes of each overlay."""

from typing import Any, Final

import yaml

from tests.deployment.files import KUBERNETES
from tests.deployment.tools import of_wheel

OVERLAYS: Final = sorted(path.name for path in (KUBERNETES / "overlays").iterdir())


def made_of(overlay: str) -> list[dict[str, Any]]:
    said = of_wheel("kubectl").run("kustomize", KUBERNETES / "overlays" / overlay)
    assert said.returncode == 0, said.stderr
    return list(yaml.safe_load_all(said.stdout))
