"""What can go wrong while an image is put on a board."""

from __future__ import annotations

from stemkit.errors import BoardError, RefusedError
from stemkit.words import N_


class StoppedError(BoardError):
    """The person stopped the work; the door answers such a run as interrupted."""

    code = "stopped"
    message = N_("Stopped before it was finished.")
    remedy = N_("Run “stemkit flash” for this board again before it is used.")


class LoaderSilentError(BoardError):
    """Nothing answers as a boot loader does."""

    code = "loader-silent"
    message = N_("The board does not answer as a boot loader.")
    remedy = N_(
        "Hold the BOOT (or FLASH) button, press RST (EN) once, let BOOT go, and try again. If that "
        "does not help, use another cable or another USB socket."
    )


class BoardSilentError(BoardError):
    """The boot loader answered, and then no more."""

    code = "board-silent"
    message = N_("The board stopped answering.")
    remedy = N_(
        "Check that the cable sits firmly, plug the board straight into the computer, and run"
        " “stemkit flash” again: it goes on where it stopped."
    )


class DamagedAnswerError(BoardError):
    """Bytes arrive, but not as the boot loader sends them."""

    code = "answer-damaged"
    message = N_("What the board answers arrives damaged.")
    remedy = N_("Use a shorter cable and no USB hub, then run “stemkit flash” again.")


class LoaderRefusesError(BoardError):
    """The boot loader reports that it cannot do what it was told; `status` is its code."""

    code = "loader-refuses"
    message = N_("The board reports that it could not store the data (code {status}).")
    remedy = N_(
        "Run “stemkit flash” again. If it happens again, the flash memory of this board is"
        " worn out: put it aside."
    )


class VerifyError(BoardError):
    """What is read back is not what was sent."""

    code = "verify-failed"
    message = N_("What is on the board now is not what was sent.")
    remedy = N_(
        "Run “stemkit flash” again with a shorter cable and no USB hub. If it happens again,"
        " the flash memory of this board is worn out: put it aside."
    )


class LoaderTimeoutError(BoardError):
    """A step took longer than its limit."""

    code = "loader-timeout"
    message = N_("The board was too slow: this step may take {limit_s} seconds and was given up.")
    remedy = N_("Unplug the board, plug it in again, and run “stemkit flash” again.")


class UnknownChipError(BoardError):
    """The boot loader answers, but not as a chip that is known."""

    code = "chip-unknown"
    message = N_("The board's chip is not known to this version of stemkit.")
    remedy = N_("Check for a newer stemkit, or use another board.")


class WrongChipError(RefusedError):
    """The image is for another chip; nothing was written."""

    code = "wrong-chip"
    message = N_(
        "This board has the chip {found}, but {image} is made for {wanted}. Nothing was written."
    )
    remedy = N_("Choose the firmware for {found}, or connect the board that the firmware is for.")


class WrongRevisionError(RefusedError):
    """The image needs another revision of the chip; nothing was written."""

    code = "wrong-revision"
    message = N_(
        "The chip of this board has revision {found}, and {image} does not run on it"
        " (it needs {wanted}). Nothing was written."
    )
    remedy = N_("Choose another version of the firmware for this board.")


class FlashTooSmallError(RefusedError):
    """The image does not fit the board's memory; nothing was written. Sizes are in bytes."""

    code = "flash-too-small"
    message = N_(
        "{image} reaches to byte {needed}, and the memory of this board ends at {present}."
        " Nothing was written."
    )
    remedy = N_("Choose a firmware for boards with less memory, or use another board.")


class LockedChipError(RefusedError):
    """The chip was locked for its maker's programs; nothing was written."""

    code = "chip-locked"
    message = N_(
        "This board is locked by its maker (secure boot or encryption). Nothing was written."
    )
    remedy = N_("Use another board: this one takes only the programs of its maker.")


class DriveGoneError(BoardError):
    """The board's drive vanished before everything was copied."""

    code = "drive-gone"
    message = N_("The board's drive {drive} vanished while the firmware was copied.")
    remedy = N_("Check that the cable sits firmly, plug the board in again, and repeat.")


class DriveFailedError(BoardError):
    """The system could not write to the board's drive; `reason` is the system's word."""

    code = "drive-failed"
    message = N_("The firmware could not be copied to the board's drive {drive}: {reason}")
    remedy = N_("Plug the board in again (a Pico with BOOTSEL held down), and repeat.")


class DriveRefusesError(BoardError):
    """The file was copied, and the board did not take it."""

    code = "drive-refuses"
    message = N_("The board did not take the firmware: {reason}")
    remedy = N_(
        "Plug the board in again (a Pico with BOOTSEL held down), and repeat with another cable."
    )


class DriveStayedError(BoardError):
    """The file was copied, and nothing happened."""

    code = "drive-stayed"
    message = N_("The board got the whole file and did not restart with it.")
    remedy = N_(
        "Plug the board in again (a Pico with BOOTSEL held down), and repeat with another cable."
    )


class MaintenanceModeError(RefusedError):
    """A micro:bit shows MAINTENANCE: a hex copied there would replace its interface."""

    code = "microbit-maintenance"
    message = N_("This micro:bit is in maintenance mode. Nothing was written.")
    remedy = N_("Unplug it and plug it in again without touching its reset button.")
