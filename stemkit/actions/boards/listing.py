"""What is connected: ports, drives and virtual boards, and who they are."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from stemkit.actions.boards import kinds
from stemkit.devices.errors import NoPromptError
from stemkit.errors import StemkitError
from stemkit.links import open_link
from stemkit.links.bridges import DAPLINK, ESPRESSIF, is_maker_of_boards, rests_with_dtr
from stemkit.links.drives import Drive, list_drives
from stemkit.links.errors import PortBusyError, PortHeldError
from stemkit.links.holders import holders
from stemkit.links.ports import Port, list_ports, natural
from stemkit.model.board import BoardModel, UsbRole
from stemkit.model.chip import CHIPS, DRIVE_CHIPS, Family
from stemkit.model.link import Link
from stemkit.storage import catalogue, places
from stemkit.virtual import RunningBoard, running

if TYPE_CHECKING:
    from stemkit.devices.identity import Identity, Lesson

DEFAULT_BAUD = 115200
PROBES_AT_ONCE = 40


class State(enum.StrEnum):
    """What a board does now, as far as is known."""

    RUNNING = "running"
    """MicroPython answers, or its own USB port is there."""
    BOOTLOADER = "bootloader"
    """It waits for firmware."""
    BLANK = "blank"
    """It has no firmware, and does not wait for it yet."""
    BUSY = "busy"
    """Another program has its port."""
    UNKNOWN = "unknown"
    """Nobody asked, or it gave no answer."""


@dataclass(frozen=True, slots=True)
class FirmwareFound:
    """Firmware that a board runs."""

    name: str
    version: str


@dataclass(frozen=True, slots=True)
class Board:
    """Something connected that is, or could be, a board."""

    name: str
    """What people call it: `v1`, `ttyUSB0`, `COM3`, a drive's label."""
    port: str
    """What `open_link` takes; empty for a board that shows only its drive."""
    model: str | None = None
    """Id in the catalogue."""
    chip: str | None = None
    unique_id: str = ""
    """`machine.unique_id()` in hexadecimal; empty where it is not known."""
    firmware: FirmwareFound | None = None
    kit_number: int | None = None
    lesson: Lesson | None = None
    state: State = State.UNKNOWN
    drive: str = ""
    """Folder of its drive, where it shows one."""
    bridge: str = ""
    """Chip between cable and board."""
    resets_by_lines: bool = False
    """DTR and RTS of its port are reset wires: it stands behind a bridge chip, or is Espressif's
    USB-Serial-JTAG."""
    baud: int = DEFAULT_BAUD
    """Rate of its console after a reset, in bits a second."""
    virtual: bool = False
    likely: bool = True
    """False for a port of a maker who makes no boards (a modem, a printer): shown, never taken."""
    remark: StemkitError | None = None
    """Why it could not be asked."""

    @property
    def is_microbit(self) -> bool:
        """Whether it is a micro:bit of either version, by its chip or its interface chip."""
        chip = CHIPS.get(self.chip or "")
        return chip.family is Family.MICROBIT if chip else self.bridge == DAPLINK


Numbers = Mapping[str, int]
"""Unique id to kit number, for boards that do not say their number themselves."""


@dataclass(frozen=True, slots=True)
class Around:
    """Where boards are looked for."""

    ports: Callable[[], Sequence[Port]] = list_ports
    drives: Callable[[], Sequence[Drive]] = list_drives
    virtual: Callable[[], Sequence[RunningBoard]] = field(
        default=lambda: running(places.running_boards())
    )
    open: Callable[[str, int], Link] = open_link


def list_boards(around: Around | None = None) -> list[Board]:
    """All boards, without opening any: virtual ones first, then ports, then drives alone."""
    around = around or Around()
    models = catalogue.boards()
    drives = list(around.drives())
    found = [_virtual(board, models) for board in around.virtual() if board.port or board.drive]
    for port in around.ports():
        drive = _drive_of(port, drives)
        if drive is not None:
            drives.remove(drive)
        found.append(_of_port(port, drive, models))
    return found + [board_of_drive(drive) for drive in drives]


def probed(
    boards: Sequence[Board], around: Around | None = None, numbers: Numbers | None = None
) -> list[Board]:
    """The same boards, each asked who it is, at the same time and within about 5 seconds."""
    from concurrent.futures import ThreadPoolExecutor  # brings logging: a plain list does without

    around = around or Around()
    with ThreadPoolExecutor(max_workers=PROBES_AT_ONCE) as pool:
        return numbered(list(pool.map(lambda board: probe(board, around), boards)), numbers or {})


def numbered(boards: Sequence[Board], numbers: Numbers) -> list[Board]:
    """The same boards; one that says no number itself gets the one of the roster."""
    return [
        replace(board, kit_number=numbers[board.unique_id])
        if board.kit_number is None and board.unique_id in numbers
        else board
        for board in boards
    ]


def probe(board: Board, around: Around | None = None) -> Board:
    """Ask one board; why it cannot be asked is its `remark`. A drive needs no question."""
    from stemkit.devices import identity  # brings mpremote: a plain list does without

    around = around or Around()
    if not board.port or not board.likely:
        return board
    try:
        link = around.open(board.port, board.baud)
    except PortBusyError as error:
        return replace(board, state=State.BUSY, remark=error)
    except StemkitError as error:
        return replace(board, state=State.UNKNOWN, remark=error)
    try:
        return _with_identity(board, identity.probe(link))
    except NoPromptError as error:
        return _without_prompt(board, link, error)
    except StemkitError as error:
        return replace(board, state=State.UNKNOWN, remark=error)
    finally:
        link.close()


def _with_identity(board: Board, told: Identity) -> Board:
    models = catalogue.boards()
    model = kinds.by_identity(told, models)
    seen = models.get(board.model or "")
    if model and seen and seen.chip == model.chip and not seen.firmware.machines:
        model = seen  # its firmware names only the chip; how it is plugged in said more
    return replace(
        board,
        model=model.id if model else None,
        chip=model.chip if model else kinds.chip_of(told, models),
        unique_id=told.unique_id or board.unique_id,
        firmware=FirmwareFound(told.implementation, told.version),
        kit_number=told.number,
        lesson=told.lesson,
        state=State.RUNNING,
    )


def _without_prompt(board: Board, link: Link, error: NoPromptError) -> Board:
    """Tell a boot loader and an empty ESP from a board that runs something else."""
    from stemkit.wire.esp_rom import read_rom_text  # few boards need it

    others = holders(board.port)
    if others:  # it has opened the port without locking it, and takes half of what comes
        held = PortHeldError(port=board.port, program=others[0].program, pid=others[0].pid)
        return replace(board, state=State.BUSY, remark=held)
    rom = read_rom_text(error.heard)
    waiting = rom.waiting
    if not waiting and (rom.chip or (not error.heard.strip() and _may_be_esp(board))):
        waiting = _answers_sync(link)
    # A micro:bit's interface takes firmware whatever the board itself does.
    waiting = waiting or (bool(board.drive) and not error.heard.strip())
    if not (waiting or rom.blank):
        return replace(board, state=State.UNKNOWN, remark=error)
    model = kinds.by_chip(rom.chip, catalogue.boards()) if rom.chip else None
    return replace(
        board,
        model=board.model or (model.id if model else None),
        chip=board.chip or rom.chip or None,
        state=State.BOOTLOADER if waiting else State.BLANK,
    )


def _answers_sync(link: Link) -> bool:
    from stemkit.wire.esp_rom import SYNC, answers_sync

    heard = b""
    for _ in range(5):  # the ROM finds out the rate from the first frames
        try:
            link.write(SYNC)
            heard += link.read(4096, 0.1)
        except StemkitError:
            return False
        if answers_sync(heard):
            return True
    return False


def _may_be_esp(board: Board) -> bool:
    """Whether a frame for Espressif's loader may be sent: a silent port behind a bridge chip."""
    if board.model is not None:
        return catalogue.boards()[board.model].family is Family.ESP
    return board.bridge not in ("", DAPLINK)


def _virtual(board: RunningBoard, models: Mapping[str, BoardModel]) -> Board:
    return Board(
        name=board.name,
        port=board.port,
        model=board.model,
        chip=models[board.model].chip if board.model in models else None,
        unique_id=board.unique_id,
        state=State.BOOTLOADER if board.drive and not board.port else State.UNKNOWN,
        drive=board.drive,
        resets_by_lines=board.port.startswith("rfc2217://"),
        baud=board.baud,
        virtual=True,
    )


def _of_port(port: Port, drive: Drive | None, models: Mapping[str, BoardModel]) -> Board:
    candidates, role = kinds.by_usb(port.vid, port.pid, models)
    model = kinds.by_drive(drive.board_id, models) if drive else kinds.only(candidates)
    states = {UsbRole.NATIVE: State.RUNNING, UsbRole.LOADER: State.BOOTLOADER}
    return Board(
        name=port.device.replace("\\", "/").rpartition("/")[2],
        port=port.device,
        model=model.id if model else None,
        chip=model.chip if model else kinds.only_chip(candidates),
        unique_id=_usb_unique_id(port, role),
        state=states.get(role, State.UNKNOWN) if role else State.UNKNOWN,
        drive=str(drive.folder) if drive else "",
        bridge=port.bridge,
        resets_by_lines=not rests_with_dtr(port.vid, port.pid),
        likely=bool(candidates) or is_maker_of_boards(port.vid),
    )


def board_of_drive(drive: Drive) -> Board:
    """The board that shows a drive and no port."""
    model = kinds.by_drive(drive.board_id, catalogue.boards())
    return Board(
        name=drive.folder.name or str(drive.folder),
        port="",
        model=model.id if model else None,
        chip=DRIVE_CHIPS.get(drive.board_id),
        state=State.BOOTLOADER,
        drive=str(drive.folder),
    )


def _drive_of(port: Port, drives: Sequence[Drive]) -> Drive | None:
    """The micro:bit's drive that belongs to this port: both carry the interface's number."""
    for drive in drives:
        if drive.unique_id and drive.unique_id == port.serial_number.lower():
            return drive
    return None


def _usb_unique_id(port: Port, role: UsbRole | None) -> str:
    """The unique id, where MicroPython's own USB gives it as the serial number."""
    digits = port.serial_number.replace(":", "").lower()
    if role is UsbRole.BRIDGE or port.vid not in (ESPRESSIF, 0x2E8A) or len(digits) not in (12, 16):
        return ""
    return digits if all(digit in "0123456789abcdef" for digit in digits) else ""


def by_name(boards: Sequence[Board]) -> list[Board]:
    """In the order in which people look for them."""
    return sorted(boards, key=lambda board: natural(board.name))
