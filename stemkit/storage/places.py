"""Where things lie on this computer: what travels with stemkit, and what the person makes."""

from __future__ import annotations

import os
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


def shipped(name: str) -> Path:
    """A folder that travels with stemkit: `firmware`, `lessons` or `examples`.

    In an installed wheel it is inside the package, in a checkout beside it.
    """
    installed = _PACKAGE / "_data" / name
    return installed if installed.is_dir() else _PACKAGE.parent / name


def home() -> Path:
    """The person's stemkit folder (stores, recordings, roster); `STEMKIT_HOME` overrides it."""
    named = os.environ.get("STEMKIT_HOME")
    if named:
        return Path(named)
    import platformdirs

    return Path(platformdirs.user_data_dir("stemkit", appauthor=False))


def reports() -> Path:
    """The folder for reports of faults in stemkit itself."""
    return home() / "reports"


def running_boards() -> Path:
    """The folder in which running virtual boards are written down."""
    return home() / "virtual"


def firmware_store() -> Path:
    """The folder of the firmware store."""
    return home() / "firmware"


def keys() -> Path:
    """The folder of the person's own signing keys."""
    return home() / "keys"


def recordings() -> Path:
    """The folder of all recordings that were given a name and no folder of their own."""
    return home() / "recordings"


def kit() -> Path:
    """The file of the club's own boards: numbers, names, self-tests."""
    return home() / "kit.json"


def lesson_store() -> Path:
    """The folder of the lessons that were added or synced."""
    return home() / "lessons"


def lesson_tree() -> Path:
    """The tree of lessons that this computer hands out in its own network."""
    return home() / "lessons-shared"


def unfinished() -> Path:
    """The folder that names boards whose flash was begun and not finished."""
    return home() / "unfinished"


def line_rates() -> Path:
    """The file of the line rates that USB adapters turned out to manage."""
    return home() / "line-rates.json"


def flashed() -> Path:
    """The file of the firmware that was put on each board from this computer."""
    return home() / "flashed.json"


def station_log() -> Path:
    """The folder of the flashing station's logs, a CSV file a day."""
    return home() / "station"


def project_sums() -> Path:
    """The folder of the sums of projects' files, kept so that unchanged ones are not read again."""
    return home() / "project-sums"


def contests() -> Path:
    """The folder of the person's own contest profiles."""
    return home() / "contests"
