"""Open a port by its name without resetting the board behind it."""

from __future__ import annotations

import os
import sys
from typing import Any

from stemkit.links import polled, sockets
from stemkit.links.bridges import rests_with_dtr
from stemkit.links.errors import PortAddressError
from stemkit.links.ports import usb_numbers
from stemkit.links.translate import while_connecting, while_opening
from stemkit.model.link import Link

DEFAULT_BAUD = 115200
_without_lines: set[str] = set()


def open_link(port: str, baud: int = DEFAULT_BAUD) -> Link:
    """Open a port: a device path, `COM3`, `socket://host:port` or `rfc2217://host:port`.

    The port is ours alone where the system knows that, DTR and RTS rest where no board resets or
    stays silent. Raises the errors of `stemkit.links.errors`.
    """
    scheme = _scheme(port)
    if scheme == "socket":
        return sockets.connect(port, baud)
    serial = open_serial(port, baud)
    if scheme == "rfc2217" or sys.platform == "win32":
        # A server that answers nothing to DTR and RTS has perhaps none (a pseudo-terminal).
        lines = not getattr(serial, "_ignore_set_control_answer", False)
        return polled.PolledLink(port, serial, modem_lines=lines)
    from stemkit.links.descriptor import DescriptorLink

    return DescriptorLink(port, serial)


def open_serial(port: str, baud: int = DEFAULT_BAUD) -> Any:
    """Open a port as the pyserial object that esptool takes; same rules as `open_link`."""
    scheme = _scheme(port)
    if not scheme:
        return _open_device(port, baud)
    sockets.address_of(port)
    try:
        return _open_rfc2217(port, baud) if scheme == "rfc2217" else _open_socket(port, baud)
    except (OSError, ValueError) as error:
        raise while_connecting(error, port) from error


def _scheme(port: str) -> str:
    """`socket`, `rfc2217`, or "" for a device; any other URL is refused."""
    scheme, separator, _ = port.partition("://")
    if not separator:
        return ""
    if scheme.lower() not in ("socket", "rfc2217"):
        raise PortAddressError(port=port)
    return scheme.lower()


def _open_rfc2217(port: str, baud: int) -> Any:
    """Open a port in the network, also of a server that does not answer to DTR and RTS (ser2net).

    Which those are is remembered: finding out costs three seconds.
    """
    if port in _without_lines:
        return _opened_rfc2217(_ignoring_lines(port), baud)
    try:
        return _opened_rfc2217(port, baud)
    except OSError as error:
        if "option 'control'" not in str(error):
            raise
    opened = _opened_rfc2217(_ignoring_lines(port), baud)
    _without_lines.add(port)
    return opened


def _ignoring_lines(port: str) -> str:
    return f"{port}{'&' if '?' in port else '?'}ign_set_control"


def _opened_rfc2217(port: str, baud: int) -> Any:
    import serial

    # Both lines up, then RTS down before DTR: no step of this order resets an ESP board.
    opened = serial.serial_for_url(port, baudrate=baud, timeout=polled.TICK_S, do_not_open=True)
    opened.dtr = opened.rts = True
    opened.open()
    polled.set_lines_in_safe_order(opened, dtr=False, rts=False)
    return opened


def _open_socket(port: str, baud: int) -> Any:
    import serial

    return serial.serial_for_url(port, baudrate=baud, timeout=polled.TICK_S)


def _open_device(port: str, baud: int) -> Any:
    import serial

    dtr = rests_with_dtr(*usb_numbers(port))
    opened = serial.Serial(timeout=polled.TICK_S, exclusive=True)
    # Windows applies both lines in one step at opening. POSIX systems raise both themselves, and
    # dropping them one by one would reset an ESP board: there they go down together, just after.
    opened.dtr = opened.rts = dtr if sys.platform == "win32" else True
    try:
        opened.baudrate = baud
        opened.port = port
        if sys.platform == "win32":
            opened.write_timeout = polled.WRITE_STALL_S
        opened.open()
    except Exception as error:
        if isinstance(error, OSError | ValueError) or type(error).__module__ == "termios":
            raise while_opening(error, port, baud) from error
        raise
    if sys.platform != "win32":
        _settle(opened, port, dtr)
    return opened


def _settle(opened: Any, port: str, dtr: bool) -> None:
    """Take the port for ourselves and bring its lines to rest."""
    import contextlib
    import fcntl
    import termios

    from stemkit.links.descriptor import set_lines_at_once

    # On a pseudo-terminal the mark would outlive us and lock everybody out.
    if not os.path.realpath(port).startswith("/dev/pts/"):
        with contextlib.suppress(OSError):
            fcntl.ioctl(opened.fd, termios.TIOCEXCL)
    if not dtr:
        with contextlib.suppress(OSError):
            set_lines_at_once(opened.fd, dtr=False, rts=False)
