"""The system's and pyserial's errors as errors of this room."""

from __future__ import annotations

import errno
import os
import re
import stat
from pathlib import Path

from stemkit.errors import StemkitError, system_reason
from stemkit.links.errors import (
    BaudRefusedError,
    HostUnreachableError,
    LinkLostError,
    NotAPortError,
    PortAddressError,
    PortBusyError,
    PortHeldError,
    PortMissingError,
    PortOwnerOnlyError,
    PortPermissionError,
    PortUnusableError,
)
from stemkit.links.holders import holders

_GONE = {errno.ENOENT, errno.ENODEV, errno.ENXIO, errno.EIO, errno.ENOTDIR}
_BUSY = {errno.EBUSY, errno.EAGAIN, errno.EWOULDBLOCK}
# pyserial keeps the Windows error only inside its text: "PermissionError(13, '...', None, 5)".
_WINDOWS_ERROR = re.compile(r"Error\(\d+, .*?, None, (\d+)\)")
# https://learn.microsoft.com/windows/win32/debug/system-error-codes--0-499-
_WINDOWS_GONE = {2, 3, 31, 433, 1167}
_WINDOWS_ACCESS_DENIED = 5
_GROUP_MAY = stat.S_IRGRP | stat.S_IWGRP


def while_opening(error: Exception, port: str, baud: int) -> StemkitError:
    """The error for a port that could not be opened."""
    text = str(error)
    windows = _WINDOWS_ERROR.search(text)
    if windows:
        return _windows(int(windows.group(1)), port, text)
    number = _number(error)
    if number in (errno.EACCES, errno.EPERM):
        return _permission(port)
    if number in _BUSY:
        return busy(port)
    if number in _GONE:
        return PortMissingError(port=port)
    if number in (errno.ENOTTY, errno.EISDIR):
        return NotAPortError(port=port)
    if isinstance(error, ValueError) and "baud" in text.lower():
        return BaudRefusedError(port=port, baud=baud)
    return PortUnusableError(port=port, reason=text)


def while_connecting(error: Exception, port: str) -> StemkitError:
    """The error for a `socket://` or `rfc2217://` port that could not be reached."""
    text = str(error)
    if isinstance(error, ValueError) or "expected a string in the form" in text:
        return PortAddressError(port=port)
    # pyserial hides the socket's own error behind its text.
    for cause in (error, error.__context__):
        if isinstance(cause, OSError) and cause.strerror and cause.errno:
            return HostUnreachableError(port=port, reason=system_reason(cause))
    return HostUnreachableError(port=port, reason=text)


def while_open(error: Exception, port: str) -> LinkLostError:
    """The error for an open link whose read or write failed."""
    lost = LinkLostError(port=port)
    lost.__cause__ = error
    return lost


def busy(port: str) -> PortBusyError:
    """The error for a port that another program has, with that program's name where known."""
    found = holders(port)
    if not found:
        return PortBusyError(port=port)
    return PortHeldError(port=port, program=found[0].program, pid=found[0].pid)


def _windows(number: int, port: str, text: str) -> StemkitError:
    # COM ports have no owner: "access denied" is what a second opener is told.
    if number == _WINDOWS_ACCESS_DENIED:
        return PortBusyError(port=port)
    if number in _WINDOWS_GONE:
        return PortMissingError(port=port)
    return PortUnusableError(port=port, reason=text)


def _number(error: Exception) -> int | None:
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno
    # termios.error is no OSError, and pyserial wraps it as text: "(25, 'Inappropriate ioctl...')".
    first = error.args[0] if error.args else None
    if isinstance(first, int):
        return first
    wrapped = re.search(r"\((\d+), '", str(error))
    return int(wrapped.group(1)) if wrapped else None


def _permission(port: str) -> StemkitError:
    import getpass

    owner = _only_owner(port)
    if owner:
        return PortOwnerOnlyError(port=port, owner=owner)
    return PortPermissionError(port=port, group=owning_group(port), user=getpass.getuser())


def _only_owner(port: str) -> str:
    """Who may open a port that is shut to its group, or whose group is root's own; else ""."""
    try:
        import pwd

        found = Path(port).stat()
        shut = found.st_gid == 0 or found.st_mode & _GROUP_MAY != _GROUP_MAY
        return pwd.getpwuid(found.st_uid).pw_name if shut else ""
    except (ImportError, OSError, KeyError):
        return ""


def owning_group(port: str) -> str:
    """The group that may use a port: `dialout` on Debian and Fedora, `uucp` on Arch."""
    try:
        import grp

        return grp.getgrgid(Path(port).stat().st_gid).gr_name
    except (ImportError, OSError, KeyError):
        return "dialout" if os.name == "posix" else "?"
