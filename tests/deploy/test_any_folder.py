"""Any folder of files: what was deployed is what mpremote reads back, byte for byte."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from stemkit.actions.programs.source import read_source
from stemkit.virtual import RunningBoard
from tests.deploy.benchwork import send, session_on

NAMES = [
    "main.py",
    "lib",
    "bài học",
    "Số đo",
    "a b  c",
    "empty",
    "ảnh.bin",
    "x" * 40,
    "đ",
    "data.csv",
]
# Reads every file through mpremote's own transport; prints hexadecimal.
_READ = """
import os, binascii
def walk(folder):
 for row in os.ilistdir(folder or '/'):
  path = folder + '/' + row[0]
  if row[1] == 0x4000: walk(path)
  else:
   print('=' + path[1:])
   with open(path, 'rb') as file:
    while True:
     piece = file.read(512)
     if not piece: break
     print(binascii.hexlify(piece).decode())
walk('')
"""


def tree(rng: random.Random, largest: int) -> dict[str, bytes]:
    """A folder of up to a dozen files, some empty, some deep, of all sorts of bytes."""
    files: dict[str, bytes] = {}
    for number in range(rng.randrange(1, 12)):
        depth = rng.choice([0, 0, 1, 2, 6])
        path = "/".join([*(f"{rng.choice(NAMES)}.d" for _ in range(depth)), rng.choice(NAMES)])
        # One large file is enough: mpremote reads a byte at a time.
        size = largest if number == 0 else rng.choice([0, 1, 700, 5000])
        kind = rng.choice(["random", "text", "ctrl-c", "zero"])
        files[path] = {
            "random": rng.randbytes(size),
            "text": ("Nhiệt độ 23,5 °C\n".encode() * size)[:size],
            "ctrl-c": b"\x03" * size,
            "zero": bytes(size),
        }[kind]
    return files


def read_with_mpremote(port: str) -> dict[str, bytes]:
    done = subprocess.run(
        [sys.executable, "-m", "mpremote", "connect", port, "exec", _READ],
        capture_output=True,
        check=True,
    )
    files: dict[str, bytes] = {}
    name = ""
    for line in done.stdout.decode().splitlines():
        if line.startswith("="):
            name = line[1:]
            files[name] = b""
        else:
            files[name] += bytes.fromhex(line)
    return {path: data for path, data in files.items() if not path.startswith(".stemkit/")}


@pytest.mark.parametrize("seed", range(6))
def test_what_goes_on_comes_back(virtual_board: RunningBoard, tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    for turn in range(2):
        folder = tmp_path / str(turn)
        wanted = tree(rng, 200_000 if seed == turn == 0 else 6000)
        for path, data in wanted.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(data)
        with session_on(virtual_board.port) as session:
            send(session, {file.path: file.content for file in read_source(folder).files(None)})
        there = read_with_mpremote(virtual_board.port)
        there.pop("boot.py", None)
        assert there == wanted
