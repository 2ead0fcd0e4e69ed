"""What can go wrong with a flash beside the loaders' and the links' own errors."""

from __future__ import annotations

from stemkit.errors import BoardError, InputFileError, UsageError
from stemkit.words import N_


class BootError(BoardError):
    """The firmware is on the board and proven; its start fails, and writing again is no help."""


class NotBootingError(BootError):
    """The chip itself says that it cannot run what is in its flash; `said` is its line."""

    code = "not-booting"
    message = N_("The firmware is on the board, and the board does not start with it: {said}")
    remedy = N_(
        "Check that the firmware is made for this board (flash size, chip), then run"
        " “stemkit flash --force” again."
    )


class BrownOutError(BootError):
    """The chip resets because its supply voltage falls."""

    code = "brown-out"
    message = N_("The board restarts again and again: its supply voltage is too low (brown-out).")
    remedy = N_(
        "Plug it straight into the computer or into a hub with its own power, use a shorter"
        " cable, and take the sensors off; then try again."
    )


class NoBootError(BootError):
    """The firmware is on the board and verified, and no prompt came."""

    code = "no-boot"
    message = N_(
        "The firmware is on the board, and no prompt came within {limit_s} seconds ({reason})."
    )
    remedy = N_(
        "Press the board's reset button (RST, EN), then ask it again: stemkit boards --probe"
    )


class LoaderUnreachableError(BoardError):
    """Neither a boot loader nor a prompt answers; `how` is the board's own way into its loader."""

    code = "loader-unreachable"
    message = N_("The board on {port} does not answer, neither its boot loader nor its prompt.")
    remedy = N_("{how}")


class BoardNotBackError(BootError):
    """The board restarted and its port was not seen again."""

    code = "board-not-back"
    message = N_("The board took the firmware and did not come back within {limit_s} seconds.")
    remedy = N_("Unplug the board, plug it in again, then ask it again: stemkit boards --probe")


class ModelNotKnownError(UsageError):
    """Several kinds of board have this chip, and their firmware differs."""

    code = "model-not-known"
    message = N_("Boards with the chip {chip} are of several kinds: {models}.")
    remedy = N_("Say which one it is: stemkit flash --model {example}")


class NoFirmwareForChipError(UsageError):
    """No board of the catalogue has this chip."""

    code = "no-firmware-for-chip"
    message = N_("stemkit knows no firmware for the chip {chip}.")
    remedy = N_("Give the firmware yourself: stemkit flash --firmware FILE")


class OtherNameError(InputFileError):
    """The store has firmware for the chip, under a name that no kind of board asks for."""

    code = "firmware-other-name"
    message = N_("There is no firmware “{wanted}” here; for the chip {chip} there is: {names}.")
    remedy = N_(
        "If one of them is right for this board, name it: stemkit flash --firmware {example}"
    )


class OtherFirmwareError(BootError):
    """The board came back, and not with what was sent."""

    code = "other-firmware"
    message = N_("The board came back with MicroPython {found} instead of {wanted}.")
    remedy = N_("Run “stemkit flash --force” for this board; if it stays so, put it aside.")


class OtherBoardError(BoardError):
    """Between two attempts another board was plugged in where the first one was."""

    code = "other-board"
    message = N_("The board was pulled out before it was finished, and another one was plugged in.")
    remedy = N_("Plug the first one in again; it is not finished. Then do the other one.")
