"""The root of the error tree, and one family an exit code.

A room declares its own errors (in its `errors.py`) as subclasses of a family: a stable `code`,
a `message` (what happened and why) and a `remedy` (what to do next), both translatable and with
`{fields}` that the constructor receives. Only `stemkit.__main__` turns them into text and exits.
"""

from __future__ import annotations

import enum
from typing import ClassVar, Final

from stemkit.words import N_, tr


class Exit(enum.IntEnum):
    """Exit codes of the command line; scripts rely on them."""

    DONE = 0
    ANSWER_IS_NO = 1
    WRONG_USAGE = 2
    NO_SUCH_BOARD = 3
    BOARD_FAILED = 4
    BAD_INPUT_FILE = 5
    REFUSED = 6
    MACHINE = 7
    OUR_FAULT = 70
    INTERRUPTED = 130


class StemkitError(Exception):
    """An expected failure that a person can act on.

    `fields` fill the `{names}` in `message` and `remedy`; they stay readable as `error.fields`.
    """

    code: ClassVar[str]
    message: ClassVar[str]
    remedy: ClassVar[str]
    exit_code: ClassVar[Exit]

    def __init__(self, **fields: object) -> None:
        super().__init__(fields)
        self.fields = fields

    def __str__(self) -> str:
        return self.told()

    def told(self) -> str:
        """What happened, in the current language."""
        return tr(self.message, **self.fields)

    def remedy_told(self) -> str:
        """What to do next, in the current language."""
        return tr(self.remedy, **self.fields)


class UsageError(StemkitError):
    """The command was not written as it must be."""

    exit_code = Exit.WRONG_USAGE


class NoSuchBoardError(StemkitError):
    """No board answers to what was named."""

    exit_code = Exit.NO_SUCH_BOARD


class BoardError(StemkitError):
    """The board or the link to it failed."""

    exit_code = Exit.BOARD_FAILED


class InputFileError(StemkitError):
    """A file that was given cannot be used."""

    exit_code = Exit.BAD_INPUT_FILE


class RefusedError(StemkitError):
    """Doing it could do harm: a wrong chip, an untrusted signature, an unsafe archive."""

    exit_code = Exit.REFUSED


class MachineError(StemkitError):
    """This computer stands in the way: permission, disk, network, a missing part."""

    exit_code = Exit.MACHINE


class CommandUsageError(UsageError):
    """The command line parser refused the words; `reason` is its translated sentence."""

    code = "usage"
    message = N_("{reason}")
    remedy = N_("See how it is written: {command} --help")


class DiskFullError(MachineError):
    """A write found no room."""

    code = "disk-full"
    message = N_("There is no room left on the disk for {path}.")
    remedy = N_("Free some space (empty the recycle bin, move old recordings), then try again.")


class PermissionDeniedError(MachineError):
    """The system forbids reading or writing a file."""

    code = "permission-denied"
    message = N_("You are not allowed to use {path}.")
    remedy = N_("Choose a folder of your own, or ask who looks after this computer.")


class ReadOnlyDiskError(MachineError):
    """A write went to a disk that takes none."""

    code = "read-only-disk"
    message = N_("The disk with {path} is read-only: nothing can be written to it.")
    remedy = N_("Slide the lock of the stick or card off, or choose a folder on another disk.")


class MissingFileError(InputFileError):
    """A file or folder that was named is not there."""

    code = "no-such-file"
    message = N_("There is no file or folder {path}.")
    remedy = N_("Check the name and the folder you are in, then try again.")


# Windows' ERROR_WRITE_PROTECT, whose errno is EACCES.
_WRITE_PROTECTED = 19


_SYSTEM_WORDS: Final = {
    "ENOENT": N_("there is no such file or folder"),
    "EACCES": N_("this account may not do that"),
    "EPERM": N_("this account may not do that"),
    "ENOSPC": N_("the disk is full"),
    "EROFS": N_("the disk is write-protected"),
    "EIO": N_("the device does not read or write properly"),
    "ENODEV": N_("the device is gone"),
    "ENXIO": N_("the device is gone"),
    "EBUSY": N_("another program is using it"),
    "EEXIST": N_("it is there already"),
    "EISDIR": N_("it is a folder"),
    "ENAMETOOLONG": N_("its name is too long"),
    "EMFILE": N_("too many files are open"),
    "EPIPE": N_("the other side closed the connection"),
    "ECONNRESET": N_("the other side closed the connection"),
    "ECONNREFUSED": N_("no program listens there"),
    "ETIMEDOUT": N_("no answer came in time"),
    "EHOSTUNREACH": N_("that computer cannot be reached"),
    "ENETUNREACH": N_("there is no network that leads there"),
    "EADDRINUSE": N_("another program has that address"),
    "EADDRNOTAVAIL": N_("this computer does not have that address"),
    "gaierror": N_("no computer of that name was found"),
}


def system_reason(error: OSError) -> str:
    """Why the system refused, in the current language; its own words where it is something rare."""
    import errno

    name = errno.errorcode.get(error.errno or 0, "").removeprefix("WSA")
    # The numbers of these two are not those of errno.
    if type(error).__name__ == "gaierror":
        name = "gaierror"
    elif type(error).__module__ == "ssl":
        name = ""
    told = _SYSTEM_WORDS.get(name)
    return tr(told) if told else error.strerror or str(error)


def from_os_error(error: OSError, path: object) -> StemkitError | None:
    """The error for a failed file operation on `path`, or None for one that is not expected."""
    import errno

    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFullError(path=path)
    if error.errno == errno.EROFS or getattr(error, "winerror", 0) == _WRITE_PROTECTED:
        return ReadOnlyDiskError(path=path)
    if error.errno in (errno.EACCES, errno.EPERM):
        return PermissionDeniedError(path=path)
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return MissingFileError(path=path)
    return None
