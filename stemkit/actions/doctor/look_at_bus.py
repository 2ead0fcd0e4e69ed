"""The USB bus: boards that are plugged in and got no port."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from stemkit.actions.boards.listing import Board
from stemkit.actions.doctor import findings
from stemkit.actions.doctor.computer import Computer
from stemkit.actions.doctor.findings import Finding
from stemkit.links.bridges import BRIDGES, NATIVE_USB, bridge_of
from stemkit.links.usb import UsbDevice

# Kernel modules: drivers/usb/serial/*.c and drivers/usb/class/cdc-acm.c of Linux.
_MODULES = {
    "CP210x": "cp210x",
    "CH340": "ch341",
    "CH340K": "ch341",
    "CH341": "ch341",
    "FT232R": "ftdi_sio",
    "FT231X": "ftdi_sio",
    "FTDI": "ftdi_sio",
    "PL2303": "pl2303",
}
_ANY_MODULE = "cdc_acm"
_URLS = {
    0x10C4: "https://www.silabs.com/developers/usb-to-uart-bridge-vcp-drivers",
    0x1A86: "https://www.wch-ic.com/downloads/CH343SER_ZIP.html",
    0x0403: "https://ftdichip.com/drivers/vcp-drivers/",
    0x067B: "https://www.prolific.com.tw/",
}
_CH340_DRIVER = "https://www.wch-ic.com/downloads/CH341SER_ZIP.html"
# The chips that brltty's udev rules claim (Debian bug 1017260 and its likes).
_BRLTTY_CLAIMS = {(0x1A86, 0x7523), (0x10C4, 0xEA60), (0x10C4, 0xEA80), (0x0403, 0x6001)}


def look_at_bus(computer: Computer, boards: Sequence[Board]) -> Iterator[Finding]:
    """Devices without a port, drives that are not mounted, and nothing at all."""
    devices = [device for device in computer.usb() or () if _is_bridge(device)]
    with_port = Counter((port.vid, port.pid) for port in computer.around.ports())
    brltty = "brltty" in computer.programs()
    taken = 0
    lost = [device for device in devices if not _has_port(device, with_port)]
    for device in lost:
        if brltty and (device.vid, device.pid) in _BRLTTY_CLAIMS:
            taken += 1
            yield Finding(findings.BRLTTY_TAKES, {"product": _called(device)})
        else:
            yield _without_driver(computer, device)
    if brltty and not taken:
        yield Finding(findings.BRLTTY)
    unmounted = list(computer.unmounted())
    for label, path in unmounted:
        yield Finding(findings.NOT_MOUNTED, {"label": label, "device": path})
    if not (lost or unmounted or any(board.likely for board in boards)):
        yield Finding(findings.NO_BOARD)


def _is_bridge(device: UsbDevice) -> bool:
    return (device.vid, device.pid) in BRIDGES or (device.vid, None) in BRIDGES


def _has_port(device: UsbDevice, with_port: Counter[tuple[int, int]]) -> bool:
    """Whether one of the ports with these numbers is its; each port is counted once."""
    key = (device.vid, device.pid)
    with_port[key] -= 1
    return with_port[key] >= 0


def _called(device: UsbDevice) -> str:
    return device.product or f"USB {device.vid:04x}:{device.pid:04x}"


def _without_driver(computer: Computer, device: UsbDevice) -> Finding:
    chip = bridge_of(device.vid, device.pid) or NATIVE_USB
    fields: dict[str, object] = {"product": _called(device), "chip": chip}
    if computer.system == "Linux":
        fields["module"] = _MODULES.get(chip, _ANY_MODULE)
        return Finding(findings.NO_PORT_LINUX, fields)
    old_wch = chip in ("CH340", "CH340K", "CH341")
    fields["url"] = _CH340_DRIVER if old_wch else _URLS.get(device.vid, "https://micropython.org")
    return Finding(findings.NO_PORT_OTHER, fields)
