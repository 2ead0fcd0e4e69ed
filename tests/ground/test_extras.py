"""The optional parts, and the line that installs one: it must work where it is read."""

from __future__ import annotations

import shlex
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from stemkit import extras

ROOT = Path(__file__).parent.parent.parent


def test_the_packages_are_those_of_the_project_file() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    asked = declared["project"]["optional-dependencies"]
    del asked["test"]
    names = {extra: tuple(Requirement(row).name for row in rows) for extra, rows in asked.items()}
    assert names == extras.PACKAGES


def test_the_line_starts_pip_of_the_python_that_runs_stemkit() -> None:
    line = extras.extra_command("plot")
    assert line.endswith(" -m pip install matplotlib")
    asked = shlex.split(line.replace("install matplotlib", "--version"))
    told = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    import pip

    assert str(Path(pip.__file__).parent) in told


def test_a_python_of_the_path_is_named_by_its_word(monkeypatch: pytest.MonkeyPatch) -> None:
    here = Path(sys.executable)
    monkeypatch.setenv("PATH", str(here.parent))
    assert extras.install_command("pyarrow") == "python -m pip install pyarrow"


def test_an_environment_in_this_folder_is_named_from_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    venv.create(tmp_path / ".venv", symlinks=True)
    monkeypatch.setattr(sys, "executable", str(tmp_path / ".venv" / "bin" / "python"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    assert extras.install_command("pyarrow") == ".venv/bin/python -m pip install pyarrow"


def test_a_folder_with_a_space_stands_in_quotes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = tmp_path / "Cô Hoà" / "bin" / "python"
    monkeypatch.setattr(sys, "executable", str(python))
    assert extras.install_command("typst") == f'"{python}" -m pip install typst'
    # PowerShell would only print what stands in quotes.
    told = extras.install_command("typst", windows=True)
    assert told == f'py -m pip --python "{python}" install typst'


def test_an_environment_without_pip_is_served_from_outside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = tmp_path / "bin" / "python"
    monkeypatch.setattr(sys, "executable", str(python))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert extras.install_command("typst") == f"python3 -m pip --python {python} install typst"
    uv = tmp_path / "uv"
    uv.touch(0o755)
    assert extras.install_command("typst") == f"uv pip install --python {python} typst"
