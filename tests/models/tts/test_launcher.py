"""How the engines that speak are started: nothing outside, nothing trusted, nothing written down."""

from pathlib import Path

import pytest

from models.errors import CatalogInvalid
from models.llm.environment import AIR_GAP
from models.tts.espeak.__main__ import main
from models.tts.launcher import COSYVOICE_PORT, Container, Omni, container, espeak, vllm_omni

INHERITED = {"PATH": "/bin", "HTTPS_PROXY": "http://proxy", "PYTHONPATH": "/evil", "HF_TOKEN": "hf_x"}
OMNI = Omni(
    python=Path("/omni/bin/python"), weights=Path("/w"), model="fun-cosyvoice3-0.5b", home=Path("/h"), api_key="secret"
)
CONTAINER = Container(image=f"registry.intranet/cosyvoice@sha256:{'a' * 64}", weights=Path("/w"), card=1)


def test_the_worker_is_started_by_the_products_own_python() -> None:
    launched = espeak(Path("/venv/bin/python"), Path("/espeak"), "secret", INHERITED)
    assert launched.argv == [
        "/venv/bin/python", "-P", "-m", "models.tts.espeak", "--engine", "/espeak", "--port", "8020",
    ]  # fmt: skip
    assert launched.environment == {"PATH": "/bin", "SPEECH_API_KEY": "secret"}


def test_a_socket_and_a_pipe_are_handed_on() -> None:
    launched = espeak(Path("/python"), Path("/espeak"), "secret", INHERITED, listen_fd=7, ready_fd=9)
    assert launched.argv[-4:] == ["--listen-fd", "7", "--ready-fd", "9"]


def test_vllm_omni_is_started_as_its_documents_say_but_for_code_from_the_models_folder() -> None:
    assert vllm_omni(OMNI, INHERITED).argv == [
        "/omni/bin/python", "-I", "-m", "vllm_omni.entrypoints.cli.main", "serve", "/w", "--omni",
        "--served-model-name", "fun-cosyvoice3-0.5b", "--host", "127.0.0.1", "--port", str(COSYVOICE_PORT),
        "--no-trust-remote-code", "--no-enable-log-requests", "--disable-uvicorn-access-log", "--disable-fastapi-docs",
    ]  # fmt: skip


def test_vllm_omni_looks_nowhere_outside_and_keeps_its_key_from_the_command_line() -> None:
    launched = vllm_omni(OMNI, INHERITED)
    assert launched.environment.items() >= AIR_GAP.items()
    assert launched.environment["VLLM_API_KEY"] == "secret"
    assert launched.environment["CUDA_VISIBLE_DEVICES"] == "0"
    assert launched.environment["SPEAKER_SAMPLES_DIR"] == "/h/speakers"
    assert not {"HTTPS_PROXY", "PYTHONPATH", "HF_TOKEN"} & launched.environment.keys()
    assert "secret" not in launched.argv


def test_the_container_is_on_a_network_that_leads_nowhere_and_writes_nothing() -> None:
    argv = container(CONTAINER, INHERITED).argv
    line = " ".join(argv)
    for part in (
        "--network aftersales-engines --ip 172.31.250.2",
        "--read-only",
        "--cap-drop ALL",
        "--gpus device=1",
        "--volume /w:/weights:ro",
        "--env HF_HUB_OFFLINE=1",
        "--env MODELSCOPE_OFFLINE=1",
    ):
        assert part in line
    assert argv[argv.index(CONTAINER.image) + 1 :] == [
        "python3", "/opt/CosyVoice/CosyVoice/runtime/python/fastapi/server.py", "--port", "50000",
        "--model_dir", "/weights",
    ]  # fmt: skip
    assert "--publish" not in argv


@pytest.mark.parametrize("image", ["cosyvoice", "cosyvoice:latest", "cosyvoice@sha256:abc"])
def test_an_image_that_may_be_another_tomorrow_is_refused(image: str) -> None:
    with pytest.raises(CatalogInvalid, match="digest"):
        container(Container(image=image, weights=Path("/w")), INHERITED)


def test_the_worker_without_its_library_says_where_to_get_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(espeak(Path("python"), tmp_path, "", {}).argv[4:])
    said = capsys.readouterr().err
    assert (ended.value.code, said.startswith("FAIL: "), "fetch-espeak.sh" in said) == (2, True, True)
