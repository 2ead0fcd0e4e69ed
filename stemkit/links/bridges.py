"""What sits between the USB cable and a board's chip, by USB vendor and product number.

Sources: the Linux drivers' id tables (cp210x.c, ch341.c, cdc-acm.c, ftdi_sio.c), the makers' data
sheets, https://github.com/raspberrypi/usb-pid, https://github.com/espressif/usb-pids.
"""

from __future__ import annotations

from typing import Final

# The interface chip of a micro:bit: its port stays while the board itself restarts.
DAPLINK: Final = "DAPLink"
# (vendor, product) -> chip; a product of None stands for all others of the vendor.
BRIDGES: Final[dict[tuple[int, int | None], str]] = {
    (0x10C4, None): "CP210x",
    (0x1A86, 0x7523): "CH340",
    (0x1A86, 0x7522): "CH340K",
    (0x1A86, 0x5523): "CH341",
    (0x1A86, 0x55D3): "CH343",
    (0x1A86, 0x55D4): "CH9102",
    (0x1A86, 0x55D8): "CH9101",
    (0x1A86, None): "CH34x",
    (0x0403, 0x6001): "FT232R",
    (0x0403, 0x6015): "FT231X",
    (0x0403, None): "FTDI",
    (0x067B, None): "PL2303",
    (0x0D28, 0x0204): DAPLINK,
}
NATIVE_USB: Final = "native USB"

ESPRESSIF: Final = 0x303A
# The chip's own USB-Serial-JTAG: its DTR and RTS are wired to reset as a bridge's are.
USB_SERIAL_JTAG: Final = (ESPRESSIF, 0x1001)


# Makers of boards whose chip speaks USB itself, and of MicroPython (0xF055).
_MAKERS: Final = frozenset(
    {ESPRESSIF, 0x2E8A, 0x0D28, 0xF055, 0x239A, 0x2341, 0x1B4F, 0x2886, 0x1209, 0x16C0}
)


def is_maker_of_boards(vid: int) -> bool:
    """Whether a port with this USB vendor could be a board, not a modem, printer or receiver."""
    return vid in _MAKERS or (vid, None) in BRIDGES


def bridge_of(vid: int | None, pid: int | None) -> str:
    """The bridge chip's name, `native USB` for a chip that is its own, "" without USB numbers."""
    if vid is None:
        return ""
    return BRIDGES.get((vid, pid)) or BRIDGES.get((vid, None)) or NATIVE_USB


def rests_with_dtr(vid: int | None, pid: int | None) -> bool:
    """Whether DTR must stay up.

    A chip with its own USB drops its output while DTR is down; behind a bridge DTR and RTS are
    reset wires, which rest when both are down (ESP32-CAM-MB: only then).
    """
    if (vid, pid) == USB_SERIAL_JTAG:
        return False
    return bridge_of(vid, pid) in (NATIVE_USB, DAPLINK)
