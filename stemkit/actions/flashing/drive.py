"""A Pico's or micro:bit's flash: into its loader, a file onto its drive, and back at its prompt."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace
from enum import Enum, auto
from pathlib import Path
from typing import Final

from stemkit.actions.boards import kinds
from stemkit.actions.boards.listing import Board
from stemkit.actions.flashing.boot import Booting
from stemkit.actions.flashing.errors import (
    BoardNotBackError,
    BootError,
    LoaderUnreachableError,
    OtherBoardError,
    OtherFirmwareError,
)
from stemkit.actions.flashing.one_board import FLASHED, UNCHANGED, BoardFlash, Done
from stemkit.devices.errors import BoardExceptionError
from stemkit.devices.flash_memory import holds
from stemkit.devices.identity import Identity, ask
from stemkit.devices.microbit_files import holds_files
from stemkit.devices.session import Session
from stemkit.errors import BoardError, NoSuchBoardError
from stemkit.formats import uf2
from stemkit.links.errors import PortBusyError
from stemkit.loaders.base import Chip, Loader, LoadImage
from stemkit.loaders.drive import wait_for
from stemkit.loaders.errors import StoppedError, UnknownChipError, WrongChipError
from stemkit.loaders.microbit import MicrobitLoader
from stemkit.loaders.uf2 import Uf2Loader
from stemkit.model.chip import CHIPS, Family
from stemkit.storage import catalogue
from stemkit.words import N_, current_language, tr

_DRIVE_LIMIT_S: Final = 15.0
_CALL_S: Final = 2.0
_BACK_LIMIT_S: Final = 30.0
_TOUCH_BAUD: Final = 1200
# What `sys.version` and, on a micro:bit, `os.uname` say.
_BUILD: Final = re.compile(r"MicroPython (v\S+ on \d{4}-\d\d-\d\d)")
_WHICH_BUILD: Final = """
import sys
print(sys.version)
try:
 import os
 print(os.uname())
except Exception:
 pass
"""
_HOLD_BOOTSEL: Final = N_(
    "Unplug the board, hold its BOOTSEL button, plug it in, let go, and run “stemkit flash” again."
)
_MOUNT: Final = N_(
    "Open the board's drive in the file manager once (it must be mounted), and run"
    " “stemkit flash” again."
)


# A second attempt would meet the same.
_FINAL: Final = (
    StoppedError,
    BootError,
    LoaderUnreachableError,
    OtherBoardError,
    PortBusyError,
    UnknownChipError,
)


class Has(Enum):
    """What a running board has of an image."""

    NOT = auto()
    VERSION = auto()
    """It names the same version and build; it does not show its flash."""
    EXACTLY = auto()


class DriveFlash(BoardFlash):
    """Flashes one board through the drive that its loader shows."""

    _stopped_program = False

    def _flash(self) -> Done:
        try:
            return self._attempt_once()
        except _FINAL:
            raise
        except BoardError:
            if self.attempt.stopped():
                raise
            self.attempt.note(tr(N_("failed; trying once more")))
            self.line.drop()
            return self._attempt_once()

    def _attempt_once(self) -> Done:
        running = self._running()
        if running is not None:
            identity, build, chip = running
            self.must_be_same(identity.unique_id)
            self.chip = Chip(chip, identity.unique_id or None)
            image = self._image_for(self.chip, identity)
            _refuse_other(chip, image)
            has = self._has(image, chip, build)
            if has is not Has.NOT:
                self._let_go()
                exact = has is Has.EXACTLY
                return Done(UNCHANGED, 0, exact, image, self.chip, identity)
        drive = self._drive(running is not None)
        loader = self._loader(drive)
        found = loader.connect()
        self.chip = replace(found, unique_id=self.chip.unique_id if self.chip else None)
        image = self._image_for(self.chip, running[0] if running else None)
        loader.check(image)
        self.mark(image)
        sent = loader.write(image, loader.missing(image))
        loader.verify(image)
        back = self._back(image, found.name) if self.shop.boot_check else None
        self.unmark()
        return Done(FLASHED, sent, back is not None, image, self.chip, back)

    # -- the running board ---------------------------------------------------------------------

    def _running(self) -> tuple[Identity, str, str] | None:
        """Who the board is, its build and its chip, where a prompt answers.

        Raises PortBusyError: the drive could be written, but nobody could ask the board afterwards
        whether it started.
        """
        if not self.where.port():
            return None
        self.attempt.step(N_("Connecting"))
        try:
            with Session(self.line.live()) as session:
                identity = ask(session)
                build = _build_of(session)
                self._stopped_program = session.interrupted and identity.has_main
        except PortBusyError:
            self.line.drop()
            raise
        except (BoardError, NoSuchBoardError):
            self.line.drop()
            return None
        chip = kinds.chip_of(identity, catalogue.boards())
        return identity, build, chip or self.board.chip or ""

    def _let_go(self) -> None:
        """Start the program again that was interrupted by the question."""
        if self._stopped_program:
            with suppress(BoardError), Session(self.line.live()) as session:
                session.restart_program()

    def _has(self, image: LoadImage, chip: str, build: str) -> Has:
        """Whether the board runs this firmware and nothing of it was left half done."""
        if self.shop.force or not build or self.was_marked or image.builds.get(chip) != build:
            return Has.NOT
        if image.files and self.board.is_microbit:
            return Has.VERSION if self._same_files(image) else Has.NOT
        same = self._same_memory(image, chip)
        if same is None:
            return Has.NOT if image.files else Has.VERSION
        return Has.EXACTLY if same else Has.NOT

    def _same_files(self, image: LoadImage) -> bool:
        """Whether a micro:bit's files are those of the image, and no others."""
        self.attempt.step(N_("Comparing"))
        with Session(self.line.live()) as session:
            return holds_files(session, image.files)

    def _same_memory(self, image: LoadImage, chip: str) -> bool | None:
        """Whether its flash holds the image's bytes; None where it does not show its flash."""
        memory = memory_of(image, chip)
        if not memory:
            return None
        self.attempt.step(N_("Comparing"))
        with Session(self.line.live()) as session:
            return holds(session, memory)

    def _image_for(self, chip: Chip, identity: Identity | None) -> LoadImage:
        model = kinds.by_identity(identity, catalogue.boards()) if identity else None
        board = replace(self.board, model=model.id) if model else self.board
        return self.shop.choose(chip, board)

    # -- into the loader -----------------------------------------------------------------------

    def _drive(self, at_prompt: bool) -> Path:
        found = self.where.drive()
        if found is None and at_prompt:
            found = self._called_loader()
        if found is None:
            found = self._touch()
        self.line.drop()
        if found is None:
            raise self._unreachable()
        return found

    def _called_loader(self) -> Path | None:
        """The drive that a running board shows when its prompt is asked for it."""
        if self.board.is_microbit:
            return None
        try:
            with Session(self.line.live()) as session:
                session.exec("import machine\nmachine.bootloader()", timeout_s=_CALL_S)
        except BoardExceptionError:
            # This firmware has no such function.
            return None
        except (BoardError, NoSuchBoardError):
            # The port is gone before an answer: that is what was asked for.
            pass
        self.line.drop()
        return self._drive_within(_DRIVE_LIMIT_S)

    def _touch(self) -> Path | None:
        """Opening and closing the port at 1200 baud calls the loader of a busy Pico."""
        if self.board.is_microbit or not self.where.port():
            return None
        with suppress(BoardError, NoSuchBoardError):
            self.line.live().baud = _TOUCH_BAUD
        self.line.drop()
        return self._drive_within(_DRIVE_LIMIT_S)

    def _drive_within(self, limit_s: float) -> Path | None:
        if self.board.is_microbit:
            return self.where.drive()
        wait_for(lambda: self.where.drive() is not None, limit_s, self.attempt.stopped)
        return self.where.drive()

    def _loader(self, drive: Path) -> Loader:
        if self.board.is_microbit:
            return MicrobitLoader(drive, self.attempt)
        return Uf2Loader(drive, self.attempt)

    def _unreachable(self) -> LoaderUnreachableError:
        if self.board.is_microbit:
            how = tr(_MOUNT)
        elif self.model is not None:
            how = self.model.enter_loader.told(current_language())
        else:
            how = tr(_HOLD_BOOTSEL)
        return LoaderUnreachableError(port=self.board.port or self.board.name, how=how)

    # -- and back ------------------------------------------------------------------------------

    def _back(self, image: LoadImage, chip: str) -> Identity:
        self.attempt.step(N_("Starting"))
        self.line.drop()
        if not wait_for(lambda: bool(self.where.port()), _BACK_LIMIT_S, self.attempt.stopped):
            raise BoardNotBackError(limit_s=round(_BACK_LIMIT_S))
        identity = Booting(self.line, self.attempt.stopped).identity()
        self.must_be_same(identity.unique_id)
        wanted = image.builds.get(chip)
        # A program that starts by itself is not stopped again for this.
        if wanted and not identity.has_main:
            with Session(self.line.live()) as session:
                found = _build_of(session)
            if found and found != wanted:
                raise OtherFirmwareError(found=found, wanted=wanted)
        return identity


def _build_of(session: Session) -> str:
    text = session.exec(_WHICH_BUILD, timeout_s=3.0).decode("utf-8", "replace")
    build = _BUILD.search(text)
    return build.group(1) if build else ""


def memory_of(image: LoadImage, chip: str) -> list[tuple[int, bytes]]:
    """The flash that a UF2 file writes on a chip, by its addresses; empty for other files."""
    data = image.parts[0].data
    if not uf2.starts_like_uf2(data):
        return []
    parsed = uf2.parse(data, image.name)
    # The absolute family's block lies behind the flash: it is there for a fault of the boot ROM.
    wanted = CHIPS[chip].uf2_families - {uf2.FAMILY_ABSOLUTE}
    return [
        stretch
        for family in parsed.families
        if family in wanted
        for stretch in parsed.memory(family)
    ]


def _refuse_other(chip: str, image: LoadImage) -> None:
    if chip and chip not in image.chips:
        raise WrongChipError(found=chip, image=image.name, wanted=", ".join(sorted(image.chips)))


def is_drive_board(board: Board, usb: tuple[int, int] | None) -> bool:
    """Whether a board is flashed through a drive: by its model, its chip, its drive or its USB."""
    models = catalogue.boards()
    model = models.get(board.model or "")
    if model is not None:
        return model.loader != "esp"
    chip = CHIPS.get(board.chip or "")
    if chip is not None:
        return chip.family is not Family.ESP
    if board.drive:
        return True
    candidates = kinds.by_usb(*usb, models)[0] if usb else []
    return bool(candidates) and all(model.loader != "esp" for model in candidates)
