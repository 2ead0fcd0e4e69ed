"""What can go wrong while files go onto a board."""

from __future__ import annotations

from stemkit.errors import BoardError
from stemkit.words import N_


class BoardFullError(BoardError):
    """The files do not fit; sizes are in kB (1000 bytes)."""

    code = "board-full"
    message = N_(
        "The board on {port} has too little space: {needed} kB are needed and {free} kB are free. "
        "Nothing was changed."
    )
    remedy = N_("Remove files from the board that are no longer needed, then try again.")


class BoardMemoryError(BoardError):
    """Too little working memory is free, even after a restart; sizes are in kB (1000 bytes)."""

    code = "board-memory"
    message = N_("The board on {port} has too little free memory ({free} kB). Nothing was changed.")
    remedy = N_(
        "Press the board's reset button and try again; a large boot.py can fill the memory."
    )


class BoardWriteError(BoardError):
    """The board's own file system failed."""

    code = "board-write"
    message = N_("The board on {port} could not write its files ({reason}).")
    remedy = N_(
        "Try again. If it stays so, the flash memory is worn out or its file system is damaged: "
        "put the firmware on again with “stemkit flash --force”."
    )


class ReadOnlyBoardError(BoardError):
    """The board's file system takes no files."""

    code = "board-read-only"
    message = N_("The board on {port} takes no files: its file system is read-only.")
    remedy = N_(
        "A board with CircuitPython takes them on its drive (CIRCUITPY). With MicroPython, "
        "something on the board locked it: put the firmware on again: stemkit flash --force"
    )


class PathTakenError(BoardError):
    """A folder stands where a file belongs, or the other way round."""

    code = "board-path-taken"
    message = N_("{path} on the board on {port} is a folder where a file belongs, or the reverse.")
    remedy = N_("Rename or remove it on the board, then try again.")


class BoardFilledError(BoardError):
    """A micro:bit became full while its files were written."""

    code = "board-filled"
    message = N_("The board on {port} became full while files were written; not all are there.")
    remedy = N_(
        "Remove files from the board that are no longer needed, or put fewer there, then deploy "
        "again."
    )


class NoFoldersError(BoardError):
    """A path with folders, for a micro:bit, whose file system has none."""

    code = "board-no-folders"
    message = N_("{path} lies in a folder, and the micro:bit on {port} can keep no folders.")
    remedy = N_("Put all its files side by side into one folder, then deploy that.")


class UploadFailedError(BoardError):
    """The upload was begun again several times and never got through."""

    code = "upload-failed"
    message = N_("The files do not get through to the board on {port}. None is left half written.")
    remedy = N_("Use another cable or USB socket, press the board's reset button, then try again.")


class ReceiverRefusedError(BoardError):
    """The board's MicroPython cannot run the receiver."""

    code = "receiver-refused"
    message = N_("The MicroPython of the board on {port} cannot receive files this way: {reason}")
    remedy = N_("Put a newer MicroPython on the board: stemkit flash")
