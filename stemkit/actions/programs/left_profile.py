"""The profile that a lesson left on a board, when something else takes the lesson's place."""

from __future__ import annotations

import json

from stemkit.devices.session import Session
from stemkit.devices.small_files import read_file, write_file
from stemkit.model.deployment import PROFILE_NAME

_TO_THE_TOP = "import os\nif hasattr(os,'chdir'):os.chdir('/')"


def forget_lesson(session: Session) -> bool:
    """Keep a board's number and what is plugged in, without the lesson that has gone.

    Returns whether the profile was removed, as that of a board without a number is.
    """
    # Relative: a micro:bit's file system has no folders, not even the first.
    path = PROFILE_NAME.lstrip("/")
    session.exec(_TO_THE_TOP)
    old = read_file(session, path)
    try:
        profile = json.loads(old or b"")
    except ValueError:
        return False
    if not isinstance(profile, dict):
        return False
    if profile.get("number") in (None, ""):
        session.exec(f"import os\nos.remove({path!r})")
        return True
    for key in ("lesson", "runs"):
        profile.pop(key, None)
    data = json.dumps(profile, ensure_ascii=False, separators=(",", ":")).encode()
    write_file(session, path, data)
    return False
