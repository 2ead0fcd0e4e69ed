"""Errors of lessons that are kept, fetched and handed out."""

from __future__ import annotations

from typing import Final

from stemkit.errors import InputFileError, MachineError, RefusedError, UsageError
from stemkit.words import N_

_OTHER_WAY: Final = N_(
    "Check that the network works and the address is right. Lessons that are here work without it; "
    "new ones also come from a USB stick: stemkit lesson sync FOLDER"
)


class LessonSourceUnreachableError(MachineError):
    """A place with lessons does not answer at all; `reason` is the system's word."""

    code = "lesson-source-unreachable"
    message = N_("{place} cannot be reached ({reason}).")
    remedy = _OTHER_WAY


class LessonSourceRefusedError(MachineError):
    """A server answered, and did not send what was asked for."""

    code = "lesson-source-refused"
    message = N_("{place} did not send {file} (HTTP {status}).")
    remedy = N_("Try again in a few minutes. If it stays so, tell whoever looks after that place.")


class LessonPartMissingError(InputFileError):
    """A place does not have a file that belongs to it."""

    code = "lesson-part-missing"
    message = N_("{place} has no {file}.")
    remedy = N_(
        "Check the address or the folder. If it is right, its lessons must be exported again:"
        " stemkit lesson export FOLDER"
    )


class LessonSyncBrokenError(MachineError):
    """The line dropped, or the server fell silent, again and again."""

    code = "lesson-sync-broken"
    message = N_("The connection to {place} broke off and did not come back.")
    remedy = N_("Run the same command again: it goes on where it stopped.")


class LessonPartDiffersError(RefusedError):
    """A place sends other bytes than its signed index names."""

    code = "lesson-part-differs"
    message = N_("{place} sent a file that is not the one its signed list names: {file}")
    remedy = N_(
        "Nothing of it was kept. Try another copy of these lessons, and tell whoever looks after"
        " that place."
    )


class LessonStoreBusyError(MachineError):
    """Another stemkit changes the same lessons."""

    code = "lesson-store-busy"
    message = N_("Another stemkit is working on {path}.")
    remedy = N_("Wait until it has finished, or close it; then try again.")


class LessonDamagedError(InputFileError):
    """A kept lesson is not what was put there."""

    code = "lesson-damaged"
    message = N_("The lesson {name} on this computer was changed or damaged ({file}).")
    remedy = N_(
        "Fetch it again (“stemkit lesson sync” or “stemkit lesson add”). To change a lesson, copy"
        " its folder to another place first."
    )


class LessonVersionDiffersError(RefusedError):
    """A lesson of the same version is here with other contents."""

    code = "lesson-version-differs"
    message = N_("{name} is here already, with other contents.")
    remedy = N_(
        "Ask its maker which one is right. Its maker raises “version” in lesson.toml with every"
        " change. To replace the one here, repeat the command with --force."
    )


class ShippedLessonError(UsageError):
    """A lesson that travels with stemkit was to be removed."""

    code = "lesson-shipped"
    message = N_("{name} came with stemkit and is not kept in the store.")
    remedy = N_("See what is in the store: stemkit lesson list")
