"""A port that cannot be opened is explained, and one that can is opened without a reset."""

from __future__ import annotations

import errno
import getpass
import grp
import os
import socket
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest
import serial

from stemkit.links import open_link, open_serial
from stemkit.links.errors import (
    BaudRefusedError,
    HostUnreachableError,
    NotAPortError,
    PortAddressError,
    PortBusyError,
    PortHeldError,
    PortMissingError,
    PortPermissionError,
    PortUnusableError,
)
from stemkit.links.translate import while_opening

from .far import Rfc2217Server, pty_port


def test_a_port_that_has_gone(tmp_path: Path) -> None:
    link = tmp_path / "ttyUSB0"
    with pty_port() as (path, _):
        link.symlink_to(path)
        open_link(str(link)).close()
    link.unlink()
    with pytest.raises(PortMissingError, match=str(link)):
        open_link(str(link))
    with pytest.raises(PortMissingError):
        open_link("/dev/ttyUSB77")


def test_a_port_of_a_dead_driver(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("no port")
    with pytest.raises(NotAPortError):
        open_link(str(file))
    with pytest.raises(NotAPortError):
        open_link(str(tmp_path))


def test_a_busy_port_tells_by_whom() -> None:
    script = "import serial, sys, time; s = serial.Serial(sys.argv[1], exclusive=True); "
    script += "print('open', flush=True); time.sleep(60)"
    with pty_port() as (path, _):
        other = subprocess.Popen(
            [sys.executable, "-c", script, path], stdout=subprocess.PIPE, text=True
        )
        try:
            assert other.stdout is not None
            assert other.stdout.readline() == "open\n"
            with pytest.raises(PortHeldError) as busy:
                open_link(path)
            assert busy.value.fields["pid"] == other.pid
            assert busy.value.code == "port-busy"
        finally:
            other.kill()
            other.wait()
        open_link(path).close()


def test_two_links_of_ours_do_not_share_a_port() -> None:
    with pty_port() as (path, _):
        first = open_link(path)
        with pytest.raises(PortBusyError):
            open_link(path)
        first.close()
        open_link(path).close()


AS_NOBODY = """
import os, sys
from stemkit.links import open_link
port = sys.argv[1]
if os.geteuid() == 0:  # once, which imports all
    open_link(port).close()
    os.setgroups([])
    os.setegid(65534)
    os.seteuid(65534)
try:
    open_link(port)
except Exception as error:
    print(type(error).__name__, error.fields.get("group"), error.fields.get("owner"))
"""


def refusal_of(path: str) -> str:
    """What somebody who is not root is told of a port."""
    child = subprocess.run(
        [sys.executable, "-c", AS_NOBODY, path],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    return child.stdout.strip() or child.stderr


@pytest.mark.parametrize("mode", [0o000, 0o040])
def test_a_port_that_is_its_owners_alone_names_no_group(mode: int) -> None:
    """Whoever joined the group could not open it either."""
    with pty_port() as (path, _):
        Path(path).chmod(mode)
        assert refusal_of(path) == f"PortOwnerOnlyError None {getpass.getuser()}"


@pytest.mark.skipif(os.geteuid() != 0, reason="root alone gives a port to another group")
@pytest.mark.parametrize(
    ("group", "said"),
    [("dialout", "PortPermissionError dialout None"), ("root", "PortOwnerOnlyError None root")],
)
def test_no_permission_names_the_group_unless_it_is_root_s(group: str, said: str) -> None:
    with pty_port() as (path, _):
        os.chown(path, 0, grp.getgrnam(group).gr_gid)
        Path(path).chmod(0o660)
        assert refusal_of(path) == said


@pytest.mark.parametrize(
    "port",
    ["socket://nowhere", "socket://:::", "ftp://host:1", "rfc2217://host", "socket://h:99999"],
)
def test_an_address_that_is_none(port: str) -> None:
    with pytest.raises(PortAddressError):
        open_link(port)


@pytest.mark.parametrize("scheme", ["socket", "rfc2217"])
@pytest.mark.parametrize("opened_by", [open_link, open_serial])
def test_nobody_at_the_address(scheme: str, opened_by: object) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(HostUnreachableError):
        opened_by(f"{scheme}://127.0.0.1:{port}")  # type: ignore[operator]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        # The texts are pyserial's own, on Windows.
        ("could not open port 'COM7': FileNotFoundError(2, 'The system cannot find the file "
         "specified.', None, 2)", PortMissingError),
        ("could not open port 'COM7': PermissionError(13, 'Access is denied.', None, 5)",
         PortBusyError),
        ("could not open port 'COM7': OSError(22, 'A device attached to the system is not "
         "functioning.', None, 31)", PortMissingError),
        ("could not open port 'COM7': OSError(22, 'The semaphore timeout period has expired.', "
         "None, 121)", PortUnusableError),
    ],
)  # fmt: skip
def test_what_windows_says(error: str, expected: type[Exception]) -> None:
    made = while_opening(serial.SerialException(error), "COM7", 115200)
    assert type(made) is expected


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (serial.SerialException(errno.EACCES, "could not open port"), PortPermissionError),
        (serial.SerialException(errno.EBUSY, "could not open port"), PortBusyError),
        (serial.SerialException(errno.ENXIO, "could not open port"), PortMissingError),
        (serial.SerialException("Could not configure port: (5, 'Input/output error')"),
         PortMissingError),
        (termios.error(errno.EIO, "Input/output error"), PortMissingError),
        (serial.SerialException("something new"), PortUnusableError),
        (ValueError("Invalid baud rate: 7"), BaudRefusedError),
    ],
)  # fmt: skip
def test_what_posix_says(error: Exception, expected: type[Exception]) -> None:
    assert type(while_opening(error, "/dev/ttyUSB77", 115200)) is expected


def test_opening_never_passes_through_reset() -> None:
    """On an ESP board RTS without DTR is reset: that pair must not occur on the way."""
    with pty_port() as (path, _):
        server = Rfc2217Server(path)
        link = open_link(server.url)
        deadline = time.monotonic() + 5
        while server.serial.history[-1:] != [(False, False)] and time.monotonic() < deadline:
            time.sleep(0.01)
        history = server.serial.history[2:]  # the server opened its own port first
        link.close()
        server.stop()
    assert history[-1] == (False, False)
    assert (False, True) not in history


def test_a_port_in_the_network_that_has_no_lines() -> None:
    with pty_port() as (path, far):
        server = Rfc2217Server(path, lines=False)
        for clients in (2, 3):  # what it lacks is found out once
            link = open_link(server.url)
            assert server.clients == clients
            assert not link.capabilities.modem_lines
            link.write(b"there")
            assert far.receive(5) == b"there"
            far.send(b"back")
            assert link.read(4, 2.0)
            link.close()
        server.stop()


def test_the_serial_object_for_esptool_reads_and_writes() -> None:
    with pty_port() as (path, far):
        port = open_serial(path, 9600)
        assert port.baudrate == 9600
        far.send(b"abc")
        port.timeout = 2
        assert port.read(3) == b"abc"
        port.write(b"def")
        assert far.receive(3) == b"def"
        port.close()
