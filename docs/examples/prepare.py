"""Makes what a system of a running demo's shop needs: a key, a webhook, and the secret that it is signed with.

It runs three commands of the appliance, as whoever looks after it would, and prints lines for ``eval``. With another
shop than demo: ``prepare.py SHOP``.
"""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

HOOKS = os.environ.get("APPLIANCE_HOOKS", "http://127.0.0.1:8791/hooks")
"""Where order_system.py listens."""
SCOPES = (
    "events:write",
    "conversations:read",
    "cases:read",
    "decisions:read",
    "work_orders:read",
    "work_orders:write",
    "call_refusals:write",
)


def appliance(*words: str) -> Any:
    program = Path(sys.executable).with_name("appliance")
    done = subprocess.run([program, *words, "--json"], stdout=subprocess.PIPE, check=False)
    if done.returncode != 0:
        sys.exit(done.returncode)  # the command has said what is wrong
    return json.loads(done.stdout)


def main(shop: str = "demo") -> None:
    web = appliance("status")["addresses"]["web"]
    scopes = [word for scope in SCOPES for word in ("--scope", scope)]
    key = appliance("shop", "add-key", shop, "--name", "example", *scopes)["api_key"]
    secret = appliance("shop", "rotate-secret", shop, "webhooks")["webhooks"]
    if HOOKS not in [each["url"] for each in appliance("webhooks", "list", shop)]:
        appliance("webhooks", "add", shop, HOOKS)
    made = {"URL": f"http://{web}", "SHOP": shop, "API_KEY": key, "HOOKS": HOOKS, "WEBHOOK_SECRET": secret}
    for name, value in made.items():
        print(f"export APPLIANCE_{name}={shlex.quote(value)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
