"""How the worker is started."""

from pathlib import Path

from models.asr.engine import Folders
from models.asr.launcher import launch
from models.asr.worker import Settings, settings_of

PYTHON, HOME = Path("/asr/bin/python"), Path("/state")


def test_a_worker_reads_what_it_was_started_with() -> None:
    models = Folders(final=Path("/m/final"), online=Path("/m/online"), punctuation=Path("/m/punc"))
    settings = Settings(models=models, port=10200, engines=2, most_calls=16, threads=3)
    started = launch(settings, python=PYTHON, home=HOME, inherited={})
    assert started.argv[:3] == ["/asr/bin/python", "-I", "-c"]
    assert settings_of(started.argv[5:]) == settings
    assert started.environment["OMP_NUM_THREADS"] == "3"


def test_a_card_is_the_only_one_that_it_sees() -> None:
    settings = Settings(models=Folders(final=Path("/m")), device="cuda:3")
    started = launch(settings, python=PYTHON, home=HOME, inherited={})
    assert started.environment["CUDA_VISIBLE_DEVICES"] == "3"
    assert settings_of(started.argv[5:]).device == "cuda:0"


def test_a_socket_and_a_pipe_are_handed_on() -> None:
    settings = Settings(models=Folders(final=Path("/m")), listen_fd=7, ready_fd=9)
    started = launch(settings, python=PYTHON, home=HOME, inherited={})
    assert settings_of(started.argv[5:]) == settings
