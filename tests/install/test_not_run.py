"""A test that is skipped needs leave, and what did not run stands last, right before pytest's own line."""

from pathlib import Path

import pytest

from tests.not_run import Leave, load

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[2]
LEAVES = ROOT / "tests" / "not_run.toml"
SKIPPED = """
    import pytest

    def test_runs(): pass

    @pytest.mark.parametrize("server", ["newest", "oldest"])
    def test_waits(server): pytest.skip("the server is not here: no route")

    @pytest.mark.xfail
    def test_is_known_to_fail(): assert False
"""
CONFTEST = """
    import pathlib
    from tests import not_run

    def pytest_configure(config):
        config.pluginmanager.register(not_run.NotRun(not_run.load(pathlib.Path("leaves.toml"))))
"""


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makeconftest(CONFTEST)
    return pytester


def _allow(project: pytest.Pytester, tests: str, reason: str) -> None:
    project.path.joinpath("leaves.toml").write_text(
        f'[[allowed]]\ntests = "{tests}"\nreasons = ["{reason}"]\nbecause = "x"\n'
    )


def _ran(project: pytest.Pytester) -> pytest.RunResult:
    return project.runpytest_subprocess("-q", "-p", "no:cacheprovider", "-p", "no:hypothesispytest")


def test_what_may_stay_out_is_listed_once_per_reason_before_the_last_line(project: pytest.Pytester) -> None:
    _allow(project, "test_it.py::test_waits[*", "the server is not here: *")
    project.makepyfile(test_it=SKIPPED)
    done = _ran(project)
    assert (done.ret, done.parseoutcomes()) == (0, {"passed": 1, "skipped": 2, "xfailed": 1})
    assert done.outlines[-2] == "test_it.py::test_waits[newest] and 1 more: the server is not here: no route"
    assert "not run, why" in done.outlines[-3]


def test_a_skip_for_another_reason_fails_and_says_what_to_do(project: pytest.Pytester) -> None:
    _allow(project, "*", "the suites are not here")
    project.makepyfile(test_it=SKIPPED)
    done = _ran(project)
    assert (done.ret, done.parseoutcomes()) == (1, {"passed": 1, "failed": 2, "xfailed": 1})
    done.stdout.fnmatch_lines(
        ["FAIL: test_it.py::test_waits?newest? did not run: the server is not here: no route. Cure: make it run, *"]
    )


def test_a_file_that_skips_itself_needs_leave_too(project: pytest.Pytester) -> None:
    _allow(project, "nothing", "nothing")
    project.makepyfile(test_it='import pytest\npytest.importorskip("a_package_that_is_not_here")')
    assert _ran(project).ret != 0


def test_nothing_but_the_star_is_special() -> None:
    leave = Leave(tests="tests/*[oldest*", reasons=["a (b) is not here: *"], because="x")
    assert leave.allows("tests/a.py::test_x[oldest-1]", "a (b) is not here: no\nroute")
    assert not leave.allows("tests/a.py::test_x", "a (b) is not here: no route")
    assert not leave.allows("tests/a.py::test_x[oldest]", "a b is not here: no route")


def test_every_leave_names_tests_that_are_there() -> None:
    files = [leave.tests.split("::")[0] for leave in load(LEAVES)]
    assert [file for file in files if "*" not in file and not (ROOT / file).is_file()] == []
