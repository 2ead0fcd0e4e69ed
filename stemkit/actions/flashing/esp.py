"""An ESP board's flash: loader, comparison, writing, proof, start."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Final

from stemkit.actions.flashing.boot import Booting
from stemkit.actions.flashing.errors import BootError, LoaderUnreachableError, OtherBoardError
from stemkit.actions.flashing.one_board import FLASHED, UNCHANGED, BoardFlash, Done
from stemkit.devices.identity import Identity
from stemkit.devices.session import Session
from stemkit.errors import BoardError, StemkitError
from stemkit.loaders.base import Chip, LoadImage
from stemkit.loaders.errors import LoaderSilentError, StoppedError
from stemkit.loaders.esp import RATES, EspLoader
from stemkit.words import N_, current_language, tr

# How long a board may be gone before its second attempt: a person pushes the plug back in.
_BACK_LIMIT_S: Final = 10.0
_PROMPT_S: Final = 1.5
_RESTART_S: Final = 1.0
_PRESS_RESET: Final = N_("Press the board's reset button (RST, EN) once.")
_HOLD_BOOT: Final = N_(
    "Hold the BOOT (or FLASH) button, press RST (EN) once, let BOOT go, and run “stemkit flash” "
    "again. If that does not help, use another cable or another USB socket."
)


class EspFlash(BoardFlash):
    """Flashes one board of the ESP family."""

    _sent = 0

    def _flash(self) -> Done:
        rate = self.shop.line_rates.of(self.where.adapter, RATES)
        try:
            return self._attempt_at(rate)
        except (StoppedError, BootError, LoaderUnreachableError, OtherBoardError):
            raise
        except BoardError:
            if self.attempt.stopped():
                raise
            slower = next((r for r in RATES if r < rate), RATES[-1])
            self.attempt.note(tr(N_("failed; trying once more, slower")))
            with suppress(StemkitError):
                self.line.return_within(_BACK_LIMIT_S)
            return self._attempt_at(slower)

    def _attempt_at(self, rate: int) -> Done:
        loader = EspLoader(self.line.live(), self.attempt, self.shop.esp, rate)
        try:
            chip = self._connected(loader)
            self.must_be_same(chip.unique_id)
            self.chip = chip
            image = self.shop.choose(self.chip, self.board)
            self._bring_up_to_date(loader, image)
        except (StoppedError, StemkitError):
            if not self.is_marked:
                # Nothing was written: let the board go on with what it has.
                with suppress(StemkitError):
                    loader.start()
            raise
        loader.start()
        identity = self._booted() if self.shop.boot_check else None
        if identity is not None:
            self.must_be_same(identity.unique_id)
        # A second attempt may find that the first wrote all and could only not prove it.
        status = FLASHED if self.is_marked else UNCHANGED
        self.unmark()
        if self._sent:
            self.shop.line_rates.worked(self.where.adapter, loader.rate, RATES[0])
        return Done(status, self._sent, True, image, self.chip, identity)

    def _bring_up_to_date(self, loader: EspLoader, image: LoadImage) -> None:
        loader.check(image)
        missing = loader.missing(image, whole=self.shop.force and not self._sent)
        if missing:
            self.mark(image)
            self._sent += loader.write(image, missing)
            loader.verify(image)

    def _connected(self, loader: EspLoader) -> Chip:
        try:
            return loader.connect()
        except LoaderSilentError as error:
            if not self._sent_to_loader():
                raise self._unreachable() from error
        try:
            return loader.connect()
        except LoaderSilentError as error:
            raise self._unreachable() from error

    def _sent_to_loader(self) -> bool:
        """Whether a prompt answered, which was told to restart into the boot loader."""
        session = Session(self.line.at_console_rate())
        try:
            session.enter(_PROMPT_S)
            session.start("import machine\nmachine.bootloader()")
        except BoardError:
            return False
        time.sleep(_RESTART_S)
        return True

    def _unreachable(self) -> LoaderUnreachableError:
        how = self.model.enter_loader.told(current_language()) if self.model else tr(_HOLD_BOOT)
        return LoaderUnreachableError(port=self.board.port, how=how)

    def _booted(self) -> Identity:
        self.attempt.step(N_("Starting"))
        reset = self.model.reset.told(current_language()) if self.model else tr(_PRESS_RESET)
        booting = Booting(
            self.line, self.shop.stop.is_set, on_silence=lambda: self.attempt.note(reset)
        )
        return booting.identity()
