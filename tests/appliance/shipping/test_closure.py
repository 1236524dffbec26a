"""Whether a set of wheels suffices for a machine, judged by what they themselves say that they need."""

from pathlib import Path

import pytest

from appliance.errors import ConfigurationError
from appliance.shipping.closure import glibc_of, missing, refuse_unfit, wheels
from models.bundle.manifest import Target
from tests.appliance.shipping.made_wheels import wheel

X86 = Target(machine="x86_64", python="3.11", glibc="2.36")
ARM = Target(machine="aarch64", python="3.12", glibc="2.36")


def _missing(folder: Path, *roots: str, target: Target = X86) -> list[str]:
    return [str(each) for each in missing(roots, wheels(folder), target)]


def test_what_is_needed_is_followed_to_its_end(tmp_path: Path) -> None:
    wheel(tmp_path, "a", needs=("b>=2",))
    wheel(tmp_path, "b", "2.1", needs=("c",))
    assert _missing(tmp_path, "a") == ["c"]
    wheel(tmp_path, "c", needs=("a",))
    assert _missing(tmp_path, "a") == []


def test_another_version_is_none(tmp_path: Path) -> None:
    wheel(tmp_path, "a", needs=("b>=2",))
    wheel(tmp_path, "b", "1.9")
    assert _missing(tmp_path, "a") == ["b>=2"]


def test_a_name_may_be_spelt_as_people_do(tmp_path: Path) -> None:
    wheel(tmp_path, "my_part")
    assert _missing(tmp_path, "My.Part") == []


def test_markers_are_those_of_the_machine_that_it_is_for(tmp_path: Path) -> None:
    needs = ('b; platform_machine == "aarch64"', 'c; python_version < "3.12"', 'd; sys_platform == "win32"')
    wheel(tmp_path, "a", needs=needs)
    assert _missing(tmp_path, "a") == ['c; python_version < "3.12"']
    assert _missing(tmp_path, "a", target=ARM) == ['b; platform_machine == "aarch64"']


def test_what_an_extra_brings_is_needed_only_where_it_is_asked_for(tmp_path: Path) -> None:
    wheel(tmp_path, "a", needs=('b; extra == "fast"',))
    assert _missing(tmp_path, "a") == []
    assert _missing(tmp_path, "a[fast]") == ['b; extra == "fast"']


def test_a_wheel_of_another_machine_or_python_is_refused_by_its_name(tmp_path: Path) -> None:
    fitting = ("py3-none-any", "cp311-cp311-manylinux_2_28_x86_64", "cp38-abi3-manylinux2014_x86_64")
    for number, tag in enumerate(fitting):
        wheel(tmp_path, f"fits{number}", tag=tag)
    refuse_unfit(wheels(tmp_path), X86)
    with pytest.raises(ConfigurationError, match=r"is not for Python 3\.12 on aarch64: remove the working folder"):
        refuse_unfit(wheels(tmp_path), ARM)
    for tag in ("cp312-cp312-manylinux_2_28_x86_64", "cp311-cp311-musllinux_1_2_x86_64", "cp311-cp311-win_amd64"):
        other = tmp_path / tag
        wheel(other, "stranger", tag=tag)
        with pytest.raises(ConfigurationError, match="stranger"):
            refuse_unfit(wheels(other), X86)


def test_the_oldest_glibc_is_that_of_the_most_demanding_wheel(tmp_path: Path) -> None:
    assert glibc_of([], "2.36") == "2.17"
    wheel(tmp_path, "a")
    assert glibc_of(wheels(tmp_path), "2.36") == "2.5"
    wheel(tmp_path, "b", tag="cp311-cp311-manylinux2014_x86_64.manylinux_2_17_x86_64")
    assert glibc_of(wheels(tmp_path), "2.36") == "2.17"
    wheel(tmp_path, "c", tag="cp311-cp311-manylinux_2_28_x86_64")
    assert glibc_of(wheels(tmp_path), "2.36") == "2.28"
    wheel(tmp_path, "built_here", tag="cp311-cp311-linux_x86_64")
    assert glibc_of(wheels(tmp_path), "2.36") == "2.36"


def test_a_licence_is_read_wherever_it_is_written(tmp_path: Path) -> None:
    wheel(tmp_path, "a", more="License-Expression: MIT\n")
    wheel(tmp_path, "b", more="Classifier: License :: OSI Approved :: BSD License\n")
    assert [each.licence for each in wheels(tmp_path)] == ["MIT", "BSD License"]
