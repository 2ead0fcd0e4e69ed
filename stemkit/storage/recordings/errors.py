"""What can be wrong with a recording, and with writing one."""

from __future__ import annotations

from stemkit.errors import InputFileError, MachineError, UsageError
from stemkit.words import N_


class RecordingNameError(UsageError):
    """The name cannot be a folder's on every system."""

    code = "recording-name"
    message = N_("A recording cannot be called “{name}”.")
    remedy = N_("Use letters, digits, spaces, - and _, for example: pendulum-1")


class RecordingExistsError(UsageError):
    """There is a recording of that name already."""

    code = "recording-exists"
    message = N_("There is already a recording “{name}”.")
    remedy = N_("Choose another name, or replace the old one with --force.")


class NoSuchRecordingError(InputFileError):
    """No recording has that name."""

    code = "no-such-recording"
    message = N_("There is no recording “{name}”.")
    remedy = N_("See which there are: stemkit record list")


class RecordingBusyError(MachineError):
    """The recording is being written now."""

    code = "recording-busy"
    message = N_("The recording “{name}” is still being written.")
    remedy = N_("End it first: press r or q in the window that records.")


class RecordingWriteError(MachineError):
    """Writing failed for a reason other than a full disk; `reason` is the system's."""

    code = "recording-write"
    message = N_("The recording cannot be written to {path}: {reason}")
    remedy = N_("Check that the disk or USB stick is there and can be written, then record again.")
