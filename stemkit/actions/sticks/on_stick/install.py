"""Install stemkit from this stick: no network, no rights beyond the user's own.

Run by install.bat, install.sh or install.command beside the folder `stick`; runs on any Python 3,
with its standard library alone. Each line for people is Vietnamese first, then English.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

STICK = Path(__file__).resolve().parent
SYSTEMS = {"win32": "windows", "darwin": "macos", "linux": "linux"}


def main() -> int:
    """Install, and give the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--to", type=Path, default=default_folder(), help="where it is installed")
    parser.add_argument("--no-launcher", action="store_true", help="make no stemkit command")
    options = parser.parse_args()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")
    wheels = list_of_wheels()
    if wheels is None:
        return refuse_python()
    program = install(options.to, wheels)
    if program is None:
        return 7
    launcher = program if options.no_launcher else make_launcher(program)
    for rest in sorted(options.to.parent.glob(f"{options.to.name}.old*")):
        shutil.rmtree(rest, ignore_errors=True)
    say("Đã cài xong stemkit.", "stemkit is installed.")
    bring_stores(program)
    say_how_to_start(launcher)
    return 0


def default_folder() -> Path:
    """Where programs of this user belong."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home())) / "stemkit" / "program"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "stemkit" / "program"
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(data) / "stemkit" / "program"


def list_of_wheels() -> Path | None:
    """The list for this computer and this Python; None where the stick has none."""
    system = SYSTEMS.get(sys.platform, "")
    machine = platform.machine().lower()
    if system == "macos" and machine == "x86_64":
        system = "macos-intel"
    if system == "linux" and machine in ("aarch64", "arm64"):
        system = "linux-arm"
    elif machine not in ("x86_64", "amd64") and not system.startswith("macos"):
        return None
    found = STICK / "lists" / "{}-{}.{}.txt".format(system, *sys.version_info[:2])
    return found if found.is_file() else None


def refuse_python() -> int:
    """Say which Pythons the stick is for."""
    lists = sorted(path.stem for path in (STICK / "lists").glob("*.txt"))
    here = "Python {}.{}, {} {}".format(*sys.version_info[:2], sys.platform, platform.machine())
    say(
        f"USB này không có bản cho máy này ({here}).",
        f"This stick has nothing for this computer ({here}).",
    )
    say(f"Các bản có sẵn: {', '.join(lists)}.", f"It has: {', '.join(lists)}.")
    say(
        "Hãy cài một bản Python có trong danh sách (python.org), rồi chạy lại.",
        "Install a Python of that list (python.org), then run this again.",
    )
    return 7


def install(folder: Path, wheels: Path) -> Path | None:
    """Make the environment beside the old one, then put it in its place; None if that failed."""
    import venv

    say("Đang cài, mất khoảng một phút...", "Installing, about a minute...")
    old = free_name(folder)
    if folder.exists():
        folder.rename(old)
    try:
        # pip runs from its wheel: some systems have no ensurepip.
        venv.create(folder, with_pip=False, symlinks=os.name != "nt")
        scripts = folder / ("Scripts" if os.name == "nt" else "bin")
        ending = ".exe" if os.name == "nt" else ""
        python = scripts / f"python{ending}"
        pip = next((STICK / "wheels").glob("pip-*.whl")) / "pip"
        subprocess.run(
            [python, pip, "install", "--quiet", "--no-index", "--no-cache-dir", "--require-hashes",
             "--disable-pip-version-check", "--find-links", STICK / "wheels", "-r", wheels],
            check=True,
        )  # fmt: skip
        return scripts / f"stemkit{ending}"
    except (OSError, subprocess.CalledProcessError, StopIteration) as error:
        reason = "pip" if isinstance(error, subprocess.CalledProcessError) else error
        shutil.rmtree(folder, ignore_errors=True)
        if old.exists():
            old.rename(folder)
        say(
            f"Không cài được ({reason}). Bản cũ, nếu có, vẫn còn nguyên.",
            f"It could not be installed ({reason}). What was there before is untouched.",
        )
        say(
            "Hãy chép lại USB (có thể một tệp bị hỏng) hoặc dọn bớt ổ đĩa, rồi chạy lại.",
            "Copy the stick again (a file may be damaged) or free some disk space; then run this again.",  # noqa: E501
        )
        return None


def free_name(folder: Path) -> Path:
    """A name beside `folder` that nothing has."""
    number = 0
    while (name := folder.with_name(f"{folder.name}.old{number}")).exists():
        number += 1
    return name


def make_launcher(program: Path) -> Path:
    """Make the word `stemkit` known; what belongs to somebody else is left alone."""
    if os.name == "nt":
        # This folder is on every user's path since Windows 10.
        place = Path(os.environ["LOCALAPPDATA"]) / "Microsoft" / "WindowsApps" / "stemkit.cmd"
        text = f'@"{program}" %*\r\n'
        if place.parent.is_dir():
            place.write_text(text, encoding="mbcs", newline="")
            return place
        return program
    place = Path.home() / ".local" / "bin" / "stemkit"
    place.parent.mkdir(parents=True, exist_ok=True)
    if place.is_symlink():
        place.unlink()
    if place.exists():
        return program
    place.symlink_to(program)
    return place


def bring_stores(program: Path) -> None:
    """Take the stick's firmware and lessons into this computer's stores."""
    for row in json.loads((STICK / "stores.json").read_text(encoding="utf-8")):
        words = [word.replace("{stick}", str(STICK.parent)) for word in row["command"]]
        if subprocess.run([program, *words], check=False).returncode:
            say(
                f"Chưa lấy được thư mục {row['folder']}; xem ở trên.",
                f"The folder {row['folder']} was not taken in; see above.",
            )


def say_how_to_start(launcher: Path) -> None:
    """Tell what to type."""
    found = shutil.which("stemkit")
    word = "stemkit" if found and Path(found) == Path(launcher) else f'"{launcher}"'
    say(f"Mở một cửa sổ dòng lệnh và gõ: {word} demo", f"Open a terminal and type: {word} demo")


def say(vietnamese: str, english: str) -> None:
    """One line in each language."""
    print(vietnamese)
    print(f"  ({english})", flush=True)


if __name__ == "__main__":
    sys.exit(main())
