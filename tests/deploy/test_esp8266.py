"""An ESP8266's small heap: its upload needs no window, and says nothing of little memory."""

import json
import random
import subprocess
import sys


def test_a_folder_goes_as_it_is(virtual_boards, tmp_path):
    virtual_boards(1, model="esp8266")
    content = random.Random(1).randbytes(3000) + b"#" * 5000
    (tmp_path / "data.bin").write_bytes(content)
    (tmp_path / "main.py").write_text("print('ready')\n")
    done = subprocess.run(
        [sys.executable, "-m", "stemkit", "deploy", str(tmp_path), "--json"],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    board = json.loads(done.stdout)["boards"][0]
    assert board["verified"]
    # What a window of 10 bits would have made of it is far less than what it is.
    assert board["bytes_wire"] > len(content)
    assert "memory" not in done.stderr
