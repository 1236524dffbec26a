"""``appliance bench voice``: how fast callers are answered, and how many at once."""

from pathlib import Path

import click
from rich.console import Console

from appliance.cli.bench import tell
from appliance.evaluation.bench.voice.engines import ASR_PYTHON, ESPEAK
from appliance.evaluation.bench.voice.interrupting import SUITE
from models.asr.launcher import SELF_TEST_MODEL

_FILE = click.Path(path_type=Path)


@click.command()
@click.option("--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Write the measures here.")
@click.option("--turns", type=click.IntRange(4, 1000), default=24, show_default=True, help="Questions of one caller.")
@click.option("--most-calls", type=click.IntRange(1, 64), default=16, show_default=True, help="At once, in the ramp.")
@click.option(
    "--most-streams",
    type=click.IntRange(1, 1024),
    default=16,
    show_default=True,
    help="Only heard, in their own ramp.",
)
@click.option("--suite", type=_FILE, default=SUITE, help="Interruptions and back-channels; by default those that ship.")
@click.option("--hears", type=_FILE, default=SELF_TEST_MODEL, help="FunASR model; by default the self-test model.")
@click.option("--hears-online", type=_FILE, help="Streaming Paraformer; else --hears hears anew.")
@click.option("--pauses", type=_FILE, help="FSMN-VAD; else loudness tells.")
@click.option("--punctuation", type=_FILE, help="CT-Transformer; else none is added.")
@click.option("--device", default="cpu", show_default=True, help="Of the recogniser: cpu, or cuda:0.")
@click.option("--engines", type=click.IntRange(1, 64), default=1, show_default=True, help="Its processes.")
@click.option("--threads", type=click.IntRange(1, 64), default=1, show_default=True, help="Of each of them.")
@click.option("--asr-python", type=_FILE, default=ASR_PYTHON, help="Of the environment that has FunASR.")
@click.option("--espeak", type=_FILE, default=ESPEAK, help="Folder with eSpeak NG.")
def voice(
    *,
    json_file: Path | None,
    turns: int,
    most_calls: int,
    most_streams: int,
    suite: Path,
    hears: Path,
    hears_online: Path | None,
    pauses: Path | None,
    punctuation: Path | None,
    device: str,
    engines: int,
    threads: int,
    asr_python: Path,
    espeak: Path,
) -> None:
    """Scripted callers on a throw-away appliance with real engines, beside the bare engines and a fixed silence."""
    from appliance.evaluation.bench.voice.engines import Parts
    from appliance.evaluation.bench.voice.measure import Size, measure
    from models.asr.engine import Folders

    parts = Parts(
        asr_python=asr_python,
        hears=Folders(final=hears, online=hears_online, pauses=pauses, punctuation=punctuation),
        device=device,
        engines=engines,
        threads=threads,
        espeak=espeak,
    )
    size = Size(turns=turns, most_calls=most_calls, most_streams=most_streams)
    say = Console(stderr=True, highlight=False).print
    tell(measure(parts, suite, size, say), json_file)
