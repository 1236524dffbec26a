"""``appliance models``: what is there, whether files are whole, and how a server would be started."""

import json
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from appliance import secret_file
from appliance.cli.main import appliance, main
from models.catalog.loading import load
from models.catalog.manifest import MANIFEST

CATALOG = load()
TINY = Path(__file__).parents[2] / "vllm" / "tiny.toml"


@pytest.fixture(autouse=True)
def _state_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APPLIANCE_STATE_DIR", str(tmp_path / "state"))


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    folder = tmp_path / "weights"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    return folder


@pytest.fixture
def card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with one card of 24 GB."""
    program = tmp_path / "bin" / "nvidia-smi"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho 'NVIDIA A10, 23028'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=":")


@pytest.fixture
def no_card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))


def _models(*words: str) -> Result:
    return CliRunner().invoke(appliance, ["models", *words])


def _refusal(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[object, str]:
    with pytest.raises(SystemExit) as ended:
        main(["models", *words])
    return ended.value.code, capsys.readouterr().err


@pytest.mark.usefixtures("card")
def test_what_a_card_of_this_machine_holds_is_listed() -> None:
    listed = {each["name"]: each for each in json.loads(_models("list", "--json").stdout)}
    assert set(listed) == set(CATALOG.models)
    assert (listed["qwen3-14b-awq"]["fits"], listed["qwen3-32b"]["fits"]) == (True, False)
    lines = _models("list").stdout.splitlines()
    assert lines[0].endswith("largest card here: 22 GiB")
    assert [line.split()[-1] for line in lines if line.startswith("qwen3-14b-awq ")] == ["fits"]


@pytest.mark.usefixtures("no_card")
def test_a_machine_without_a_card_says_so() -> None:
    assert {each["fits"] for each in json.loads(_models("list", "--json").stdout)} == {None}
    assert _models("list").stdout.splitlines()[0].endswith("no card here")


def test_what_was_not_checked_is_marked_where_it_is_shown() -> None:
    shown = _models("show", "bge-m3").stdout
    assert "licence                MIT  (unchecked)\n" in shown
    assert "hugging_face           BAAI/bge-m3\n" in shown
    assert json.loads(_models("show", "bge-m3", "--json").stdout)["role"] == "embedding"
    assert "placed by              gpu-24g (65% of each card)\n" in _models("show", "qwen3-14b-awq").stdout


def test_a_model_that_is_not_there_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    expected = "appliance: there is no model gpt; 'appliance models list' names them\n"
    assert _refusal(capsys, "show", "gpt") == (2, expected)


def test_a_file_of_ones_own_with_a_mistake_is_one_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("[[model]]\n")
    code, said = _refusal(capsys, "--catalog", str(tmp_path / "mine.toml"), "list")
    assert (code, said.startswith(f"appliance: {tmp_path}/mine.toml:1: "), said.count("\n")) == (2, True, 1)


def test_what_was_hashed_is_whole_when_it_arrives(weights: Path) -> None:
    digest = _models("hash", str(weights)).stdout.splitlines()[-1]
    done = _models("check", "qwen3-8b", "--path", str(weights), "--digest", digest)
    assert (done.exit_code, done.stdout) == (0, f"qwen3-8b: whole (digest {digest})\n")
    assert "reading config.json (0.00 GB)" in done.stderr


def test_what_was_changed_on_the_way_is_named_and_fails(weights: Path) -> None:
    _models("hash", str(weights))
    (weights / "config.json").write_text("{ }")
    done = _models("check", "qwen3-8b", "--path", str(weights))
    assert (done.exit_code, done.stdout.splitlines()[0]) == (1, "config.json: is not what the manifest lists")


def test_files_that_were_exchanged_together_with_their_list_are_found_by_its_digest(weights: Path) -> None:
    digest = _models("hash", str(weights)).stdout.splitlines()[-1]
    (weights / "config.json").write_text("{ }")
    _models("hash", str(weights))
    assert _models("check", "qwen3-8b", "--path", str(weights)).exit_code == 0
    done = _models("check", "qwen3-8b", "--path", str(weights), "--digest", digest, "--json")
    assert (done.exit_code, [fault["file"] for fault in json.loads(done.stdout)["faults"]]) == (1, [MANIFEST])


def test_a_folder_without_a_list_is_wrong_use(capsys: pytest.CaptureFixture[str], weights: Path) -> None:
    code, said = _refusal(capsys, "check", "qwen3-8b", "--path", str(weights))
    assert (code, "there is no MANIFEST.sha256" in said, said.count("\n")) == (2, True, 1)


def test_a_digest_is_64_characters(weights: Path) -> None:
    assert _models("check", "qwen3-8b", "--path", str(weights), "--digest", "abc").exit_code == 2


@pytest.mark.usefixtures("card")
def test_what_would_be_started_is_shown_without_the_key(tmp_path: Path) -> None:
    shown = _models("start", "--role", "chat", "--print").stdout
    assert (
        f"--model {tmp_path}/state/weights/qwen3-14b-awq --served-model-name chat --host 127.0.0.1 --port 8000" in shown
    )
    assert "VLLM_API_KEY=(from the key file)\n" in shown
    assert "HF_HUB_OFFLINE=1\n" in shown
    assert not (tmp_path / "state" / "secrets").exists()


@pytest.mark.usefixtures("no_card")
def test_without_a_card_there_is_no_large_model(capsys: pytest.CaptureFixture[str]) -> None:
    code, said = _refusal(capsys, "start", "--role", "chat")
    assert (code, said.startswith("appliance: profile cpu has no model for chat: ")) == (2, True)


def test_a_profile_that_is_not_there_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    expected = "appliance: there is no profile big; there are cpu, gpu-24g, gpu-48g, gpu-80g, gpu-multi\n"
    assert _refusal(capsys, "start", "--role", "chat", "--profile", "big") == (2, expected)


def _start(weights: Path, python: str) -> list[str]:
    return [
        "--catalog",
        str(TINY),
        "start",
        "--role",
        "chat",
        "--profile",
        "tiny",
        "--path",
        str(weights),
        "--python",
        python,
    ]


def test_nothing_is_started_without_vllm(capsys: pytest.CaptureFixture[str], weights: Path) -> None:
    code, said = _refusal(capsys, *_start(weights, "/nowhere/python"))
    assert (code, said.startswith("appliance: /nowhere/python is not there; ")) == (2, True)


def test_weights_that_are_not_whole_are_not_started(capsys: pytest.CaptureFixture[str], weights: Path) -> None:
    _models("hash", str(weights))
    (weights / "new.json").touch()
    code, said = _refusal(capsys, *_start(weights, "/bin/true"))
    assert (code, "new.json is not in the manifest; see 'appliance models check tiny-qwen3" in said) == (2, True)


def test_a_key_is_made_that_only_its_owner_reads_and_is_kept(
    capsys: pytest.CaptureFixture[str], weights: Path, tmp_path: Path
) -> None:
    file = tmp_path / "state" / "secrets" / "models.key"
    _refusal(capsys, *_start(weights, "/nowhere/python"))
    key = file.read_text()
    assert (stat.S_IMODE(file.stat().st_mode), len(key.strip()) >= 32) == (0o600, True)
    _refusal(capsys, *_start(weights, "/nowhere/python"))
    assert file.read_text() == key


def test_an_empty_key_is_refused(capsys: pytest.CaptureFixture[str], weights: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.key").touch()
    code, said = _refusal(capsys, *_start(weights, "/bin/true"), "--api-key-file", str(tmp_path / "empty.key"))
    assert (code, said) == (2, f"appliance: {tmp_path}/empty.key: is empty; delete it, and a key is made\n")


def test_the_key_of_a_server_that_started_at_the_same_time_is_taken(tmp_path: Path) -> None:
    file = tmp_path / "secrets" / "models.key"
    secret_file._make_key(file)
    key = file.read_text()
    secret_file._make_key(file)
    assert (file.read_text(), [path.name for path in file.parent.iterdir()]) == (key, ["models.key"])


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """Says where its packages lie, as a Python does; otherwise tells with which arguments it was started."""
    file, packages = tmp_path / "program", tmp_path / "packages"
    packages.mkdir()
    file.write_text(f'#!/bin/sh\n[ "$2" = -c ] && echo {packages} && exit\nprintf "%s\\n" "$@"\n')
    file.chmod(0o755)
    return file


def _become(weights: Path, program: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "appliance.cli.main", "models", *_start(weights, str(program)), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_socket_that_a_killed_server_left_is_taken_over(weights: Path, program: Path, tmp_path: Path) -> None:
    address = tmp_path / "chat.sock"
    with socket.socket(socket.AF_UNIX) as killed:
        killed.bind(str(address))
    _models("hash", str(weights))
    started = _become(weights, program, "--socket", str(address))
    assert (started.returncode, f"--uds\n{address}\n" in started.stdout, address.exists()) == (0, True, False)


def test_the_socket_of_a_server_that_runs_is_left_alone(weights: Path, program: Path, tmp_path: Path) -> None:
    address = tmp_path / "chat.sock"
    _models("hash", str(weights))
    with socket.socket(socket.AF_UNIX) as running:
        running.bind(str(address))
        running.listen()
        refused = _become(weights, program, "--socket", str(address))
    assert refused.stderr == f"appliance: {address}: a server listens there already\n"
    assert (refused.returncode, address.exists()) == (2, True)


# CosyVoice.

IMAGE = f"registry.intranet/cosyvoice@sha256:{'a' * 64}"


def test_cosyvoice_is_shown_as_it_would_be_started_with_the_settings_that_fit(tmp_path: Path) -> None:
    shown = _models("speak", "--by", "vllm-omni", "--path", "/w", "--card", "1", "--print")
    assert shown.stdout.splitlines()[-1].split()[1:7] == [
        "-I",
        "-m",
        "vllm_omni.entrypoints.cli.main",
        "serve",
        "/w",
        "--omni",
    ]
    assert {"CUDA_VISIBLE_DEVICES=1", "VLLM_API_KEY=(from the key file)"} <= set(shown.stdout.splitlines())
    assert shown.stderr.splitlines() == [
        "[voice]",
        'speaker_url = "http://127.0.0.1:8021/v1"',
        'speaker_protocol = "openai"',
        f'speaker_key_file = "{tmp_path}/state/secrets/speech.key"',
    ]
    assert not (tmp_path / "state").exists()


def test_its_own_runtime_is_a_container_on_a_network_of_its_own() -> None:
    shown = _models("speak", "--by", "runtime", "--image", IMAGE, "--path", "/w", "--program", "podman", "--print")
    line = shown.stdout.splitlines()[-1]
    assert line.startswith("podman run --rm --name aftersales-cosyvoice --gpus device=0 --network aftersales-engines")
    assert f"{IMAGE} python3 /opt/CosyVoice/CosyVoice/runtime/python/fastapi/server.py" in line
    assert 'speaker_url = "http://172.31.250.2:50000"\nspeaker_protocol = "cosyvoice"' in shown.stderr


def test_what_cosyvoice_cannot_be_started_with_is_refused(weights: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words, said in (
        (("--by", "runtime"), "--image"),
        (("--by", "runtime", "--image", "cosyvoice:latest"), "digest"),
        (("--by", "vllm-omni", "--path", str(weights)), MANIFEST),
        (("--by", "vllm-omni", "--model", "no-such"), "no model no-such"),
    ):
        code, told = _refusal(capsys, "speak", *words)
        assert (code, said in told) == (2, True)


def test_vllm_omni_is_not_started_where_it_would_fetch_its_tokenizer(
    weights: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _models("hash", str(weights))
    words = ("--by", "vllm-omni", "--path", str(weights), "--python", sys.executable)
    code, told = _refusal(capsys, "speak", *words)
    assert (code, "speech_tokenizer_v3.onnx is missing" in told) == (2, True)


def test_the_command_becomes_the_runtime(weights: Path, program: Path) -> None:
    _models("hash", str(weights))
    command = ["speak", "--by", "runtime", "--image", IMAGE, "--path", str(weights), "--program", str(program)]
    started = subprocess.run(
        [sys.executable, "-m", "appliance.cli.main", "models", *command], capture_output=True, text=True, check=False
    )
    assert started.returncode == 0
    assert started.stdout.startswith("run\n--rm\n--name\naftersales-cosyvoice\n")


def test_a_program_that_is_not_there_is_said(weights: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _models("hash", str(weights))
    words = ("--by", "runtime", "--image", IMAGE, "--path", str(weights), "--program", "no-such-program")
    assert "no-such-program is not there" in _refusal(capsys, "speak", *words)[1]
