"""What is run to see whom it would contact: each engine and page as the product runs it, and with its stop taken away.

``contacts.toml`` holds what was seen.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from models.asr.environment import AIR_GAP
from models.asr.launcher import SELF_TEST_MODEL
from models.llm.environment import AIR_GAP as VLLM_AIR_GAP
from models.tts.espeak.library import LIBRARY
from tests.asr.worker import PYTHON as FUNASR
from tests.contacts import vllm
from tests.contacts.cosyvoice import cosyvoice
from tests.contacts.watched import Seen, watched
from tests.models.tts.worker import ENGINE

ROOT: Final = Path(__file__).parents[2]
_BUILT: Final = ROOT / "appliance" / "console" / "dist"
_HEAR: Final = "from funasr import AutoModel; AutoModel(model={model!r}, disable_update={off}, disable_pbar=True)"
_EMAIL: Final = """
from presidio_analyzer.predefined_recognizers import EmailRecognizer
from presidio_analyzer import RecognizerResult
print(EmailRecognizer().validate_result("somebody@shop.example.com"))
"""
_OURS: Final = """
from security.pii.analyzer import Analyzer
found = Analyzer().find("邮箱 somebody@shop.example.com，手机13800138000，我叫欧阳建国")
assert {each.type for each in found} >= {"EMAIL", "PHONE", "NAME"}, found
"""
_LISTEN: Final = """
import os, sys, time
from appliance.voice import onnx
if sys.argv[1:]:
    onnx.AIR_GAP.clear()
heard = onnx.session("speech")
time.sleep(20)  # what is reported is sent after some ten seconds, and not at the end
"""
_TRACES: Final = """
import sys
from appliance.config_telemetry import TelemetrySettings
from appliance.conversation.events import TurnEnded
from appliance.integrations.telemetry.spans import Spans
from appliance.integrations.telemetry.turns import TurnTraces
spans = Spans.of(TelemetrySettings(traces_url=sys.argv[1]), "web-1", "1.0")
if spans is not None:
    TurnTraces(spans).committed([TurnEnded()])
    spans.close()
"""
_COLLECTOR: Final = "http://otel.example.internal:4318/v1/traces"
_BROWSE: Final = """
import functools, http.server, subprocess, sys, threading
class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_): pass
folder, page, program, profile, shows = sys.argv[1:6]
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
threading.Thread(target=server.serve_forever, daemon=True).start()
flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync",
         "--disable-component-update", "--disable-default-apps", "--no-first-run", "--disable-domain-reliability",
         "--disable-features=OptimizationHints,MediaRouter,Translate", f"--user-data-dir={profile}",
         "--virtual-time-budget=4000", "--dump-dom"]
for _ in range(5):  # a page's own time does not wait for the thread of its sound
    done = subprocess.run([program, *flags, f"http://127.0.0.1:{server.server_address[1]}{page}"], capture_output=True)
    print(len(done.stdout))
    if shows.encode() in done.stdout:
        break
assert shows.encode() in done.stdout, (done.stdout[-800:], done.stderr[-500:])
"""
_CHAT: Final = """
<script src="/widget.js" data-shop="demo"></script>
<script>addEventListener("load", () => AftersalesChat.open())</script>
"""
_CHAT_ELSEWHERE: Final = _CHAT.replace('"/widget.js"', '"http://cdn.example.com/widget.js"')
_CALL: Final = """
<script src="/widget.js" data-shop="demo"></script>
<script type="module">
const sound = new AudioContext();
await sound.audioWorklet.addModule("/widget-audio.js");
new AudioWorkletNode(sound, "aftersales-capture");
new AudioWorkletNode(sound, "aftersales-playback");
document.body.dataset.sound = "loaded";
</script>
"""
"""What a call loads before it rings."""
_CALL_ELSEWHERE: Final = _CALL.replace('"/widget-audio.js"', '"http://cdn.example.com/widget-audio.js"')
_LIFE: Final = """
set -e
"$0" -m appliance.cli.main up
"$0" -m appliance.cli.main doctor >/dev/null || true
"$0" -m appliance.cli.main audit verify >/dev/null
"$0" -m appliance.cli.main down
"""
_SPEAK: Final = """
import json, os, socket, subprocess, sys, time, urllib.error, urllib.request
with socket.create_server(("127.0.0.1", 0)) as free: port = free.getsockname()[1]
argv = [sys.executable, "-P", "-m", "models.tts.espeak", "--engine", sys.argv[1], "--port", str(port)]
server = subprocess.Popen(argv, env={**os.environ, "SPEECH_API_KEY": "k" * 32})
asked = {"model": "espeak-ng-1.52", "input": "您好", "voice": "cmn+f2", "response_format": "pcm"}
try:
    for _ in range(300):
        request = urllib.request.Request(f"http://127.0.0.1:{port}/v1/audio/speech", json.dumps(asked).encode(),
            {"Authorization": "Bearer " + "k" * 32, "Content-Type": "application/json"})
        try:
            heard = urllib.request.urlopen(request, timeout=20).read()
            break
        except urllib.error.HTTPError as refused:
            sys.exit(refused.read().decode())
        except urllib.error.URLError:
            time.sleep(0.1)
finally:
    server.kill()
assert len(heard) > 1000, heard
"""


_BROWSERS_OWN: Final = frozenset(
    {
        "accounts.google.com",
        "android.clients.google.com",
        "clients2.google.com",
        "content-autofill.googleapis.com",
        "edgedl.me.gvt1.com",
        "optimizationguide-pa.googleapis.com",
        "redirector.gvt1.com",
        "safebrowsing.googleapis.com",
        "update.googleapis.com",
        "www.google.com",
    }
)
"""Services that Chromium calls for itself: no page of ours names one, as ``test_air_gap.py`` shows of all of them."""


class Subject(NamedTuple):
    closed: Callable[[Path], Seen]
    """As the product runs it."""
    opened: Callable[[Path], Seen] | None = None
    """With what stops it taken away; None where nothing has to be stopped."""


def ours(code: str, *arguments: str) -> Callable[[Path], Seen]:
    return lambda home: watched([sys.executable, "-c", code, *arguments], {"HOME": str(home)})


def funasr(code: str, environment: dict[str, str]) -> Callable[[Path], Seen]:
    def run(home: Path) -> Seen:
        if not os.access(FUNASR, os.X_OK):
            pytest.skip(f"FunASR is not here: {os.environ.get('TEST_FUNASR', './install.sh test --all installs it')}")
        return watched([FUNASR, "-I", "-c", code], {"HOME": str(home), **environment})

    return run


def speaking(home: Path) -> Seen:
    if not ENGINE.joinpath(LIBRARY).exists():
        pytest.skip(f"eSpeak NG is not here: {os.environ.get('TEST_ESPEAK', './install.sh test --all fetches it')}")
    return watched([sys.executable, "-c", _SPEAK, ENGINE], {"HOME": str(home)})


def browsing(folder: Path, page: str, shows: str) -> Callable[[Path], Seen]:
    def run(home: Path) -> Seen:
        said = os.environ.get("TEST_CHROMIUM", "./install.sh test --all fetches it")
        if not said.startswith("/"):
            pytest.skip(f"Chromium is not here: {said}")
        libraries = [str(each) for each in Path(said).glob("usr/lib/*-linux-gnu")]
        libraries += [f"{each}/pulseaudio" for each in libraries]
        program = Path(said) / "usr/lib/chromium/chromium"
        argv: Sequence[str | Path] = [sys.executable, "-c", _BROWSE, folder, page, program, home / "profile", shows]
        return watched(argv, {"HOME": str(home), "LD_LIBRARY_PATH": ":".join(libraries)})

    return run


def page_alone(folder: Path, page: str, home: Path, shows: str = "<body") -> Seen:
    """Without what the browser asks for by itself, now and then, whatever it shows; ``shows`` is in the page then."""
    seen = browsing(folder, page, shows)(home)
    return seen._replace(contacts=tuple(each for each in seen.contacts if each.partition(":")[0] not in _BROWSERS_OWN))


def console_page(home: Path) -> Seen:
    return page_alone(_BUILT, "/console/index.html", home)


def shop_page(script: str, shows: str = "<body") -> Callable[[Path], Seen]:
    """A shop's own page that holds the chat, with what a customer does on it; its chat API answers nothing."""

    def run(home: Path) -> Seen:
        folder = home / "page"
        folder.mkdir()
        for name in ("widget.js", "widget-audio.js"):
            shutil.copy(_BUILT / name, folder)
        (folder / "index.html").write_text(f"<!doctype html><body>{script}</body>", encoding="utf-8")
        return page_alone(folder, "/index.html", home, shows)

    return run


def foreign_page(home: Path) -> Seen:
    folder = home / "page"
    folder.mkdir()
    (folder / "index.html").write_text('<!doctype html><body><img src="http://cdn.example.com/x.png"></body>')
    return page_alone(folder, "/index.html", home)


def living(_: Path) -> Seen:
    """Supervisor, PostgreSQL, worker and web: started, looked at, verified, stopped; where its user may pass."""
    home = Path(tempfile.mkdtemp(prefix="contacts-"))
    try:
        home.chmod(0o755)
        (home / "appliance.toml").write_text("[web]\nport = 0\n")
        return watched(["bash", "-c", _LIFE, sys.executable], {"HOME": str(home), "APPLIANCE_STATE_DIR": str(home)})
    finally:
        shutil.rmtree(home)


SUBJECTS: Final[dict[str, Subject]] = {
    "vllm": Subject(vllm.as_the_product_does, vllm.by_name),
    "vllm.usage": Subject(vllm.usage(VLLM_AIR_GAP), vllm.usage({})),
    "funasr.version": Subject(
        funasr(_HEAR.format(model=str(SELF_TEST_MODEL), off=True), AIR_GAP),
        funasr(_HEAR.format(model=str(SELF_TEST_MODEL), off=False), {}),
    ),
    "funasr.model": Subject(
        funasr(_HEAR.format(model=str(SELF_TEST_MODEL), off=True), {}),
        funasr(_HEAR.format(model="paraformer-zh", off=True), {}),
    ),
    "speaker": Subject(speaking),
    "presidio.email": Subject(ours(_OURS), ours(_EMAIL)),
    "onnxruntime": Subject(ours(_LISTEN), ours(_LISTEN, "reporting")),
    "telemetry": Subject(ours(_TRACES, ""), ours(_TRACES, _COLLECTOR)),
    "appliance": Subject(living),
    "console": Subject(console_page, foreign_page),
    "chat": Subject(shop_page(_CHAT, "<aftersales-chat"), shop_page(_CHAT_ELSEWHERE)),
    "call": Subject(shop_page(_CALL, 'data-sound="loaded"'), shop_page(_CALL_ELSEWHERE)),
    "cosyvoice": Subject(cosyvoice(is_closed=True), cosyvoice(is_closed=False)),
}
