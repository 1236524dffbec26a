"""A machine with the real systemd as process 1: namespaces of its own, over this machine's programs.

What is written to ``/etc``, ``/run``, ``/srv``, ``/var/log``, ``/var/tmp`` and systemd's own ``/var/lib`` there is gone
with it. Nothing of the host's start is started: units of Debian's own that would touch the kernel are masked.
"""

import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

_PATIENCE_S: Final = 60
_BOOT: Final = r"""
set -e
mount --make-rprivate /
umount -R /sys/fs/cgroup 2>/dev/null || true
mount -t cgroup2 none /sys/fs/cgroup
mount -t tmpfs none "$LAYER"
mkdir "$LAYER/upper" "$LAYER/work"
mount -t overlay -o "lowerdir=/etc,upperdir=$LAYER/upper,workdir=$LAYER/work" overlay /etc
rm -rf /etc/systemd/system
mkdir /etc/systemd/system
: >/etc/fstab
ln -s /dev/null /etc/systemd/system/systemd-remount-fs.service
for place in /run /srv /var/log /var/lib/systemd; do mount -t tmpfs none "$place"; done
for name in python packages site; do mkdir "/srv/$name"; done
mount --bind "$PYTHON_HOME" /srv/python
mount --bind "$PACKAGES" /srv/packages
mount --bind "$SITE" /srv/site
mount -t tmpfs -o mode=1777 none /var/tmp
ip link set lo up
for unit in /lib/systemd/system/{sysinit,local-fs,basic,sockets,timers,multi-user}.target.wants/*; do
  case "$unit" in *journald*) ;; *) ln -sf /dev/null "/etc/systemd/system/${unit##*/}" ;; esac
done
exec /lib/systemd/systemd --system --unit=multi-user.target --show-status=no
"""


class SystemdMachine:
    def __init__(self, init: int) -> None:
        self._init = init

    def run(
        self, *words: str | Path, cwd: str = "/", env: dict[str, str] | None = None
    ) -> "subprocess.CompletedProcess[str]":
        inside = ["nsenter", "--target", str(self._init), "--all", f"--wd=/proc/{self._init}/root{cwd}"]
        return subprocess.run(
            [*inside, *words], env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **(env or {})},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        )  # fmt: skip


@contextmanager
def systemd_machine(site: Path) -> Iterator[SystemdMachine]:
    """``/srv/site`` is that folder, ``/srv/python`` this Python, ``/srv/packages`` the packages of the tests."""
    if os.geteuid() != 0 or shutil.which("unshare") is None or not Path("/lib/systemd/systemd").exists():
        pytest.skip("systemd cannot be process 1 of a namespace here: it needs root, unshare and systemd")
    layer = site.with_name(f"{site.name}-layer")
    layer.mkdir()
    apart = ["--pid", "--fork", "--kill-child", "--mount", "--mount-proc", "--net", "--cgroup", "--uts", "--ipc"]
    env = {
        "PATH": os.environ["PATH"], "container": "test", "LAYER": str(layer), "SITE": str(site),
        "PYTHON_HOME": sys.base_prefix, "PACKAGES": sysconfig.get_path("purelib"),
    }  # fmt: skip
    process = subprocess.Popen(
        ["unshare", *apart, "bash", "-c", _BOOT], env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        yield _booted(process)
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()
        layer.rmdir()


def _booted(process: "subprocess.Popen[str]") -> SystemdMachine:
    deadline = time.monotonic() + _PATIENCE_S
    state = ""
    while process.poll() is None and time.monotonic() < deadline:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        if children:
            machine = SystemdMachine(int(children[0]))
            state = machine.run("systemctl", "is-system-running").stdout.strip()
            if state in ("running", "degraded"):
                return machine
        time.sleep(0.1)
    process.kill()
    said = process.communicate()[0]
    pytest.skip(f"systemd cannot be process 1 of a namespace here: {state or said[-200:] or 'it does not start'}")
