"""The demo order system's process."""

import secrets
from pathlib import Path
from typing import Any

from appliance.supervisor.child import Child, serve
from appliance.supervisor.model import Address


async def order_system(child: Child) -> None:
    """The demo order system: its own process, its own storage, nothing of the appliance's."""
    from appliance.demo.order_system.app import create_app
    from appliance.demo.order_system.server import OPTIONS

    folder = child.settings.state_path / "order-system"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    key_path = child.settings.state_path / "secrets" / "order-system-admin.key"
    app: Any = create_app(folder / "orders.sqlite", admin_key(key_path))
    own = Address("127.0.0.1", child.settings.demo.order_system_port)
    await serve(app, child, own, **OPTIONS)


def admin_key(path: Path) -> str:
    """Of the demo order system; made on first use."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(32), encoding="utf-8")
    return path.read_text(encoding="utf-8").strip()
