"""A real vLLM on this machine's CPU with a tiny model of random weights, started by the product's own command."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import httpx

from models.catalog.model import Role

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-vllm" / "bin" / "python"
CATALOG = Path(__file__).with_name("tiny.toml")
PROFILE = "tiny"
_START_WITHIN_S = 300
_END_WITHIN_S = 30
_POLL_S = 0.2


class VllmServer:
    """Start, kill and start again; the address stays the same. ``unix_socket`` is set where it listens on no port."""

    def __init__(
        self,
        folder: Path,
        weights: Path,
        *,
        role: Role = Role.CHAT,
        prefix: Sequence[str] = (),
        unix_socket: Path | None = None,
    ) -> None:
        """``prefix`` is the beginning of a command line that runs the rest of it, such as ``unshare --net``."""
        folder.mkdir(parents=True, exist_ok=True)
        self.model = str(role)
        """It is served under its role."""
        self.unix_socket = unix_socket
        self._log = folder / "server.log"
        self.api_key_file = folder / "models.key"
        self._state = folder / "state"
        self._port = _free_port()
        where = ["--socket", str(unix_socket)] if unix_socket else ["--port", str(self._port)]
        self._command = [
            *prefix, sys.executable, "-m", "appliance.cli.main", "models", "--catalog", str(CATALOG),
            "start", "--role", role, "--profile", PROFILE, "--path", str(weights), "--python", str(PYTHON),
            "--api-key-file", str(self.api_key_file), *where,
        ]  # fmt: skip
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def base_url(self) -> str:
        """Ends before ``/chat/completions``."""
        return f"http://127.0.0.1:{self._port}/v1"

    @property
    def api_key(self) -> str:
        return self.api_key_file.read_text("ascii").strip()

    @property
    def log(self) -> str:
        return self._log.read_text("utf-8", "replace") if self._log.exists() else ""

    @property
    def pids(self) -> list[int]:
        """Of the server and all that it started; empty when it does not run."""
        if self._process is None:
            return []
        group = self._process.pid
        return [int(path.name) for path in Path("/proc").glob("[0-9]*") if _group_of(path) == group]

    def client(self, **options: float) -> httpx.Client:
        """With the key; paths are those below ``/v1``."""
        uds = str(self.unix_socket) if self.unix_socket else None
        return httpx.Client(
            base_url=self.base_url,
            headers={"Authorization": f"Bearer {self.api_key}"},
            timeout=options.get("timeout_s", 60.0),
            transport=httpx.HTTPTransport(uds=uds),
        )

    def start(self) -> None:
        """Returns when it answers. Raises RuntimeError with the end of its log if it does not come up."""
        if self.pids:
            return
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("APPLIANCE_", "VLLM_"))}
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                env={**environment, "APPLIANCE_STATE_DIR": str(self._state)},
                cwd=ROOT,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        give_up_at = time.monotonic() + _START_WITHIN_S
        while not self.is_up():
            if self._process.poll() is not None or time.monotonic() > give_up_at:
                self.kill()
                raise RuntimeError(f"vLLM did not start:\n{self.log[-4000:]}")
            time.sleep(_POLL_S)

    def is_up(self) -> bool:
        uds = str(self.unix_socket) if self.unix_socket else None
        with contextlib.suppress(httpx.TransportError), httpx.Client(transport=httpx.HTTPTransport(uds=uds)) as http:
            return http.get(self.base_url.removesuffix("/v1") + "/health", timeout=5).status_code == httpx.codes.OK
        return False

    def stop(self) -> None:
        """It takes what it is asked, and does not answer."""
        self._tell(signal.SIGSTOP)

    def go_on(self) -> None:
        """After a stop."""
        self._tell(signal.SIGCONT)

    def _tell(self, what: signal.Signals) -> None:
        for pid in self.pids:
            os.kill(pid, what)

    def kill(self) -> None:
        """SIGKILL to the server and all that it started; returns when none is left."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(_END_WITHIN_S)
        give_up_at = time.monotonic() + _END_WITHIN_S
        while self.pids and time.monotonic() < give_up_at:
            time.sleep(_POLL_S)
        self._process = None


def _group_of(process: Path) -> int | None:
    """Of a zombie too there is nothing left to kill, so it counts for none."""
    try:
        state, _, group = (process / "stat").read_text().rpartition(")")[2].split()[:3]
    except OSError:
        return None
    return None if state == "Z" else int(group)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
