"""Runs a module of this environment as a program, under the guard that the environment variable describes.

    python -m security.egress.guarded MODULE [ARGUMENT...]

For engines that share our interpreter; one that has an environment of its own gets the guard placed there.
"""

import runpy
import sys

from security.egress import guard

MODULE = "security.egress.guarded"


def main() -> None:
    if len(sys.argv) < 2:
        sys.exit(f"usage: python -m {MODULE} MODULE [ARGUMENT...]")
    guard.install_from_environment()
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
