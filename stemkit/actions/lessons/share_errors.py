"""Errors of handing lessons out and of taking them: whose they are, how old, and what is there."""

from __future__ import annotations

from stemkit.errors import InputFileError, MachineError, RefusedError, UsageError
from stemkit.words import N_


class LessonSignerChangedError(RefusedError):
    """A place is signed by another key than the first time."""

    code = "lesson-signer-changed"
    message = N_(
        "{place} is signed by another key than before: now number {found}, before {expected}."
    )
    remedy = N_(
        "Nothing was taken. Ask its owner to read out the number of their key. Only if it is the "
        'new one, repeat the command with --key "{found}"'
    )


class LessonSignerDiffersError(RefusedError):
    """A place is not signed by the key that the person named."""

    code = "lesson-signer-differs"
    message = N_(
        "{place} is signed by the key with the number {found}, which is not the one given."
    )
    remedy = N_("Nothing was taken. Check the address, and ask its owner for the number again.")


class LessonIndexOldError(RefusedError):
    """An index that is older than one that was seen at the same place."""

    code = "lesson-index-older"
    message = N_(
        "{place} shows an old list of lessons: number {serial}, and number {known} was seen here."
    )
    remedy = N_(
        "Nothing was taken. Somebody put an old copy there: tell whoever looks after that place. "
        "Lessons that are here still work."
    )


class LessonIndexExpiredError(RefusedError):
    """An index whose time is over, by this computer's clock or by what it has seen."""

    code = "lesson-index-expired"
    message = N_("The list of lessons of {place} expired on {expires}.")
    remedy = N_(
        "This computer's date is {today}: if that is wrong, set it. If it is right, ask for a new "
        "list (its owner repeats “stemkit lesson export”). Lessons that are here still work. If "
        "you know why the list is old, add --allow-expired."
    )


class LessonNotOfferedError(InputFileError):
    """A place does not have the lesson that was named."""

    code = "lesson-not-offered"
    message = N_("{place} has no lesson “{name}”. It has: {there}")
    remedy = N_("Write the name as it stands there, or leave it out to get all lessons.")


class NoPlaceKnownError(UsageError):
    """A sync without a place, and none or several are known."""

    code = "lesson-no-place"
    message = N_("No place to get lessons from was named. Known places: {places}")
    remedy = N_("Give an address or a folder: stemkit lesson sync http://192.168.1.10:8765")


class NothingToShareError(InputFileError):
    """No lesson was named, and none is here."""

    code = "lesson-nothing-to-share"
    message = N_("There is no lesson here to hand out.")
    remedy = N_("Add one with “stemkit lesson add FILE”, or name the folder of a lesson.")


class ForeignTreeError(RefusedError):
    """The folder holds lessons that another key signed."""

    code = "lesson-tree-foreign"
    message = N_("The lessons in {folder} are signed by another key (number {found}).")
    remedy = N_(
        "Choose another folder: everybody who gets lessons from there would refuse your key. To "
        "take the folder over all the same, add --force."
    )


class IndexKeyError(UsageError):
    """The key is of a kind that indexes are not signed with."""

    code = "lesson-key-kind"
    message = N_("The list of lessons cannot be signed with the key “{name}” ({algorithm}).")
    remedy = N_('Make one for that: stemkit key new "Your name". Then name it with --key.')


class ClockBehindError(MachineError):
    """This computer's date is before something that has already been."""

    code = "clock-behind"
    message = N_("This computer's date is {today}, but {since} has already been.")
    remedy = N_(
        "Set the date (a laptop whose small battery is empty forgets it), then try again: others"
        " would take what you hand out for old."
    )


class LessonAddressInUseError(MachineError):
    """The port for handing out lessons is taken; `reason` is the system's word."""

    code = "lesson-port-in-use"
    message = N_("The port {port} of this computer cannot be used ({reason}).")
    remedy = N_(
        "Close the other program, or choose another port with --port, for example --port 8766"
    )
