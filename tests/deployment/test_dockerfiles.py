"""``compose/docker``: images of ours are made without a network, of bases named by digest, and run as nobody."""

import json
import re
from pathlib import Path

import pytest

from appliance.deployment import images
from security.egress.placing import place
from tests.deployment.files import COMPOSE, ROOT, services
from tests.deployment.tools import of_wheel

DOCKERFILES = sorted((COMPOSE / "docker").glob("*.Dockerfile"))
every_file = pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.stem)


def _steps(path: Path) -> list[tuple[str, str]]:
    text = re.sub(r"\\\n", " ", "\n".join(line for line in path.read_text().splitlines() if not line.startswith("#")))
    return [(line.partition(" ")[0], line.partition(" ")[2].strip()) for line in text.splitlines() if line.strip()]


@every_file
def test_a_base_is_given_and_has_no_tag(path: Path) -> None:
    steps = _steps(path)
    bases = {word.split()[0] for step, word in steps if step == "FROM"}
    given = {word for step, word in steps if step == "ARG"}
    assert bases == {f"${{{name}}}" for name in given}
    listed = next(each for each in images.known() if each.dockerfile == str(path.relative_to(ROOT)))
    assert set(listed.bases) == given


@every_file
def test_the_image_runs_as_a_user_without_rights(path: Path) -> None:
    last = [word for step, word in _steps(path) if step == "USER"][-1]
    assert re.fullmatch(r"(\d+):\1", last)
    name = {"vllm": "chat", "product": "web"}.get(path.stem, path.stem)
    assert services()[name]["user"] == last


@every_file
def test_nothing_is_fetched(path: Path) -> None:
    steps = _steps(path)
    assert not [word for step, word in steps if step == "ADD"]
    assert not [word for _, word in steps if re.search(r"https?://|\b(curl|wget|git clone|apt-get|apk)\b", word)]
    assert any("PIP_NO_INDEX=1" in word for step, word in steps if step == "ENV")
    assert not path.read_text().startswith("# syntax=")


@every_file
def test_the_image_starts_one_program_of_ours_and_is_stopped_by_its_signal(path: Path) -> None:
    steps = dict(_steps(path))
    assert steps["ENTRYPOINT"].startswith("[")
    assert steps["STOPSIGNAL"] == "SIGTERM"


@every_file
def test_what_is_installed_is_compiled_without_a_clock(path: Path) -> None:
    """Where it runs nothing can be written, so what is not compiled here is compiled at each start."""
    runs = [word for step, word in _steps(path) if step == "RUN"]
    [folder] = {found for word in runs for found in re.findall(r"(/opt/\w+)/bin/pip install --no-compile", word)}
    compiled = [word for word in runs if f"{folder}/lib" in word and "compileall" in word]
    assert len(compiled) == 1
    assert all("--invalidation-mode unchecked-hash" in word for word in runs if "compileall" in word)
    assert runs.index(compiled[0]) > max(at for at, word in enumerate(runs) if "pip install" in word)


@every_file
def test_packages_come_from_the_one_folder_of_a_bundle_at_the_versions_that_are_tested(path: Path) -> None:
    runs = " ".join(word for step, word in _steps(path) if step == "RUN")
    asked = re.findall(r"/bin/pip install ([^&]+)", runs)
    assert {found for words in asked for found in re.findall(r"--find-links (\S+)", words)} == {"/wheels"}
    assert "from=wheels,source=.,target=/wheels" in runs
    for words in asked:
        assert "--constraint /constraints.txt" in words or "--no-deps" in words, words


def test_vllms_python_has_the_egress_guard_before_nothing_can_be_written() -> None:
    """``appliance models start`` puts it there, and refuses to go on where it cannot."""
    steps = _steps(COMPOSE / "docker" / "vllm.Dockerfile")
    entry = json.loads(dict(steps)["ENTRYPOINT"])
    python = entry[entry.index("--python") + 1]
    places = [at for at, (step, word) in enumerate(steps) if step == "RUN" and f"{place.__name__}('{python}')" in word]
    assert len(places) == 1
    assert f"from {place.__module__} import {place.__name__}" in steps[places[0]][1]
    assert places[0] < next(at for at, (step, _) in enumerate(steps) if step == "USER")


def test_every_file_is_in_the_list_of_images() -> None:
    listed = {each.dockerfile for each in images.known() if each.dockerfile}
    assert listed == {str(path.relative_to(ROOT)) for path in DOCKERFILES}


def test_a_build_is_sent_only_what_it_copies() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    sent = {line[1:] for line in ignored if line.startswith("!")}
    copied = {
        word.split()[0]
        for path in DOCKERFILES
        for step, word in _steps(path)
        if step == "COPY" and not word.startswith("--from")
    }
    assert "*" in ignored
    assert copied == sent


@pytest.mark.slow
@every_file
def test_hadolint_has_nothing_to_say(path: Path) -> None:
    said = of_wheel("hadolint").run("--failure-threshold", "style", path)
    assert (said.stdout, said.returncode) == ("", 0)


@pytest.mark.slow
def test_hadolint_would_say_something(tmp_path: Path) -> None:
    bad = tmp_path / "Dockerfile"
    bad.write_text("FROM debian\nRUN cd /tmp && sudo apt-get install -y curl\nADD https://example.com/x /x\n")
    assert of_wheel("hadolint").run(bad).returncode != 0
