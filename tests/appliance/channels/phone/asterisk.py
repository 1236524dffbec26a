"""A real Asterisk: the enterprise's, with the files of ``compose/pbx``, and one that stands for the telephone network.

Calls go from the network to the switchboard by SIP and RTP; behind the network is a telephone by program, which is
given its sound by AudioSocket and presses keys by the network's manager interface.
"""

import asyncio
import contextlib
import os
import re
import socket
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, Self
from uuid import UUID, uuid4

import pytest

from appliance.channels.phone.audiosocket import Kind, message, read_message
from appliance.channels.phone.server import Ports
from appliance.evaluation.calls.handset import SILENCE, Handset

SAMPLES: Final = Path(__file__).parents[4] / "compose" / "pbx"
TREE: Final = Path(os.environ.get("TEST_ASTERISK", "./install.sh test --all fetches it"))
QUEUE: Final = "aftersales"
_NAMELESS: Final = ("unshare", "--uts", "sh", "-c", 'hostname 127.0.0.1 && exec "$@"', "asterisk")
"""It asks name servers for the address of version 6 that its machine's name has; of an address nobody is asked."""
_READY_S: Final = 60.0
_RINGS_S: Final = 30.0
_NOTHING_S: Final = 0.1
"""A line on which nothing has come for so long is silent: a queue without music sends nothing."""
_LOG: Final = "[general]\n[logfiles]\nfull.log => notice,warning,error,verbose(3)\n"
_ALONE: Final = "[general]\nenabled = no\n"
_NETWORK: Final = """
[transport-udp]
type = transport
protocol = udp
bind = 127.0.0.1:{own}

[pbx]
type = endpoint
context = from-pbx
transport = transport-udp
disallow = all
allow = alaw
dtmf_mode = rfc4733
aors = pbx

[pbx]
type = aor
contact = sip:127.0.0.1:{other}

[pbx]
type = identify
endpoint = pbx
match = 127.0.0.1
"""
BUSY: Final = "8"
"""Numbers that begin so are engaged; whoever else is rung answers."""
_CALLED: Final = f"""
[from-pbx]
exten => _{BUSY}X.,1,Hangup(17)
exten => _X.,1,Answer()
 same => n,Wait(60)
"""
ARI_PASSWORD: Final = "a-word-of-the-tests"
_MANAGER: Final = """
[general]
enabled = yes
bindaddr = 127.0.0.1
port = {port}

[tests]
secret = tests
read = all
write = all
"""


def refuse_without() -> None:
    """Skips, and says why it is not here."""
    if not TREE.is_dir():
        pytest.skip(f"Asterisk is not here: {TREE}")


def free(kind: socket.SocketKind = socket.SOCK_DGRAM) -> int:
    with socket.socket(type=kind) as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


class Asterisk:
    """One process with a folder of its own, and the modules that the samples load; of files it has those given."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._conf = folder / "etc" / "asterisk.conf"
        self._process: asyncio.subprocess.Process | None = None

    @classmethod
    @asynccontextmanager
    async def run(cls, folder: Path, files: Mapping[str, str]) -> AsyncIterator[Self]:
        made = cls(folder)
        made._lay(files)
        alone = _NAMELESS if os.geteuid() == 0 else ()
        made._process = await asyncio.create_subprocess_exec(
            *alone, *made._words("-f", "-n"), stdin=asyncio.subprocess.DEVNULL,
            stdout=(folder / "out").open("wb"), stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        try:
            await made._until_booted()
            yield made
        finally:
            if made._process.returncode is None:
                made._process.kill()
            await made._process.wait()

    async def asked(self, command: str) -> str:
        """What its console answers."""
        process = await asyncio.create_subprocess_exec(
            *self._words("-rx", command), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        return (await process.communicate())[0].decode()

    @property
    def spool(self) -> Path:
        return self.folder / "spool" / "outgoing"

    def _words(self, *words: str) -> list[str]:
        [loader], [libraries] = TREE.glob("usr/lib*/ld-linux-*.so.*"), TREE.glob("usr/lib/*-linux-gnu")
        return [*map(str, (loader, "--library-path", libraries, TREE / "usr/sbin/asterisk", "-C", self._conf)), *words]

    def _lay(self, files: Mapping[str, str]) -> None:
        etc = self._conf.parent
        etc.mkdir(parents=True)
        [modules] = TREE.glob("usr/lib/*/asterisk/modules")
        places = {"etc": etc, "mod": modules, "data": TREE / "usr/share/asterisk", "sbin": TREE / "usr/sbin"}
        for name in ("varlib", "db", "key", "agi", "spool", "run", "log"):
            places[name] = self.folder / name
            places[name].mkdir()
        self.spool.mkdir()
        ours = {
            "asterisk.conf": "[directories]\n" + "".join(f"ast{k}dir => {v}\n" for k, v in places.items()),
            "modules.conf": _told("modules.conf", {}),
            "logger.conf": _LOG,
            "http.conf": _ALONE,
            "manager.conf": _ALONE,
        }
        for name, text in {**ours, **files}.items():
            (etc / name).write_text(text)

    async def _until_booted(self) -> None:
        assert self._process is not None
        async with asyncio.timeout(_READY_S):
            while "fully booted" not in await self.asked("core waitfullybooted"):
                assert self._process.returncode is None, (self.folder / "out").read_text()
                await asyncio.sleep(0.1)


class Exchange:
    """The telephone network and the switchboard, and who rings up."""

    def __init__(self, network: Asterisk, switchboard: Asterisk, manager: int, ari: int) -> None:
        self.network, self.switchboard = network, switchboard
        self.ari_url = f"http://127.0.0.1:{ari}/ari"
        self._manager = manager

    @classmethod
    @asynccontextmanager
    async def between(cls, folder: Path, ports: Ports, *, by_audiosocket: bool) -> AsyncIterator[Self]:
        pbx, net, manager, ari = free(), free(), free(socket.SOCK_STREAM), free(socket.SOCK_STREAM)
        network_files = {
            "pjsip.conf": _NETWORK.format(own=net, other=pbx),
            "rtp.conf": _rtp(),
            "extensions.conf": _CALLED,
            "manager.conf": _MANAGER.format(port=manager),
        }
        async with (
            Asterisk.run(folder / "network", network_files) as network,
            Asterisk.run(folder / "pbx", _switchboard(ports, (pbx, net, ari), by_audiosocket)) as switchboard,
        ):
            yield cls(network, switchboard, manager, ari)

    @asynccontextmanager
    async def dial(
        self, *, number: str, called: str, headers: Mapping[str, str] | None = None
    ) -> AsyncIterator["LineTelephone"]:
        """Until the caller hangs up, which is at the end. ``headers``: of SIP, beside its own."""
        name, answered = uuid4(), asyncio.get_running_loop().create_future()

        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            kind, told = await read_message(reader)
            assert (kind, UUID(bytes=told)) == (Kind.UUID, name)
            answered.set_result((reader, writer))

        server = await asyncio.start_server(connected, "127.0.0.1", 0)
        at = server.sockets[0].getsockname()[1]
        async with server, Manager.of(self._manager) as manager:
            await manager.act(
                Action="Originate", ChannelId=str(name), Channel=f"PJSIP/{called}@pbx", CallerID=f"<{number}>",
                Application="AudioSocket", Data=f"{name},127.0.0.1:{at}", Async="true",
                **({"Variable": ",".join(f"PJSIP_HEADER(add,{k})={v}" for k, v in headers.items())} if headers else {}),
            )  # fmt: skip
            reader, writer = await asyncio.wait_for(answered, _RINGS_S)
            async with LineTelephone(reader, writer, manager, str(name)) as phone:
                yield phone

    async def waiting(self) -> list[str]:
        """The switchboard's channels in the queue for people."""
        return re.findall(r"^ +\d+\. (\S+) \(wait", await self.switchboard.asked(f"queue show {QUEUE}"), re.MULTILINE)


def _rtp() -> str:
    start = min(free(), 60_000)
    return _told("rtp.conf", {"rtpstart = 10000": f"rtpstart = {start}", "rtpend = 10199": f"rtpend = {start + 200}"})


def _switchboard(ports: Ports, at: tuple[int, int, int], by_audiosocket: bool) -> dict[str, str]:
    """The samples, changed where they say that they are to be: addresses, a password, and which of the two wires.

    ``at``: its own port of SIP, the network's, and that of its REST interface.
    """
    own, network, ari = at
    dialplan = _told("extensions.conf", {
        "APPLIANCE=10.0.0.5": f"APPLIANCE={ports.host}", "AGI_PORT=4573": f"AGI_PORT={ports.agi}",
        "AUDIOSOCKET_PORT=9092": f"AUDIOSOCKET_PORT={ports.audiosocket}",
    }) + _told("outbound.conf", {})  # fmt: skip
    if by_audiosocket:
        dialplan = dialplan.replace(" same => n,Dial(WebSocket", "; same => n,Dial(WebSocket")
        dialplan = dialplan.replace("; same => n,AudioSocket", " same => n,AudioSocket")
    return {
        "extensions.conf": dialplan,
        "websocket_client.conf": _told("websocket_client.conf", {"10.0.0.5:9093": f"{ports.host}:{ports.media}"}),
        "chan_websocket.conf": _told("chan_websocket.conf", {}),
        "pjsip.conf": _told("pjsip.conf", {
            "bind = 0.0.0.0": f"bind = 127.0.0.1:{own}", "sip:10.0.0.1": f"sip:127.0.0.1:{network}",
            "match = 10.0.0.1": "match = 127.0.0.1",
        }),
        "http.conf": _told("http.conf", {"enabled = no": f"enabled = yes\nbindaddr = 127.0.0.1\nbindport = {ari}"}),
        "ari.conf": _told("ari.conf", {"CHANGE-ME": ARI_PASSWORD}),
        "rtp.conf": _rtp(),
        "queues.conf": _told("queues.conf", {}),
    }  # fmt: skip


def _told(name: str, changes: Mapping[str, str]) -> str:
    text = (SAMPLES / name).read_text(encoding="utf-8")
    for shipped, here in changes.items():
        assert text.count(shipped) == 1, f"{name}: {shipped}"
        text = text.replace(shipped, here)
    return text


class Manager:
    """Asterisk's manager interface: actions of ``name: value`` lines, each answered by one block among the events."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    @asynccontextmanager
    async def of(cls, port: int) -> AsyncIterator[Self]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        made = cls(reader, writer)
        try:
            await reader.readline()
            await made.act(Action="Login", Username="tests", Secret="tests", Events="off")
            yield made
        finally:
            writer.close()

    async def act(self, **lines: str) -> None:
        self._writer.write(b"".join(f"{name}: {value}\r\n".encode() for name, value in lines.items()) + b"\r\n")
        answer = await self._reader.readuntil(b"\r\n\r\n")
        assert answer.startswith(b"Response: Success"), answer


class LineTelephone(Handset):
    """The caller's: what its line's other end says is heard, and it speaks and presses keys into it."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, manager: Manager, channel: str
    ) -> None:
        super().__init__(reader, writer)
        self._manager, self._channel = manager, channel
        self._heard_at = asyncio.get_running_loop().time()
        self._pressing: list[asyncio.Task[None]] = []

    async def __aexit__(self, *raised: Any) -> None:
        for each in self._pressing:
            each.cancel()
        await asyncio.gather(*self._pressing, return_exceptions=True)
        with contextlib.suppress(OSError):
            self._writer.write(message(Kind.HANG_UP))
            await self._writer.drain()
        await super().__aexit__(*raised)

    def press(self, keys: str) -> None:
        self._pressing.append(asyncio.create_task(self._press(keys)))

    async def _press(self, keys: Iterable[str]) -> None:
        """Each for 120 ms, as a finger does; the network tells the switchboard by RFC 4733."""
        for key in keys:
            await self._manager.act(Action="PlayDTMF", Channel=self._channel, Digit=key, Duration="120")
            await asyncio.sleep(0.3)

    async def hear(self, frame: bytes) -> None:
        self._heard_at = asyncio.get_running_loop().time()
        await super().hear(frame)

    async def after_a_frame(self) -> None:
        """Where the other end sends nothing, a telephone is silent."""
        if asyncio.get_running_loop().time() - self._heard_at > _NOTHING_S:
            await super().hear(SILENCE)
