"""`stemkit firmware` as a person and a script meet it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stemkit.__main__ import main
from tests.made_images import esp_firmware, pico_uf2
from tests.misbehaving_server import Site, serving

FILE = "ESP32_GENERIC-20241129-v1.24.1.bin"


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / FILE
    path.write_bytes(esp_firmware("esp32"))
    return path


def _json(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> dict:
    assert main(["firmware", *words, "--json"]) == code
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    answer = json.loads(out)
    assert answer["schema"] == f"stemkit.firmware.{words[0]}/1"
    return answer


def test_add_list_check_remove(
    image: Path, own_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (row,) = _json(capsys, "add", str(image))["images"]
    assert (row["name"], row["version"], row["trust"]) == ("ESP32_GENERIC", "1.24.1", "local")
    listed = _json(capsys, "list")["images"]
    stored = [r for r in listed if r["state"] == "stored"]
    assert [r["sha256"] for r in stored] == [row["sha256"]]
    assert {r["name"] for r in listed if r["state"] == "bundled"} >= {"micropython-microbit-v2"}
    answer = _json(capsys, "check")
    assert (answer["ok"], answer["images"][0]["state"]) == (True, "ok")
    (own_home / "firmware" / "images" / row["sha256"]).write_bytes(b"x")
    answer = _json(capsys, "check", code=1)
    assert (answer["ok"], answer["images"][0]["state"]) == (False, "damaged")
    assert _json(capsys, "remove", "ESP32_GENERIC")["images"][0]["file"] == FILE
    assert [r for r in _json(capsys, "list")["images"] if r["state"] == "stored"] == []


def test_a_folder_gives_all_its_sound_firmware(
    image: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "RPI_PICO-20241129-v1.24.1.uf2").write_bytes(pico_uf2()[:-1])
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / "empty").mkdir()
    rows = _json(capsys, "add", str(tmp_path), code=1)["images"]
    assert [row["status"] for row in rows] == ["added", "failed"]
    assert rows[1]["error"]["code"] == "image-truncated"
    assert _json(capsys, "add", str(image))["images"][0]["status"] == "present"
    assert main(["firmware", "add", str(tmp_path / "empty")]) == 5
    assert "Error code: no-firmware-files" in capsys.readouterr().err


def test_fetch_tells_what_failed_and_why(capsys: pytest.CaptureFixture[str]) -> None:
    site = Site({"/RPI_PICO-20241129-v1.24.1.uf2": pico_uf2()})
    with serving(site):
        good = f"{site.url}/RPI_PICO-20241129-v1.24.1.uf2"
        bad = f"{site.url}/nothing.uf2"
        rows = _json(capsys, "fetch", good, bad, code=1)["images"]
        assert [row["status"] for row in rows] == ["fetched", "failed"]
        assert rows[1]["error"]["code"] == "not-on-server"
        assert _json(capsys, "fetch", good)["images"][0]["status"] == "present"
        assert main(["firmware", "fetch", bad, "--json"]) == 5
    error = json.loads(capsys.readouterr().err.splitlines()[-1])["error"]
    assert (error["code"], error["exit_code"]) == ("not-on-server", 5)
    assert error["remedy"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["add", "nowhere.bin"], 5, "no-such-file"),
        (["remove", "NOTHING"], 5, "no-such-firmware"),
        (["check", "NOTHING"], 5, "no-such-firmware"),
        (["fetch"], 2, "usage"),
        (["fetch", "esp32", "--from", "nowhere"], 5, "mirror-index"),
        (["mirror", "somewhere"], 5, "no-such-firmware"),
    ],
)
def test_mistakes_have_their_exit_code(
    words: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["firmware", *words]) == code
    assert f"Error code: {said}" in capsys.readouterr().err


def test_offline_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("STEMKIT_OFFLINE", "1")
    assert main(["firmware", "fetch", "esp32"]) == 7
    err = capsys.readouterr().err
    assert "Error code: offline" in err
    assert "USB" in err
    assert main(["firmware", "fetch", "microbit-v2"]) == 0


def test_a_mirror_from_one_computer_to_another(
    image: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _json(capsys, "add", str(image))
    number = _json(capsys, "mirror", str(tmp_path / "usb"))["key"]
    monkeypatch.setenv("STEMKIT_HOME", str(tmp_path / "other-home"))
    monkeypatch.setenv("STEMKIT_OFFLINE", "1")
    assert main(["firmware", "fetch", "esp32", "--from", str(tmp_path / "usb")]) == 6
    assert number in capsys.readouterr().err
    words = ["fetch", "esp32", "--from", str(tmp_path / "usb")]
    (row,) = _json(capsys, *words, "--key", number)["images"]
    assert (row["status"], row["trust"]) == ("fetched", "signed")
    assert _json(capsys, *words)["images"][0]["status"] == "present"


def test_the_table_is_read_in_vietnamese(image: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["firmware", "add", str(image)]) == 0
    assert main(["firmware", "list", "--lang", "vi"]) == 0
    out = capsys.readouterr().out
    assert "ESP32_GENERIC" in out
    assert "Phiên bản" in out
