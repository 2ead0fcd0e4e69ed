"""A stick is made, checked, damaged, and installed from with networking cut off."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from filelock import FileLock

from stemkit.actions.firmware.add import add_files
from stemkit.actions.sticks.stick import Order, check_stick, make_stick
from stemkit.storage import places
from stemkit.storage.firmware_store import FirmwareStore
from tests.made_images import esp_firmware

# pip fetches and installs some forty packages here.
pytestmark = pytest.mark.timeout(400)

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
NO_NETWORK = ["unshare", "--net", "--map-root-user"]


def can_cut_off():
    tried = shutil.which("unshare") and subprocess.run([*NO_NETWORK, "true"], capture_output=True)
    return bool(tried) and tried.returncode == 0


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """One stick for this computer, made once for all workers."""
    place = tmp_path_factory.getbasetemp().parent / "stick"
    with FileLock(f"{place}.lock"):
        if not (place / "SHA256SUMS").is_file():
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("STEMKIT_HOME", str(tmp_path_factory.mktemp("trainer")))
                image = tmp_path_factory.mktemp("firmware") / "ESP32_GENERIC-20241129-v1.24.1.bin"
                image.write_bytes(esp_firmware("esp32"))
                add_files(FirmwareStore(places.firmware_store()), (image,))
                make_stick(place, Order(systems=("linux",), pythons=(HERE,)))
    return place


@pytest.fixture(scope="session")
def home(made, tmp_path_factory):
    """A home into which stemkit was installed from the stick, with networking cut off."""
    place = tmp_path_factory.mktemp("homes") / "nhà của Lan"
    done = install(made, place)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Đã cài xong" in done.stdout
    return place


@pytest.fixture
def stick(made, tmp_path):
    """A copy whose folder has a space and accents in its name, as a real stick's may."""
    return shutil.copytree(made, tmp_path / "THẺ NHỚ 1" / "stemkit")


def install(stick, home, *words):
    """Run the installer as a pupil would: own home, no caches, no settings, no network."""
    home.mkdir(exist_ok=True)
    python = Path(sys.base_prefix, "bin")
    environment = {"HOME": str(home), "PATH": f"{python}:/usr/bin:/bin", "LANG": "C.UTF-8"}
    return subprocess.run(
        [*NO_NETWORK, "sh", "install.sh", *words],
        cwd=stick, env=environment, capture_output=True, text=True,
    )  # fmt: skip


def stemkit(home, *words, cut_off=True):
    environment = {"HOME": str(home), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
    if not cut_off:
        environment |= {key: value for key, value in os.environ.items() if key.startswith("PIP_")}
    before = NO_NETWORK if cut_off else []
    return subprocess.run(
        [*before, home / ".local" / "bin" / "stemkit", *words],
        env=environment, capture_output=True, text=True,
    )  # fmt: skip


cut_off_only = pytest.mark.skipif(not can_cut_off(), reason="no network namespaces here")


def test_what_is_on_a_stick(stick):
    names = {path.relative_to(stick).as_posix() for path in stick.rglob("*") if path.is_file()}
    assert {"install.bat", "install.sh", "install.command", "README.txt", "SHA256SUMS"} <= names
    sums = subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=stick)
    assert sums.returncode == 0
    assert check_stick(stick).ok
    assert "handouts/01-first-light-handout-vi.html" in names
    assert "lessons/index.json" in names
    bat = (stick / "install.bat").read_bytes()
    assert b"\r\n" in bat
    assert b"\n" not in bat.replace(b"\r\n", b"")
    assert HERE.encode() in bat
    assert "@" not in (stick / "README.txt").read_text(encoding="utf-8")
    listed = (stick / "stick" / "lists" / f"linux-{HERE}.txt").read_text()
    assert "stemkit==" in listed
    assert listed.count("--hash=sha256:") == len(listed.splitlines())


@cut_off_only
def test_works_without_a_network(home):
    assert stemkit(home, "--version").stdout.startswith("stemkit ")
    demo = stemkit(home, "demo", "--json")
    assert demo.returncode == 0, demo.stderr
    assert json.loads(demo.stdout)["schema"] == "stemkit.demo/1"


@cut_off_only
def test_what_the_stick_carries_is_in_the_stores(home):
    kept = json.loads(stemkit(home, "firmware", "list", "--json").stdout)["images"]
    assert "ESP32_GENERIC" in {image["name"] for image in kept if image["state"] == "stored"}
    listed = json.loads(stemkit(home, "lesson", "list", "--json").stdout)["lessons"]
    assert {lesson["id"] for lesson in listed if lesson.get("kept", True)} >= {"01-first-light"}


@cut_off_only
def test_installs_again_over_what_is_there(stick, home):
    assert install(stick, home).returncode == 0
    assert not list(home.rglob("program.old*"))
    assert stemkit(home, "--version").returncode == 0


@cut_off_only
def test_a_damaged_wheel_is_refused_and_what_was_there_stays(stick, home):
    wheel = next((stick / "stick" / "wheels").glob("stemkit-*.whl"))
    data = bytearray(wheel.read_bytes())
    data[len(data) // 2] ^= 1
    wheel.write_bytes(data)
    health = check_stick(stick)
    assert health.damaged == (wheel.relative_to(stick).as_posix(),)
    done = install(stick, home)
    assert done.returncode == 7
    assert "untouched" in done.stdout
    assert stemkit(home, "--version").returncode == 0


@cut_off_only
def test_a_python_that_the_stick_is_not_for_is_told_so(stick, tmp_path):
    (stick / "stick" / "lists" / f"linux-{HERE}.txt").rename(
        stick / "stick" / "lists" / "linux-3.99.txt"
    )
    done = install(stick, tmp_path / "home")
    assert done.returncode == 7
    assert "linux-3.99" in done.stdout


def test_a_missing_file_is_named(stick):
    (stick / "install.sh").unlink()
    assert check_stick(stick).missing == ("install.sh",)


@cut_off_only
def test_an_installed_stemkit_makes_a_stick_itself(stick, home, tmp_path):
    second = tmp_path / "second"
    words = ["usb", "make", str(second), "--for", "linux", "--python", HERE, "--json"]
    done = stemkit(home, *words, cut_off=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["targets"] == [f"linux-{HERE}"]
    first, other = (
        zipfile.ZipFile(next((place / "stick" / "wheels").glob("stemkit-*.whl")))
        for place in (stick, second)
    )
    assert set(first.namelist()) == set(other.namelist())
    for name in first.namelist():
        if not name.endswith("/RECORD"):
            assert first.read(name) == other.read(name), name
    assert check_stick(second).ok


@cut_off_only
def test_a_failed_making_leaves_the_stick_as_it_was(stick, tmp_path):
    words = [
        sys.executable,
        "-m",
        "stemkit",
        "usb",
        "make",
        str(stick),
        "--for",
        "windows",
        "--json",
    ]
    home = {
        "HOME": str(tmp_path),
        "PIP_NO_CACHE_DIR": "1",
        "PIP_RETRIES": "0",
        "PIP_CONFIG_FILE": os.devnull,
    }
    source = Path(__file__).parents[2]
    environment = {**home, "PATH": os.environ["PATH"], "PYTHONPATH": str(source)}
    done = subprocess.run([*NO_NETWORK, *words], env=environment, capture_output=True, text=True)
    assert done.returncode == 7
    assert json.loads(done.stderr.splitlines()[-1])["error"]["code"] == "no-packages"
    assert check_stick(stick).ok


def test_a_folder_that_is_no_stick_is_told_so(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "stemkit", "usb", "check", str(tmp_path), "--json"],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 5
    assert json.loads(done.stderr)["error"]["code"] == "not-a-stick"


def test_sums_that_climb_out_are_not_followed(stick):
    (stick / "SHA256SUMS").write_text(f"{'0' * 64}  ../../etc/passwd\n")
    done = subprocess.run(
        [sys.executable, "-m", "stemkit", "usb", "check", str(stick)],
        capture_output=True,
    )
    assert done.returncode == 5
