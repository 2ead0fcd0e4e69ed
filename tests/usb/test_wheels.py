"""Which wheel fits which computer, and what it needs there."""

import subprocess
import sys

import pytest
from packaging.requirements import Requirement

from stemkit.formats.wheels import SYSTEMS, Target, best, build_wheel, metadata_of, needs

WINDOWS = Target("windows", (3, 12))
LINUX = Target("linux", (3, 12))
PI = Target("linux-arm", (3, 13))
INTEL = Target("macos-intel", (3, 11))

METADATA = b"""Metadata-Version: 2.1
Name: kit
Version: 1.0
Requires-Dist: click>=8
Requires-Dist: colorama; platform_system == "Windows"
Requires-Dist: tomli>=2; python_version < "3.12"
Requires-Dist: drawing[svg]>=1; extra == "plot"
Requires-Dist: gpio; sys_platform == "linux" and platform_machine == "aarch64"
"""


@pytest.mark.parametrize(
    ("wheel", "target", "fits"),
    [
        ("a-1-py3-none-any.whl", WINDOWS, True),
        ("a-1-py2.py3-none-any.whl", PI, True),
        ("a-1-cp312-cp312-win_amd64.whl", WINDOWS, True),
        ("a-1-cp312-cp312-win_amd64.whl", LINUX, False),
        ("a-1-cp311-cp311-win_amd64.whl", WINDOWS, False),
        ("a-1-cp38-abi3-win_amd64.whl", WINDOWS, True),
        ("a-1-cp312-cp312-win32.whl", WINDOWS, False),
        ("a-1-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", LINUX, True),
        ("a-1-cp312-cp312-manylinux_2_34_x86_64.whl", LINUX, False),  # too new a glibc for a school
        ("a-1-cp312-cp312-musllinux_1_2_x86_64.whl", LINUX, False),
        ("a-1-cp313-cp313-manylinux2014_aarch64.whl", PI, True),
        ("a-1-cp311-cp311-macosx_10_9_x86_64.whl", INTEL, True),
        ("a-1-cp311-cp311-macosx_11_0_arm64.whl", INTEL, False),
        ("a-1-cp311-cp311-macosx_11_0_universal2.whl", INTEL, True),
        ("not a wheel.whl", LINUX, False),
    ],
)
def test_which_wheel_fits(wheel, target, fits):
    assert target.fits(wheel) is fits


def test_markers_are_those_of_the_other_computer():
    def names(target, *extras):
        return [row.name for row in needs(METADATA, target, extras)]

    assert names(WINDOWS) == ["click", "colorama"]
    assert names(LINUX) == ["click"]
    assert names(INTEL) == ["click", "tomli"]
    assert names(PI, "plot") == ["click", "drawing", "gpio"]


def test_the_newest_that_fits_is_taken():
    wheels = [
        "a-1.9-py3-none-any.whl",
        "a-1.10-py3-none-any.whl",
        "a-2.0-cp312-cp312-win_amd64.whl",
        "b-9-py3-none-any.whl",
        "junk.whl",
    ]
    assert best(wheels, Requirement("A"), LINUX) == "a-1.10-py3-none-any.whl"
    assert best(wheels, Requirement("a"), WINDOWS) == "a-2.0-cp312-cp312-win_amd64.whl"
    assert best(wheels, Requirement("a<1.10"), LINUX) == "a-1.9-py3-none-any.whl"
    assert best(wheels, Requirement("a>=2"), LINUX) is None


def test_systems_have_the_markers_of_the_standard():
    for system in SYSTEMS:
        environment = Target(system, (3, 12)).environment()
        assert {"os_name", "sys_platform", "platform_system", "platform_machine"} <= set(
            environment
        )
        assert Requirement('x; python_version >= "3.11"').marker.evaluate(environment)


def test_pip_installs_a_wheel_that_was_built(tmp_path):
    info = "kit-1.0.dist-info"
    files = {
        "kit/__init__.py": b"ANSWER = 42\n",
        f"{info}/METADATA": b"Metadata-Version: 2.1\nName: kit\nVersion: 1.0\n",
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    data = build_wheel(files, info)
    assert data == build_wheel(dict(reversed(files.items())), info)
    assert metadata_of(data) == files[f"{info}/METADATA"]
    wheel = tmp_path / "kit-1.0-py3-none-any.whl"
    wheel.write_bytes(data)
    place = tmp_path / "there"
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "-q", "--no-index", "--target", place, wheel],
        check=True,
    )
    assert (place / "kit" / "__init__.py").read_bytes() == files["kit/__init__.py"]
