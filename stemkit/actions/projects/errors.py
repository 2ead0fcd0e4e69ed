"""What can be wrong with making a package."""

from __future__ import annotations

from stemkit.errors import InputFileError, RefusedError, UsageError
from stemkit.words import N_


class PackageExistsError(UsageError):
    """A package would be written over another."""

    code = "package-exists"
    message = N_("There is already a package {path}.")
    remedy = N_("Give another name with --to, or replace it with --force.")


class PackageInProjectError(UsageError):
    """The package would become a part of itself."""

    code = "package-in-project"
    message = N_("{path} is inside the project that is to be packed.")
    remedy = N_("Choose a place beside the project's folder.")


class PackageIsFolderError(InputFileError):
    """What was unpacked is given for the package."""

    code = "package-is-folder"
    message = N_("{path} is a folder, and a package is one file.")
    remedy = N_("Give the .zip as it was handed in: what is unpacked may have been changed since.")


class PackageDoubtedError(InputFileError):
    """`project verify` answers no: how its work ends; the answers follow."""

    code = "package-doubted"
    message = N_("At least one answer is no: see the lines with ✗.")
    remedy = N_("Ask the team about the lines with ✗.")


class FileChangingError(InputFileError):
    """A file is being written while it is packed."""

    code = "file-changing"
    message = N_("{path} was changed while it was being packed.")
    remedy = N_("Close the program that writes it (or end the recording), then pack again.")


class ProjectThereError(UsageError):
    """A new project would be made over what is there."""

    code = "project-there"
    message = N_("There is already something at {path}.")
    remedy = N_("Choose another name for the project.")


class NoSuchContestError(InputFileError):
    """No contest profile has this id."""

    code = "no-such-contest"
    message = N_("There is no contest profile “{name}”.")
    remedy = N_("Choose one of: {known}. Or give the path of a profile (.toml).")


class PackageBrokenError(RefusedError):
    """A package that was changed is not signed; `reason` is the first thing that was found."""

    code = "package-broken"
    message = N_("{path} is not as it was packed, so it is not signed: {reason}")
    remedy = N_(
        "Pack the project again. To see what is wrong with this package: stemkit project verify "
        "{path}"
    )


class WorthlessSignatureError(RefusedError):
    """A signature that no judge would take; `told` says whose and why."""

    code = "signature-worthless"
    message = N_("It would not count: {told}")
    remedy = N_("Sign with a certificate for signatures that holds today; look at the clock, too.")


class SignedAlreadyError(UsageError):
    """The same key has signed the package before."""

    code = "signed-already"
    message = N_("{name} has signed {path} already ({file}).")
    remedy = N_("To sign it again (for example with a timestamp), repeat the command with --force.")


class PageThereError(UsageError):
    """A page would be written over another file."""

    code = "page-there"
    message = N_("There is already a file {path}.")
    remedy = N_("Name another folder with --to, or replace it with --force.")
