"""Errors of what stays on this computer, and of what is fetched to it."""

from __future__ import annotations

from stemkit.errors import InputFileError, MachineError, RefusedError, UsageError
from stemkit.words import N_

_BRING_IT = N_(
    "Bring the file on a USB stick (“stemkit firmware add FILE”), or take it from the folder of"
    " another computer (“stemkit firmware fetch NAME --from FOLDER”)."
)


class OfflineError(MachineError):
    """The person forbade the network."""

    code = "offline"
    message = N_("STEMKIT_OFFLINE is set, so {url} is not asked.")
    remedy = _BRING_IT


class NoNetworkError(MachineError):
    """A server cannot be reached; `reason` is the system's word."""

    code = "no-network"
    message = N_("{host} cannot be reached ({reason}).")
    remedy = _BRING_IT


class CertificateError(MachineError):
    """A server cannot prove who it is; most often this computer's clock is wrong."""

    code = "certificate"
    message = N_("{host} cannot prove that it is the right server ({reason}).")
    remedy = N_(
        "Check the date of this computer (it says {today}). If it is right, the network here puts"
        " itself in between: use another one, or bring the file on a USB stick."
    )


class NotOnServerError(InputFileError):
    """The server has no such file."""

    code = "not-on-server"
    message = N_("The server has no {url} (HTTP {status}).")
    remedy = N_(
        "Check the name and the version; “stemkit firmware list” shows what is here already."
    )


class ServerRefusedError(MachineError):
    """The server answered with a status that is not the file."""

    code = "server-refused"
    message = N_("The server did not send {url} (HTTP {status}).")
    remedy = N_("Try again in a few minutes, or take the file from another place.")


class UnsafeAddressError(RefusedError):
    """An address, or where a server sends us, is not http(s), or leaves encryption."""

    code = "unsafe-address"
    message = N_("{url} is not a safe address to download from.")
    remedy = N_("Use an address that begins with https:// (or http:// on your own network).")


class DownloadBrokenError(MachineError):
    """The line dropped, or the server fell silent, more often than it was tried again."""

    code = "download-broken"
    message = N_("The download of {url} broke off after {done} bytes.")
    remedy = N_("Run the same command again: it goes on where it stopped.")


class DownloadTooLargeError(InputFileError):
    """The server sends more than any firmware has."""

    code = "download-too-large"
    message = N_("{url} is larger than the {limit} bytes that such a file may have.")
    remedy = N_("Check the address: this is not the file that you want.")


class NoSuchFirmwareError(InputFileError):
    """Nothing in the store, or at a source, bears the name."""

    code = "no-such-firmware"
    message = N_("There is no firmware “{wanted}” in {place}.")
    remedy = N_("See what is there with “stemkit firmware list”, or fetch some: {command}")


class NotOfferedError(InputFileError):
    """A site or mirror was asked and has no such firmware."""

    code = "firmware-not-offered"
    message = N_("{place} offers no firmware “{wanted}”.")
    remedy = N_("Look there which names and versions it has; leave @VERSION out for the newest.")


class NoFirmwareFilesError(InputFileError):
    """A folder was given that holds no firmware."""

    code = "no-firmware-files"
    message = N_("There is no .bin, .uf2 or .hex file in {folder}.")
    remedy = N_("Give the folder that the firmware lies in, or the file itself.")


class SeveralVersionsError(UsageError):
    """A name alone does not say which version to remove."""

    code = "several-versions"
    message = N_("There are several versions of {name} here: {versions}.")
    remedy = N_("Say which one, for example {example}")


class FirmwareDamagedError(InputFileError):
    """A stored image is not what was stored."""

    code = "firmware-damaged"
    message = N_("The stored firmware {file} was changed or damaged on this disk.")
    remedy = N_("Fetch it again: {command}")


class FirmwareChangedError(RefusedError):
    """A file of a known name has other contents than the first time."""

    code = "firmware-changed"
    message = N_(
        "{file} is not the file that was stored under this name before (sha256 {found}, first"
        " {expected})."
    )
    remedy = N_(
        "Ask who gave you the file. If the new one is right, repeat the command with --force, or"
        " keep both by giving it another --name."
    )


class WrongFirmwareError(RefusedError):
    """The image is sound but for another chip than its name says."""

    code = "firmware-wrong-chip"
    message = N_("{file} is made for {found}, but {name} needs {expected}.")
    remedy = N_("Choose the firmware with the right name for your board.")


class StoreBusyError(MachineError):
    """Another stemkit works on the store for too long."""

    code = "store-busy"
    message = N_("Another stemkit is using {path}.")
    remedy = N_("Wait until it has finished, or close it; then try again.")


class StoreDamagedError(InputFileError):
    """The store's own list cannot be read."""

    code = "store-damaged"
    message = N_("The list of stored firmware {path} cannot be read ({reason}).")
    remedy = N_("Rename that file, then add or fetch the firmware again.")


class MirrorIndexError(InputFileError):
    """A mirror's index is missing, or not an index."""

    code = "mirror-index"
    message = N_("{place} has no firmware index that can be read ({reason}).")
    remedy = N_(
        "Check the address or folder; “stemkit firmware mirror FOLDER” makes such a folder."
    )


class MirrorUnknownError(RefusedError):
    """A mirror's key was never accepted on this computer."""

    code = "mirror-unknown-key"
    message = N_("{place} is signed with a key that this computer does not know: {fingerprint}")
    remedy = N_(
        "Compare this number with the one that you were given by its owner. If they are the same,"
        " repeat the command with --key {fingerprint}"
    )


class MirrorFileDiffersError(RefusedError):
    """A mirror's file is not the one that its signed index names."""

    code = "mirror-file-differs"
    message = N_("{file} from {place} is not the file that its signed index names.")
    remedy = N_("Do not use it. Tell the owner of {place}.")


class FolderThereError(UsageError):
    """Something would be unpacked over what is there."""

    code = "folder-there"
    message = N_("{path} is there already.")
    remedy = N_("Choose another folder, or move that one away.")


class NoPackagesError(MachineError):
    """pip did not bring a package that a stick needs; `reason` is pip's word."""

    code = "no-packages"
    message = N_("The Python package {what} for {target} could not be fetched ({reason}).")
    remedy = N_(
        "Try again with a network. If only one kind of computer fails, leave it out with --for."
    )
