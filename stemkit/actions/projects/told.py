"""Sentences about what a package tells of people."""

from __future__ import annotations

from typing import Final

from stemkit.formats.archive_names import shown
from stemkit.model.visible import Tells, Visible
from stemkit.words import N_, tr

_SEEN: Final = {
    Tells.NAME: N_("Everybody will see the name in {path}: {detail}"),
    Tells.PLACE: N_("Everybody will see where {path} was taken: {detail}"),
    Tells.CAMERA: N_("Everybody will see what the camera wrote into {path}: {detail}"),
    Tells.AUTHOR: N_("Everybody will see who is named in {path}: {detail}"),
    Tells.CONTACT: N_("Everybody will see the address or number in {path}: {detail}"),
    Tells.UNKNOWN: N_(
        "Nobody looked into {path}: look yourself whether it tells a place or a name"
    ),
}
_REMOVED: Final = {
    Tells.PLACE: N_("Taken out of {path}: where it was taken ({detail})"),
    Tells.CAMERA: N_("Taken out of {path}: what the camera wrote ({detail})"),
    Tells.AUTHOR: N_("Taken out of {path}: who took it ({detail})"),
}


def told(visible: Visible) -> str:
    """One thing that others will see, or would have seen, as a sentence."""
    sentence = _REMOVED.get(visible.tells, "") if visible.removed else ""
    detail = shown(visible.detail) or "…"
    return tr(sentence or _SEEN[visible.tells], path=shown(visible.path), detail=detail)
