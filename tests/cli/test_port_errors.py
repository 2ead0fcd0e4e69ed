"""What goes wrong with ports, as the person at the command line meets it, in both languages."""

from __future__ import annotations

import grp
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from stemkit.links import open_link
from tests.links.far import pty_port

# As root a child first opens the port once (which imports everything) and then becomes nobody,
# who could not read a virtual environment under /root.
AS_NOBODY = """
import os, sys
import stemkit.__main__ as door
words = sys.argv[1:]
if os.geteuid() == 0:
    import getpass, grp, pwd
    from stemkit.links import open_link
    door.main(["mip", "--board", words[-3], "install", "./none.json", "--json"])
    sys.stderr.flush()
    os.setgroups([])
    os.setegid(65534)
    os.seteuid(65534)
else:
    os.chmod(words[-3], 0)
print("=====", file=sys.stderr, flush=True)
sys.exit(door.main(words))
"""
LANGUAGES = ("vi", "en")


def stemkit(*words: str, python: tuple[str, ...] = ("-m", "stemkit")) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, *python, *words],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=60,
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr.rpartition("=====\n")[2]


@pytest.fixture
def port() -> Iterator[str]:
    with pty_port() as (path, _):
        yield path


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_boards(language: str) -> None:
    for words in (["boards"], ["repl"], ["mip", "install", "x"], ["mount", "."]):
        code, text = stemkit("--lang", language, *words)
        assert code == 3
        assert "no-board" in text
        assert ("Chưa có bo mạch nào" in text) == (language == "vi")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_port_that_has_gone(tmp_path: Path, language: str) -> None:
    link = tmp_path / "ttyUSB0"
    with pty_port() as (path, _):
        link.symlink_to(path)
        open_link(str(link)).close()
    link.unlink()
    code, text = stemkit("--lang", language, "repl", str(link))
    assert code == 3
    assert str(link) in text
    assert "no-such-port" in text
    assert ("biến mất" in text) == (language == "vi")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_busy_port(port: str, language: str) -> None:
    holds = "from stemkit.links import open_link; import sys, time; link = open_link(sys.argv[1]);"
    holds += "print('held', flush=True); time.sleep(60)"
    other = subprocess.Popen([sys.executable, "-c", holds, port], stdout=subprocess.PIPE, text=True)
    assert other.stdout is not None
    other.stdout.readline()
    code, text = stemkit("--lang", language, "repl", port)
    other.kill()
    other.wait()
    assert code == 4
    assert "port-busy" in text
    assert str(other.pid) in text
    assert ("tiến trình" in text) == (language == "vi")


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_permission(port: str, language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    root = os.geteuid() == 0
    if root:  # others cannot give a port to a group
        os.chown(port, 0, grp.getgrnam("dialout").gr_gid)
        Path(port).chmod(0o660)
    home = Path(tempfile.mkdtemp())  # not below a folder that is closed to nobody
    home.chmod(0o755)
    monkeypatch.setenv("STEMKIT_HOME", str(home))
    words = ["--lang", language, "mip", "--board", port, "install", "./none.json"]
    code, text = stemkit(*words, python=("-c", AS_NOBODY))
    assert code == 7, text
    assert "port-permission" in text
    assert ("usermod -a -G dialout" if root else "sudo chmod a+rw") in text
    assert ("chưa có quyền" in text) == (language == "vi")


def test_errors_as_json(port: str) -> None:
    link = open_link(port)
    code, text = stemkit("mip", "--board", port, "install", "x", "--json")
    link.close()
    error = json.loads(text)["error"]
    assert (error["code"], error["exit_code"]) == ("port-busy", code)
    assert error["message"]
    assert error["remedy"]


def test_a_wrong_address() -> None:
    assert stemkit("repl", "ftp://host:1")[0] == 2
    code, text = stemkit("repl", "socket://127.0.0.1:9")
    assert code == 3
    assert "host-unreachable" in text


def test_what_is_no_port(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("")
    code, text = stemkit("repl", str(tmp_path / "notes.txt"))
    assert code == 3
    assert "not-a-port" in text
