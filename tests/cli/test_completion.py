"""Tab in real shells, and what it offers."""

import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from stemkit.storage import catalogue

ROOT = Path(__file__).parents[2]


@pytest.fixture
def shell(tmp_path, monkeypatch):
    """An environment in which `stemkit` is a program."""
    program = tmp_path / "bin" / "stemkit"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m stemkit "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def run(*words):
    return subprocess.run(words, capture_output=True, text=True, check=True, timeout=60).stdout


def in_bash(*words):
    line = " ".join(f"'{word}'" for word in words)
    return run(
        "bash", "-c",
        'eval "$(stemkit completion bash)"; compopt() { :; }; '
        f"COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; "
        '_stemkit_completion stemkit; printf "%s\\n" "${COMPREPLY[@]}"',
    ).split()  # fmt: skip


def test_bash(shell):
    assert in_bash("stemkit", "fl") == ["flash"]
    assert {"flash", "watch", "lesson"} <= set(in_bash("stemkit", ""))
    assert in_bash("stemkit", "lesson", "show", "01") == ["01-first-light"]
    assert set(in_bash("stemkit", "sim", "start", "--model", "")) == set(catalogue.boards())
    assert "--record" in in_bash("stemkit", "watch", "--re")


def test_names_of_boards(shell, virtual_boards):
    virtual_boards(2, model="esp32")
    assert {"v1", "v2"} <= set(in_bash("stemkit", "watch", ""))
    assert in_bash("stemkit", "flash", "v1", "v") == ["v2"]  # one that is named is not offered


def test_names_of_keys(shell):
    from stemkit.actions.keys.own import new_key

    new_key("Cô Hoà")
    assert in_bash("stemkit", "key", "export", "c") == ["co-hoa"]
    assert in_bash("stemkit", "lesson", "build", "01-first-light", "--key", "") == ["co-hoa"]
    assert in_bash("stemkit", "key", "untrust", "c") == []


@pytest.mark.debian("fish")
def test_fish_tells_what_a_command_is_for(shell, monkeypatch):
    monkeypatch.setenv("STEMKIT_LANG", "vi")
    told = run("fish", "-c", "stemkit completion fish | source; complete -C 'stemkit wat'")
    assert told.startswith("watch\t")
    assert "số đo" in told


@pytest.mark.debian("zsh")
@pytest.mark.parametrize("before", [b"", b"autoload -Uz compinit && compinit -u -D\n"])
def test_zsh(shell, before):
    """In an account that is new to zsh, and in one that completes already."""
    child, terminal = pty.fork()
    if child == 0:
        os.environ["PS1"] = "$ "
        os.execvp("zsh", ["zsh", "-f", "-i"])
    try:
        os.write(terminal, before + b'eval "$(stemkit completion zsh)"; print rea""dy\n')
        wait_for(terminal, b"ready\r\n")
        os.write(terminal, b"stemkit firmw\t")
        wait_for(terminal, b"firmware")
        os.write(terminal, b"\x15stemkit lesson show 02\t")
        wait_for(terminal, b"02-temperature-humidity")
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)
        os.close(terminal)


def wait_for(terminal, wanted):
    seen, until = b"", time.monotonic() + 60
    while wanted not in seen:
        ready, _, _ = select.select([terminal], [], [], max(0, until - time.monotonic()))
        assert ready, seen
        seen += os.read(terminal, 4096)


def in_powershell(*words, language="en"):
    """What PowerShell's script block sends and gets; PowerShell itself is not here."""
    environment = {
        **os.environ,
        "STEMKIT_LANG": language,
        "_STEMKIT_COMPLETE": "powershell_complete",
        "COMP_WORDS": "\n".join(word for word in words if word),
        "COMP_CWORD": words[-1],
    }
    done = subprocess.run(["stemkit"], env=environment, capture_output=True, encoding="utf-8")
    return [line.split("\t") for line in done.stdout.splitlines() if line]


def test_what_powershell_is_answered(shell):
    assert in_powershell("stemkit", "watch", "--rec", language="vi") == [
        ["--record", "Lưu tất cả vào một bản ghi tên này."]
    ]
    assert [row[0] for row in in_powershell("stemkit", "lesson", "show", "'01")] == [
        "01-first-light"
    ]
    assert in_powershell("stemkit", "run", "") == []  # files are PowerShell's own matter
    assert "Register-ArgumentCompleter" in run("stemkit", "completion", "powershell")


def test_installing(shell):
    for name, place in {
        "bash": ".local/share/bash-completion/completions/stemkit",
        "fish": ".config/fish/completions/stemkit.fish",
    }.items():
        assert str(shell / place) in run("stemkit", "completion", name, "--install")
        assert (shell / place).read_text().strip() == run("stemkit", "completion", name).strip()
    assert "stemkit completion zsh" in run("stemkit", "completion", "zsh", "--install")
    assert not (shell / ".zshrc").exists()  # a person's own file is not written into


def test_a_damaged_kit_file_offers_less_and_says_nothing(shell, own_home):
    (own_home / "kit.json").write_text("{")
    assert in_bash("stemkit", "watch", "") in ([], [""])
