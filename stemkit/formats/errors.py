"""Errors for files that cannot be what they should be."""

from __future__ import annotations

from stemkit.errors import InputFileError
from stemkit.formats.mistakes import Mistakes
from stemkit.words import N_


class FirmwareImageError(InputFileError):
    """A firmware image that must not be stored or written; `name` is the file's."""


class EmptyImageError(FirmwareImageError):
    """There is nothing in the file."""

    code = "image-empty"
    message = N_("{name} is empty.")
    remedy = N_("Download the firmware again, or copy it again from where it came.")


class WebPageError(FirmwareImageError):
    """A page of a web site was saved under a firmware's name."""

    code = "image-is-web-page"
    message = N_("{name} is a web page, not firmware: the site sent a page instead of the file.")
    remedy = N_("Check the firmware's name and version, then download it again.")


class ArchiveAsImageError(FirmwareImageError):
    """An archive was given where the file inside it is needed."""

    code = "image-is-archive"
    message = N_("{name} is an archive ({kind}), not firmware.")
    remedy = N_("Unpack it and give the .bin, .uf2 or .hex file that is inside.")


class UnknownImageError(FirmwareImageError):
    """The file starts like no firmware that is known."""

    code = "image-unknown"
    message = N_(
        "{name} is not firmware for these boards: it starts with {start}, which no .bin, .uf2 or"
        " .hex firmware does."
    )
    remedy = N_(
        "Choose the firmware that is made for your board, for example with “stemkit firmware "
        "fetch”."
    )


class TruncatedImageError(FirmwareImageError):
    """The file ends before what it announces; sizes are in bytes."""

    code = "image-truncated"
    message = N_("{name} is cut short: {part} needs {needed} bytes and only {present} are there.")
    remedy = N_("The download or the copy was not finished: do it again.")


class ImageChecksumError(FirmwareImageError):
    """A checksum or hash in the file does not fit its contents."""

    code = "image-checksum"
    message = N_("{name} is damaged: the check of {part} gives {found} instead of {expected}.")
    remedy = N_("Download the firmware again, or copy it again from where it came.")


class ImageLayoutError(FirmwareImageError):
    """A field of the file holds what its format does not allow."""

    code = "image-layout"
    message = N_(
        "{name} is damaged or not made for these boards: {part} is {found}, not {expected}."
    )
    remedy = N_("Download the firmware again, and check that it is made for your board.")


class IncompleteImageError(FirmwareImageError):
    """One program alone, without what a board needs to start it."""

    code = "image-incomplete"
    message = N_(
        "{name} holds a program for {chip} alone, without the bootloader and partition table that"
        " a board needs to start it."
    )
    remedy = N_(
        "Take the complete firmware: on micropython.org its name ends in .bin, not .app-bin."
    )


class DataFileError(InputFileError):
    """A data file (board, sensor, lesson...) has mistakes.

    Fields: `path` as the person named it; `mistakes`, a `stemkit.formats.mistakes.Mistakes` that
    tells itself, a line each, in the current language.
    """

    code = "data-file"
    message = N_("{path} has mistakes:\n{mistakes}")
    remedy = N_("Open the file in a text editor, correct the lines named above, then try again.")

    @property
    def mistakes(self) -> Mistakes:
        """All mistakes, in the order of their lines."""
        found = self.fields["mistakes"]
        assert isinstance(found, Mistakes)
        return found


class RecordingMetaError(InputFileError):
    """`meta.json` of a recording is missing its parts or is no such file."""

    code = "recording-meta"
    message = N_("{path} does not describe a recording, or is damaged.")
    remedy = N_("The readings beside it may still be whole: try “stemkit record recover”.")


class BoardFullError(InputFileError):
    """The files are more than a board's file system can hold; sizes are in bytes."""

    code = "board-files-too-large"
    message = N_("The files ({needed} bytes) do not fit into the board's {size} bytes.")
    remedy = N_("Leave out pictures and files that the program does not need, then try again.")


class BoardFileNameError(InputFileError):
    """A file cannot have this name on a board."""

    code = "board-file-name"
    message = N_("A file on this board cannot be named {path}.")
    remedy = N_("Rename it: plain letters, digits, _ and -, no empty or hidden folder names.")


class FilesystemDamagedError(InputFileError):
    """A file system image cannot be mounted."""

    code = "file-system-damaged"
    message = N_("The file system in the firmware file cannot be read ({reason}).")
    remedy = N_("Make the firmware file again.")


class NoPlaceForFilesError(InputFileError):
    """A firmware leaves no place for a file system that stemkit can make."""

    code = "no-place-for-files"
    message = N_("{name} keeps its files in a way that stemkit cannot prepare ({reason}).")
    remedy = N_("Flash only the firmware, then send the lesson with “stemkit deploy”.")


class FirmwareOverFilesError(InputFileError):
    """A firmware reaches into the place where the board model keeps its files."""

    code = "firmware-over-files"
    message = N_("{name} is too large for {model}: it reaches into the place of the board's files.")
    remedy = N_("Check that the firmware is made for this model (“--model” names another).")


class FilesBeyondFlashError(InputFileError):
    """A firmware's file system does not fit into the board's flash; sizes in bytes."""

    code = "files-beyond-flash"
    message = N_("{name} needs {needed} bytes of flash memory, and the board has {present}.")
    remedy = N_("Take the firmware that is made for a board with less flash memory.")
