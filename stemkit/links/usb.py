"""What is on the USB bus, with or without a driver: a board that has no port can still be seen."""

from __future__ import annotations

import json
import plistlib
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.parsers.expat import ExpatError

from stemkit.wire.harmless import harmless_text

SYSFS = Path("/sys/bus/usb/devices")
_ASK_S = 15.0


@dataclass(frozen=True, slots=True)
class UsbDevice:
    """A device on the bus."""

    vid: int
    pid: int
    product: str
    problem: int = 0
    """Windows' problem code (`CM_PROB_...`; 28: no driver is installed); 0 elsewhere."""


def list_usb() -> list[UsbDevice] | None:
    """Devices on the bus, hubs left out; None where the system does not tell."""
    try:
        if sys.platform == "win32":
            return windows_usb(_answer(WINDOWS_QUESTION))
        if sys.platform == "darwin":
            return macos_usb(_answer(["ioreg", "-p", "IOUSB", "-l", "-a"]))
        return linux_usb(SYSFS)
    except (OSError, ValueError, subprocess.SubprocessError):
        return None


def linux_usb(root: Path) -> list[UsbDevice] | None:
    """From sysfs: a folder a device, with its numbers in small files."""
    if not root.is_dir():
        return None
    found = []
    for folder in sorted(root.iterdir()):
        try:
            if (folder / "bDeviceClass").read_text("ascii").strip() != "09":  # USB class codes: hub
                vid = int((folder / "idVendor").read_text("ascii"), 16)
                pid = int((folder / "idProduct").read_text("ascii"), 16)
                found.append(UsbDevice(vid, pid, _line(folder / "product")))
        except (OSError, ValueError):
            continue  # an interface, or a device that has just gone
    return found


def macos_usb(answer: bytes) -> list[UsbDevice]:
    """From `ioreg -p IOUSB -l -a`: a tree of dictionaries. ValueError for anything else."""
    try:
        tree = plistlib.loads(answer)
    except (plistlib.InvalidFileException, ExpatError) as error:
        raise ValueError("not a property list") from error
    return [
        UsbDevice(node["idVendor"], node["idProduct"], harmless_text(_product_name(node)))
        for node in _nodes(tree)
        if isinstance(node.get("idVendor"), int)
        and isinstance(node.get("idProduct"), int)
        and node.get("bDeviceClass") != 9
    ]


WINDOWS_QUESTION = (
    "powershell",
    "-NoProfile",
    "-NonInteractive",
    "-Command",
    "[Console]::OutputEncoding=[Text.Encoding]::UTF8; Get-CimInstance Win32_PnPEntity | "
    "Where-Object PNPDeviceID -like 'USB\\VID_*' | "
    "Select-Object PNPDeviceID,Name,ConfigManagerErrorCode | ConvertTo-Json -Compress",
)


def windows_usb(answer: bytes) -> list[UsbDevice]:
    """From PowerShell: a JSON list, one object alone, or nothing. ValueError for anything else.

    A device with several functions is listed once, with a problem if one of them has it.
    """
    text = answer.decode("utf-8-sig").strip()
    rows = json.loads(text) if text else []
    found: dict[tuple[int, int, str], UsbDevice] = {}
    for row in rows if isinstance(rows, list) else [rows]:
        read = _windows_row(row)
        if read is not None:
            key, device = read
            if key not in found or device.problem:
                found[key] = device
    return list(found.values())


def _windows_row(row: Any) -> tuple[tuple[int, int, str], UsbDevice] | None:
    if not isinstance(row, dict):
        raise ValueError("not a device")
    name = str(row.get("PNPDeviceID"))
    match = re.fullmatch(
        r"USB\\VID_([0-9A-F]{4})&PID_([0-9A-F]{4})(&MI_\d\d)?\\(.*)", name, re.IGNORECASE
    )
    if match is None:
        return None
    vid, pid = int(match.group(1), 16), int(match.group(2), 16)
    # A function's own name ends in its number; before that stands the device.
    instance = match.group(4).rpartition("&")[0] if match.group(3) else ""
    problem = row.get("ConfigManagerErrorCode")
    product = harmless_text(str(row.get("Name") or ""))
    device = UsbDevice(vid, pid, product, problem if isinstance(problem, int) else 0)
    return (vid, pid, instance or match.group(4)), device


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting += reversed(node)
        elif isinstance(node, dict):
            yield node
            waiting.append(node.get("IORegistryEntryChildren", []))


def _product_name(node: dict[str, Any]) -> str:
    return str(node.get("USB Product Name") or node.get("IORegistryEntryName") or "")


def _line(path: Path) -> str:
    try:
        return harmless_text(path.read_text("utf-8", "replace").strip())
    except OSError:
        return ""


def _answer(words: Sequence[str]) -> bytes:
    return subprocess.run(
        words, capture_output=True, timeout=_ASK_S, check=True, stdin=subprocess.DEVNULL
    ).stdout
